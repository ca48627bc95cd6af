import { type Figure, figureFor } from '../../figures/index.ts';
import { failures } from '../../timeline/index.ts';
import { numberText } from '../text.ts';
import { isBeyond } from './ceiling.ts';
import { boundOf, type Expected, minOf, placeOf } from './expected.ts';
import {
  atRisk,
  type Cell,
  cellsOf,
  disturbedCells,
  type Harm,
  type HarmedRun,
  harmsOf,
  isFailed,
  offeredIn,
} from './harms.ts';

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

/** Whether a figure counts a harm, or tells when it was. */
export const covers = (path: string, harm: Harm): boolean => {
  const figure = figureFor(path);
  return figure?.harmKinds?.includes(harm.kind) === true && isThen(figure, harm) && isWithin(path, harm);
};

/** Whether so late an instant is later than it could have been: they count from the first fault on. */
const isLate = ({ faultStartMs }: HarmedRun, { min }: Expected): boolean => min !== null && min > (faultStartMs ?? 0);

/** `first` of a run, or of a node. */
const isFirst = (path: string): boolean => /\.first\w+$/.test(path);

/**
 * Whether an expectation says of its figure how much of it there may be, or how late, or that there is to be some. By a
 * bound that holds whatever happens nobody says anything.
 */
export const says = (run: HarmedRun, expected: Expected): boolean => {
  if (boundOf(expected) !== null) return !isBeyond(run, expected);
  return figureFor(expected.figure)?.unit === 'momentMs'
    ? isFirst(expected.figure) && isLate(run, expected)
    : (expected.min ?? 0) > 0;
};

/**
 * Whether an expectation of answers leaves less room for failures than half of the requests that were due where some
 * failed. One that leaves more says little more than that there was a load.
 */
const boundsFailures = (run: HarmedRun, { figure, ...bounds }: Expected, harm: Harm): boolean => {
  const min = minOf(bounds);
  if (min === null || !/^requests\.(?:by\w+\.[^.]+\.)?ok$/.test(figure) || !isFailed(harm)) return false;
  const here = (cells: readonly Cell[]) => cells.filter((cell) => isWithin(figure, { ...cell, node: null }));
  const { phase, entrance } = placeOf(figure);
  const offered = phase === null && entrance === null ? run.requests.offered : offeredIn(here(cellsOf(run)));
  return isWithin(figure, harm) && offered - min <= offeredIn(atRisk(here(disturbedCells(run)))) / 2;
};

/**
 * Whether an expectation names the harm that faults do, and limits none: it asks for some, or says when. It speaks of
 * that harm alone, and not of a node that no fault hits, unless it names that node, the phase, or the time before the faults.
 */
const isOpen = ({ figure, ...bounds }: Expected): boolean =>
  boundOf(bounds) === null || figureFor(figure)?.unit === 'momentMs';

const asksFor = ({ figure }: Expected, { isBesides }: Harm): boolean => {
  const { node, phase } = placeOf(figure);
  return !isBesides || node !== null || phase !== null || figureFor(figure)?.over === 'undisturbed';
};

/** When requests failed says nothing of how many did. */
const isMoment = ({ figure }: Expected, harm: Harm): boolean =>
  isFailed(harm) && figureFor(figure)?.unit === 'momentMs';

const speaksOf = (run: HarmedRun, expected: Expected, harm: Harm): boolean =>
  boundsFailures(run, expected, harm) ||
  (covers(expected.figure, harm) &&
    says(run, expected) &&
    !isMoment(expected, harm) &&
    (!isOpen(expected) || asksFor(expected, harm)));

/** Whether all that an expectation says is that there is to be some harm: nobody takes it for the lack of another. */
export const asksForHarm = ({ figure, min, ...bounds }: Expected): boolean => {
  if (boundOf(bounds) !== null || min === null) return false;
  const { harmKinds = [], unit } = figureFor(figure) ?? {};
  if (unit === 'momentMs') return harmKinds.length > 0 && !(isFirst(figure) && min > 0);
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
  const besides = harmsOf(run).filter((harm) => harm.isBesides && !harm.isEarly && covers(figure, harm));
  const count = besides.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  if (count === 0 || observed - count >= min) return [];
  return [
    `${figure} ≥ ${numberText(min)} holds by what no fault did (${numberText(count)} of ${numberText(observed)}): expect it of a node, or choose settings that keep nodes Ready without a fault`,
  ];
};
