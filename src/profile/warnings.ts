import { formatDuration } from '../common/duration.ts';
import { evictionOf } from './effective.ts';
import { evictionAfterLastSign } from './predict/eviction.ts';
import { maxGapAfterChangeMs, maxGapMs } from './predict/not-ready.ts';
import { writesPerNodeMinute } from './predict/pause.ts';
import { selfFlapShare, steadyFlapShare } from './predict/self-flap.ts';
import type { EffectiveSettings, Profile, Reading } from './types.ts';
import { atLeast, exactVersion } from './version.ts';

/** More than these no one reads; the first ones matter most. */
const max = 3;

/** client-go pings a silent HTTP/2 connection after 30 s and gives it up 15 s later. */
const deadConnectionMs = 45_000;

const heartbeatWarning = (profile: Profile, reading: Reading, version: string, effective: EffectiveSettings) => {
  const updateMs = profile.nodeStatusUpdateFrequencyMs;
  if (reading === 'equivalent' || updateMs === null || effective.withoutLeases === true) return null;
  const update = formatDuration(updateMs);
  const renew = formatDuration(effective.leaseRenewIntervalMs);
  if (updateMs > effective.leaseRenewIntervalMs) {
    return (
      `on ${version} nodeStatusUpdateFrequency ${update} no longer sets the heartbeat: ` +
      `detection follows the lease, renewed every ${renew}`
    );
  }
  return (
    `on ${version} nodeStatusUpdateFrequency ${update} leaves leases at ${renew} and makes each kubelet post its whole ` +
    `status every ${update}: ${Number(writesPerNodeMinute(effective).toFixed(1))} heartbeat writes a minute and node`
  );
};

const percentOf = (share: number): number =>
  share * 100 >= 1 ? Math.round(share * 100) : Number((share * 100).toPrecision(1));

/** Where heartbeats after a change of status are late at least so many times as often as all are, that is said, too. */
const muchMore = 2;

/** Status posts that are no more than so many leases apart cut a good part of the gaps between these short. */
const oftenPosts = 4;

/** What nodes do by themselves; where only what follows a change of status is late, the gap and the share are those. */
const flapWarning = (effective: EffectiveSettings, version: string): string | null => {
  const [steady, maxShare] = [steadyFlapShare(effective), selfFlapShare(effective, version)];
  if (maxShare === 0) return null;
  const afterChange = "after a change of a node's status";
  const gapMs = steady > 0 ? maxGapMs(effective) : maxGapAfterChangeMs(effective, exactVersion(version));
  const postsOften =
    effective.withoutLeases !== true &&
    effective.nodeStatusReportFrequencyMs < oftenPosts * effective.leaseRenewIntervalMs;
  const often = `up to ${percentOf(steady)} % of heartbeats${postsOften ? ', fewer as status posts drift away from leases' : ''}`;
  const shares = [
    ...(steady > 0 ? [often] : []),
    ...(maxShare >= muchMore * steady
      ? [`up to ${percentOf(maxShare)} % of ${steady > 0 ? `those ${afterChange}` : 'these'}`]
      : []),
  ];
  return (
    `nodeMonitorGracePeriod ${formatDuration(effective.nodeMonitorGracePeriodMs)} is no longer than a healthy gap ` +
    `between heartbeats${steady > 0 ? '' : ` ${afterChange}`}, up to ${formatDuration(Math.round(gapMs))}: ` +
    `nodes flap by themselves (${shares.join('; ')})`
  );
};

const evictionWarning = (profile: Profile, version: string, effective: EffectiveSettings): string | null => {
  const eviction = evictionOf(profile, exactVersion(version));
  if (eviction === null) return null;
  const [earliest, latest] = evictionAfterLastSign(effective, version).map(formatDuration);
  const after = `pods go ${earliest} to ${latest} after the last heartbeat`;
  if (eviction.kind === 'pod-eviction-timeout') {
    return `pod-eviction-timeout ${formatDuration(eviction.timeoutMs)} counts from the last heartbeat, not from NotReady: ${after}`;
  }
  const tolerated = `tolerations of ${formatDuration(eviction.seconds * 1000)} count from the taint`;
  const timeoutMs = eviction.seconds * 1000;
  const legacy = { ...effective, eviction: { kind: 'pod-eviction-timeout', timeoutMs } } as const;
  const [earlier, later] = evictionAfterLastSign(legacy, version).map(formatDuration);
  return `${tolerated}: ${after}; the pod-eviction-timeout of v1.26 and before meant ${earlier} to ${later}`;
};

const connectionWarning = (effective: EffectiveSettings, version: string): string | null => {
  // The health check of connections came with v1.20.0 (and late patches of v1.18 and v1.19).
  if (!atLeast(exactVersion(version), 20)) return null;
  const graceMs = effective.nodeMonitorGracePeriodMs;
  if (graceMs >= deadConnectionMs) return null;
  return (
    `nodeMonitorGracePeriod ${formatDuration(graceMs)} is shorter than the ${formatDuration(deadConnectionMs)} in ` +
    'which a kubelet gives up a dead connection: one lost connection can make a healthy node NotReady'
  );
};

/** One sentence each on what a profile does not do on a version, or does by itself; the three that matter most. */
export const warningsOf = (
  profile: Profile,
  reading: Reading,
  kubernetesVersion: string,
  effective: EffectiveSettings,
): readonly string[] =>
  [
    flapWarning(effective, kubernetesVersion),
    heartbeatWarning(profile, reading, kubernetesVersion, effective),
    evictionWarning(profile, kubernetesVersion, effective),
    connectionWarning(effective, kubernetesVersion),
  ]
    .filter((warning) => warning !== null)
    .slice(0, max);
