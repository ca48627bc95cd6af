import { formatGoDuration } from '../common/duration.ts';
import type { EffectiveSettings, Eviction, Profile, Reading } from './types.ts';
import { atLeast, type Version } from './version.ts';

/** kubelet's report frequency where no update frequency is written; pkg/kubelet/apis/config/v1beta1 defaults. */
export const defaultReportFrequencyMs = (version: Version): number => (atLeast(version, 17) ? 300_000 : 60_000);

/** Gate NodeLease, on since v1.14; before that each status tick is a heartbeat, and a write. */
export const hasLeases = (version: Version): boolean => atLeast(version, 14);

/** nodeLeaseDurationSeconds sets the renewal since v1.16, and is in the file alone. */
export const leaseSetsRenewal = (version: Version): boolean => atLeast(version, 16);

/** A renewal is one PUT since v1.16; before that a GET comes first. */
export const renewsInOneRequest = (version: Pick<Version, 'minor' | 'patch'>): boolean => atLeast(version, 16);

/** TaintBasedEvictions, on since v1.13: tolerations count. */
export const hasTaintEviction = (version: Version): boolean => atLeast(version, 13);

/** How long a renewal is where the lease's duration does not say it: 10 s, since v1.14.6 and v1.15.3 no more than S. */
export const fixedRenewMs = (version: Version, updateMs: number): number => {
  const follows = version.minor === 14 ? version.patch >= 6 : version.patch >= 3;
  return follows ? Math.min(10_000, updateMs) : 10_000;
};

const defaultUpdateFrequencyMs = 10_000;
const defaultLeaseDurationSeconds = 40;
/** The kubelet renews after this part of the lease's duration; pkg/kubelet/nodelease and its successor, since v1.16. */
export const renewFraction = 0.25;
const defaultMonitorPeriodMs = 5000;
/** plugin/pkg/admission/defaulttolerationseconds. */
export const defaultTolerationSeconds = 300;
/** --pod-eviction-timeout, which counts to v1.12 unless somebody sets it. */
const defaultEvictionTimeoutMs = 300_000;

/** v1.32.0 raised it, so that it is longer than the 45 s in which a dead HTTP/2 connection is noticed. */
export const defaultGraceMs = (version: Version): number => (atLeast(version, 32) ? 50_000 : 40_000);

/** Renewals wait up to 4 % longer since v1.22.0, v1.21.2 and v1.20.8. */
export const leaseJitterOf = (version: Version): number => {
  const since = { 20: 8, 21: 2 }[version.minor] ?? 0;
  return atLeast(version, 20) && version.patch >= since ? 0.04 : 0;
};

/** Status ticks wait up to 4 % longer since v1.23. */
export const statusJitterOf = (version: Version): number => (atLeast(version, 23) ? 0.04 : 0);

/**
 * After a changed status the next unforced one comes after nodeStatusReportFrequency · U[0.5, 1.5], since v1.34, and in
 * v1.32.0 to v1.32.2.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, isUpdateStatusPeriodExperid; taken back in v1.32.3, kubernetes#130356
 */
export const scattersReports = (version: Version): boolean =>
  atLeast(version, 34) || (version.minor === 32 && version.patch <= 2);

/**
 * A kubelet that starts computes a second status once it has its node with a pod CIDR: `always` from v1.14 to v1.25, from v1.26
 * on `whereLost`, only where its watch has the node as not Ready then. From v1.31 on the first one says True by itself.
 * @see kubernetes pkg/kubelet/kubelet.go, fastStatusUpdateOnce; pkg/kubelet/kubelet_node_status.go, fastNodeStatusUpdate
 */
export const secondStatusOf = (version: Version): 'always' | 'whereLost' | 'none' => {
  if (!atLeast(version, 14) || atLeast(version, 31)) return 'none';
  return atLeast(version, 26) ? 'whereLost' : 'always';
};

/** `--pod-eviction-timeout` and `--enable-taint-manager`, without which it does nothing, were removed together. */
export const hasEvictionTimeout = (version: Version): boolean => !atLeast(version, 27);

/** Gate GracefulNodeShutdown: alpha and off in v1.20, on since v1.21, where a period of 0 still leaves it off. */
export const hasShutdown = (version: Version): boolean => atLeast(version, 21);

/** Fields of a KubeletConfiguration about an orderly shutdown, as configz shows them; none where it is asked for none. */
export const shutdownFieldsOf = (
  { shutdown }: Pick<EffectiveSettings, 'shutdown'>,
  version: Version,
): Readonly<Record<string, string>> =>
  shutdown === undefined || !hasShutdown(version)
    ? {}
    : {
        shutdownGracePeriod: formatGoDuration(shutdown.gracePeriodMs),
        shutdownGracePeriodCriticalPods: formatGoDuration(shutdown.criticalPodsMs),
      };

/** How a profile's eviction is made on a version; null where the profile leaves it alone. */
export const evictionOf = (profile: Profile, version: Version): Eviction | null => {
  const afterMs = profile.evictionAfterMs;
  if (afterMs === null) return null;
  const by = profile.evictionBy ?? (hasEvictionTimeout(version) ? 'pod-eviction-timeout' : 'tolerations');
  return by === 'tolerations' ? { kind: by, seconds: afterMs / 1000 } : { kind: by, timeoutMs: afterMs };
};

const defaultEviction = (version: Version): Eviction =>
  hasTaintEviction(version)
    ? { kind: 'tolerations', seconds: defaultTolerationSeconds }
    : { kind: 'pod-eviction-timeout', timeoutMs: defaultEvictionTimeoutMs };

/** The lease that keeps the heartbeat at nodeStatusUpdateFrequency: a kubelet renews at a quarter of it. */
export const equivalentLeaseSeconds = (updateFrequencyMs: number): number => updateFrequencyMs / 1000 / renewFraction;

/** What holds on `version` where nothing is passed. */
export const defaultEffective = (version: Version): EffectiveSettings =>
  effectiveSettings(
    {
      name: 'default',
      nodeStatusUpdateFrequencyMs: null,
      nodeMonitorPeriodMs: null,
      nodeMonitorGracePeriodMs: null,
      evictionAfterMs: null,
      evictionBy: null,
    },
    'literal',
    version,
  );

/** What holds on `version` once every default is filled in. */
export const effectiveSettings = (profile: Profile, reading: Reading, version: Version): EffectiveSettings => {
  const writtenMs = profile.nodeStatusUpdateFrequencyMs;
  const updateMs = writtenMs ?? defaultUpdateFrequencyMs;
  const sets = reading === 'equivalent' && writtenMs !== null && leaseSetsRenewal(version);
  const leaseSeconds = sets ? equivalentLeaseSeconds(updateMs) : defaultLeaseDurationSeconds;
  // A kubelet whose file sets the update frequency alone takes the same for its reports.
  const reportMs = (reading === 'literal' ? writtenMs : null) ?? defaultReportFrequencyMs(version);
  const renewMs = leaseSetsRenewal(version) ? leaseSeconds * 1000 * renewFraction : fixedRenewMs(version, updateMs);
  return {
    nodeStatusUpdateFrequencyMs: updateMs,
    nodeStatusReportFrequencyMs: hasLeases(version) ? reportMs : updateMs,
    nodeLeaseDurationSeconds: leaseSeconds,
    leaseRenewIntervalMs: hasLeases(version) ? renewMs : updateMs,
    ...(hasLeases(version) ? {} : { withoutLeases: true as const }),
    leaseJitter: leaseJitterOf(version),
    statusJitter: statusJitterOf(version),
    nodeMonitorPeriodMs: profile.nodeMonitorPeriodMs ?? defaultMonitorPeriodMs,
    nodeMonitorGracePeriodMs: profile.nodeMonitorGracePeriodMs ?? defaultGraceMs(version),
    eviction: evictionOf(profile, version) ?? defaultEviction(version),
    ...(profile.shutdown === undefined ? {} : { shutdown: profile.shutdown }),
  };
};
