import { chanceOf as estimateOf } from '../verdict/index.ts';
import type { Chance, Spread } from './types.ts';

/** A chance with its 95 % interval: Wilson's, or one-sided and exact where it happened never or always. */
export const chanceOf = (count: number, trials: number): Chance => {
  const { share, ci95 } = estimateOf(count, trials);
  return { count, trials, share: share ?? Number.NaN, low: ci95?.[0] ?? 0, high: ci95?.[1] ?? 1 };
};

/** The smallest value that at least `part` (0 to 1) of them do not exceed; null where there are none. */
export const quantile = (sorted: readonly number[], part: number): number | null =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;

/** Quantiles of what was seen; null = not seen in that trial. */
export const spreadOf = (values: readonly (number | null)[]): Spread => {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  return { seen: sorted.length, p5: quantile(sorted, 0.05), p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};
