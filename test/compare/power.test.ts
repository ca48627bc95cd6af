import { describe, expect, test } from 'vitest';
import { powerOf, powerOfRepeats, powerText } from '../../src/compare/power.ts';
import { dealsOf } from '../../src/compare/statistics/deals.ts';
import { oftenerBy } from '../../src/compare/statistics/often.ts';

const choose = (of: number, take: number): number =>
  Array.from({ length: take }, (_, index) => (of - index) / (index + 1)).reduce((ways, one) => ways * one, 1);

describe('what so many repeats can tell', () => {
  test.each([5, 7, 8])('is what the exact chance of the deals says, with %i a side', (perSide) => {
    const { seen, unseen } = powerOfRepeats(perSide, 0.05);
    const exact = (harmed: number): number => choose(perSide, harmed) / choose(2 * perSide, harmed);
    expect(seen?.p).toBeCloseTo(exact(seen?.runs ?? 0), 10);
    expect(unseen?.p).toBeCloseTo(exact(unseen?.runs ?? 0), 10);
    expect(unseen?.p).toBeGreaterThan(0.05);
  });

  test('of five a side is said in words', () => {
    expect(powerText(powerOfRepeats(5, 0.05), 0.05)).toBe(
      '5 a side: a harm in 4 of 5 runs against none is seen (p 0.024), in 3 of 5 it is not (p 0.084); one with a chance of 84 % is seen 4 times of 5. No harm in any run leaves open that it is worse in up to 53 % of runs; 72 a side would show at most 5 %.',
    );
  });

  test('is never that a harm never happens: no number of clean runs shows 0 %', () => {
    expect(powerOfRepeats(5, 0)).toMatchObject({ neededPerSide: null });
    expect(powerText(powerOfRepeats(5, 0), 0)).toBe(
      '5 a side: a harm in 4 of 5 runs against none is seen (p 0.024), in 3 of 5 it is not (p 0.084); one with a chance of 84 % is seen 4 times of 5. No harm in any run leaves open that it is worse in up to 53 % of runs; more than 10,000 a side would be needed to show that it is within the frequency tolerance.',
    );
  });

  test('of two a side is nothing', () => {
    expect(powerText(powerOfRepeats(2, 0.05), 0.05)).toBe(
      '2 a side: not even a harm in every run (2 of 2) against none is told from chance (p 0.167). No harm in any run leaves open that it is worse in up to 85 % of runs; 72 a side would show at most 5 %.',
    );
  });

  test('of twelve a side is a harm of some 40 %', () => {
    expect(powerOfRepeats(12, 0.05)).toMatchObject({ seen: { runs: 4 }, unseen: { runs: 3 } });
    expect(powerOfRepeats(12, 0.05).seenFromChance).toBeCloseTo(0.41, 1);
  });

  test('is less where other figures vary besides', () => {
    const deals = dealsOf(5, 5, 1);
    const noisy = Float64Array.from({ length: deals.count }, (_, deal) => (deal % 20 === 1 ? 0.001 : 1));
    expect(powerOf(deals, 0.05).seen?.runs).toBe(4);
    expect(powerOf(deals, 0.05, noisy).seen).toBeNull();
  });

  test('names the repeats that show a harm to be rare', () => {
    const neededPerSide = powerOfRepeats(5, 0.2).neededPerSide ?? 0;
    expect(oftenerBy(0, neededPerSide, 0, neededPerSide).high).toBeLessThanOrEqual(0.2);
    expect(oftenerBy(0, neededPerSide - 1, 0, neededPerSide - 1).high).toBeGreaterThan(0.2);
  });
});
