import { type RunDocument, summaryOf } from '../../verdict/index.ts';
import { figureNamed } from '../figures.ts';
import { judgeFigure, liesWithin, percentUp } from '../judge.ts';
import type { Deals } from '../statistics/deals.ts';
import { oftenOf, type Unseen } from '../statistics/often.ts';
import { harmedOf, permute, ranksOf } from '../statistics/permute.ts';
import { shiftOf } from '../statistics/shift.ts';
import { type Tolerance, toleranceFor } from '../statistics/tolerance.ts';
import { nodeParts } from './nodes.ts';
import type { Part } from './part.ts';
import { requestParts } from './requests.ts';
import { runParts } from './run.ts';

// A total that is the same may hide a phase, or an entrance, that came to harm: what another loses alike is a part of its tolerance.

const above = (values: readonly number[], bound: number): number =>
  values.filter((value) => value > bound).length / values.length;

/** So rare a harm that no sum of ranks tells it: greater than nearly all of the base's, in more runs than may be so. */
const isRarelyWorse = (one: readonly number[], other: readonly number[], bound: number, frequency: number): boolean => {
  const sorted = one.toSorted((a, b) => a - b);
  const usual = sorted[Math.ceil((1 - frequency) * sorted.length) - 1] ?? 0;
  return above(other, usual + bound) - above(one, usual + bound) > frequency;
};

const minToleranceOf = (path: string): number => figureNamed(path)?.minTolerance ?? 0;

/** Whether any of a part is harm: as of the figure that it is judged as. */
const anyIsHarmIn = ({ figure, judgedAs = figure }: Part): boolean => figureNamed(judgedAs)?.anyIsHarm ?? true;

type Known = Part & { readonly one: readonly number[]; readonly other: readonly number[] };

/** In the part's own unit. */
const ownTolerance = ({ figure, judgedAs = figure, one }: Known, tolerance: Tolerance): number =>
  toleranceFor(tolerance, { path: judgedAs, minTolerance: minToleranceOf(judgedAs) }, summaryOf(one).median);

type Judging = { readonly deals: Deals; readonly tolerance: Tolerance; readonly unseen: Unseen };

/**
 * Parts that are worse by themselves: in one family of their own, in which chance alone makes any look so in at most 5 % of
 * comparisons; or, but for what varies by chance, worse than nearly all of the base's in more runs than the frequency tolerance.
 */
const worseParts = (known: readonly Known[], { deals, tolerance, unseen }: Judging): readonly Known[] => {
  const statistics = known.flatMap(({ one, other }) => {
    const all = [...one, ...other];
    return [
      { scores: ranksOf(all), weight: 1 },
      { scores: harmedOf(all), weight: 1 },
    ];
  });
  const { worse, better } = permute(deals, statistics);
  return known.filter((part, index) => {
    const { one, other, onlyWhere } = part;
    const anyIsHarm = anyIsHarmIn(part);
    const pOf = (p: readonly number[]) => ({ much: p[2 * index] ?? 1, often: anyIsHarm ? (p[2 * index + 1] ?? 1) : 1 });
    const bound = ownTolerance(part, tolerance);
    const { verdict } = judgeFigure({
      kind: 'harm',
      p: { worse: pOf(worse), better: pOf(better) },
      shift: shiftOf(one, other, deals),
      isWithin: liesWithin(one, other, bound),
      often: oftenOf(one, other, { tolerance: bound, anyIsHarm }, unseen),
      tolerance: bound,
      frequencyTolerance: tolerance.frequency,
    });
    return (
      verdict === 'worse' || (onlyWhere !== 'significant' && isRarelyWorse(one, other, bound, tolerance.frequency))
    );
  });
};

/** The tolerance of a figure, in its own unit. */
type Totals = (figure: string) => number;

/** How much more of a part there may be where its figure is the same. */
const roomOf = (part: Known, totals: Totals, tolerance: Tolerance): number => {
  const [own, total] = [ownTolerance(part, tolerance), totals(part.figure)];
  return part.mayBeMore?.(own, total) ?? Math.max(own, total);
};

/**
 * What is not shown to be within that: that there is any where there was none may be so in no more runs than the frequency
 * tolerance, either. @returns null: it is
 */
const openText = (part: Known, room: number, { tolerance, unseen }: Judging): string | null => {
  const { worse } = oftenOf(part.one, part.other, { tolerance: room, anyIsHarm: anyIsHarmIn(part) }, unseen);
  return worse.high > tolerance.frequency
    ? `${part.name} by itself may be worse in up to ${percentUp(worse.high)} of runs`
    : null;
};

/** Whether it was seen to be worse in some runs, and may be so in more than the frequency tolerance: as of the figure itself. */
const isSeenWorse = (part: Known, { tolerance, unseen }: Judging): boolean => {
  const bounds = { tolerance: ownTolerance(part, tolerance), anyIsHarm: anyIsHarmIn(part) };
  const { worse } = oftenOf(part.one, part.other, bounds, unseen);
  return worse.seen > 0 && worse.high > tolerance.frequency;
};

/** What parts of one figure say against it, in words; empty: nothing. */
type Hidden = (figure: string, verdict: 'same' | 'better') => readonly string[];

/**
 * What parts say against a figure that looks the same, or better: that they are worse, or not known of every run; where none
 * is, that they may be worse (of one that is the same), or were in some runs (of one that is better). What no run has is left out.
 * @param totals the tolerance of each figure
 */
export const hiddenParts = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  totals: Totals,
  judging: Judging,
): Hidden => {
  const runs = [...base, ...candidate];
  const parts = [...requestParts(runs), ...nodeParts(base, candidate), ...runParts(runs)].map((part) => ({
    ...part,
    one: base.map(part.value),
    other: candidate.map(part.value),
  }));
  const isKnown = (values: readonly (number | null)[]): values is readonly number[] =>
    values.every((value) => value !== null);
  // One that is the same in every run says nothing that its figure does not.
  const known = parts.flatMap(({ one, other, ...part }) =>
    isKnown(one) && isKnown(other) && [...one, ...other].some((value) => value !== one[0])
      ? [{ ...part, one, other }]
      : [],
  );
  const inSome = parts.filter(({ one, other }) => {
    const all = [...one, ...other];
    return all.includes(null) && all.some((value) => value !== null);
  });
  let worse: readonly Known[] | null = null;
  return (figure, verdict) => {
    worse ??= worseParts(known, judging);
    const isOf = (part: Part): boolean => part.figure === figure && (verdict === 'better' || part.onlyOfLess !== true);
    const shown = [
      ...worse.filter(isOf).map(({ name }) => `${name} by itself is worse`),
      ...inSome.filter(isOf).map(({ name }) => `${name} is not known of every run`),
    ];
    if (shown.length > 0) return shown;
    return known.flatMap((part) => {
      if (!isOf(part) || part.onlyWhere !== undefined) return [];
      if (verdict === 'better')
        return isSeenWorse(part, judging) ? [`${part.name} by itself was worse in some runs`] : [];
      return openText(part, roomOf(part, totals, judging.tolerance), judging) ?? [];
    });
  };
};
