import { type Figure, figureFor } from '../../figures/index.ts';
import { flapsByItself, type Plan } from '../../plan/index.ts';
import { failures } from '../../timeline/index.ts';
import { numberText } from '../text.ts';
import { isBeyond } from './ceiling.ts';
import { boundOf, type Expected, minOf, placeOf } from './expected.ts';
import { cellsOf, type Harm, type HarmedRun, harmsOf, isFailed, offeredIn, slowMs } from './harms.ts';

// Of which harm an expectation speaks. A run passes only where every harm that it did is spoken of.

const isWithin = (figure: string, harm: Pick<Harm, 'phase' | 'entrance' | 'node'>): boolean => {
  const { phase, entrance, node } = placeOf(figure);
  return (
    (phase === null || phase === harm.phase) &&
    (entrance === null || entrance === harm.entrance) &&
    (node === null || node === harm.node)
  );
};

/** Whether a figure is taken over the time of a harm. Requests are counted from the start of the load on, or by phase. */
const isThen = ({ over, path, unit }: Figure, { isEarly }: Harm): boolean => {
  if (over === 'measured' || (path.startsWith('requests.') && unit !== 'momentMs')) return true;
  return isEarly === (over === 'undisturbed');
};

/** Pods of hollow nodes are no replicas: where there are some, how many replicas were missing says nothing of evictions. */
const missesHollow = ({ topology: { hollow } }: Plan, path: string, { kind }: Harm): boolean =>
  path === 'pods.unavailableSeconds' && kind === 'evicted' && (hollow?.podsPerNode ?? 0) > 0;

/** Whether a figure counts a harm, or is when such harm began. */
export const covers = (plan: Plan, path: string, harm: Harm): boolean => {
  const figure = figureFor(path);
  return (
    figure?.harmKinds?.includes(harm.kind) === true &&
    isThen(figure, harm) &&
    isWithin(path, harm) &&
    !missesHollow(plan, path, harm)
  );
};

/** Whether an expectation says that there may be so much of what its figure counts, or that there is to be some. */
const says = (run: HarmedRun, expected: Expected): boolean =>
  boundOf(expected) === null ? (expected.min ?? 0) > 0 : !isBeyond(run, expected);

/**
 * Whether an expectation of answers leaves less room for failures than half of the requests of the phase, through the
 * entrance and in the way in which some failed. One that leaves more says little more than that there was a load.
 */
const boundsFailures = (run: HarmedRun, { figure, ...bounds }: Expected, harm: Harm): boolean => {
  const min = minOf(bounds);
  if (min === null || !/^requests\.(?:by\w+\.[^.]+\.)?ok$/.test(figure) || !isFailed(harm)) return false;
  const here = cellsOf(run).filter((cell) => isWithin(figure, { ...cell, node: null }));
  const { phase, entrance } = placeOf(figure);
  const offered = phase === null && entrance === null ? run.requests.offered : offeredIn(here);
  // Of each way to ask by itself: half of all may be every request through one entrance, or on every new connection.
  const ways = here.filter((cell) => cell.phase === harm.phase && cell.entrance === harm.entrance);
  const atRisk = ways.length === 0 ? 0 : Math.min(...ways.map(({ counts }) => counts.offered));
  return isWithin(figure, harm) && offered - min <= atRisk / 2;
};

/**
 * Whether an expectation that asks for some harm, and limits none, asks for this one: for what faults are there to do, and
 * not for a node that no fault hits, unless it names that node, the phase, or the time before the faults. Under settings that
 * lose nodes by themselves nobody knows which losses the faults did.
 */
const asksFor = (run: HarmedRun, { figure }: Expected, harm: Harm): boolean => {
  const { node, phase } = placeOf(figure);
  // That something is to last asks for that alone.
  if (figure === 'pods.unavailableSeconds' || harm.kind === 'missing')
    return figure === 'pods.unavailableSeconds' && harm.kind === 'missing';
  if (figureFor(figure)?.over === 'undisturbed') return true;
  if (isFailed(harm)) return !harm.isBesides || phase !== null;
  return !flapsByItself(run.plan) && (!harm.isBesides || node !== null);
};

/** That some answer is slow, not that one is to take a moment. */
const speaksOfSlow = ({ min, ...bounds }: Expected): boolean => boundOf(bounds) !== null || (min ?? 0) > slowMs;

/** When harm began or ended says nothing of how much there was. */
const speaksOf = (run: HarmedRun, expected: Expected, harm: Harm): boolean =>
  boundsFailures(run, expected, harm) ||
  (covers(run.plan, expected.figure, harm) &&
    figureFor(expected.figure)?.unit !== 'momentMs' &&
    says(run, expected) &&
    (harm.kind !== 'slow' || speaksOfSlow(expected)) &&
    (boundOf(expected) !== null || asksFor(run, expected, harm)));

/** Whether all that an expectation says is that there is to be some harm: nobody takes it for the lack of another. */
export const asksForHarm = ({ figure, min, ...bounds }: Expected): boolean => {
  if (boundOf(bounds) !== null || min === null) return false;
  const { harmKinds = [], unit } = figureFor(figure) ?? {};
  // That some began. "Not before" asks for none, nor does that it ended.
  if (unit === 'momentMs') return harmKinds.length > 0 && min <= 0;
  return min > 0 && (/^(?:nodes|pods)\./.test(figure) || harmKinds.some((kind) => kind !== 'slow'));
};

/** Whether some requests are to fail. */
export const asksForFailures = (expectations: readonly Expected[]): boolean =>
  expectations.some(
    ({ figure, ...bounds }) => (minOf(bounds) ?? 0) > 0 && failures.some((outcome) => figure === `requests.${outcome}`),
  );

/** The harms of a run of which none of its expectations speaks. */
export const unspoken = (run: HarmedRun): readonly Harm[] =>
  harmsOf(run).filter((harm) => !run.plan.expectations.some((one) => speaksOf(run, one, harm)));

/**
 * Why a least of some harm that is there holds all the same without the harm that faults are there to do, in words.
 * @param observed of the expectation's figure
 */
export const metBesides = (run: HarmedRun, expected: Expected, observed: number): readonly string[] => {
  const { figure, ...bounds } = expected;
  const min = minOf(bounds);
  if (min === null || min === 0 || figureFor(figure)?.counts !== true || placeOf(figure).node !== null) return [];
  const besides = harmsOf(run).filter((harm) => harm.isBesides && !harm.isEarly && covers(run.plan, figure, harm));
  const count = besides.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  if (count === 0 || observed - count >= min) return [];
  return [
    `${figure} ≥ ${numberText(min)} holds by what no fault did (${numberText(count)} of ${numberText(observed)}): expect it of a node, or choose settings that keep nodes Ready without a fault`,
  ];
};
