import { countedGrouped } from '../../common/text/counted.ts';
import { figureFor } from '../../figures/index.ts';
import { flapsByItself, isHollow, nodesOf, type PlannedPhase } from '../../plan/index.ts';
import { failures } from '../../timeline/index.ts';
import { numberText, secondsText } from '../text.ts';
import { boundOf, type Expected, placeOf } from './expected.ts';
import { aimsAt, cellsOf, disturbedCells, type HarmedRun, offeredIn } from './harms.ts';

// Upper bounds that no run could have exceeded. Whoever reads that one held takes it for so much less harm.

/** The most that a figure of harm could have been in this run, and why, in words; null where nothing limits it. */
type Ceiling = { readonly value: number; readonly why: string };

const maxPhaseMs = (phase: PlannedPhase): number => (phase.kind === 'recover' ? phase.withinMs : phase.durationMs);

/** As long as the run may take by its plan, or took: whichever is more. */
const maxRunMs = ({ plan: { phases }, endMs }: HarmedRun): number | null => {
  const sumMs = phases.reduce((sum, phase) => sum + maxPhaseMs(phase), 0);
  return endMs === null ? null : Math.max(endMs, sumMs);
};

/** Of requests, as many as could fail: those of the figure's place that are at risk. What a longer run would have had is not this one's. */
const ofRequests = (figure: string, run: HarmedRun): Ceiling | null => {
  const outcome = /^requests\.(?:by\w+\.[^.]+\.)?(\w+)$/.exec(figure)?.[1];
  if (!failures.some((one) => one === outcome)) return null;
  const place = placeOf(figure);
  const cells = (place.phase === null ? disturbedCells(run) : cellsOf(run)).filter(
    ({ phase, entrance }) =>
      (place.phase === null || place.phase === phase) && (place.entrance === null || place.entrance === entrance),
  );
  const value = offeredIn(cells);
  return {
    value,
    why: `no more than ${countedGrouped(value, 'request was', 'requests were')} offered where some may fail`,
  };
};

const ofLatency = (figure: string, { plan: { load } }: HarmedRun): Ceiling | null => {
  if (!/^requests\..*[lL]atencyMs\.\w+$/.test(figure)) return null;
  return { value: load.timeoutMs, why: `no answer is waited for longer than ${secondsText(load.timeoutMs)}` };
};

/** How often a node can be lost, or a pod evicted: once in each pass of the monitor, and not within one grace period. */
const maxTimes = (run: HarmedRun): number | null => {
  const ms = maxRunMs(run);
  const { nodeMonitorPeriodMs, nodeMonitorGracePeriodMs } = run.plan.profile.effective;
  return ms === null ? null : 1 + Math.floor(ms / Math.max(nodeMonitorPeriodMs, nodeMonitorGracePeriodMs));
};

const ofNodes = (figure: string, run: HarmedRun): Ceiling | null => {
  const [, of, what] = /^nodes\.(byNode\..+\.)?(\w+)$/.exec(figure) ?? [];
  const [ms, times] = [maxRunMs(run), maxTimes(run)];
  const nodes = of === undefined ? nodesOf(run.plan).length : 1;
  const there = `there ${nodes === 1 ? 'is' : 'are'} ${countedGrouped(nodes, 'node')}`;
  if (what === 'maxNotReady' || what === 'unrecovered') return { value: nodes, why: there };
  if (ms === null || times === null) return null;
  const why = `the run takes no more than ${secondsText(ms)}${of === undefined ? `, with ${countedGrouped(nodes, 'node')}` : ''}`;
  if (what === 'notReadyNodeSeconds' || what === 'notReadySeconds') return { value: (ms / 1000) * nodes, why };
  return what?.startsWith('notReady') === true ? { value: nodes * times, why } : null;
};

/**
 * Pods of hollow nodes that may be evicted, each once, for nobody makes them anew: those of nodes that a fault hits; of all of
 * them before the first fault, under settings that lose nodes by themselves, and where some went that no fault had cost.
 */
const hollowPods = (figure: string, { plan, evictedBesides }: HarmedRun): number => {
  const { hollow } = plan.topology;
  if (hollow === undefined || !/^pods\.evicted/.test(figure)) return 0;
  const isAll = figure !== 'pods.evicted' || flapsByItself(plan) || evictedBesides > 0;
  const isAimed = aimsAt(plan);
  const nodes = nodesOf(plan).filter((node) => isHollow(node) && (isAll || isAimed(node)));
  return nodes.length * (hollow.podsPerNode ?? 0);
};

const ofPods = (figure: string, run: HarmedRun): Ceiling | null => {
  const [ms, times] = [maxRunMs(run), maxTimes(run)];
  const { replicas } = run.plan.workload;
  if (!figure.startsWith('pods.') || ms === null || times === null) return null;
  const hollow = hollowPods(figure, run);
  const beside = hollow === 0 ? '' : ` and ${countedGrouped(hollow, 'pod')} of hollow nodes`;
  const why = `the run takes no more than ${secondsText(ms)}, with ${countedGrouped(replicas, 'replica')}${beside}`;
  return { value: replicas * (figure === 'pods.unavailableSeconds' ? ms / 1000 : times) + hollow, why };
};

const ofMoments = (figure: string, run: HarmedRun): Ceiling | null => {
  const ms = maxRunMs(run);
  return ms !== null && figureFor(figure)?.unit === 'momentMs'
    ? { value: ms, why: `the run takes no more than ${secondsText(ms)}` }
    : null;
};

const ceilingOf = (figure: string, run: HarmedRun): Ceiling | null =>
  ofMoments(figure, run) ??
  ofRequests(figure, run) ??
  ofLatency(figure, run) ??
  ofNodes(figure, run) ??
  ofPods(figure, run);

/** Whether an expectation bounds its figure from above by no less than what could have been: it says nothing of how much there may be. */
export const isBeyond = (run: HarmedRun, expected: Expected): boolean => {
  const bound = boundOf(expected);
  const ceiling = ceilingOf(expected.figure, run);
  return bound !== null && ceiling !== null && bound >= ceiling.value;
};

/**
 * Why such a bound is no pass beside harm that it is of.
 * @param observed of the expectation's figure, which keeps to it
 */
export const cannotFail = (run: HarmedRun, expected: Expected, observed: number): readonly string[] => {
  const { figure } = expected;
  const ceiling = ceilingOf(figure, run);
  if (ceiling === null || observed === 0 || !isBeyond(run, expected)) return [];
  return [
    `${figure} ≤ ${numberText(boundOf(expected) ?? 0)} holds whatever happens, for ${ceiling.why}: expect less of it`,
  ];
};
