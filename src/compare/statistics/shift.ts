import { type Deals, sumsOf } from './deals.ts';

/** An interval, and how surely it holds what it is of (0 to 1). */
export type Interval = { readonly low: number; readonly high: number; readonly level: number };

const wanted = 0.95;

/** Of the rank sums of all deals, without ties: `bound` is where the interval ends, `outside` how many are less. */
type RankSums = { readonly deals: Deals; readonly bound: number; readonly outside: number; readonly count: number };

const rankSumsOf = (deals: Deals): RankSums => {
  const ranks = Array.from({ length: deals.runs }, (_, run) => run + 1);
  const sums = sumsOf(deals, ranks).sort();
  // So many of the least rank sums lie outside of the interval, as many of the greatest.
  const bound = sums[Math.floor(((1 - wanted) / 2) * sums.length)] as number;
  return { deals, bound, outside: sums.indexOf(bound), count: sums.length };
};

/** Every figure of two sides is compared by the same deals. */
let last: RankSums | null = null;

/**
 * How far the candidate's values lie above the base's: the differences that the rank sums, dealt out anew, do not rule
 * out. With ties it is rather too wide.
 * @returns null where there are too few runs for an interval of 95 %
 * @see Hodges and Lehmann (1963); Hollander, Wolfe and Chicken, Nonparametric statistical methods (2014), section 4.3
 */
export const shiftOf = (base: readonly number[], candidate: readonly number[], deals: Deals): Interval | null => {
  if (last?.deals !== deals) last = rankSumsOf(deals);
  const { bound, outside, count } = last;
  const cut = bound - (candidate.length * (candidate.length + 1)) / 2;
  if (outside === 0 || cut < 1) return null;
  const lows = new Float64Array(candidate.length * base.length);
  const highs = new Float64Array(lows.length);
  let pair = 0;
  for (const one of candidate) {
    for (const other of base) {
      // Two runs that never ended may lie apart as far as one likes.
      const neverEnded = one === other && !Number.isFinite(other);
      lows[pair] = neverEnded ? Number.NEGATIVE_INFINITY : one - other;
      highs[pair] = neverEnded ? Number.POSITIVE_INFINITY : one - other;
      pair += 1;
    }
  }
  return {
    low: lows.sort()[cut - 1] as number,
    high: highs.sort()[highs.length - cut] as number,
    level: 1 - (2 * outside) / count,
  };
};
