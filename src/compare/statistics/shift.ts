import { type Deals, sumsOf } from './deals.ts';

/** An interval, and how surely it holds what it is of (0 to 1). */
export type Interval = { readonly low: number; readonly high: number; readonly level: number };

const wanted = 0.95;

const sumsOfUntied = (deals: Deals): Float64Array =>
  sumsOf(
    deals,
    Array.from({ length: deals.runs }, (_, run) => run + 1),
  ).sort();

let last: { readonly deals: Deals; readonly sums: Float64Array } | null = null;

/** Two runs that never ended may lie apart as far as one likes. */
const apart = (candidate: number, base: number): { readonly low: number; readonly high: number } =>
  candidate === base && !Number.isFinite(base)
    ? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    : { low: candidate - base, high: candidate - base };

/**
 * How far the candidate's values lie above the base's: the differences that the rank sums, dealt out anew, do not rule
 * out. With ties it is rather too wide.
 * @returns null where there are too few runs for an interval of 95 %
 * @see Hodges and Lehmann (1963); Hollander, Wolfe and Chicken, Nonparametric statistical methods (2014), section 4.3
 */
export const shiftOf = (base: readonly number[], candidate: readonly number[], deals: Deals): Interval | null => {
  if (last?.deals !== deals) last = { deals, sums: sumsOfUntied(deals) };
  const { sums } = last;
  const min = (candidate.length * (candidate.length + 1)) / 2;
  // So many of the least rank sums lie outside of the interval, as many of the greatest.
  const bound = sums[Math.floor(((1 - wanted) / 2) * sums.length)] as number;
  const outside = sums.findIndex((sum) => sum >= bound);
  const cut = bound - min;
  if (outside === 0 || cut < 1) return null;
  const pairs = candidate.flatMap((one) => base.map((other) => apart(one, other)));
  const lows = Float64Array.from(pairs, ({ low }) => low).sort();
  const highs = Float64Array.from(pairs, ({ high }) => high).sort();
  return {
    low: lows[cut - 1] as number,
    high: highs[pairs.length - cut] as number,
    level: 1 - (2 * outside) / sums.length,
  };
};
