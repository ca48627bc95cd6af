import { scattersReports } from '../effective.ts';
import type { EffectiveSettings } from '../types.ts';
import { exactVersion } from '../version.ts';
import {
  everyTickPosts,
  maxGapAfterChangeMs,
  maxGapMs,
  maxPassMs,
  outlivedMs,
  outlivedPasses,
  reprobedPasses,
  roundTripMs,
  surelyOutlivedMs,
  type Window,
} from './not-ready.ts';

// Heartbeats of healthy kubelets that come too late by the settings alone.

/** The middles of equal parts of 0 to 1: enough of them for a mean to two digits. */
const jitterSteps = Array.from({ length: 100 }, (_, index) => (index + 0.5) / 100);

/** Intervals between two status posts, and in which part of cases each is the one. */
type StatusGap = { readonly gapMs: number; readonly part: number };

const tickLengthsMs = ({ nodeStatusUpdateFrequencyMs, statusJitter }: EffectiveSettings): readonly number[] =>
  jitterSteps.map((step) => nodeStatusUpdateFrequencyMs * (1 + statusJitter * step));

/** A status is posted at the first tick at which nodeStatusReportFrequency has passed since the last. */
const steadyGaps = (effective: EffectiveSettings): readonly StatusGap[] => {
  const { nodeStatusUpdateFrequencyMs, nodeStatusReportFrequencyMs } = effective;
  const ticks = everyTickPosts(effective) ? 1 : Math.ceil(nodeStatusReportFrequencyMs / nodeStatusUpdateFrequencyMs);
  return tickLengthsMs(effective).map((lengthMs) => ({ gapMs: ticks * lengthMs, part: 1 / jitterSteps.length }));
};

/** Where the next report comes at the first tick after a half to one and a half of nodeStatusReportFrequency. */
const scatteredGaps = (effective: EffectiveSettings): readonly StatusGap[] => {
  const { nodeStatusUpdateFrequencyMs: tickMs, nodeStatusReportFrequencyMs: reportMs } = effective;
  const [fromMs, untilMs] = [0.5 * reportMs, 1.5 * reportMs];
  // What is posted later than the next lease never ends a gap.
  const leaseMs = effective.leaseRenewIntervalMs * (1 + effective.leaseJitter);
  const byTicks = Array.from({ length: Math.ceil(Math.min(leaseMs, untilMs) / tickMs) }, (_, index) => {
    const dueMs = Math.min((index + 1) * tickMs, untilMs) - Math.max(index * tickMs, fromMs);
    return { ticks: index + 1, part: Math.max(0, dueMs) / reportMs };
  }).filter(({ part }) => part > 0);
  const later = 1 - byTicks.reduce((sum, { part }) => sum + part, 0);
  return [
    ...tickLengthsMs(effective).flatMap((lengthMs) =>
      byTicks.map(({ ticks, part }) => ({ gapMs: ticks * lengthMs, part: part / jitterSteps.length })),
    ),
    { gapMs: Number.POSITIVE_INFINITY, part: Math.max(0, later) },
  ];
};

/** By how many periods of the node monitor a gap is longer than what surely holds; 0 or less: no pass finds it. */
const latenessBy = (effective: EffectiveSettings): ((gapMs: number) => number) => {
  const outlived = surelyOutlivedMs(effective);
  return (gapMs) => (gapMs + roundTripMs - outlived) / effective.nodeMonitorPeriodMs;
};

/**
 * The mean over the jitter of what part of a period a gap is longer than what surely holds, which is the chance that a pass
 * falls into it. A gap ends with whichever comes first, lease or status post. Never 0 where the longest, `maxMs`, is too long.
 */
const lateShare = (effective: EffectiveSettings, maxMs: number, statusGaps: readonly StatusGap[]): number => {
  const lateBy = latenessBy(effective);
  if (lateBy(maxMs) <= 0) return 0;
  const leaseGaps = jitterSteps.map((step) => effective.leaseRenewIntervalMs * (1 + effective.leaseJitter * step));
  const lateStatusGaps = statusGaps.filter(({ gapMs }) => lateBy(gapMs) > 0);
  let late = 0;
  for (const leaseMs of leaseGaps.filter((gapMs) => lateBy(gapMs) > 0)) {
    for (const { gapMs, part } of lateStatusGaps) late += Math.min(1, lateBy(Math.min(leaseMs, gapMs))) * part;
  }
  // As if the longest were one of all pairs of steps.
  const rarest = Math.min(1, lateBy(maxMs)) / jitterSteps.length ** 2;
  return Math.min(1, Math.max(late / leaseGaps.length, rarest));
};

/**
 * Share (0 to 1) of heartbeats so late that a node goes NotReady with no fault at all, while no status changes. That is the most
 * it can be, as if leases and status posts began each gap together: in between they cut each other's gaps short, a status
 * post that is the last sign is granted the grace once more, and a node that is NotReady already does not become so.
 */
export const steadyFlapShare = (effective: EffectiveSettings): number =>
  lateShare(effective, maxGapMs(effective), steadyGaps(effective));

/**
 * The same at its most: also of the heartbeats that follow a change of a node's status (a start of a kubelet, an image, the
 * way back from NotReady), which some versions report again later than others.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const selfFlapShare = (effective: EffectiveSettings, kubernetesVersion: string): number => {
  const version = exactVersion(kubernetesVersion);
  const steady = steadyFlapShare(effective);
  if (!scattersReports(version) || effective.withoutLeases === true) return steady;
  return Math.max(steady, lateShare(effective, maxGapAfterChangeMs(effective, version), scatteredGaps(effective)));
};

/**
 * Whether the share above is more than 0, which is whether the longest gap is too long: what many ask of each run, without the
 * sum over ten thousand pairs of gaps.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const mayFlapByItself = (effective: EffectiveSettings, kubernetesVersion: string): boolean => {
  const version = exactVersion(kubernetesVersion);
  const lateBy = latenessBy(effective);
  if (lateBy(maxGapMs(effective)) > 0) return true;
  if (!scattersReports(version) || effective.withoutLeases === true) return false;
  return lateBy(maxGapAfterChangeMs(effective, version)) > 0;
};

/** Mean over the jitter of what comes of an interval. */
const meanOf = (intervalMs: number, jitter: number, of: (gapMs: number) => number): number =>
  jitterSteps.reduce((sum, step) => sum + of(intervalMs * (1 + jitter * step)), 0) / jitterSteps.length;

/** The chance that a gap between two signs is too long, at least: each pass takes as long as it may. */
const surelyLate = (effective: EffectiveSettings, passes: number, gapMs: number): number => {
  const passMs = effective.nodeMonitorPeriodMs + maxPassMs(effective);
  return Math.min(1, Math.max(0, gapMs / passMs - passes));
};

/** How many passes may find a node silent within an interval of one kind of heartbeat, whatever others come within it. */
const maxFindings = (effective: EffectiveSettings, gapMs: number): number => {
  const outlived = surelyOutlivedMs(effective);
  const waitedMs = gapMs + roundTripMs;
  const gaps = Math.floor(waitedMs / outlived);
  return gaps > 1 ? gaps : Math.min(1, Math.max(0, (waitedMs - outlived) / effective.nodeMonitorPeriodMs));
};

/** No constant of Kubernetes: so many times fewer are too late where passes are held up by what they write for others that are. */
const heldUp = 2;

/** Heartbeats that come too late: their share (0 to 1), and how many a second a node has; each at least and at most. */
export type FlapRange = { readonly share: Window; readonly perSecond: Window };

/**
 * What is sure of heartbeats that make a healthy node NotReady. The share is no more than the one above. By the time it is no
 * more than what either loop leaves room for by itself, and no less than what one of them does too late, less what the other's
 * heartbeats, at most so many, cut short. Two status posts may be due to each NotReady, the one that ends it, and one that
 * is sooner than others for that; and a node that is NotReady stays so for up to a status period.
 * The lower bounds take a controller that keeps up with what it has to write, as it does for a few nodes.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const flapRange = (effective: EffectiveSettings, kubernetesVersion: string): FlapRange => {
  const maxShare = selfFlapShare(effective, kubernetesVersion);
  if (maxShare === 0) return { share: [0, 0], perSecond: [0, 0] };
  const { leaseRenewIntervalMs: renewMs, leaseJitter, nodeStatusUpdateFrequencyMs: tickMs, statusJitter } = effective;
  const passes = outlivedPasses(effective);
  const tick = (of: (gapMs: number) => number): number => meanOf(tickMs, statusJitter, of);
  const isLate = (gapMs: number): number => surelyLate(effective, passes, gapMs);
  const meanTickMs = tickMs * (1 + statusJitter / 2);
  if (effective.withoutLeases === true) {
    const minShare = Math.min(maxShare, tick(isLate) / heldUp);
    const inAll = minShare / (meanTickMs + roundTripMs);
    return { share: [minShare, maxShare], perSecond: [inAll * 1000, (maxShare / meanTickMs) * 1000] };
  }
  const everyTick = everyTickPosts(effective);
  const leasesPerMs = 1 / (renewMs * (1 + leaseJitter / 2));
  const minPostMs = Math.max(tickMs, effective.nodeStatusReportFrequencyMs);
  const lateAgain = (gapMs: number): number => surelyLate(effective, passes + reprobedPasses(effective), gapMs);
  const byLeases =
    (meanOf(renewMs, leaseJitter, isLate) / (renewMs * (1 + leaseJitter / 2) + roundTripMs) -
      isLate(renewMs * (1 + leaseJitter)) / minPostMs) /
    (3 + Math.floor((tickMs * (1 + statusJitter)) / outlivedMs(effective)));
  const byPosts = everyTick ? tick(lateAgain) / (meanTickMs + roundTripMs) - leasesPerMs : 0;
  const minPerMs = Math.max(0, byLeases, byPosts) / heldUp;
  const heartbeatsPerMs = 1 / renewMs + 1 / minPostMs;
  const maxPerMs = Math.min(
    1 / surelyOutlivedMs(effective),
    meanOf(renewMs, leaseJitter, (gapMs) => maxFindings(effective, gapMs)) * leasesPerMs,
    everyTick ? tick((gapMs) => maxFindings(effective, gapMs)) / meanTickMs : Number.POSITIVE_INFINITY,
    maxShare < 0.5 ? (maxShare * heartbeatsPerMs) / (1 - 2 * maxShare) : Number.POSITIVE_INFINITY,
  );
  const minShare = Math.min(maxShare, minPerMs / (heartbeatsPerMs + 2 * minPerMs));
  return { share: [minShare, maxShare], perSecond: [minPerMs * 1000, maxPerMs * 1000] };
};
