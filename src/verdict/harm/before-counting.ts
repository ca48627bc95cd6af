import { countedGrouped } from '../../common/text/counted.ts';
import { evictedPods, notReadyAt } from '../../figures/index.ts';
import { flapsByItself, type Plan } from '../../plan/index.ts';
import { isFailure, ofType, requestOutcomes } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { failedOf } from '../evidence/abort-conditions.ts';
import type { JudgeContext } from '../judge-context.ts';
import { plannedFaults } from '../measurement-window.ts';
import { listText, nodeList, numberText } from '../text.ts';
import { boundOf, type Expected, minOf } from './expected.ts';

// Harm that was there before a figure began to count: it is in none of them, and bounds are kept all the same.

/** Whether an expectation says how much of a figure there may be, or that there is to be some. */
const names = ({ expectations }: Plan, figure: string): boolean =>
  expectations.some((one) => one.figure === figure && (boundOf(one) !== null || (one.min ?? 0) > 0));

/**
 * Endpoints that were lost, and requests that were refused, between the start of counting and the first fault, where a lower
 * bound says that the first of them was late.
 */
const firstWasEarlier = (
  { plan, events, window: { measuredFromMs, faultStartMs } }: JudgeContext,
  { requests }: Pick<RunDocument, 'requests'>,
  { figure, ...bounds }: Expected,
): readonly string[] => {
  if (minOf(bounds) === null || measuredFromMs === null || faultStartMs === null) return [];
  const maxReady = { 'timing.firstEndpointLostMs': plan.workload.replicas - 1, 'timing.firstEndpointsEmptyMs': 0 };
  const max = Object.entries(maxReady).find(([name]) => name === figure)?.[1] ?? null;
  const wereLost =
    max !== null &&
    ofType(events, 'endpoints').some(
      ({ atMs, ready }) => atMs >= measuredFromMs && atMs < faultStartMs && ready <= max,
    );
  const first = plan.phases.findIndex(({ kind }) => kind === 'fault');
  const refused =
    figure === 'timing.firstRefusedMs'
      ? plan.phases
          .slice(0, Math.max(0, first))
          .reduce((sum, { name }) => sum + (requests.byPhase[name]?.refused ?? 0), 0)
      : 0;
  const early = [
    ...(wereLost ? ['endpoints were lost before it, too'] : []),
    ...(refused > 0 ? [`${countedGrouped(refused, 'request was', 'requests were')} refused before it, too`] : []),
  ];
  return early.map((text) => `${figure} counts from the first fault on, and ${text}: run it once more`);
};

/**
 * How many pods were evicted once the workload was there, and before anything was counted. What an earlier run left on a kept
 * cluster is seen before that.
 */
const evictedEarlier = ({ plan, events, window: { measuredFromMs } }: JudgeContext): number => {
  const begun = ofType(events, 'step.started').find(({ kind }) => kind === 'workload');
  const allReady = ofType(events, 'endpoints').find(({ ready }) => ready >= plan.workload.replicas);
  if (measuredFromMs === null || begun === undefined || allReady === undefined) return 0;
  const thereMs = Math.max(begun.atMs, allReady.atMs);
  const early = evictedPods(events).filter(({ atMs }) => atMs >= thereMs && atMs < measuredFromMs);
  return new Set(early.map(({ uid }) => uid)).size;
};

const wereEvicted = (count: number): string => countedGrouped(count, 'pod was evicted', 'pods were evicted');

const again = 'run it once more, or choose settings that keep nodes Ready without a fault';

const podsWereEvicted = (context: JudgeContext, { figure, ...bounds }: Expected, observed: number) => {
  const bound = boundOf(bounds);
  const count = evictedEarlier(context);
  if (!/^pods\.evicted(?:BeforeFault)?$/.test(figure) || bound === null || observed + count <= bound) return [];
  return [`${figure} holds, and ${wereEvicted(count)} before anything was counted: ${again}`];
};

/** Under settings that lose no nodes by themselves an abort condition has ended the run. */
const nodesWereLost = (
  { plan, window: { measuredFromMs }, changes }: JudgeContext,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const of = /^nodes\.(?:byNode\.(.+)\.)?(?:notReadyTransitions(?:BeforeFault)?|notReadyByKubelet|maxNotReady)$/.exec(
    expected.figure,
  );
  const bound = boundOf(expected);
  if (of === null || bound === null || measuredFromMs === null || !flapsByItself(plan)) return [];
  const ill = notReadyAt(changes, measuredFromMs).filter((node) => of[1] === undefined || of[1] === node);
  if (observed + ill.length <= bound) return [];
  return [
    `${expected.figure} holds, and ${nodeList(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady before anything was counted: ${again}`,
  ];
};

/**
 * Why an expectation that holds is no pass, for there was such harm before its figure counted anything.
 * @param observed of its figure
 */
export const harmBeforeCounting = (
  context: JudgeContext,
  figures: Pick<RunDocument, 'requests'>,
  expected: Expected,
  observed: number,
): readonly string[] => [
  ...firstWasEarlier(context, figures, expected),
  ...nodesWereLost(context, expected, observed),
  ...podsWereEvicted(context, expected, observed),
];

/** Phases before the first fault in which requests failed that no expectation counts: how many of them, and how. */
const failedEarly = (
  { plan, window: { phases, faultStartMs } }: JudgeContext,
  { byPhase }: RunDocument['requests'],
): readonly string[] =>
  phases.flatMap(({ name, endMs }) => {
    const counts = byPhase[name];
    if (counts === undefined || faultStartMs === null || endMs === null || endMs > faultStartMs) return [];
    const unnamed = requestOutcomes.filter(
      (outcome) =>
        isFailure(outcome) &&
        (counts[outcome] ?? 0) > 0 &&
        !names(plan, `requests.${outcome}`) &&
        !names(plan, `requests.byPhase.${name}.${outcome}`),
    );
    if (unnamed.length === 0) return [];
    const how = listText(unnamed.map((outcome) => `${numberText(counts[outcome] ?? 0)} ${outcome}`));
    return [
      `${countedGrouped(failedOf(counts), 'request')} of ${numberText(counts.offered)} failed in ${name}, before any fault (${how}), of which no expectation speaks`,
    ];
  });

/** Harm before the first fault that decides nothing, in words. Of NotReady nodes findings of their own speak. */
export const earlyHarmFindings = (
  context: JudgeContext,
  { pods, requests }: Pick<RunDocument, 'pods' | 'requests'>,
): readonly string[] => {
  const { plan } = context;
  if (plannedFaults(plan).length === 0) return [];
  const uncounted = evictedEarlier(context);
  const early = names(plan, 'pods.evictedBeforeFault') ? 0 : (pods.evictedBeforeFault ?? 0);
  return [
    ...(uncounted === 0
      ? []
      : [`${wereEvicted(uncounted)} before anything was counted, and ${uncounted === 1 ? 'is' : 'are'} in no figure`]),
    ...(early === 0 ? [] : [`${wereEvicted(early)} before the fault began; counted apart`]),
    ...failedEarly(context, requests),
  ];
};
