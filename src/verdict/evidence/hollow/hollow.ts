import { quantile } from '../../../common/statistics.ts';
import { countedGrouped } from '../../../common/text/counted.ts';
import { evictedPods, type FigureSource, isLoss, isReturn } from '../../../figures/index.ts';
import { heldLeases, isHollow, nodesOf } from '../../../plan/index.ts';
import { ofType } from '../../../timeline/index.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { numberText, secondsText } from '../../text.ts';
import { hollowCutFindings, hollowPathFindings, hollowPathProblems } from '../faults/hollow-paths.ts';
import { missingText } from '../hidden-figures.ts';
import { heartbeatFindings, heartbeatProblems } from './heartbeats.ts';

const hasHollow = ({ plan }: JudgeContext): boolean => nodesOf(plan).some(isHollow);

/**
 * Why what hollow nodes did says more of this machine, or of kwok, than of the profile; empty where there are none, or where
 * their heartbeats kept time and no lease kept kwok from going on where a kubelet would have.
 */
export const hollowProblems = (context: JudgeContext): string[] => {
  if (!hasHollow(context)) return [];
  return [...heldLeases(context.plan), ...hollowPathProblems(context), ...heartbeatProblems(context)];
};

/** What a finding of the time since the first fault lacks, to be put behind it. */
const missing = ({ blindTimes, window }: JudgeContext, sources: readonly FigureSource[]): string => {
  const { faultStartMs, measuredToMs } = window;
  return missingText(blindTimes, sources, [faultStartMs ?? 0, measuredToMs ?? Number.POSITIVE_INFINITY]);
};

/** Losses among hollow nodes from the first fault on: the first, the median, the last, and how many a second between. */
const lossFindings = (context: JudgeContext): string[] => {
  const { changes } = context;
  const { faultStartMs, measuredToMs } = context.window;
  if (faultStartMs === null) return [];
  const counted = changes.filter(
    ({ node, atMs }) => isHollow(node) && atMs >= faultStartMs && atMs <= (measuredToMs ?? atMs),
  );
  const losses = counted.filter(isLoss).map(({ atMs }) => atMs - faultStartMs);
  const [first, median, last] = [losses[0], quantile(losses, 0.5), losses.at(-1)];
  if (first === undefined || median === null || last === undefined || losses.length < 2) return [];
  const pace = last > first ? `, ${numberText(((losses.length - 1) * 1000) / (last - first))} a second` : '';
  const returns = counted.filter(isReturn).map(({ atMs }) => atMs - faultStartMs);
  const back =
    returns.length === 0
      ? ''
      : `; Ready again from ${secondsText(returns[0] ?? null)} to ${secondsText(returns.at(-1) ?? null)}`;
  return [
    `${countedGrouped(losses.length, 'time')} a hollow node went NotReady, the first ${secondsText(first)} after the fault began, the median ${secondsText(median)}, the last ${secondsText(last)}${pace}${back}${missing(context, ['nodes'])}`,
  ];
};

/** Taints for want of a heartbeat of hollow nodes: when the first and the last came. */
const taintFindings = (context: JudgeContext): string[] => {
  const { events } = context;
  const { faultStartMs } = context.window;
  if (faultStartMs === null) return [];
  const taints = ofType(events, 'node.taint').filter(
    ({ node, change, effect, atMs }) =>
      isHollow(node) && change === 'added' && effect === 'NoExecute' && atMs >= faultStartMs,
  );
  const [first, last] = [taints[0], taints.at(-1)];
  if (first === undefined || last === undefined) return [];
  return [
    `${numberText(taints.length)} NoExecute taints of hollow nodes, from ${secondsText(first.atMs - faultStartMs)} to ${secondsText(last.atMs - faultStartMs)} after the fault began${missing(context, ['nodes'])}`,
  ];
};

/** Pods of hollow nodes that were evicted: when the first, the median and the last came. */
const evictionFindings = (context: JudgeContext): string[] => {
  const { events } = context;
  const { faultStartMs } = context.window;
  if (faultStartMs === null) return [];
  const afterMs = evictedPods(events)
    .filter(({ node, atMs }) => node !== null && isHollow(node) && atMs >= faultStartMs)
    .map(({ atMs }) => atMs - faultStartMs);
  const [first, median, last] = [afterMs[0], quantile(afterMs, 0.5), afterMs.at(-1)];
  if (first === undefined || median === null || last === undefined) return [];
  return [
    `${countedGrouped(afterMs.length, 'pod of a hollow node was', 'pods of hollow nodes were')} evicted, the first ${secondsText(first)} after the fault began, the median ${secondsText(median)}, the last ${secondsText(last)}${missing(context, ['pods', 'events'])}`,
  ];
};

/** What a reader should know of hollow nodes: how they kept time beside real kubelets, at which pace they were lost. */
export const hollowFindings = (context: JudgeContext): string[] => {
  if (!hasHollow(context)) return [];
  return [
    ...heartbeatFindings(context),
    ...hollowPathFindings(context),
    ...hollowCutFindings(context),
    ...lossFindings(context),
    ...taintFindings(context),
    ...evictionFindings(context),
  ];
};
