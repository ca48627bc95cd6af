import { evictedPods, isLoss, isReturn } from '../../figures/index.ts';
import { isHollow, nodesOf } from '../../plan/index.ts';
import { ofType } from '../../timeline/index.ts';
import type { Quantiles } from '../document.ts';
import { createDurationHistogram, quantilesOf } from '../figures/quantiles.ts';
import type { JudgeContext } from '../judge-context.ts';
import { plannedFaults } from '../measurement-window.ts';
import { numberText, secondsText } from '../text.ts';

/** Renewals of healthy hollow nodes may be late by this part of the interval; of one in a hundred nothing is asked. */
const lateShare = 0.25;

type Intervals = Quantiles & { readonly count: number };

/**
 * Times between renewals as they arrived, while nothing was done to the node: of nodes that some fault hits up to the
 * first fault, of all others in all of the measured time.
 */
const intervalsOf = ({ plan, events, window }: JudgeContext, nodes: ReadonlySet<string>): Intervals => {
  const { measuredFromMs, measuredToMs, faultStartMs } = window;
  const hit = new Set(plannedFaults(plan).flatMap(({ targets }) => targets));
  const histogram = createDurationHistogram();
  const last = new Map<string, number>();
  let count = 0;
  const add = (node: string, toMs: number): void => {
    const fromMs = last.get(node);
    last.set(node, toMs);
    if (fromMs === undefined || measuredFromMs === null || fromMs < measuredFromMs) return;
    histogram.add(toMs - fromMs);
    count += 1;
  };
  const untilMs = (node: string): number =>
    Math.min(measuredToMs ?? Number.POSITIVE_INFINITY, hit.has(node) ? (faultStartMs ?? 0) : Number.POSITIVE_INFINITY);
  for (const { node, atMs } of ofType(events, 'lease.renewed'))
    if (nodes.has(node) && atMs <= untilMs(node)) add(node, atMs);
  return { ...quantilesOf(histogram), count };
};

const hollowOf = ({ plan }: JudgeContext): ReadonlySet<string> => new Set(nodesOf(plan).filter(isHollow));

const maxMs = ({ plan: { profile } }: JudgeContext): number =>
  profile.effective.leaseRenewIntervalMs * (1 + profile.effective.leaseJitter);

/**
 * Why what healthy hollow nodes did says more of this machine than of the profile; empty where there are none, or where
 * their heartbeats kept time.
 */
export const hollowProblems = (context: JudgeContext): string[] => {
  const hollow = hollowOf(context);
  if (hollow.size === 0 || context.plan.profile.effective.withoutLeases === true) return [];
  const { p99, count } = intervalsOf(context, hollow);
  if (p99 === null || count === 0) return ['no renewal of a healthy hollow node was timed'];
  const lateMs = p99 - maxMs(context);
  const boundMs = lateShare * context.plan.profile.effective.leaseRenewIntervalMs;
  return lateMs > boundMs
    ? [
        `this machine could not keep the heartbeats of its healthy hollow nodes: one renewal in a hundred came ${secondsText(lateMs)} late or later, at most ${secondsText(boundMs)} is tolerated`,
      ]
    : [];
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
  const [ours, theirs] = [intervalsOf(context, hollow), intervalsOf(context, real)];
  const timed =
    ours.count === 0 || theirs.count === 0
      ? []
      : [
          `between two renewals of a healthy hollow node lay ${intervalText(ours)}; of a real kubelet ${intervalText(theirs)}`,
        ];
  return [...timed, ...lossFindings(context), ...taintFindings(context), ...evictionFindings(context)];
};
