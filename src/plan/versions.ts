/** Patches that this project was tried with; of other minors the first is taken. */
const triedPatches: Readonly<Record<string, number>> = {
  'v1.20': 2,
  'v1.31': 0,
  'v1.34': 4,
  'v1.36': 3,
  'v1.37': 2,
};

/**
 * An exact version for a request that leaves the patch open, where no node image says which it will be.
 * @param kubernetes `v1.34`, or `v1.34.4`, which stays as it is
 */
export const assumedVersion = (kubernetes: string): string =>
  kubernetes.split('.').length > 2 ? kubernetes : `${kubernetes}.${triedPatches[kubernetes] ?? 0}`;
