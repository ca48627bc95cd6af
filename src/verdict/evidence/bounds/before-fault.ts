import { flapsByItself, type Plan } from '../../../plan/index.ts';
import { isFailure, requestOutcomes } from '../../../timeline/index.ts';
import type { RunDocument } from '../../document.ts';
import { evictedPods } from '../../figures/evicted.ts';
import { notReadyAt } from '../../figures/nodes.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { ofType, plannedFaults } from '../../measurement-window.ts';
import { listText, nodeList, numberText } from '../../text.ts';
import { failedOf } from '../abort-conditions.ts';
import type { Figures } from '../evidence-problems.ts';
import { boundOf, counted, type Expected, names, whyUnknown } from './bounds.ts';

// Bounds of one side of the first fault, where the harm was on the other side of it.

type Early = { readonly figure: string; readonly count: number; readonly text: string };

const countsNodes = /^nodes\.(?:byNode\..+\.)?(?:notReadyTransitions|notReadyByKubelet|maxNotReady)$/;
/** When the first of them was lost: early is what a least of it speaks against. */
const momentOfNodes =
  /^(?:timing\.first(?:NotReady|EndpointLost|EndpointsEmpty|Refused)Ms|nodes\.byNode\..+\.firstNotReadyMs)$/;
const momentOfEvictions = /^timing\.first(?:Eviction|ReplacementReady)Ms$/;

/** Figures that count from the first fault on, and how much of the same there was before it. */
const earlyHarm = (expected: Expected, { nodes, pods }: Figures): Early | null => {
  const { figure, min, equals } = expected;
  const [isBoundAbove, isBoundBelow] = [boundOf(expected) !== null, min !== null || equals !== null];
  if ((isBoundAbove && countsNodes.test(figure)) || (isBoundBelow && momentOfNodes.test(figure))) {
    const count = nodes.notReadyTransitionsBeforeFault ?? 0;
    const text = `nodes were NotReady before it, too (${counted(count, 'transition', 'transitions')})`;
    return { figure: 'nodes.notReadyTransitionsBeforeFault', count, text };
  }
  if (!(isBoundAbove && figure === 'pods.evicted') && !(isBoundBelow && momentOfEvictions.test(figure))) return null;
  const count = pods.evictedBeforeFault ?? 0;
  return {
    figure: 'pods.evictedBeforeFault',
    count,
    text: `${counted(count, 'pod was', 'pods were')} evicted before it`,
  };
};

/** Harm from before the first fault. Of nodes, under settings that lose none by themselves, an abort condition has ended the run. */
export const beforeFault = (plan: Plan, figures: Figures, expected: Expected): readonly string[] => {
  const { figure } = expected;
  const early = earlyHarm(expected, figures);
  if (early === null || names(plan, early.figure)) return [];
  if (!flapsByItself(plan) && early.figure !== 'pods.evictedBeforeFault') return [];
  const why = whyUnknown(figures, early.figure);
  if (early.count === 0 && why === null) return [];
  const text = why === null ? early.text : `what was before it is not known (${why})`;
  return [
    `${figure} counts from the first fault on, and ${text}: expect ${early.figure} besides, or choose settings that keep nodes Ready without a fault`,
  ];
};

/**
 * Endpoints that were lost, and requests that were refused, between the start of counting and the first fault, where a lower
 * bound says that the first of them was late.
 */
export const momentBefore = (
  { plan, events, window: { measuredFromMs, faultStartMs } }: JudgeContext,
  { requests }: Pick<RunDocument, 'requests'>,
  { figure, min, equals }: Expected,
): readonly string[] => {
  if ((min ?? equals) === null || measuredFromMs === null || faultStartMs === null) return [];
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
    ...(refused > 0 ? [`${counted(refused, 'request was', 'requests were')} refused before it, too`] : []),
  ];
  return early.map((text) => `${figure} counts from the first fault on, and ${text}: run it once more`);
};

/** Harm since the first fault, where an expectation speaks of what was before it alone. */
export const afterFault = (plan: Plan, figures: Figures, { figure }: Expected): readonly string[] => {
  const [, counted = ''] = /^(nodes\.notReadyTransitions|pods\.evicted)BeforeFault$/.exec(figure) ?? [];
  if (counted === '' || names(plan, counted)) return [];
  const count = counted === 'pods.evicted' ? figures.pods.evicted : figures.nodes.notReadyTransitions;
  const why = whyUnknown(figures, counted);
  if (count === 0 && why === null) return [];
  const text = why ?? (count === null ? 'nobody saw it' : numberText(count));
  return [`${figure} counts up to the first fault, and ${counted} is another matter (${text}): expect it besides`];
};

/**
 * How many pods were evicted once the workload was there, and before anything was counted: they are in no figure. What an earlier
 * run left on a kept cluster is seen before that.
 */
const evictedBeforeCounting = ({ plan, events, window: { measuredFromMs } }: JudgeContext): number => {
  const begun = ofType(events, 'step.started').find(({ kind }) => kind === 'workload');
  const allReady = ofType(events, 'endpoints').find(({ ready }) => ready >= plan.workload.replicas);
  if (measuredFromMs === null || begun === undefined || allReady === undefined) return 0;
  const thereMs = Math.max(begun.atMs, allReady.atMs);
  const early = evictedPods(events).filter(({ atMs }) => atMs >= thereMs && atMs < measuredFromMs);
  return new Set(early.map(({ uid }) => uid)).size;
};

/** Pods and nodes are seen by two watches, one of which may be late. */
const otherWatchMs = 2000;

/**
 * How many pods were evicted since counting began, of nodes that were Ready. Until the pass that sees it so takes its taint
 * away, evictions of a node that is Ready again are its loss's own.
 */
export const evictedFromReady = ({
  plan: { profile },
  events,
  changes,
  window: { measuredFromMs, countFromMs },
}: JudgeContext): number => {
  if (countFromMs === null) return 0;
  const taintedMs = profile.effective.nodeMonitorPeriodMs + otherWatchMs;
  const counted = changes.filter(({ atMs }) => atMs >= (measuredFromMs ?? countFromMs));
  const wasLost = (node: string | null, atMs: number): boolean => {
    const own = counted.filter((change) => change.node === node && change.atMs <= atMs + otherWatchMs);
    const last = own.at(-1);
    return last !== undefined && (last.to !== 'True' || (own.length > 1 && last.atMs + taintedMs >= atMs));
  };
  const from = evictedPods(events).filter(({ atMs, node }) => atMs >= countFromMs && !wasLost(node, atMs));
  return new Set(from.map(({ uid }) => uid)).size;
};

const wereEvicted = (count: number): string => counted(count, 'pod was evicted', 'pods were evicted');

/** Pods that were evicted before anything was counted, of which no figure tells. */
export const evictedUncounted = (context: JudgeContext, { figure, ...bounds }: Expected, observed: number) => {
  const bound = boundOf({ figure, ...bounds });
  const count = evictedBeforeCounting(context);
  if (!/^pods\.evicted(?:BeforeFault)?$/.test(figure) || bound === null || observed + count <= bound) return [];
  return [
    `${figure} holds, and ${wereEvicted(count)} before anything was counted: run it once more, or choose settings that keep nodes Ready without a fault`,
  ];
};

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
      `${counted(failedOf(counts), 'request', 'requests')} of ${numberText(counts.offered)} failed in ${name}, before any fault (${how}), of which no expectation speaks`,
    ];
  });

/**
 * Harm before the first fault that no expectation looks at, in words: where an expectation bounds the same kind of harm the
 * rules above decide, else it decides nothing, and is said all the same. Of NotReady nodes findings of their own speak.
 */
export const earlyHarmFindings = (
  context: JudgeContext,
  { pods, requests }: Pick<RunDocument, 'pods' | 'requests'>,
): readonly string[] => {
  const { plan } = context;
  if (plannedFaults(plan).length === 0) return [];
  const uncounted = evictedBeforeCounting(context);
  const early = names(plan, 'pods.evictedBeforeFault') ? 0 : (pods.evictedBeforeFault ?? 0);
  return [
    ...(uncounted === 0
      ? []
      : [`${wereEvicted(uncounted)} before anything was counted, and ${uncounted === 1 ? 'is' : 'are'} in no figure`]),
    ...(early === 0 ? [] : [`${wereEvicted(early)} before the fault began; counted apart`]),
    ...failedEarly(context, requests),
  ];
};

/** Nodes that were lost before anything was counted, under settings that lose nodes by themselves: in no count of losses. */
export const lostBeforeCounting = (
  { plan, window: { measuredFromMs }, changes }: JudgeContext,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const of = /^nodes\.(?:byNode\.(.+)\.)?(?:notReadyTransitions(?:BeforeFault)?|notReadyByKubelet|maxNotReady)$/.exec(
    expected.figure,
  );
  const bound = boundOf(expected);
  // Under other settings an abort condition has ended the run.
  if (of === null || bound === null || measuredFromMs === null || !flapsByItself(plan)) return [];
  const ill = notReadyAt(changes, measuredFromMs).filter((node) => of[1] === undefined || of[1] === node);
  if (observed + ill.length <= bound) return [];
  return [
    `${expected.figure} holds, and ${nodeList(ill)} ${ill.length === 1 ? 'was' : 'were'} NotReady before anything was counted: run it once more, or choose settings that keep nodes Ready without a fault`,
  ];
};
