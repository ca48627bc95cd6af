import { build, type Histogram, type JsHistogram } from 'hdr-histogram-js';
import type { Quantiles } from '../document.ts';

/** Recorded in µs up to one hour with three digits, so a quantile is at most 0.1 % high; longer times count as an hour. */
const boundUs = 3_600_000_000;

const newHistogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: boundUs, numberOfSignificantValueDigits: 3 });

export type DurationHistogram = {
  readonly add: (ms: number) => void;
  /** What was added so far; the longest of it, and all of it, in µs. */
  readonly counts: () => { readonly histogram: Histogram; readonly maxUs: number; readonly sumUs: number };
};

/** Durations in ms, kept in bounded memory however many come. A negative one counts as 0. */
export const createDurationHistogram = (): DurationHistogram => {
  const histogram = newHistogram();
  let maxUs = 0;
  let sumUs = 0;
  return {
    add: (ms) => {
      const us = Math.min(boundUs, Math.max(0, Math.round(ms * 1000)));
      maxUs = Math.max(maxUs, us);
      sumUs += us;
      histogram.recordValue(us);
    },
    counts: () => ({ histogram, maxUs, sumUs }),
  };
};

/** Of the durations of all of these together. */
export const quantilesOf = (...parts: readonly DurationHistogram[]): Quantiles => {
  const all = newHistogram();
  const counts = parts.map((part) => part.counts());
  for (const { histogram } of counts) all.add(histogram);
  const { totalCount } = all;
  if (totalCount === 0) return { p50: null, p90: null, p99: null, max: null, mean: null };
  const maxUs = Math.max(...counts.map((each) => each.maxUs));
  const sumUs = counts.reduce((sum, each) => sum + each.sumUs, 0);
  const at = (percentile: number): number => Math.min(all.getValueAtPercentile(percentile), maxUs) / 1000;
  return { p50: at(50), p90: at(90), p99: at(99), max: maxUs / 1000, mean: Math.round(sumUs / totalCount) / 1000 };
};

/**
 * By how much the durations of all of these together go beyond a bound, in ms: 3 s for two of 1.6 s beyond 100 ms. At most
 * 0.1 % of a duration low.
 */
export const sumBeyond = (boundMs: number, ...parts: readonly DurationHistogram[]): number => {
  const lowestUs = boundMs * 1000;
  let sumUs = 0;
  for (const part of parts) {
    // What is built here counts in an array; its interface alone does not say so.
    const histogram = part.counts().histogram as unknown as JsHistogram;
    for (let index = 0; index < histogram.countsArrayLength; index += 1) {
      const count = histogram.getCountAtIndex(index);
      if (count > 0) sumUs += count * Math.max(0, histogram.valueFromIndex(index) - lowestUs);
    }
  }
  return sumUs / 1000;
};
