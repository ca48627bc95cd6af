import fc from 'fast-check';
import { permutationTest } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../../src/common/random.ts';
import { dealsOf } from '../../../src/compare/statistics/deals.ts';
import { permute as permuteScores, ranksOf } from '../../../src/compare/statistics/permute.ts';

const one = (values: readonly number[]): number[][] => values.map((value) => [value]);

/** By ranks of each figure of the runs. */
const permute = (base: readonly number[][], candidate: readonly number[][], seed = 1) => {
  const all = [...base, ...candidate];
  const statistics = (all[0] ?? []).map((_, figure) => ({
    scores: ranksOf(all.map((run) => run[figure] ?? Number.NaN)),
    weight: 1,
  }));
  return permuteScores(dealsOf(base.length, candidate.length, seed), statistics);
};

describe('dealing runs out anew', () => {
  test('gives the exact p where all runs of one side lie above the other: 1 of 252 ways', () => {
    const notified = permute(one([1, 2, 3, 4, 5]), one([6, 7, 8, 9, 10]));
    expect(notified.worse[0]).toBeCloseTo(1 / 252, 12);
    expect(notified.better[0]).toBe(1);
  });

  test('finds nothing in figures that never vary', () => {
    expect(permute(one([0, 0, 0]), one([0, 0, 0]))).toMatchObject({ worse: [1], better: [1] });
  });

  test('is near the library’s own test of one figure where ranks are as far apart as values', () => {
    const base = [1, 5, 3, 8, 4, 6];
    const candidate = [7, 2, 10, 9, 12, 11];
    const library = permutationTest([...base], [...candidate], 'less', 20_000, randomFrom(1));
    expect(permute(one(base), one(candidate)).worse[0]).toBeCloseTo(library, 1);
  });

  test('does not make figures that go together pay for one another, as those that do not', () => {
    const apart = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const noise = [4, 9, 1, 7, 3, 8, 2, 10, 5, 6];
    const rows = (...columns: readonly number[][]): number[][] =>
      apart.map((_, run) => columns.map((column) => column[run] ?? 0));
    const judge = (all: number[][]) => permute(all.slice(0, 5), all.slice(5));
    expect(judge(rows(apart, apart, apart)).worse[0]).toBeCloseTo(1 / 252, 12);
    expect(judge(rows(apart, noise)).worse[0]).toBeCloseTo(2 / 252, 12);
  });

  test('a statistic of a tenth of the weight costs the others a tenth of what it would', () => {
    const scores = ranksOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const noise = ranksOf([4, 9, 1, 7, 3, 8, 2, 10, 5, 6]);
    const deals = dealsOf(5, 5, 1);
    const beside = (weight: number) =>
      permuteScores(deals, [
        { scores, weight: 1 },
        { scores: noise, weight },
      ]);
    expect(beside(1).worse[0]).toBeCloseTo(2 / 252, 12);
    expect(beside(0.1).worse[0]).toBeCloseTo(1 / 252, 12);
  });

  test('with two runs a side no difference can be told from chance, with five a difference can', () => {
    expect(permute(one([1, 2]), one([3, 4])).attainable).toBeGreaterThan(0.05);
    expect(permute(one([1, 2, 3, 4, 5]), one([6, 7, 8, 9, 10])).attainable).toBeLessThan(0.05);
  });

  test('calls like with like worse in at most 5 % of all deals, whatever the values and however many figures', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }), {
          minLength: 6,
          maxLength: 6,
        }),
        (runs) => {
          let called = 0;
          let deals = 0;
          for (let mask = 0; mask < 64; mask += 1) {
            const side = runs.filter((_, run) => (mask >> run) % 2 === 1);
            if (side.length !== 3) continue;
            const other = runs.filter((_, run) => (mask >> run) % 2 === 0);
            deals += 1;
            if (permute(other, side).worse.some((p) => p <= 0.05)) called += 1;
          }
          expect(called / deals).toBeLessThanOrEqual(0.05);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('of more runs than can be dealt in every way is the same for the same seed, and never 0', () => {
    const random = randomFrom(3);
    const base = one(Array.from({ length: 15 }, random));
    const candidate = one(Array.from({ length: 15 }, () => random() + 10));
    const notified = permute(base, candidate, 9);
    expect(permute(base, candidate, 9)).toEqual(notified);
    expect(notified.worse[0]).toBeGreaterThan(0);
    expect(notified.worse[0]).toBeLessThan(0.001);
  });
});
