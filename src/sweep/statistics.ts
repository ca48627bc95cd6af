import { quantile } from '../common/statistics.ts';
import { chanceOf as estimateOf } from '../verdict/index.ts';
import type { Chance, Spread, WideSpread } from './types.ts';

/** A chance with its 95 % interval: Wilson's, or one-sided and exact where it happened never or always. */
export const chanceOf = (count: number, trials: number): Chance => {
  const { share, ci95 } = estimateOf(count, trials);
  return { count, trials, share: share ?? Number.NaN, low: ci95?.[0] ?? 0, high: ci95?.[1] ?? 1 };
};

const seenIn = (values: readonly (number | null)[]): readonly number[] =>
  values.filter((value) => value !== null).toSorted((one, other) => one - other);

/** The same with the outermost hundredths. */
export const wideSpreadOf = (values: readonly (number | null)[]): WideSpread => {
  const sorted = seenIn(values);
  const [p1, p5, p50, p95, p99] = [0.01, 0.05, 0.5, 0.95, 0.99].map((share) => quantile(sorted, share)) as [
    number | null,
    number | null,
    number | null,
    number | null,
    number | null,
  ];
  return { seen: sorted.length, p1, p5, p50, p95, p99 };
};

/** Quantiles of what was seen; null = not seen in that trial. */
export const spreadOf = (values: readonly (number | null)[]): Spread => {
  const sorted = seenIn(values);
  return { seen: sorted.length, p5: quantile(sorted, 0.05), p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};
