import { controllerManagerOf } from '../controller-manager.ts';
import { hasLeases, scattersReports } from '../effective.ts';
import type { EffectiveSettings } from '../types.ts';
import { atLeast, exactVersion, type Version } from '../version.ts';

/** Earliest and latest, in ms. */
export type Window = readonly [number, number];

/** Whether something makes a node NotReady. */
export type Flap = 'impossible' | 'possible' | 'certain';

/** A request's round trip between two containers of one machine, for the share of heartbeats that come too late. */
const roundTripMs = 10;
/** A taint waits up to this long for the controller's queue; pkg/controller/nodelifecycle. */
export const taintQueueMs = 100;
/**
 * Passes of the node monitor that a sign of life outlives: the smallest k with k·P > G, where a pass takes some time,
 * so that a G of exactly two periods is over at the second pass.
 */
export const outlivedPasses = (effective: EffectiveSettings): number =>
  Math.max(1, Math.ceil(effective.nodeMonitorGracePeriodMs / effective.nodeMonitorPeriodMs));

const outlivedMs = (effective: EffectiveSettings): number => outlivedPasses(effective) * effective.nodeMonitorPeriodMs;

/** The most that a pass is taken to last beside its period: a part of it, and no less than the model's over 5,000 nodes. */
const longestPass = { shareOfPeriod: 0.01, leastMs: 101 } as const;

/**
 * When at the earliest a pass finds that so much has passed since another one. That is the late bound, ⌈t/P⌉·P, unless t lies
 * above a whole number of periods by less than what passes themselves take: then fewer of them may do, yet none before t.
 * @param heldUpMs by how much what they do besides may hold up passes, all together
 */
const earliestPassMs = (
  { nodeMonitorPeriodMs: periodMs }: EffectiveSettings,
  ms: number,
  heldUpMs: number = 0,
): number => {
  const passMs = Math.max(longestPass.leastMs, periodMs * longestPass.shareOfPeriod);
  // Of the first pass and of the last the node's own place in them is not known: k passes take up to k·P + (k + 1)·ε.
  const passes = Math.max(1, Math.floor((ms - passMs - heldUpMs) / (periodMs + passMs)) + 1);
  return Math.max(ms, passes * periodMs);
};

/** For how long a sign of life surely holds, since the pass that saw it. @param heldUpMs by how much passes may be held up */
export const surelyOutlivedMs = (effective: EffectiveSettings, heldUpMs: number = 0): number =>
  earliestPassMs(effective, effective.nodeMonitorGracePeriodMs, heldUpMs);

/** Whether each status tick is a sign of life, as where nodeStatusUpdateFrequency alone is written. */
export const everyTickPosts = (effective: EffectiveSettings): boolean =>
  effective.withoutLeases === true || effective.nodeStatusReportFrequencyMs <= effective.nodeStatusUpdateFrequencyMs;

/** A status is posted at the first tick at which `reportMs` have passed since the last. */
const gapOf = (effective: EffectiveSettings, reportMs: number): number => {
  const { nodeStatusUpdateFrequencyMs: updateMs, leaseRenewIntervalMs: renewMs } = effective;
  const tickMs = updateMs * (1 + effective.statusJitter);
  if (effective.withoutLeases === true) return tickMs;
  const statusGapMs = Math.min(reportMs + tickMs, Math.max(1, Math.ceil(reportMs / updateMs)) * tickMs);
  return Math.min(renewMs * (1 + effective.leaseJitter), statusGapMs);
};

/** Longest time between two signs of life of a healthy kubelet: between two leases, or two status posts where sooner. */
export const maxGapMs = (effective: EffectiveSettings): number =>
  gapOf(effective, effective.nodeStatusReportFrequencyMs);

/** The same where the status has just changed, as after a start or where an image came, and may be reported later next. */
const maxGapAfterChangeMs = (effective: EffectiveSettings, version: Version): number =>
  gapOf(effective, effective.nodeStatusReportFrequencyMs * (scattersReports(version) ? 1.5 : 1));

/**
 * 1 where a status post may well be the last sign of life: the pass after it takes the old lease for a new one and
 * grants the grace once more. That is the rule where every status tick posts, and rare (about 3 % of pauses) where
 * posts are 5 minutes apart.
 */
const reprobedPasses = (effective: EffectiveSettings): number =>
  everyTickPosts(effective) && effective.withoutLeases !== true ? 1 : 0;

/**
 * When a node goes NotReady, counted from the pause of its kubelet at a random moment. The rare second grace after a
 * status post (see above) is left out; it adds one nodeMonitorPeriod.
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth
 */
export const notReadyWindow = (effective: EffectiveSettings, kubernetesVersion: string): Window => [
  maxSafePauseMs(effective, kubernetesVersion),
  outlivedMs(effective) + effective.nodeMonitorPeriodMs * (1 + reprobedPasses(effective)),
];

/**
 * When the first pod of a node is deleted, counted from the last sign of life of its kubelet, where the controller is
 * not slowed by other nodes. Open at the start, closed at the end. By pod-eviction-timeout this counts from the last
 * sign of life itself; by tolerations from the taint, which before v1.34 comes one pass after NotReady.
 * @param heldUpMs by how much the marking of pods may hold up passes meanwhile, so that fewer of them outlive the timeout
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const evictionAfterLastSign = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  heldUpMs: number = 0,
): Window => {
  const periodMs = effective.nodeMonitorPeriodMs;
  const { eviction } = effective;
  if (eviction.kind === 'pod-eviction-timeout') {
    const passes = Math.max(outlivedPasses(effective) + 1, Math.ceil(eviction.timeoutMs / periodMs));
    const timedMs = earliestPassMs(effective, eviction.timeoutMs, heldUpMs);
    const earliestMs = Math.max(surelyOutlivedMs(effective) + periodMs, timedMs);
    return [earliestMs, (passes + 1) * periodMs];
  }
  const taintMs = (atLeast(exactVersion(kubernetesVersion), 34) ? 0 : periodMs) + eviction.seconds * 1000;
  return [surelyOutlivedMs(effective) + taintMs, outlivedMs(effective) + periodMs + taintMs];
};

/**
 * By how much sooner the late bounds of a silent node's NotReady and eviction may hold, in ms: where the grace lies just above a
 * whole number of periods, what passes themselves take decides whether one more is waited for. 0 where it does not.
 */
export const lateBoundSlackMs = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
): { readonly notReady: number; readonly eviction: number } => {
  const [earliestMs, latestMs] = evictionAfterLastSign(effective, kubernetesVersion);
  return {
    notReady: outlivedMs(effective) - surelyOutlivedMs(effective),
    eviction: latestMs - earliestMs - effective.nodeMonitorPeriodMs,
  };
};

/**
 * How much later the first taint of a zone may come. Since v1.34 a pass queues the node that it has just found silent. A
 * poll of the queue in the few ms until the controller's own cache shows that takes the node for a Ready one: it is
 * dropped, and the token spent. The next pass queues it anew, and the next token comes after 10 s.
 * @see kubernetes pkg/controller/nodelifecycle, doNoExecuteTaintingPass; scheduler/rate_limited_queue.go, Try
 */
const wastedTokenMs = (effective: EffectiveSettings, version: Version, intervalMs: number): number =>
  atLeast(version, 34) ? Math.max(intervalMs, effective.nodeMonitorPeriodMs) : 0;

/** Condition, event and 2 × 2 for the taints of a NotReady node; a write and an event for each pod on it. */
const requestsPerNode = 6;
const requestsPerPod = 2;
/** Pods of a node that are not the workload's: most on a control plane of kind, which has four static ones. */
const backgroundPods = 6;

/** Silent nodes and what is on them: pods of the workload, any of which may be, and others on each. */
export type Burden = { readonly paused: number; readonly replicas: number; readonly podsPerNode?: number };

const podsOn = ({ paused, replicas, podsPerNode = 0 }: Burden): number =>
  paused * (backgroundPods + podsPerNode) + replicas;

const markingRequests = (burden: Burden): number => burden.paused * requestsPerNode + requestsPerPod * podsOn(burden);

/** How long the controller's budget of requests may hold up the last of the pods that a pass marks NotReady. */
export const markingMs = (burden: Burden, effective: EffectiveSettings): number => {
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(effective);
  return (Math.max(0, markingRequests(burden) - kubeApiBurst) / kubeApiRequestsPerSecond) * 1000;
};

/** Where nothing is said of how many nodes there are, they are many. */
type Silenced = Omit<Disruption, 'nodes'> & Partial<Pick<Disruption, 'nodes'>>;

/**
 * The same counted from the pause, with the second grace after a status post and the wait for the taint. Left out: a
 * taint whose request fails is tried again 10 s later, and a profile that flaps by itself may have begun to evict.
 * @param silenced silent nodes without a pod that can be evicted may have their turn first, one every 10 s
 */
export const evictionWindow = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  silenced: Silenced = { paused: 1 },
): Window => {
  const version = exactVersion(kubernetesVersion);
  const marksMs =
    silenced.replicas === undefined ? 0 : markingMs({ ...silenced, replicas: silenced.replicas }, effective);
  const [earliestMs, latestMs] = evictionAfterLastSign(effective, kubernetesVersion, marksMs);
  const graceMs = reprobedPasses(effective) * effective.nodeMonitorPeriodMs;
  const intervalMs = evictionIntervalMs(effective, { nodes: Number.POSITIVE_INFINITY, ...silenced }) ?? 0;
  const tokenMs = effective.eviction.kind === 'tolerations' ? wastedTokenMs(effective, version, intervalMs) : 0;
  const emptyMs = (silenced.emptyNodes ?? 0) * intervalMs;
  // To v1.33 the taint comes with the pass after the one that finds a node silent, and that one marks all its pods first.
  const waitMs = taintQueueMs + tokenMs + emptyMs + (atLeast(version, 34) ? 0 : marksMs);
  return [Math.max(0, earliestMs - maxGapAfterChangeMs(effective, version)), latestMs + graceMs + waitMs];
};

/** The longest pause of all kubelets after which the controller calls no node NotReady, whenever it begins; in ms. */
export const maxSafePauseMs = (effective: EffectiveSettings, kubernetesVersion: string): number =>
  Math.max(0, surelyOutlivedMs(effective) - maxGapAfterChangeMs(effective, exactVersion(kubernetesVersion)));

/**
 * Whether kubelets paused for `pauseMs` make their nodes NotReady, where they are not so already. `certain` holds in the
 * rare case too.
 */
export const flapOf = (effective: EffectiveSettings, kubernetesVersion: string, pauseMs: number): Flap => {
  if (pauseMs < maxSafePauseMs(effective, kubernetesVersion)) return 'impossible';
  return pauseMs > outlivedMs(effective) + 2 * effective.nodeMonitorPeriodMs ? 'certain' : 'possible';
};

/** The middles of equal parts of 0 to 1: enough of them for a mean to two digits. */
const jitterSteps = Array.from({ length: 100 }, (_, index) => (index + 0.5) / 100);

/**
 * Share (0 to 1) of heartbeats so late that a node goes NotReady with no fault at all: the mean over the jitter of
 * max(0, gap - kP) / P, kP being what surely holds. Where every status tick posts, the gap ends with whichever comes first, and this is the most
 * it can be: a kubelet starts both loops together, and the further they drift apart the shorter the gaps.
 */
export const selfFlapShare = (effective: EffectiveSettings): number => {
  const outlived = surelyOutlivedMs(effective);
  if (maxGapMs(effective) + roundTripMs <= outlived) return 0;
  const gaps = (intervalMs: number, jitter: number) => jitterSteps.map((part) => intervalMs * (1 + jitter * part));
  const leaseGaps = gaps(effective.leaseRenewIntervalMs, effective.leaseJitter);
  const statusGaps = everyTickPosts(effective)
    ? gaps(effective.nodeStatusUpdateFrequencyMs, effective.statusJitter)
    : [Number.POSITIVE_INFINITY];
  let lateMs = 0;
  for (const leaseMs of leaseGaps) {
    for (const statusMs of statusGaps) lateMs += Math.max(0, Math.min(leaseMs, statusMs) + roundTripMs - outlived);
  }
  return Math.min(1, lateMs / (leaseGaps.length * statusGaps.length) / effective.nodeMonitorPeriodMs);
};

/** Condition, event and deletion; to v1.28 they are of the budget that pods are marked by. */
const requestsPerEviction = 3;

/**
 * Whether nodes that are heard may be given up while a pass marks the pods of silent ones. The marking holds that pass up, so
 * that fewer of them may outlive a grace that is no longer than a heartbeat's interval, and that a whole number of periods
 * alone made long enough. The most that it can take: the burst is spent before, and every pod is evicted as well. false where
 * the profile loses nodes with no fault at all.
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth, MarkPodsNotReady
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const mayCostOthers = (effective: EffectiveSettings, kubernetesVersion: string, burden: Burden): boolean => {
  if (burden.paused === 0 || selfFlapShare(effective) > 0) return false;
  const requests = markingRequests(burden) + requestsPerEviction * podsOn(burden);
  const heldUpMs = (requests / controllerManagerOf(effective).kubeApiRequestsPerSecond) * 1000;
  const gapMs = maxGapAfterChangeMs(effective, exactVersion(kubernetesVersion)) + roundTripMs;
  return gapMs > surelyOutlivedMs(effective, heldUpMs);
};

/** Heartbeat writes that one node makes in a minute, leases and status posts, as configured (no jitter). */
export const writesPerNodeMinute = (effective: EffectiveSettings): number =>
  (effective.withoutLeases === true ? 0 : 60_000 / effective.leaseRenewIntervalMs) +
  60_000 / Math.max(effective.nodeStatusReportFrequencyMs, effective.nodeStatusUpdateFrequencyMs);

/** How many nodes of one zone are silent, of how many. */
export type ZoneLoss = { readonly paused: number; readonly nodes: number };

/**
 * How many nodes a fault silences, of how many; the control planes count. `zones`: the same of each zone, where there are
 * several. `emptyNodes`: silent ones that may have no pod to evict while another has. `replicas`: pods of the workload, any
 * of which may be on them. `podsPerNode`: others, on each node. `returnMs`: how long a kubelet may take to renew once the
 * fault is over; left out where it is at once.
 */
export type Disruption = ZoneLoss & {
  readonly zones?: readonly ZoneLoss[];
  readonly emptyNodes?: number;
  readonly replicas?: number;
  readonly podsPerNode?: number;
  readonly returnMs?: number;
};

/**
 * What the controller makes of so many NotReady nodes in one zone. Unless `normal` it stops evicting in a zone of up
 * to 50 nodes.
 * @see kubernetes pkg/controller/nodelifecycle, ComputeZoneState; --unhealthy-zone-threshold, 0.55 by default
 */
export const zoneState = (
  { paused, nodes }: ZoneLoss,
  effective: Pick<EffectiveSettings, 'controllerManager'>,
): 'normal' | 'partial' | 'full' => {
  if (paused > 0 && paused === nodes) return 'full';
  // Both are a float32 there.
  const threshold = Math.fround(controllerManagerOf(effective).unhealthyZoneThreshold);
  return paused > 2 && Math.fround(paused / nodes) >= threshold ? 'partial' : 'normal';
};

/** How often the queue of a zone lets a node through, where not every zone is down. null: never. */
const zoneIntervalMs = (zone: ZoneLoss, effective: Pick<EffectiveSettings, 'controllerManager'>): number | null => {
  const { nodeEvictionRatePerSecond, secondaryNodeEvictionRatePerSecond, largeClusterSizeThreshold } =
    controllerManagerOf(effective);
  // A zone that is down among others that are not is emptied as if it were well.
  if (zoneState(zone, effective) !== 'partial') return 1000 / nodeEvictionRatePerSecond;
  return zone.nodes > largeClusterSizeThreshold && secondaryNodeEvictionRatePerSecond > 0
    ? 1000 / secondaryNodeEvictionRatePerSecond
    : null;
};

/**
 * In how long at most a zone with silent nodes loses one of them, in ms, of those zones that lose any; null where none does:
 * every zone is down, or those with silent nodes are partly down and small.
 * @see kubernetes pkg/controller/nodelifecycle, handleDisruption, setLimiterInZone, ReducedQPSFunc
 */
export const evictionIntervalMs = (
  effective: Pick<EffectiveSettings, 'controllerManager'>,
  { zones, paused, nodes }: Pick<Disruption, 'zones' | 'paused' | 'nodes'>,
): number | null => {
  const all = zones ?? [{ paused, nodes }];
  if (all.every((zone) => zoneState(zone, effective) === 'full')) return null;
  const intervals = all
    .filter((zone) => zone.paused > 0)
    .map((zone) => zoneIntervalMs(zone, effective))
    .filter((ms) => ms !== null);
  return intervals.length === 0 ? null : Math.max(...intervals);
};

/**
 * Latest time at which a paused kubelet's node is Ready again, after the pause: the first status tick that starts anew.
 * The one that is due at the thaw may not do it. Since v1.31 it still compares with what the kubelet knew before. And one
 * that was under way at the freeze ends with what it had read then; the period counts from its end, for the loop is a
 * sliding one.
 * @see kubernetes pkg/kubelet/kubelet.go, wait.Until and JitterUntil of syncNodeStatus
 */
export const readyAgainMs = (effective: EffectiveSettings): number =>
  effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter);

/** Until when a pod may still be evicted: until the controller sees the last node Ready again. */
const evictsUntilMs = (effective: EffectiveSettings, pauseMs: number, { returnMs = 0 }: Disruption): number => {
  // Tolerations run until the pass after Ready takes the taint away; the timeout is judged in a pass itself.
  const untilSeenMs = effective.eviction.kind === 'tolerations' ? effective.nodeMonitorPeriodMs : 0;
  return pauseMs + returnMs + readyAgainMs(effective) + untilSeenMs;
};

/**
 * Pods whose time is up at once: from v1.26 on each is given its condition DisruptionTarget, with an event beside, before
 * the first of them is deleted.
 * @see kubernetes pkg/controller/tainteviction, addConditionAndDeletePod
 */
const dueTogetherMs = (effective: EffectiveSettings, version: Version, { replicas = 0 }: Disruption): number => {
  if (effective.eviction.kind !== 'tolerations' || !atLeast(version, 26)) return 0;
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(effective);
  return (Math.max(0, 2 * replicas - kubeApiBurst) / kubeApiRequestsPerSecond) * 1000;
};

/**
 * How much later the first eviction may come where nodes renew again before it: the node that was tainted first may be
 * Ready in time, and one that was tainted later, one every 10 s, not yet.
 */
const laterNodeMs = (latestMs: number, untilMs: number, intervalMs: number, { paused }: Disruption): number =>
  Math.max(0, Math.min((paused - 1) * intervalMs, untilMs - latestMs));

/**
 * What pausing kubelets for `pauseMs` does, in ms after the pause begins; null where it cannot happen.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const predictPause = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
  pauseMs: number,
  disruption: Disruption,
): { readonly notReadyAfterMs: Window | null; readonly evictionAfterMs: Window | null; readonly flap: Flap } => {
  const flap = flapOf(effective, kubernetesVersion, pauseMs);
  if (flap === 'impossible') return { notReadyAfterMs: null, evictionAfterMs: null, flap };
  const [earliestMs, latestMs] = evictionWindow(effective, kubernetesVersion, disruption);
  const dueMs = dueTogetherMs(effective, exactVersion(kubernetesVersion), disruption);
  const untilMs = evictsUntilMs(effective, pauseMs, disruption);
  const intervalMs = evictionIntervalMs(effective, disruption);
  const notReadyAfterMs = notReadyWindow(effective, kubernetesVersion);
  if (intervalMs === null || earliestMs > untilMs) return { notReadyAfterMs, evictionAfterMs: null, flap };
  const laterMs = latestMs <= pauseMs ? 0 : laterNodeMs(latestMs, untilMs, intervalMs, disruption);
  return { notReadyAfterMs, evictionAfterMs: [earliestMs, latestMs + dueMs + laterMs], flap };
};

/**
 * What a bound has beyond a window: the second grace after a status post that was the last sign of life. Windows leave it
 * out where posts are rare (about 3 % of pauses), for nearly all of these end within them: 8 of 3,247 dead nodes of the model
 * did not.
 */
export const rareGraceMs = (effective: EffectiveSettings, kubernetesVersion: string): number =>
  effective.withoutLeases === true || everyTickPosts(effective) || !hasLeases(exactVersion(kubernetesVersion))
    ? 0
    : effective.nodeMonitorPeriodMs;

/**
 * When a node that falls silent for good is NotReady, and its first pod evicted, in ms since it fell silent: not sooner and
 * not later, rare cases with them.
 */
export const silentNodeWindows = (
  effective: EffectiveSettings,
  kubernetesVersion: string,
): { readonly notReady: Window; readonly eviction: Window } => {
  const rareMs = rareGraceMs(effective, kubernetesVersion);
  const bounded = ([fromMs, toMs]: Window): Window => [fromMs, toMs + rareMs];
  return {
    notReady: bounded(notReadyWindow(effective, kubernetesVersion)),
    eviction: bounded(evictionWindow(effective, kubernetesVersion)),
  };
};
