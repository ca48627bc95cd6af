import { scattersReports } from '../effective.ts';
import type { EffectiveSettings } from '../types.ts';
import { exactVersion } from '../version.ts';
import { everyTickPosts, maxGapAfterChangeMs, maxGapMs, roundTripMs, surelyOutlivedMs } from './not-ready.ts';

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

/**
 * The mean over the jitter of what part of a period a gap is longer than what surely holds, which is the chance that a pass
 * falls into it. A gap ends with whichever comes first, lease or status post. Never 0 where the longest, `maxMs`, is too long.
 */
const lateShare = (effective: EffectiveSettings, maxMs: number, statusGaps: readonly StatusGap[]): number => {
  const outlived = surelyOutlivedMs(effective);
  const lateBy = (gapMs: number): number => (gapMs + roundTripMs - outlived) / effective.nodeMonitorPeriodMs;
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
 * Share (0 to 1) of heartbeats so late that a node goes NotReady with no fault at all, while no status changes. Where every
 * status tick posts, this is the most it can be: a kubelet starts both loops together, and the further they drift apart the
 * shorter the gaps.
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
