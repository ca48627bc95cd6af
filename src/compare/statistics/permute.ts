import { type Deals, sharesOf, sumsOf } from './deals.ts';

/** What tells one run from another in one respect: a number for each run, whole or half, the greater the worse. */
export type Scores = readonly number[];

export type Statistic = {
  /** The base's runs first. */
  readonly scores: Scores;
  /** Its part of the chance of a false alarm, against 1 for the others: at a tenth it has to be ten times as rare. */
  readonly weight: number;
};

/** By statistic: how often chance alone makes any of them look at least as much worse (better) as this one does. */
export type Permuted = {
  readonly worse: readonly number[];
  readonly better: readonly number[];
  /** By deal, the least p (each by its weight) of what looks worse there: what a further statistic is held against. */
  readonly minWorse: Float64Array;
  /** The least that `worse` can be for one that sets all runs apart: above 0.05 nothing can ever be told from chance. */
  readonly attainable: number;
};

/** Ranks from 1; equal values share the middle of their ranks. */
export const ranksOf = (values: readonly number[]): Scores => {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
};

/** 1 for a run with harm, 0 for one without. */
export const harmedOf = (values: readonly number[]): Scores => values.map((value) => Number(value > 0));

type Column = { readonly atLeast: Float64Array; readonly atMost: Float64Array; readonly weight: number };

/** By deal: the least of the statistics' entries. */
const minOf = (columns: readonly Column[], way: 'atLeast' | 'atMost', deals: number): Float64Array => {
  const min = new Float64Array(deals).fill(1);
  for (const { [way]: shares, weight } of columns) {
    for (let deal = 0; deal < deals; deal += 1) {
      const share = (shares[deal] as number) / weight;
      if (share < (min[deal] as number)) min[deal] = share;
    }
  }
  return min;
};

/** Which share of the values lies at that bound or below. */
export const shareAtMost = (values: Float64Array, bound: number): number => {
  let count = 0;
  for (const value of values) if (value <= bound + 1e-12) count += 1;
  return count / values.length;
};

/**
 * Deals whole runs out to the two sides anew, by sums of each statistic's scores. One deal moves all statistics of a run
 * together, so that those which go together (nodes NotReady, requests refused; how often, how much) are not paid for
 * twice: every p is adjusted for all statistics by the least p of each deal. If both sides are alike, any p is at most
 * 0.05 in at most 5 % of comparisons.
 *
 * simple-statistics has a permutation test of one figure at a time, at random, on means; several at once, exact, and
 * ties are what is missing there.
 * @see Westfall and Young, Resampling-based multiple testing (1993), single-step minP
 */
export const permute = (deals: Deals, statistics: readonly Statistic[]): Permuted => {
  // Figures that go together have the same scores often enough: what was added up once is not added up again.
  const known = new Map<string, Column>();
  const columns = statistics.map(({ scores, weight }): Column | null => {
    // What is the same in every run is so in every deal.
    if (scores.every((score) => score === scores[0])) return null;
    const key = `${weight} ${scores.join(' ')}`;
    const column = known.get(key) ?? { ...sharesOf(sumsOf(deals, scores)), weight };
    known.set(key, column);
    return column;
  });
  const varying = [...known.values()];
  const minWorse = minOf(varying, 'atLeast', deals.count);
  const minBetter = minOf(varying, 'atMost', deals.count);
  const adjusted = (way: 'atLeast' | 'atMost', min: Float64Array): readonly number[] =>
    columns.map((column) => (column === null ? 1 : shareAtMost(min, (column[way][0] as number) / column.weight)));
  const rarest = 1 / deals.count;
  return {
    worse: adjusted('atLeast', minWorse),
    better: adjusted('atMost', minBetter),
    minWorse,
    attainable: Math.max(rarest, shareAtMost(minWorse, rarest)),
  };
};
