import { quantile } from '../common/statistics.ts';
import { chanceOf as estimateOf } from '../verdict/index.ts';
import type { Chance, Spread } from './types.ts';

/** A chance with its 95 % interval: Wilson's, or one-sided and exact where it happened never or always. */
export const chanceOf = (count: number, trials: number): Chance => {
  const { share, ci95 } = estimateOf(count, trials);
  return { count, trials, share: share ?? Number.NaN, low: ci95?.[0] ?? 0, high: ci95?.[1] ?? 1 };
};

/** Quantiles of what was seen; null = not seen in that trial. */
export const spreadOf = (values: readonly (number | null)[]): Spread => {
  const sorted = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  return { seen: sorted.length, p5: quantile(sorted, 0.05), p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};
