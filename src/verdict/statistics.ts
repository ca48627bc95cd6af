import { median, quantileSorted, sampleWithReplacement } from 'simple-statistics';
import { randomFrom } from '../common/seeds.ts';

/** One figure over several runs. Everything is null where no run has it. */
export type FigureSummary = {
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** 95 % interval of the median by percentile bootstrap; null where fewer than two runs have the figure. */
  readonly ci95: readonly [number, number] | null;
  /** In how many of the runs it was seen: a figure that is null in a run is no part of the others. */
  readonly seen: number;
  readonly of: number;
};

/** How often something happened, and what that says of its chance. */
export type ChanceEstimate = {
  readonly seen: number;
  readonly of: number;
  readonly share: number | null;
  /** 95 %; null where there was no trial. */
  readonly ci95: readonly [number, number] | null;
  /** `3 of 5: 60 %, 23 to 88 %`; `0 of 20: at most 14 %`. */
  readonly words: string;
};

/** Enough that the interval's ends are steady to a percent of its width; a seed makes them the same every time. */
const resamples = 2000;

/** Two-sided 95 % quantile of the standard normal distribution. */
const z95 = 1.959963984540054;

/**
 * The 95 % interval of a statistic of independent samples, by percentile bootstrap: each sample is drawn anew with
 * replacement, `resamples` times. With fewer than some ten values it is narrower than it should be.
 * @see Efron and Tibshirani, An introduction to the bootstrap (1993), chapter 13
 */
export const bootstrap95 = (
  samples: readonly (readonly number[])[],
  statistic: (drawn: readonly number[][]) => number,
  seed: number,
): readonly [number, number] => {
  if (samples.every((values) => values.every((value) => value === values[0]))) {
    const only = statistic(samples.map((values) => [...values]));
    return [only, only];
  }
  const random = randomFrom(seed);
  const given = samples.map((values) => [...values]);
  const seen = Float64Array.from({ length: resamples }, () =>
    statistic(given.map((values) => sampleWithReplacement(values, values.length, random))),
  ).sort();
  const sorted = Array.from(seen);
  return [quantileSorted(sorted, 0.025), quantileSorted(sorted, 0.975)];
};

/** The middle one of the values; between the middle two where their number is even. Of none: throws. */
export const medianOf = (values: readonly number[]): number => median([...values]);

/** Of values, null where a run does not have the figure. @param seed of the bootstrap's draws; null: no interval, which takes its time */
export const summaryOf = (values: readonly (number | null)[], seed: number | null): FigureSummary => {
  const known = values.filter((value) => value !== null);
  const counts = { seen: known.length, of: values.length };
  if (known.length === 0) return { median: null, min: null, max: null, ci95: null, ...counts };
  return {
    median: median(known),
    min: Math.min(...known),
    max: Math.max(...known),
    ci95: known.length < 2 || seed === null ? null : bootstrap95([known], ([drawn = []]) => median(drawn), seed),
    ...counts,
  };
};

const percent = (share: number): string => String(Math.round(share * 100));

/**
 * A chance by Wilson's interval; where something never or always happened, by the exact one-sided bound 0.05^(1/n)
 * that the rule of three (3/n) approximates.
 * @see Wilson, Probable inference, the law of succession, and statistical inference (1927); Hanley and Lippman-Hand,
 *   If nothing goes wrong, is everything all right? (1983)
 */
export const chanceOf = (seen: number, of: number): ChanceEstimate => {
  if (of === 0) return { seen, of, share: null, ci95: null, words: 'never tried' };
  const share = seen / of;
  const surest = 0.05 ** (1 / of);
  if (seen === 0) {
    return { seen, of, share, ci95: [0, 1 - surest], words: `0 of ${of}: at most ${percent(1 - surest)} %` };
  }
  if (seen === of) {
    return { seen, of, share, ci95: [surest, 1], words: `${of} of ${of}: at least ${percent(surest)} %` };
  }
  const square = z95 * z95;
  const middle = (share + square / (2 * of)) / (1 + square / of);
  const reach = (z95 / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  const ci95 = [middle - reach, middle + reach] as const;
  return {
    seen,
    of,
    share,
    ci95,
    words: `${seen} of ${of}: ${percent(share)} %, ${percent(ci95[0])} to ${percent(ci95[1])} %`,
  };
};
