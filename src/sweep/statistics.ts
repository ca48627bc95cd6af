import type { Chance, Spread } from './types.ts';

/** Standard normal quantile of a two-sided 95 % interval. */
const z = 1.959964;

/** -ln(0.05), rounded: the 95 % bound on a chance that never showed in n trials is 3 / n. */
const ruleOfThree = 3;

/**
 * A chance with its 95 % interval.
 * @see Wilson, Probable inference, the law of succession, and statistical inference (1927); Hanley and Lippman-Hand,
 *   If nothing goes wrong, is everything all right? (1983), for the rule of three
 */
export const chanceOf = (count: number, trials: number): Chance => {
  const share = count / trials;
  if (count === 0) return { count, trials, share, low: 0, high: Math.min(1, ruleOfThree / trials) };
  if (count === trials) return { count, trials, share, low: Math.max(0, 1 - ruleOfThree / trials), high: 1 };
  const square = z * z;
  const middle = share + square / (2 * trials);
  const reach = z * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials * trials));
  const scale = 1 + square / trials;
  return { count, trials, share, low: (middle - reach) / scale, high: (middle + reach) / scale };
};

/** The smallest value that at least `part` (0 to 1) of them do not exceed; null where there are none. */
export const quantile = (sorted: readonly number[], part: number): number | null =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;

/** Quantiles of what was seen; null = not seen in that trial. */
export const spreadOf = (values: readonly (number | null)[]): Spread => {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  return { seen: sorted.length, p5: quantile(sorted, 0.05), p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};
