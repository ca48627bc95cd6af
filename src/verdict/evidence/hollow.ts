import { evictedPods, isLoss, isReturn } from '../../figures/index.ts';
import { heldLeases, isHollow, nodesOf } from '../../plan/index.ts';
import { ofType } from '../../timeline/index.ts';
import type { Quantiles } from '../document.ts';
import { createDurationHistogram, quantilesOf } from '../figures/quantiles.ts';
import type { JudgeContext } from '../judge-context.ts';
import { plannedFaults } from '../measurement-window.ts';
import { nodeList, numberText, secondsText } from '../text.ts';
import { hollowPathFindings, hollowPathProblems } from './faults/hollow-paths.ts';

/** Renewals of healthy hollow nodes may be late by this part of the interval; of one in a hundred nothing is asked. */
const lateShare = 0.25;

/** A renewal of kwok that fails waits for the next one: a healthy node is silent for no more than so many intervals. */
const maxSilentIntervals = 2;

/** So many renewals of healthy hollow nodes may be late, of all and of those in any window. */
const lateOnes = 0.01;

/** A time without a renewal, in ms since the run's start; `isPart`: one of its ends was not seen. */
type Interval = { readonly node: string; readonly fromMs: number; readonly toMs: number; readonly isPart: boolean };

type Intervals = Quantiles & { readonly count: number };

/**
 * Times between renewals as they arrived, in the order of their ends, while nothing was done to the node: of nodes that some
 * fault hits up to the first fault, of all others in all of the measured time. What was not over by then counts, too, and of
 * what began before the load what lies in the load.
 */
const intervalsOf = ({ plan, events, window }: JudgeContext, nodes: ReadonlySet<string>): readonly Interval[] => {
  const { measuredFromMs, measuredToMs, faultStartMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  const hit = new Set(plannedFaults(plan).flatMap(({ targets }) => targets));
  const untilMs = (node: string): number =>
    hit.has(node) ? Math.min(measuredToMs, faultStartMs ?? measuredToMs) : measuredToMs;
  const last = new Map([...nodes].map((node) => [node, measuredFromMs]));
  const ended: Interval[] = [];
  for (const { node, atMs } of ofType(events, 'lease.renewed')) {
    const fromMs = last.get(node);
    if (fromMs === undefined || atMs > untilMs(node) || atMs <= measuredFromMs) continue;
    last.set(node, atMs);
    ended.push({ node, fromMs, toMs: atMs, isPart: fromMs === measuredFromMs });
  }
  const open = [...last].map(([node, fromMs]) => ({ node, fromMs, toMs: untilMs(node), isPart: true }));
  return [...ended, ...open].toSorted((one, other) => one.toMs - other.toMs);
};

const lengthMs = ({ fromMs, toMs }: Interval): number => toMs - fromMs;

const quantilesIn = (intervals: readonly Interval[]): Intervals => {
  const histogram = createDurationHistogram();
  for (const one of intervals) histogram.add(lengthMs(one));
  return { ...quantilesOf(histogram), count: intervals.length };
};

const maxMs = ({ plan: { profile } }: JudgeContext): number =>
  profile.effective.leaseRenewIntervalMs * (1 + profile.effective.leaseJitter);

/** Those of which both ends were seen, and those that are longer already than a renewal takes. */
const timedOf = (context: JudgeContext, nodes: ReadonlySet<string>): readonly Interval[] =>
  intervalsOf(context, nodes).filter((one) => !one.isPart || lengthMs(one) > maxMs(context));

/** The largest share of late ones among the intervals that end within a window so long, and when that begins; null where none is. */
const worstWindow = (
  intervals: readonly Interval[],
  isLate: (one: Interval) => boolean,
  windowMs: number,
): { readonly late: number; readonly all: number; readonly fromMs: number } | null => {
  let worst: { readonly late: number; readonly all: number; readonly fromMs: number } | null = null;
  let [to, late] = [0, 0];
  for (const [from, first] of intervals.entries()) {
    for (; to < intervals.length; to += 1) {
      const next = intervals[to];
      if (next === undefined || next.toMs > first.toMs + windowMs) break;
      if (isLate(next)) late += 1;
    }
    const all = to - from;
    // One that is late alone is no pace.
    if (late > Math.max(1, lateOnes * all) && (worst === null || late / all > worst.late / worst.all))
      worst = { late, all, fromMs: first.toMs };
    if (isLate(first)) late -= 1;
  }
  return worst;
};

const hollowOf = ({ plan }: JudgeContext): ReadonlySet<string> => new Set(nodesOf(plan).filter(isHollow));

const lateRenewals = (context: JudgeContext, hollow: ReadonlySet<string>): string[] => {
  const { leaseRenewIntervalMs, nodeMonitorGracePeriodMs } = context.plan.profile.effective;
  const intervals = timedOf(context, hollow);
  const { p99 } = quantilesIn(intervals);
  if (p99 === null || intervals.every(({ isPart }) => isPart)) return ['no renewal of a healthy hollow node was timed'];
  const boundMs = lateShare * leaseRenewIntervalMs;
  const allowedMs = maxMs(context) + boundMs;
  const silentMs = maxSilentIntervals * maxMs(context) + boundMs;
  const silent = intervals.filter((one) => lengthMs(one) > silentMs);
  const silentNodes = new Set(silent.map(({ node }) => node));
  const maxSilentMs = silent.reduce((max, one) => Math.max(max, lengthMs(one)), 0);
  const windowMs = Math.max(nodeMonitorGracePeriodMs, silentMs);
  const worst = worstWindow(intervals, (one) => lengthMs(one) > allowedMs, windowMs);
  const found = [
    ...(silent.length === 0
      ? []
      : [
          `${nodeList([...hollow].filter((node) => silentNodes.has(node)))}, which no fault had hit, renewed no lease for up to ${secondsText(maxSilentMs)}, at most ${secondsText(silentMs)} is tolerated`,
        ]),
    ...(p99 > allowedMs
      ? [
          `one renewal in a hundred came ${secondsText(p99 - maxMs(context))} late or later, at most ${secondsText(boundMs)} is tolerated`,
        ]
      : worst === null
        ? []
        : [
            `${numberText(worst.late)} of ${numberText(worst.all)} renewals from ${secondsText(worst.fromMs)} on came more than ${secondsText(boundMs)} late, at most one in a hundred is tolerated`,
          ]),
  ];
  if (found.length === 0) return [];
  const blind = context.blindTimes.find(({ source }) => source === 'leases');
  return [
    blind === undefined
      ? `this machine could not keep the heartbeats of its healthy hollow nodes: ${found.join('; ')}`
      : `whether the heartbeats of healthy hollow nodes kept time is not known, for the watch on leases was blind: ${found.join('; ')}`,
  ];
};

/**
 * Why what hollow nodes did says more of this machine, or of kwok, than of the profile; empty where there are none, or where
 * their heartbeats kept time and no lease kept kwok from going on where a kubelet would have.
 */
export const hollowProblems = (context: JudgeContext): string[] => {
  const hollow = hollowOf(context);
  if (hollow.size === 0) return [];
  const renewing = context.plan.profile.effective.withoutLeases === true ? [] : lateRenewals(context, hollow);
  return [...heldLeases(context.plan), ...hollowPathProblems(context), ...renewing];
};

const intervalText = ({ p50, p99, max, count }: Intervals): string =>
  `p50 ${secondsText(p50)}, p99 ${secondsText(p99)}, max ${secondsText(max)} over ${numberText(count)}`;

/** Losses among hollow nodes from the first fault on: the first, the median, the last, and how many a second between. */
const lossFindings = ({ changes, window: { faultStartMs, measuredToMs } }: JudgeContext): string[] => {
  if (faultStartMs === null) return [];
  const counted = changes.filter(
    ({ node, atMs }) => isHollow(node) && atMs >= faultStartMs && atMs <= (measuredToMs ?? atMs),
  );
  const losses = counted.filter(isLoss).map(({ atMs }) => atMs - faultStartMs);
  const [first, median, last] = [losses[0], losses[Math.floor((losses.length - 1) / 2)], losses.at(-1)];
  if (first === undefined || median === undefined || last === undefined || losses.length < 2) return [];
  const pace = last > first ? `, ${numberText(((losses.length - 1) * 1000) / (last - first))} a second` : '';
  const returns = counted.filter(isReturn).map(({ atMs }) => atMs - faultStartMs);
  const back =
    returns.length === 0
      ? ''
      : `; Ready again from ${secondsText(returns[0] ?? null)} to ${secondsText(returns.at(-1) ?? null)}`;
  return [
    `${numberText(losses.length)} times a hollow node went NotReady, the first ${secondsText(first)} after the fault began, the median ${secondsText(median)}, the last ${secondsText(last)}${pace}${back}`,
  ];
};

/** Taints for want of a heartbeat of hollow nodes: when the first and the last came. */
const taintFindings = ({ events, window: { faultStartMs } }: JudgeContext): string[] => {
  if (faultStartMs === null) return [];
  const taints = ofType(events, 'node.taint').filter(
    ({ node, change, effect, atMs }) =>
      isHollow(node) && change === 'added' && effect === 'NoExecute' && atMs >= faultStartMs,
  );
  const [first, last] = [taints[0], taints.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [
    `${numberText(taints.length)} NoExecute taints of hollow nodes, from ${secondsText(first.atMs - faultStartMs)} to ${secondsText(last.atMs - faultStartMs)} after the fault began`,
  ];
};

/** Pods of hollow nodes that were evicted: when the first, the median and the last came. */
const evictionFindings = ({ events, window: { faultStartMs } }: JudgeContext): string[] => {
  if (faultStartMs === null) return [];
  const afterMs = evictedPods(events)
    .filter(({ node, atMs }) => node !== null && isHollow(node) && atMs >= faultStartMs)
    .map(({ atMs }) => atMs - faultStartMs);
  const [first, median, last] = [afterMs[0], afterMs[Math.floor((afterMs.length - 1) / 2)], afterMs.at(-1)];
  if (first === undefined || median === undefined || last === undefined) return [];
  return [
    `${numberText(afterMs.length)} pods of hollow nodes were evicted, the first ${secondsText(first)} after the fault began, the median ${secondsText(median)}, the last ${secondsText(last)}`,
  ];
};

/** What a reader should know of hollow nodes: how they kept time beside real kubelets, at which pace they were lost. */
export const hollowFindings = (context: JudgeContext): string[] => {
  const hollow = hollowOf(context);
  if (hollow.size === 0) return [];
  const real = new Set(nodesOf(context.plan).filter((node) => !isHollow(node)));
  const [ours, theirs] = [quantilesIn(timedOf(context, hollow)), quantilesIn(timedOf(context, real))];
  const timed =
    ours.count === 0 || theirs.count === 0
      ? []
      : [
          `between two renewals of a healthy hollow node lay ${intervalText(ours)}; of a real kubelet ${intervalText(theirs)}`,
        ];
  return [
    ...timed,
    ...hollowPathFindings(context),
    ...lossFindings(context),
    ...taintFindings(context),
    ...evictionFindings(context),
  ];
};
