import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../../src/common/random.ts';
import { chanceOf, summaryOf } from '../../../src/verdict/figures/statistics.ts';

describe('the chance of something', () => {
  test('that never happened is bounded in words', () => {
    expect(chanceOf(0, 20).words).toBe('0 of 20: at most 14 %');
    expect(chanceOf(0, 5).words).toBe('0 of 5: at most 46 %');
    expect(chanceOf(0, 1).words).toBe('0 of 1: at most 95 %');
  });

  test('that always happened is bounded the other way', () => {
    expect(chanceOf(20, 20)).toMatchObject({ share: 1, words: '20 of 20: at least 86 %' });
  });

  test('is Wilson’s interval in between (values of Newcombe 1998, table I)', () => {
    expect(chanceOf(81, 263).ci95?.map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(chanceOf(15, 148).ci95?.map((end) => end.toFixed(4))).toEqual(['0.0624', '0.1605']);
    expect(chanceOf(3, 5).words).toBe('3 of 5: 60 %, 23 to 89 %');
  });

  test('rounds its bounds to the careful side, and what is not always is never 100 %', () => {
    expect(chanceOf(199, 200).words).toBe('199 of 200: over 99 %, 97 to 100 %');
    expect(chanceOf(1, 300).words).toBe('1 of 300: under 1 %, 0 to 2 %');
    expect(chanceOf(5, 5).words).toBe('5 of 5: at least 54 %');
    for (let of = 1; of <= 300; of += 1) {
      expect(Number(/most (\d+) %/.exec(chanceOf(0, of).words)?.[1])).toBeGreaterThanOrEqual(
        100 * (1 - 0.05 ** (1 / of)) - 1e-6,
      );
    }
  });

  test('that was never tried says nothing', () => {
    expect(chanceOf(0, 0)).toEqual({ seen: 0, of: 0, share: null, ci95: null, words: 'never tried' });
  });

  test('always lies within its own interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (of, some) => {
        const { share, ci95 } = chanceOf(some % (of + 1), of);
        const [low, high] = ci95 ?? [1, 0];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(share).toBeGreaterThanOrEqual(low);
        expect(share).toBeLessThanOrEqual(high);
      }),
    );
  });
});

describe('a figure over several runs', () => {
  test('has a median and a range, and with fewer than six runs no interval: none of 95 % exists', () => {
    expect(summaryOf([31, 35, 30, 33, 40])).toEqual({
      median: 33,
      min: 30,
      max: 40,
      ci95: null,
      level: null,
      seen: 5,
      of: 5,
    });
  });

  test('has from six runs on an interval, with the level that so many runs give', () => {
    expect(summaryOf([6, 1, 2, 5, 3, 4])).toMatchObject({ ci95: [1, 6], level: 1 - 2 / 64 });
    // Of 11 values the second least and the second greatest: 1 - 2 (1 + 11) / 2^11.
    expect(summaryOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])).toMatchObject({ ci95: [2, 10], level: 1 - 24 / 2048 });
  });

  test('counts only the runs in which it was seen, and says in how many', () => {
    expect(summaryOf([null, 7, null])).toEqual({ median: 7, min: 7, max: 7, ci95: null, level: null, seen: 1, of: 3 });
    const none = { median: null, min: null, max: null, ci95: null, level: null, seen: 0, of: 2 };
    expect(summaryOf([null, null])).toEqual(none);
  });

  test('has an interval that holds the true median at least as often as its level says', () => {
    const random = randomFrom(7);
    for (const size of [6, 11, 25]) {
      let held = 0;
      let level = 0;
      for (let trial = 0; trial < 2000; trial += 1) {
        const { ci95, level: own } = summaryOf(Array.from({ length: size }, random));
        level = own ?? 0;
        if (ci95 !== null && ci95[0] <= 0.5 && ci95[1] >= 0.5) held += 1;
      }
      expect(level).toBeGreaterThanOrEqual(0.95);
      expect(held / 2000).toBeGreaterThan(level - 0.015);
    }
  });
});
