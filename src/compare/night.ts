import type { RunDocument } from '../verdict/index.ts';
import { type CompareOptions, type Comparison, compareRuns } from './compare.ts';
import { type Figure, figuresOf } from './figures.ts';
import { drawOf, identityOf } from './identity.ts';
import { alpha } from './judge.ts';
import { harmedOf } from './statistics/permute.ts';
import { studentUpperTail } from './statistics/student.ts';

/** With fewer good nights the spread between nights is not known well enough to call anything a regression. */
export const minNights = 5;

/** One of a night's comparisons: tonight's runs of one scenario and version against those of the last good nights. */
export type NightComparison = {
  /** Good nights, copies left out. */
  readonly nights: number;
  /** Of tonight's runs, those that a good night has, too, that are there twice, or that are the same draw: no runs of tonight. */
  readonly copies: number;
  /** Runs of all those nights against tonight's; null with fewer than `minNights`. */
  readonly comparison: Comparison | null;
  /**
   * How often chance alone would make tonight look so much worse: by the runs or by the nights, whichever is more often;
   * 1 where no figure is worse by itself. null with fewer than `minNights`.
   */
  readonly p: number | null;
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const squaresOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
};

/**
 * How often a good night would lie at least as high as tonight does, the night being the unit: Student's t of tonight's
 * mean against the means of the good nights, as one more night drawn from where they came from. Their spread counts as no
 * less than what the runs within a night alone would give it.
 * @param nights a figure by night and run, two nights at least; @param tonight the same of tonight
 */
export const pByNights = (nights: readonly (readonly number[])[], tonight: readonly number[]): number => {
  const means = nights.map(meanOf);
  const difference = meanOf(tonight) - meanOf(means);
  // Not greater, or neither has an end (never recovered): nothing that sets tonight apart.
  if (!(difference > 0)) return 1;
  const freedom = nights.reduce((sum, night) => sum + night.length - 1, 0);
  const within = freedom === 0 ? 0 : nights.reduce((sum, night) => sum + squaresOf(night), 0) / freedom;
  const variance = Math.max(squaresOf(means) / (means.length - 1), within / tonight.length);
  // Every good night was alike to the last digit: of a spread between nights there is no sign.
  if (variance === 0) return 0;
  return studentUpperTail(difference / Math.sqrt(variance * (1 + 1 / means.length)), means.length - 1);
};

/**
 * Each night without the runs that tonight or a night before it has, too, and with one run of each draw; what is left with
 * none is no night.
 */
const withoutCopies = (nights: readonly (readonly RunDocument[])[], tonight: readonly RunDocument[]) => {
  const seen = new Set(tonight.map(identityOf));
  const isNew = (run: RunDocument): boolean => {
    const key = identityOf(run);
    const known = seen.has(key);
    seen.add(key);
    return !known;
  };
  return nights
    .map((night) => [...new Map(night.filter(isNew).map((run) => [drawOf(run), run])).values()])
    .filter(({ length }) => length > 0);
};

/**
 * The ways in which a figure may set tonight apart, each by run: its size; its size without what is beyond the greatest
 * runs, so many as tonight has, so that one terrible run of a good night hides nothing; whether there was any of a harm.
 * All are made alike for every run, whichever night it is of.
 */
const scoresOf = (all: readonly number[], ofTonight: number, anyIsHarm: boolean): readonly (readonly number[])[] => {
  const ends = all.filter(Number.isFinite);
  // What never came is so much later than all that did that their spread does not hide it, and still has a mean.
  const later = 10 * Math.max(1, ...ends);
  const sizes = all.map((value) => (Number.isFinite(value) ? value : later));
  const cut = sizes.toSorted((one, other) => other - one)[ofTonight - 1] ?? later;
  return [sizes, sizes.map((size) => Math.min(size, cut)), ...(anyIsHarm ? [harmedOf(all)] : [])];
};

const waysOf = ({ anyIsHarm }: { readonly anyIsHarm: boolean }): number => (anyIsHarm ? 3 : 2);

/** The least `pByNights` of all ways in which a figure may set tonight apart. */
const minByNights = (figure: Figure, nights: readonly (readonly RunDocument[])[], tonight: readonly RunDocument[]) => {
  const values = [...nights.flat(), ...tonight].map((run) => figure.value(run) ?? 0);
  const from = nights.map((_, night) => nights.slice(0, night).flat().length);
  const ps = scoresOf(values, tonight.length, figure.anyIsHarm).map((scores) =>
    pByNights(
      nights.map(({ length }, night) => scores.slice(from[night], (from[night] ?? 0) + length)),
      scores.slice(-tonight.length),
    ),
  );
  return Math.min(...ps);
};

/**
 * Holds tonight's runs against those of the last good nights. Two things have to speak for a regression: the runs, dealt
 * out anew (`compareRuns`), and the nights, for what differs from one night to the next is noise that no deal of runs
 * knows of. A figure's p is the greater of the two; that by nights is the least of all ways in which a figure may differ (`scoresOf`), multiplied
 * by the number of ways of all judged figures.
 * @param nights valid runs of each good night, comparable with tonight's
 */
export const compareWithNights = (
  nights: readonly (readonly RunDocument[])[],
  tonight: readonly RunDocument[],
  options: CompareOptions,
): NightComparison => {
  const base = withoutCopies(nights, tonight);
  const before = new Set(nights.flat().map(identityOf));
  const own = new Set(tonight.filter((run) => !before.has(identityOf(run))).map(drawOf));
  const copies = tonight.length - own.size;
  if (base.length < minNights) return { nights: base.length, copies, comparison: null, p: null };
  const comparison = compareRuns(base.flat(), tonight, options);
  const figures = figuresOf([...base.flat(), ...tonight]);
  const judged = comparison.figures.flatMap(({ figure: path, verdict, pAdjusted }) => {
    const figure = figures.find((one) => one.path === path);
    return pAdjusted === null || figure === undefined ? [] : [{ figure, verdict, pAdjusted }];
  });
  const ways = judged.reduce((sum, { figure }) => sum + waysOf(figure), 0);
  const ps = judged.flatMap(({ figure, verdict, pAdjusted }) => {
    if (verdict !== 'worse') return [];
    const byNights = Math.min(1, ways * minByNights(figure, base, tonight));
    return [Math.max(pAdjusted, byNights)];
  });
  return { nights: base.length, copies, comparison, p: Math.min(1, ...ps) };
};

/**
 * Holm's correction: of comparisons in none of which there is anything to find, the least corrected p is at most 0.05 in
 * at most 5 % of nights, however the comparisons hang together (they share a night, machines and a commit). Benjamini and
 * Hochberg would bound the share of false ones among the alarms instead, and only for comparisons that do not hang
 * together against each other; whoever is woken by one alarm wants that one to be true.
 * @param ps from 0 to 1; null: not compared, and not counted
 * @returns corrected, in the same order
 * @see Holm, A simple sequentially rejective multiple test procedure (1979)
 */
export const holm = (ps: readonly (number | null)[]): readonly (number | null)[] => {
  const order = ps.flatMap((p, index) => (p === null ? [] : [{ p, index }])).toSorted((a, b) => a.p - b.p);
  const corrected: (number | null)[] = ps.map(() => null);
  let min = 0;
  for (const [rank, { p, index }] of order.entries()) {
    min = Math.max(min, Math.min(1, p * (order.length - rank)));
    corrected[index] = min;
  }
  return corrected;
};

/** `suspect`: worse by itself, by runs and by nights, but among so many comparisons chance alone makes some so. */
export type NightVerdict = 'regression' | 'suspect' | 'better' | 'same' | 'unknown' | 'too few nights';

/**
 * What a comparison of the night comes to, once all of them are known.
 * @param corrected its p by `holm`; null where it was not compared
 */
export const nightVerdict = ({ comparison, p }: NightComparison, corrected: number | null): NightVerdict => {
  if (comparison === null || corrected === null) return 'too few nights';
  if (comparison.verdict !== 'worse') return comparison.verdict;
  if (corrected <= alpha) return 'regression';
  return p !== null && p <= alpha ? 'suspect' : 'unknown';
};
