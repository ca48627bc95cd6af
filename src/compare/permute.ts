import { randomFrom } from '../common/seeds.ts';

/** All ways to split the runs are looked at up to so many; beyond, as many at random. */
const mostSplits = 20_000;

/** What chance alone would do, from dealing the same runs out to the two sides anew. Everything from 0 to 1. */
export type Permuted = {
  /** By figure: how often chance alone sets the sides at least so far apart, either way. */
  readonly p: readonly number[];
  /** By figure: how often chance alone makes any of the judged figures look at least as much worse as this one does. */
  readonly worse: readonly number[];
  readonly better: readonly number[];
  /** The least that `worse` can be for a figure that sets all runs apart: above 0.05 nothing can ever be told. */
  readonly attainable: number;
};

const choose = (of: number, take: number): number => {
  let ways = 1;
  for (let index = 1; index <= take; index += 1) ways = (ways * (of - take + index)) / index;
  return Math.round(ways);
};

/** Every choice of `take` out of `of` places, the given one (the last `take`) first. */
function* allSplits(of: number, take: number): Generator<readonly number[]> {
  const chosen = Array.from({ length: take }, (_, index) => of - take + index);
  yield chosen;
  for (;;) {
    let at = 0;
    // The lowest place that can go down without meeting the one below it.
    while (at < take && (chosen[at] ?? 0) <= at) at += 1;
    if (at === take) return;
    chosen[at] = (chosen[at] ?? 0) - 1;
    for (let below = at - 1; below >= 0; below -= 1) chosen[below] = (chosen[below + 1] ?? 0) - 1;
    yield chosen;
  }
}

function* randomSplits(of: number, take: number, seed: number): Generator<readonly number[]> {
  const random = randomFrom(seed);
  const order = Array.from({ length: of }, (_, index) => index);
  // The split that was seen is one of those that chance could have made: no p is ever 0.
  yield order.slice(of - take);
  for (let count = 1; count < mostSplits; count += 1) {
    for (let last = of - 1; last >= of - take; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    yield order.slice(of - take);
  }
}

/** Ranks from 1; equal values share the middle of their ranks. */
const ranksOf = (values: readonly number[]): readonly number[] => {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
};

/** For every entry, which share of all entries is at least as great. */
const shareAtLeast = (values: Float64Array): Float64Array => {
  const sorted = values.toSorted();
  const firstNotBelow = (value: number): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return values.map((value) => (values.length - firstNotBelow(value)) / values.length);
};

/** By split: the least of the figures' entries. */
const leastOf = (columns: readonly Float64Array[], splits: number): Float64Array =>
  Float64Array.from({ length: splits }, (_, split) =>
    columns.reduce((least, one) => Math.min(least, one[split] ?? 1), 1),
  );

const shareAtMost = (values: Float64Array, bound: number): number =>
  values.reduce((count, value) => count + Number(value <= bound + 1e-12), 0) / values.length;

/**
 * Deals whole runs out to the two sides in every way there is, by rank sums of each figure. One deal moves all figures
 * of a run together, so that figures which go together (nodes NotReady, requests refused) are not paid for twice:
 * `worse` and `better` are adjusted for all judged figures by the least p of each deal. If both sides are alike, any of
 * them is at most 0.05 in at most 5 % of comparisons.
 *
 * simple-statistics has a permutation test of one figure at a time, at random, on means; several figures at once, exact,
 * and ties are what is missing there.
 * @param base figures by run; @param candidate the same of the other side
 * @param judged which figures count for `worse` and `better`
 * @see Westfall and Young, Resampling-based multiple testing (1993), single-step minP
 */
export const permute = (
  base: readonly (readonly number[])[],
  candidate: readonly (readonly number[])[],
  judged: readonly boolean[],
  seed: number,
): Permuted => {
  const all = [...base, ...candidate];
  const ways = choose(all.length, candidate.length);
  const splits = Array.from(
    ways <= mostSplits ? allSplits(all.length, candidate.length) : randomSplits(all.length, candidate.length, seed),
    (chosen) => [...chosen],
  );
  const middle = (candidate.length * (all.length + 1)) / 2;
  const columns = judged.map((_, figure) => {
    const ranks = ranksOf(all.map((run) => run[figure] ?? Number.NaN));
    const sums = Float64Array.from(splits, (chosen) => chosen.reduce((sum, run) => sum + (ranks[run] ?? 0), 0));
    return {
      either: shareAtLeast(sums.map((sum) => Math.abs(sum - middle))),
      worse: shareAtLeast(sums),
      better: shareAtLeast(sums.map((sum) => -sum)),
    };
  });
  const counted = columns.filter((_, figure) => judged[figure] === true);
  const leastWorse = leastOf(
    counted.map(({ worse }) => worse),
    splits.length,
  );
  const leastBetter = leastOf(
    counted.map(({ better }) => better),
    splits.length,
  );
  return {
    p: columns.map(({ either }) => either[0] ?? 1),
    worse: columns.map(({ worse }) => shareAtMost(leastWorse, worse[0] ?? 1)),
    better: columns.map(({ better }) => shareAtMost(leastBetter, better[0] ?? 1)),
    attainable: Math.max(1 / splits.length, shareAtMost(leastWorse, 1 / splits.length)),
  };
};
