import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantile } from '../../src/common/statistics.ts';
import { chanceOf, spreadOf } from '../../src/sweep/statistics.ts';

test('what never happened in 200 trials happens in at most 1.5 % of cases, for 0.985 to the 200th is 0.05', () => {
  const { high, ...rest } = chanceOf(0, 200);
  expect(rest).toEqual({ count: 0, trials: 200, share: 0, low: 0 });
  expect(high).toBeCloseTo(0.014867, 6);
});

test('what always happened has the same bound from below', () => {
  const { low, ...rest } = chanceOf(200, 200);
  expect(rest).toEqual({ count: 200, trials: 200, share: 1, high: 1 });
  expect(low).toBeCloseTo(0.985133, 6);
});

test('with one trial next to nothing is known', () => {
  expect(chanceOf(0, 1)).toMatchObject({ low: 0, high: 0.95 });
  expect(chanceOf(1, 1)).toMatchObject({ low: 0.05, high: 1 });
});

test('between, the interval is that of Wilson: 10 of 100 is 5.52 to 17.44 %', () => {
  const { low, high } = chanceOf(10, 100);
  expect([Number(low.toFixed(4)), Number(high.toFixed(4))]).toEqual([0.0552, 0.1744]);
});

test('the interval holds the share, mirrors when counted the other way, and stays within 0 and 1', () => {
  const trials = fc.integer({ min: 1, max: 5000 });
  const sample = trials.chain((of) => fc.tuple(fc.integer({ min: 0, max: of }), fc.constant(of)));
  fc.assert(
    fc.property(sample, ([count, of]) => {
      const { share, low, high } = chanceOf(count, of);
      const other = chanceOf(of - count, of);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(share + 1e-12);
      expect(high).toBeGreaterThanOrEqual(share - 1e-12);
      expect(high).toBeLessThanOrEqual(1);
      expect(other.low).toBeCloseTo(1 - high, 9);
      expect(other.high).toBeCloseTo(1 - low, 9);
    }),
  );
});

test('quantiles are values that were seen', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([0.05, 0.5, 0.95, 1].map((part) => quantile(values, part))).toEqual([5, 50, 95, 100]);
  expect(quantile([7], 0.05)).toBe(7);
  expect(quantile([], 0.5)).toBeNull();
});

test('a spread leaves out what was not seen, and is null where nothing was', () => {
  expect(spreadOf([3, null, 1, 2])).toEqual({ seen: 3, p5: 1, p50: 2, p95: 3 });
  expect(spreadOf([null, null])).toEqual({ seen: 0, p5: null, p50: null, p95: null });
});
