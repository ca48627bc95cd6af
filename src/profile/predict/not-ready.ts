import { renewsInOneRequest, scattersReports } from '../effective.ts';
import type { EffectiveSettings } from '../types.ts';
import { exactVersion, type Version } from '../version.ts';

// When a node whose kubelet says nothing is NotReady.

/** Earliest and latest, in ms. */
export type Window = readonly [number, number];

/** Whether something makes a node NotReady. */
export type Flap = 'impossible' | 'possible' | 'certain';

/** A request's round trip between two containers of one machine, for the share of heartbeats that come too late. */
export const roundTripMs = 10;

/**
 * Passes of the node monitor that a sign of life outlives: the smallest k with k·P > G, where a pass takes some time,
 * so that a G of exactly two periods is over at the second pass.
 * @param passMs what each takes beside its period; next to nothing where it is not given
 */
export const outlivedPasses = (
  { nodeMonitorGracePeriodMs, nodeMonitorPeriodMs }: EffectiveSettings,
  passMs: number = 0,
): number => Math.max(1, Math.ceil(nodeMonitorGracePeriodMs / (nodeMonitorPeriodMs + passMs)));

export const outlivedMs = (effective: EffectiveSettings): number =>
  outlivedPasses(effective) * effective.nodeMonitorPeriodMs;

/** The most that a pass is taken to last beside its period: a part of it, and no less than the model's over 5,000 nodes. */
const maxPass = { shareOfPeriod: 0.01, minMs: 101 } as const;

/** The same in ms. */
export const maxPassMs = ({ nodeMonitorPeriodMs }: EffectiveSettings): number =>
  Math.max(maxPass.minMs, nodeMonitorPeriodMs * maxPass.shareOfPeriod);

/**
 * When at the earliest a pass finds that so much has passed since another one. That is the late bound, ⌈t/P⌉·P, unless t lies
 * above a whole number of periods by less than what passes themselves take: then fewer of them may do, yet none before t.
 * @param heldUpMs by how much what they do besides may hold up passes, all together
 */
export const earliestPassMs = (effective: EffectiveSettings, ms: number, heldUpMs: number = 0): number => {
  const { nodeMonitorPeriodMs: periodMs } = effective;
  const passMs = maxPassMs(effective);
  // Of the first pass and of the last the node's own place in them is not known: k passes take up to k·P + (k + 1)·ε.
  const passes = Math.max(1, Math.floor((ms - passMs - heldUpMs) / (periodMs + passMs)) + 1);
  return Math.max(ms, passes * periodMs);
};

/** What a pass takes in the model at the most, ms: reading what there is, and each node, one after another as to v1.26. */
const passOf = { baseMs: 1, nodeMs: 0.02 } as const;

/** What a pass over so many nodes takes beside its period on a machine that has time for it, ms: as in the model. */
export const usualPassMs = (nodes: number): number => passOf.baseMs + passOf.nodeMs * nodes;

/**
 * By how much later than its window a silent node may be NotReady for what passes themselves take, ms: each that the grace
 * outlives, unless one fewer does then, and the two beside. Next to nothing of a few nodes.
 * @param nodes how many the controller looks after
 */
export const latePassesMs = (effective: EffectiveSettings, nodes: number): number => {
  const passMs = usualPassMs(nodes);
  const { nodeMonitorGracePeriodMs: graceMs, nodeMonitorPeriodMs: periodMs } = effective;
  const oneFewerMs = graceMs + periodMs + passMs - outlivedMs(effective);
  return Math.min(outlivedPasses(effective) * passMs, oneFewerMs) + 2 * passMs;
};

/** For how long a sign of life surely holds, since the pass that saw it. @param heldUpMs by how much passes may be held up */
export const surelyOutlivedMs = (effective: EffectiveSettings, heldUpMs: number = 0): number =>
  earliestPassMs(effective, effective.nodeMonitorGracePeriodMs, heldUpMs);

/** Whether each status tick is a sign of life, as where nodeStatusUpdateFrequency alone is written. */
export const everyTickPosts = (effective: EffectiveSettings): boolean =>
  effective.withoutLeases === true || effective.nodeStatusReportFrequencyMs <= effective.nodeStatusUpdateFrequencyMs;

/** Ticks from one status post to the next: the first at which `reportMs` have passed. */
const ticksBetweenPosts = ({ nodeStatusUpdateFrequencyMs }: EffectiveSettings, reportMs: number): number =>
  Math.max(1, Math.ceil(reportMs / nodeStatusUpdateFrequencyMs));

/** A status is posted at the first tick at which `reportMs` have passed since the last. */
const gapOf = (effective: EffectiveSettings, reportMs: number): number => {
  const { leaseRenewIntervalMs: renewMs } = effective;
  const tickMs = effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter);
  if (effective.withoutLeases === true) return tickMs;
  const statusGapMs = Math.min(reportMs + tickMs, ticksBetweenPosts(effective, reportMs) * tickMs);
  return Math.min(renewMs * (1 + effective.leaseJitter), statusGapMs);
};

/** Longest time between two signs of life of a healthy kubelet: between two leases, or two status posts where sooner. */
export const maxGapMs = (effective: EffectiveSettings): number =>
  gapOf(effective, effective.nodeStatusReportFrequencyMs);

/** At most after so long a status is reported again that has just changed, as after a start or where an image came. */
const reportAfterChangeMs = (effective: EffectiveSettings, version: Version): number =>
  effective.nodeStatusReportFrequencyMs * (scattersReports(version) ? 1.5 : 1);

/** The longest gap where the status has just changed. */
export const maxGapAfterChangeMs = (effective: EffectiveSettings, version: Version): number =>
  gapOf(effective, reportAfterChangeMs(effective, version));

/**
 * 1 where a status post may be the last sign of life that a pass sees: the pass after it takes the old lease for a new one
 * and grants the grace once more. That is so wherever there are leases, and the more often the more often statuses are
 * posted: nearly always where every tick posts, in about 3 % of pauses where posts are 5 minutes apart.
 */
export const reprobedPasses = (effective: EffectiveSettings): number => (effective.withoutLeases === true ? 0 : 1);

/**
 * When a node goes NotReady, counted from the pause of its kubelet at a random moment, the second grace after a status post
 * with it.
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth
 */
export const notReadyWindow = (effective: EffectiveSettings, kubernetesVersion: string): Window => [
  maxSafePauseMs(effective, kubernetesVersion),
  outlivedMs(effective) + effective.nodeMonitorPeriodMs * (1 + reprobedPasses(effective)),
];

/** The longest pause of all kubelets after which the controller calls no node NotReady, whenever it begins; in ms. */
export const maxSafePauseMs = (effective: EffectiveSettings, kubernetesVersion: string): number =>
  Math.max(0, surelyOutlivedMs(effective) - maxGapAfterChangeMs(effective, exactVersion(kubernetesVersion)));

/**
 * All answers of an API server may take less than this, and the controller calls no node NotReady; in ms, 0 where nothing is
 * short enough. Both loops wait their interval after the last answer, so each request of a round makes the gap as much longer:
 * a renewal is one PUT, behind a GET to v1.15; each tick of the status is a GET, and a PATCH behind it where it posts. The
 * loop that bears more decides. Whether a kubelet waits so long at all is another matter: `heartbeatTimeoutMs`.
 * @see kubernetes pkg/kubelet/kubelet_node_status.go, tryUpdateNodeStatus; pkg/kubelet/nodelease/controller.go, sync
 */
export const surelyBorneAnswerMs = (effective: EffectiveSettings, kubernetesVersion: string): number => {
  const version = exactVersion(kubernetesVersion);
  const outlived = surelyOutlivedMs(effective);
  const ticks =
    effective.withoutLeases === true ? 1 : ticksBetweenPosts(effective, reportAfterChangeMs(effective, version));
  const tickMs = effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter);
  const byStatusMs = (outlived - ticks * tickMs) / (ticks + 1);
  const renewMs = effective.leaseRenewIntervalMs * (1 + effective.leaseJitter);
  const byLeaseMs = effective.withoutLeases === true ? 0 : (outlived - renewMs) / (renewsInOneRequest(version) ? 1 : 2);
  return Math.max(0, byStatusMs, byLeaseMs);
};

/** Whether kubelets paused for `pauseMs` make their nodes NotReady, where they are not so already. */
export const flapOf = (effective: EffectiveSettings, kubernetesVersion: string, pauseMs: number): Flap => {
  if (pauseMs < maxSafePauseMs(effective, kubernetesVersion)) return 'impossible';
  return pauseMs > outlivedMs(effective) + 2 * effective.nodeMonitorPeriodMs ? 'certain' : 'possible';
};
