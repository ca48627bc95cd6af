import { formatDuration } from '../common/duration.ts';
import { oldestMinor } from '../common/kubernetes/version-range.ts';
import {
  effectiveSettings,
  equivalentLeaseSeconds,
  evictionOf,
  hasEvictionTimeout,
  hasLeases,
  hasShutdown,
  hasTaintEviction,
  leaseSetsRenewal,
} from './effective.ts';
import type { Profile, Reading } from './types.ts';
import { isUnpredictable, minPredictedMs, userConfigFindings } from './user-config/user-config-findings.ts';
import { exactVersion, type Version } from './version.ts';

/** A field of a profile that a version cannot express; the words go after `<field>: `. */
export type UnsupportedSetting = {
  readonly field:
    | 'nodeStatusUpdateFrequency'
    | 'nodeMonitorPeriod'
    | 'nodeMonitorGracePeriod'
    | 'evictionAfter'
    | 'evictionBy'
    | 'shutdownGracePeriod'
    | 'shutdownGracePeriodCriticalPods'
    | 'userConfig';
  readonly message: string;
};

const versionsWithTimeout = `v1.${oldestMinor} to v1.26`;

const positive = (field: UnsupportedSetting['field'], ms: number | null): readonly UnsupportedSetting[] =>
  ms === null || ms > 0
    ? []
    : [{ field, message: `expected a duration of more than 0, received ${formatDuration(ms)}` }];

const atLeast = (
  field: 'nodeStatusUpdateFrequency' | 'nodeMonitorPeriod',
  ms: number | null,
): readonly UnsupportedSetting[] => {
  const minMs = minPredictedMs[field];
  if (ms === null || ms >= minMs) return [];
  const message = `expected at least ${formatDuration(minMs)}, below which nothing is predicted, received ${formatDuration(ms)}`;
  return [{ field, message }];
};

const leaseProblems = (
  profile: Profile,
  reading: Reading,
  version: Version,
  versionText: string,
): readonly UnsupportedSetting[] => {
  const updateMs = profile.nodeStatusUpdateFrequencyMs;
  if (reading === 'literal' || updateMs === null || updateMs <= 0 || !hasLeases(version)) return [];
  if (!leaseSetsRenewal(version)) {
    if (effectiveSettings(profile, reading, version).leaseRenewIntervalMs === updateMs) return [];
    const message =
      'expected literal, or Kubernetes v1.16 and later, where the lease can follow it, or v1.13 and before, where there ' +
      `is none, received equivalent of ${formatDuration(updateMs)} on ${versionText}`;
    return [{ field: 'nodeStatusUpdateFrequency', message }];
  }
  if (Number.isInteger(equivalentLeaseSeconds(updateMs))) return [];
  const message =
    'expected a multiple of 250ms, for the equivalent reading makes the lease 4 times as long and every version ' +
    `takes nodeLeaseDurationSeconds in whole seconds, received ${formatDuration(updateMs)}`;
  return [{ field: 'nodeStatusUpdateFrequency', message }];
};

const evictionProblems = (profile: Profile, version: Version, versionText: string): readonly UnsupportedSetting[] => {
  const afterMs = profile.evictionAfterMs;
  if (afterMs === null) {
    if (profile.evictionBy === null) return [];
    return [{ field: 'evictionBy', message: `expected evictionAfter beside it, received ${profile.evictionBy} alone` }];
  }
  if (afterMs < 0) {
    const message = `expected a duration of 0 or more, received ${formatDuration(afterMs)}`;
    return [{ field: 'evictionAfter', message }];
  }
  if (profile.evictionBy === 'pod-eviction-timeout' && !hasEvictionTimeout(version)) {
    const message =
      `expected tolerations, or Kubernetes ${versionsWithTimeout}, which still have --pod-eviction-timeout, ` +
      `received pod-eviction-timeout on ${versionText}`;
    return [{ field: 'evictionBy', message }];
  }
  const eviction = evictionOf(profile, version);
  if (eviction?.kind === 'tolerations' && !hasTaintEviction(version)) {
    const message =
      'expected pod-eviction-timeout, or Kubernetes v1.13 and later, which evict by tolerations, ' +
      `received tolerations on ${versionText}`;
    return [{ field: 'evictionBy', message }];
  }
  if (eviction?.kind !== 'tolerations' || Number.isInteger(eviction.seconds)) return [];
  const message =
    `expected whole seconds, as tolerations count, or pod-eviction-timeout on Kubernetes ${versionsWithTimeout}, ` +
    `received ${formatDuration(afterMs)} on ${versionText}`;
  return [{ field: 'evictionAfter', message }];
};

/** @see kubernetes pkg/kubelet/apis/config/validation/validation.go: ShutdownGracePeriod, from v1.20 on */
const shutdownProblems = (
  { shutdown }: Profile,
  version: Version,
  versionText: string,
): readonly UnsupportedSetting[] => {
  if (shutdown === undefined) return [];
  const { gracePeriodMs, criticalPodsMs } = shutdown;
  const [all, critical] = [formatDuration(gracePeriodMs), formatDuration(criticalPodsMs)];
  const problems: UnsupportedSetting[] = [];
  const field = 'shutdownGracePeriod';
  if (!hasShutdown(version)) {
    const message = `expected Kubernetes v1.21 and later, where the gate GracefulNodeShutdown is on by itself, received ${all} on ${versionText}`;
    problems.push({ field, message });
  }
  if (gracePeriodMs === 0) {
    const message = `expected shutdownGracePeriod beside it, of which it is a part, received ${critical} alone`;
    return [...problems, { field: 'shutdownGracePeriodCriticalPods', message }];
  }
  if (gracePeriodMs < 1000) problems.push({ field, message: `expected at least 1s, received ${all}` });
  if (criticalPodsMs > gracePeriodMs) {
    const message = `expected at most shutdownGracePeriod, of which it is a part, received ${critical} of ${all}`;
    problems.push({ field: 'shutdownGracePeriodCriticalPods', message });
  } else if (criticalPodsMs !== 0 && criticalPodsMs < 1000) {
    problems.push({
      field: 'shutdownGracePeriodCriticalPods',
      message: `expected 0s, or at least 1s, received ${critical}`,
    });
  }
  return problems;
};

/**
 * Everything in a profile that an exact version cannot express; empty where it can be compiled.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const unsupportedSettings = (
  profile: Profile,
  reading: Reading,
  kubernetesVersion: string,
): readonly UnsupportedSetting[] => {
  const version = exactVersion(kubernetesVersion);
  if (profile.userConfig !== undefined) {
    // Clusters are set up by kubeadm. @see kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go
    const excluded =
      '--admission-control excludes --enable-admission-plugins, which kubeadm passes by itself: kube-apiserver does not start with both';
    return [
      ...(profile.userConfig.apiServerArgs['admission-control'] === undefined ? [] : [excluded]),
      ...userConfigFindings(profile.userConfig, kubernetesVersion)
        .filter(isUnpredictable)
        .map(({ text }) => text),
    ].map((message) => ({ field: 'userConfig', message }));
  }
  return [
    ...atLeast('nodeStatusUpdateFrequency', profile.nodeStatusUpdateFrequencyMs),
    ...atLeast('nodeMonitorPeriod', profile.nodeMonitorPeriodMs),
    ...positive('nodeMonitorGracePeriod', profile.nodeMonitorGracePeriodMs),
    ...leaseProblems(profile, reading, version, kubernetesVersion),
    ...evictionProblems(profile, version, kubernetesVersion),
    ...shutdownProblems(profile, version, kubernetesVersion),
  ];
};
