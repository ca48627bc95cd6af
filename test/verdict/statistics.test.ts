import fc from 'fast-check';
import { median } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { bootstrap95, chanceOf, summaryOf } from '../../src/verdict/statistics.ts';

describe('the chance of something', () => {
  test('that never happened is bounded in words', () => {
    expect(chanceOf(0, 20).words).toBe('0 of 20: at most 14 %');
    expect(chanceOf(0, 5).words).toBe('0 of 5: at most 45 %');
    expect(chanceOf(0, 1).words).toBe('0 of 1: at most 95 %');
  });

  test('that always happened is bounded the other way', () => {
    expect(chanceOf(20, 20)).toMatchObject({ share: 1, words: '20 of 20: at least 86 %' });
  });

  test('is Wilson’s interval in between (values of Newcombe 1998, table I)', () => {
    expect(chanceOf(81, 263).ci95?.map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(chanceOf(15, 148).ci95?.map((end) => end.toFixed(4))).toEqual(['0.0624', '0.1605']);
    expect(chanceOf(3, 5).words).toBe('3 of 5: 60 %, 23 to 88 %');
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
  test('has a median, a range and an interval that holds the median', () => {
    const { ci95, ...rest } = summaryOf([31, 35, 30, 33, 40], 1);
    expect(rest).toEqual({ median: 33, min: 30, max: 40, seen: 5, of: 5 });
    expect(ci95).toEqual([30, 40]);
  });

  test('counts only the runs in which it was seen, and says in how many', () => {
    expect(summaryOf([null, 7, null], 1)).toEqual({ median: 7, min: 7, max: 7, ci95: null, seen: 1, of: 3 });
    expect(summaryOf([null, null], 1)).toEqual({ median: null, min: null, max: null, ci95: null, seen: 0, of: 2 });
  });

  test('that never varies has an interval of no width', () => {
    expect(summaryOf([0, 0, 0], 1).ci95).toEqual([0, 0]);
  });

  test('is the same for the same seed, whatever was drawn in between', () => {
    const values = [5, 1, 4, 9, 3, 8, 2];
    const once = summaryOf(values, 7);
    summaryOf([1, 2, 3], 7);
    expect(summaryOf(values, 7)).toEqual(once);
  });

  test('has an interval that covers the truth about as often as it says', () => {
    // 25 values from 0 to 1 and their median, 150 times; the truth is 0.5.
    let state = 1;
    const next = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    let covered = 0;
    for (let trial = 0; trial < 150; trial += 1) {
      const values = Array.from({ length: 25 }, next);
      const [low, high] = bootstrap95([values], ([drawn = []]) => median(drawn), trial);
      if (low <= 0.5 && high >= 0.5) covered += 1;
    }
    expect(covered / 150).toBeGreaterThan(0.88);
    expect(covered / 150).toBeLessThan(1);
  });
});
