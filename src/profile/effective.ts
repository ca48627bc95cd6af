import type { EffectiveSettings, Eviction, Profile, Reading } from './types.ts';
import { atLeast, type Version } from './version.ts';

/** kubelet's report frequency where no update frequency is written; pkg/kubelet/apis/config/v1beta1 defaults, since v1.17. */
export const defaultReportFrequencyMs = 300_000;

const defaultUpdateFrequencyMs = 10_000;
const defaultLeaseDurationSeconds = 40;
/** The kubelet renews after this part of the lease's duration; pkg/kubelet/nodelease and its successor, since v1.16. */
const renewFraction = 0.25;
const defaultMonitorPeriodMs = 5000;
/** plugin/pkg/admission/defaulttolerationseconds. */
const defaultTolerationSeconds = 300;

/** v1.32.0 raised it, so that it is longer than the 45 s in which a dead HTTP/2 connection is noticed. */
const defaultGraceMs = (version: Version): number => (atLeast(version, 32) ? 50_000 : 40_000);

/** Renewals wait up to 4 % longer since v1.22.0, v1.21.2 and v1.20.8. */
const leaseJitter = (version: Version): number => {
  const since = { 20: 8, 21: 2 }[version.minor] ?? 0;
  return version.patch >= since ? 0.04 : 0;
};

/** `--pod-eviction-timeout` and `--enable-taint-manager`, without which it does nothing, were removed together. */
export const hasEvictionTimeout = (version: Version): boolean => !atLeast(version, 27);

/** How a profile's eviction is made on a version; null where the profile leaves it alone. */
export const evictionOf = (profile: Profile, version: Version): Eviction | null => {
  const afterMs = profile.evictionAfterMs;
  if (afterMs === null) return null;
  const by = profile.evictionBy ?? (hasEvictionTimeout(version) ? 'pod-eviction-timeout' : 'tolerations');
  return by === 'tolerations' ? { kind: by, seconds: afterMs / 1000 } : { kind: by, timeoutMs: afterMs };
};

/** The lease that keeps the heartbeat at nodeStatusUpdateFrequency: a kubelet renews at a quarter of it. */
export const equivalentLeaseSeconds = (updateFrequencyMs: number): number => updateFrequencyMs / 1000 / renewFraction;

/** What holds on `version` once every default is filled in. */
export const effectiveSettings = (profile: Profile, reading: Reading, version: Version): EffectiveSettings => {
  const updateMs = profile.nodeStatusUpdateFrequencyMs;
  const leaseSeconds =
    reading === 'equivalent' && updateMs !== null ? equivalentLeaseSeconds(updateMs) : defaultLeaseDurationSeconds;
  return {
    nodeStatusUpdateFrequencyMs: updateMs ?? defaultUpdateFrequencyMs,
    // A kubelet whose file sets the update frequency alone takes the same for its reports.
    nodeStatusReportFrequencyMs: (reading === 'literal' ? updateMs : null) ?? defaultReportFrequencyMs,
    nodeLeaseDurationSeconds: leaseSeconds,
    leaseRenewIntervalMs: leaseSeconds * 1000 * renewFraction,
    leaseJitter: leaseJitter(version),
    statusJitter: atLeast(version, 23) ? 0.04 : 0,
    nodeMonitorPeriodMs: profile.nodeMonitorPeriodMs ?? defaultMonitorPeriodMs,
    nodeMonitorGracePeriodMs: profile.nodeMonitorGracePeriodMs ?? defaultGraceMs(version),
    eviction: evictionOf(profile, version) ?? { kind: 'tolerations', seconds: defaultTolerationSeconds },
  };
};
