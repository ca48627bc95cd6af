import { secondsText } from '../../common/duration.ts';
import { admittedTolerations, type CompiledProfile, exactVersion } from '../../profile/index.ts';
import type { Workload } from '../../scenario/index.ts';

/**
 * What pods tolerate where admission writes another time for not-ready than for unreachable, which is the one that a profile's
 * eviction has; their own tolerations count first.
 * @see kubernetes plugin/pkg/admission/defaulttolerationseconds/admission.go, Admit: each of the two by itself
 */
export const tolerationsOfPods = (
  profile: CompiledProfile,
  { tolerations = {} }: Workload,
): NonNullable<Workload['tolerations']> => {
  const { notReady, unreachable } = admittedTolerations(profile);
  const isOther = profile.effective.eviction.kind === 'tolerations' && notReady !== null && notReady !== unreachable;
  return isOther ? { 'not-ready': Math.max(0, notReady), ...tolerations } : tolerations;
};

/** The profile as the pods' tolerations leave it, where these are what counts. @param taint which of the two a node bears */
export const profileOfPods = (
  profile: CompiledProfile,
  workload: Workload,
  taint: 'not-ready' | 'unreachable',
): CompiledProfile => {
  const stay = tolerationsOfPods(profile, workload)[taint];
  const { eviction } = profile.effective;
  if (stay === undefined || eviction.kind !== 'tolerations') return profile;
  const seconds = stay === 'forever' ? Number.POSITIVE_INFINITY : stay;
  return { ...profile, effective: { ...profile.effective, eviction: { kind: 'tolerations', seconds } } };
};

/**
 * When a volume that a lost node has in use is attached elsewhere.
 * @see kubernetes pkg/controller/volume/attachdetach/reconciler; pkg/features: NodeOutOfServiceVolumeDetach, on from v1.26
 */
const volumeWarnings = (
  { attachMs, detachMs }: NonNullable<Workload['volume']>,
  version: string,
): readonly string[] => {
  const out = exactVersion(version).minor >= 26 ? ', at once where somebody taints the node out-of-service' : '';
  return [
    `no formula says when a pod with a volume is back after its node is lost: the volume stays attached there until the old pod is gone, and six minutes more where it is still in use${out}; the model knows it`,
    `how long a driver takes to attach and to detach is its own: the model has ${secondsText(attachMs)} and ${secondsText(detachMs)}, and no driver that fails`,
  ];
};

/** What of a workload does not do what a reader may think that it does. */
export const workloadWarnings = (
  { kind, podDisruptionBudget, tolerations, terminationGracePeriodMs, manifest, volume, existingService }: Workload,
  { effective: { eviction }, kubernetesVersion }: CompiledProfile,
): readonly string[] => [
  ...(tolerations !== undefined && eviction.kind !== 'tolerations'
    ? ['pods are evicted by pod-eviction-timeout, which ignores their tolerations']
    : []),
  ...(podDisruptionBudget === undefined
    ? []
    : [
        'the PodDisruptionBudget holds no eviction of a lost node’s pods: controllers delete them, and do not ask the eviction API',
      ]),
  ...(kind === 'statefulset' && terminationGracePeriodMs !== 0
    ? [
        'a StatefulSet makes a pod anew only once the old one is gone: one on an unreachable node stays Terminating until its kubelet is back, or somebody taints the node out-of-service (v1.26 and later)',
      ]
    : []),
  ...(volume === undefined ? [] : volumeWarnings(volume, kubernetesVersion)),
  ...(manifest === undefined
    ? []
    : [
        'how long the manifest’s own program takes to start and to end is not known: requests, and what else rests on it, are null in a run of the model, and no prediction of them is held against a real one',
      ]),
  ...(existingService === undefined
    ? []
    : [
        'where the pods of a Service are that stood there before, and who makes them anew, is not known: no window of endpoints, evictions or requests is predicted',
      ]),
  ...(terminationGracePeriodMs === 0
    ? [
        'a pod with a grace of 0s is gone as soon as it is deleted: on an unreachable node its containers go on, and another of its name may run beside them',
      ]
    : []),
];
