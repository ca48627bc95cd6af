import { type EnvironmentCheck, notReady, ready } from '../check.ts';

/**
 * Kubernetes' own test server, for nodes of a published image: those that are built hold one already.
 * @see kubernetes test/utils/image/manifest.go at v1.34.4
 */
export const workloadSource =
  'registry.k8s.io/e2e-test-images/agnhost:2.56@sha256:352a050380078cb2a1c246357a0dfa2fcf243ee416b92ff28b44a01d1b4b0294';

/** What it is called in the engine and in nodes: an archive of what has a digest alone has no name at all. */
export const workloadReference = 'docker.io/skipbeat/agnhost:2.56';

/**
 * Pure: nodes never pull while something is measured, so the engine holds what they lack.
 * @param isThere whether the engine holds it, by that digest and by that name
 * @param fix the command of set-up
 */
export const judgeWorkloadImage = (
  nodeImage: { readonly source: string; readonly workloadImage: string } | null,
  isThere: boolean,
  fix: string,
): EnvironmentCheck => {
  if (nodeImage === null) return notReady('workload-image', 'missing', 'goes with the node image', fix);
  const { source, workloadImage } = nodeImage;
  if (source === 'built') return ready('workload-image', `${workloadImage}, in the node image`);
  return isThere
    ? ready('workload-image', workloadImage)
    : notReady('workload-image', 'missing', `no ${workloadImage}, which is ${workloadSource}`, fix);
};
