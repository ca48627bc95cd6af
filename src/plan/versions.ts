import { triedPatches } from '../common/kubernetes-range.ts';

/**
 * An exact version for a request that leaves the patch open, where no node image says which it will be; of a minor that
 * was not tried the first patch.
 * @param kubernetes `v1.34`, or `v1.34.4`, which stays as it is
 */
export const assumedVersion = (kubernetes: string): string =>
  kubernetes.split('.').length > 2 ? kubernetes : `${kubernetes}.${triedPatches[kubernetes] ?? 0}`;
