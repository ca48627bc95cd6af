import { randomFrom } from '../common/random.ts';
import { quantile } from '../common/statistics.ts';
import type { RunDocument } from '../verdict/index.ts';
import { type CompareOptions, compareRuns } from './compare.ts';

/** How far halves of the same runs lie apart in one figure, in its own unit. */
export type NoiseFloor = {
  readonly figure: string;
  readonly medianDifference: number | null;
  /** 95 % of the splits lie no further apart: a smaller difference between as many runs is noise. */
  readonly p95Difference: number | null;
};

export type SelfComparison = {
  readonly runs: number;
  readonly perSide: number;
  readonly splits: number;
  /** In how many of the splits a regression was called where there is none. */
  readonly regressions: number;
  readonly figures: readonly NoiseFloor[];
};

/** More say no more. */
const maxSplits = 200;

/**
 * Splits runs of one and the same thing at random into two sides and compares these: what a comparison finds where there
 * is nothing to find.
 * @param runs at least four
 */
export const compareSelf = (runs: readonly RunDocument[], options: CompareOptions): SelfComparison => {
  const random = randomFrom(options.seed);
  const perSide = Math.floor(runs.length / 2);
  const seen = new Map<string, number[]>();
  let regressions = 0;
  for (let split = 0; split < maxSplits; split += 1) {
    const order = runs
      .map((run) => ({ run, at: random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ run }) => run);
    const { verdict, figures } = compareRuns(order.slice(0, perSide), order.slice(perSide, 2 * perSide), options);
    if (verdict === 'worse') regressions += 1;
    for (const { figure, difference } of figures) {
      seen.set(figure, [...(seen.get(figure) ?? []), ...(difference === null ? [] : [Math.abs(difference)])]);
    }
  }
  return {
    runs: runs.length,
    perSide,
    splits: maxSplits,
    regressions,
    figures: [...seen].map(([figure, differences]) => {
      const sorted = differences.toSorted((a, b) => a - b);
      return { figure, medianDifference: quantile(sorted, 0.5), p95Difference: quantile(sorted, 0.95) };
    }),
  };
};
