import { PackedHistogram } from 'hdr-histogram-js';
import * as z from 'zod';

/** Longer ones count as this long: eight days. */
const longestMs = 8 * 86_400_000;

export const bucketsShape = z
  .array(z.tuple([z.number(), z.number()]))
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

/** @param from what `buckets` gave: it goes on from there */
export const createHistogram = (from: Buckets = []): DurationHistogram => {
  const histogram = new PackedHistogram(1, longestMs, 2);
  for (const [ms, count] of from) histogram.recordValueWithCount(ms, count);
  const buckets = (): Buckets => {
    const { recordedValuesIterator: iterator } = histogram;
    iterator.reset();
    const found: Buckets = [];
    while (iterator.hasNext()) {
      const { valueIteratedTo, countAtValueIteratedTo } = iterator.next();
      found.push([valueIteratedTo, countAtValueIteratedTo]);
    }
    return found;
  };
  return {
    record: (ms) => histogram.recordValue(Math.min(longestMs, Math.max(0, Math.round(ms)))),
    count: () => histogram.totalCount,
    percentile: (percent) => (histogram.totalCount === 0 ? null : histogram.getValueAtPercentile(percent)),
    above: (ms) => buckets().reduce((sum, [upTo, count]) => (upTo > ms ? sum + count : sum), 0),
    buckets,
  };
};
