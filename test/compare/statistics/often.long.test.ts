import { describe, expect, test } from 'vitest';
import { fewerThan } from '../../../src/common/statistics.ts';
import { dealsOf } from '../../../src/compare/statistics/deals.ts';
import { oftenerBy, oftenOf } from '../../../src/compare/statistics/often.ts';
import { shiftOf } from '../../../src/compare/statistics/shift.ts';

/** The chance of each count from 0 to `of`. */
const chances = (of: number, chance: number): readonly number[] =>
  Array.from({ length: of + 1 }, (_, count) => fewerThan(count + 1, of, chance) - fewerThan(count, of, chance));

describe('how much more often', () => {
  test.each([0.05, 0.1, 0.2, 0.5])(
    'a true difference of %d is shown to be less in at most 5 % of cases',
    (difference) => {
      let worst = 0;
      for (const base of [5, 11, 20, 72]) {
        for (const candidate of [5, 6, 11, 20, 72, 100]) {
          const shown: (readonly [number, number])[] = [];
          for (let one = 0; one <= base; one += 1) {
            for (let other = 0; other <= candidate; other += 1) {
              if (oftenerBy(one, base, other, candidate).high <= difference) shown.push([one, other]);
            }
          }
          for (let chance = 0; chance <= 1 - difference; chance += 0.02) {
            const [ones, others] = [chances(base, chance), chances(candidate, chance + difference)];
            const share = shown.reduce((sum, [one, other]) => sum + (ones[one] ?? 0) * (others[other] ?? 0), 0);
            worst = Math.max(worst, share);
          }
        }
      }
      expect(worst).toBeLessThanOrEqual(0.05);
    },
  );

  test('is the same seen from the other side', () => {
    const [one, other] = [oftenerBy(2, 20, 9, 20), oftenerBy(9, 20, 2, 20)];
    expect([one.low, one.high]).toEqual([-other.high, -other.low]);
  });

  test('counts a run as worse that lies above its like by more than the tolerance', () => {
    const base = [10, 10, 10, 10];
    expect(oftenOf(base, [11, 11, 11, 11], { tolerance: 1, anyIsHarm: true }).worse.seen).toBe(0);
    expect(oftenOf(base, [11, 11, 11, 12], { tolerance: 1, anyIsHarm: true }).worse.seen).toBe(0.25);
    expect(oftenOf([0, 0, 0, 0], [0, 0, 0, 1], { tolerance: 5, anyIsHarm: true }).worse.seen).toBe(0.25);
  });

  test('of what is harm from a drawn line on counts no run that has a little of it', () => {
    const some = { tolerance: 5, anyIsHarm: false };
    expect(oftenOf([0, 0, 0, 0], [0, 5, 3, 1], some).worse.seen).toBe(0);
    expect(oftenOf([0, 0, 0, 0], [0, 5, 3, 6], some).worse.seen).toBe(0.25);
    expect(oftenOf([0, 4, 4, 4], [0, 4, 4, 9.5], some).worse.seen).toBe(0.25);
    // So many runs leave as much open as they do of any harm.
    const none = [0, 0, 0, 0];
    expect(oftenOf(none, none, some).worse.high).toBe(oftenOf(none, none, { ...some, anyIsHarm: true }).worse.high);
  });

  test('knows of no level beyond what never ended', () => {
    const never = Number.POSITIVE_INFINITY;
    expect(oftenOf([1, never], [never, never], { tolerance: 0, anyIsHarm: true }).worse.seen).toBe(0.5);
  });
});

describe('how far one side lies above the other', () => {
  test('is known by five runs a side with 96.8 %, the third least and greatest of the 25 differences', () => {
    const base = [1, 2, 3, 4, 5];
    const interval = shiftOf(base, [11, 12, 13, 14, 15], dealsOf(5, 5, 1));
    expect(interval).toEqual({ low: 7, high: 13, level: 1 - 8 / 252 });
  });

  test('is not known by three', () => {
    expect(shiftOf([1, 2, 3], [4, 5, 6], dealsOf(3, 3, 1))).toBeNull();
  });

  test('has no end where both sides hold runs that never ended', () => {
    const never = Number.POSITIVE_INFINITY;
    const sides = [1, 2, never, never, never];
    expect(shiftOf(sides, sides, dealsOf(5, 5, 1))).toMatchObject({ low: Number.NEGATIVE_INFINITY, high: never });
  });
});
