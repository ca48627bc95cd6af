import { PackedHistogram } from 'hdr-histogram-js';
import * as z from 'zod';
import { countShape, durationShape } from './units.ts';

/** Longer ones count as this long: eight days. */
const maxMs = 8 * 86_400_000;

export const bucketsShape = z
  .array(z.tuple([durationShape, countShape]))
  .describe('[up to ms, how many], ascending; a bucket is less than 1 % wide.');

export type Buckets = z.infer<typeof bucketsShape>;

/** Durations in ms: two significant digits, and memory for those that occur alone. */
export type DurationHistogram = {
  readonly record: (ms: number) => void;
  readonly count: () => number;
  /** The smallest value that so many per cent do not exceed, to 1 %; null: nothing was recorded. */
  readonly percentile: (percent: number) => number | null;
  /** How many were longer, to 1 %. */
  readonly above: (ms: number) => number;
  readonly buckets: () => Buckets;
};

/**
 * Where its buckets end. Nothing is recorded in it: a histogram of the library has to be walked from zero on to be
 * written down, which thousands of nodes every few seconds have no time for.
 */
const scale = new PackedHistogram(1, maxMs, 2);

/** @param from what `buckets` gave: it goes on from there */
export const createHistogram = (from: Buckets = []): DurationHistogram => {
  const counts = new Map<number, number>(from);
  let total = from.reduce((sum, [, count]) => sum + count, 0);
  const buckets = (): Buckets => [...counts].sort(([a], [b]) => a - b);
  return {
    record: (ms) => {
      const upTo = scale.highestEquivalentValue(Math.min(maxMs, Math.max(0, Math.round(ms))));
      counts.set(upTo, (counts.get(upTo) ?? 0) + 1);
      total += 1;
    },
    count: () => total,
    percentile: (percent) => {
      let sum = 0;
      for (const [upTo, count] of buckets()) {
        sum += count;
        if (sum >= (percent / 100) * total) return upTo;
      }
      return null;
    },
    above: (ms) => buckets().reduce((sum, [upTo, count]) => (upTo > ms ? sum + count : sum), 0),
    buckets,
  };
};
