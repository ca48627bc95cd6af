import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHistogram } from '../../src/watch/seen/histogram.ts';

const durations = fc.array(fc.integer({ min: 0, max: 600_000_000 }), { minLength: 1, maxLength: 200 });

test('every percentile is that of the values themselves, and at most 1 % more', () => {
  fc.assert(
    fc.property(durations, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const histogram = createHistogram();
      for (const ms of values) histogram.record(ms);
      const exact = values.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * values.length) - 1] ?? Number.NaN;
      expect(histogram.count()).toBe(values.length);
      expect(histogram.percentile(percent)).toBeGreaterThanOrEqual(exact);
      expect(histogram.percentile(percent)).toBeLessThanOrEqual(exact * 1.01);
    }),
  );
});

test('what is above is never counted too low, and what was written down goes on as it was', () => {
  fc.assert(
    fc.property(durations, fc.integer({ min: 0, max: 600_000_000 }), (values, limit) => {
      const histogram = createHistogram();
      for (const ms of values) histogram.record(ms);
      expect(histogram.above(limit)).toBeGreaterThanOrEqual(values.filter((ms) => ms > limit).length);
      expect(histogram.above(limit)).toBeLessThanOrEqual(values.filter((ms) => ms * 1.01 > limit).length);
      const again = createHistogram(JSON.parse(JSON.stringify(histogram.buckets())));
      for (const each of [histogram, again]) each.record(limit);
      expect(again.buckets()).toEqual(histogram.buckets());
    }),
  );
});

test('nothing recorded is nothing known; what is longer than eight days counts as eight', () => {
  const histogram = createHistogram();
  expect([histogram.percentile(50), histogram.count(), histogram.buckets()]).toEqual([null, 0, []]);
  histogram.record(1e12);
  expect(histogram.percentile(100)).toBeGreaterThanOrEqual(8 * 86_400_000);
});
