import { beforeAll, describe, expect, test } from 'vitest';
import { randomFrom, seedOfRepeat } from '../../src/common/random.ts';
import { compareRuns } from '../../src/compare/compare.ts';
import { defaultTolerance } from '../../src/compare/index.ts';
import { compareWithNights, holm, nightVerdict, pByNights } from '../../src/compare/night.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from './runs.ts';

const options = { tolerance: defaultTolerance, seed: 1 };
const alpha = 0.05;

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

/** Normal deviates by Box and Muller. */
const normalFrom = (seed: number): (() => number) => {
  const random = randomFrom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
};

describe('Holm', () => {
  test('multiplies the least p by their number, the next by one less, and never lets a greater p end below a lesser', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, null, 0.9])).toEqual([1, null, 1]);
    expect(holm([])).toEqual([]);
  });

  test('of 100 comparisons a night with nothing to find, at most 5 % of nights have an alarm; uncorrected nearly all have', () => {
    const random = randomFrom(20_261_125);
    const nights = range(2000).map(() => range(100).map(() => random()));
    const falseAlarms = (pick: (ps: readonly number[]) => readonly (number | null)[]): number =>
      nights.filter((ps) => pick(ps).some((p) => p !== null && p <= alpha)).length / nights.length;
    expect(falseAlarms((ps) => ps)).toBeGreaterThan(0.95);
    expect(falseAlarms(holm)).toBeLessThan(0.065);
    expect(falseAlarms(holm)).toBeGreaterThan(0.035);
  });
});

describe('p by nights', () => {
  const falseAlarms = (effectOfNight: number): number => {
    const normal = normalFrom(7);
    const night = (): readonly number[] => {
      const shared = effectOfNight * normal();
      return range(5).map(() => 100 + shared + normal());
    };
    const found = range(2000).filter(() => pByNights(range(6).map(night), night()) <= alpha);
    return found.length / 2000;
  };

  test.each([0, 1, 5])('is at most 0.05 in about 5 %% of nights alike, whatever nights differ by (%i)', (effect) => {
    expect(falseAlarms(effect)).toBeLessThan(0.065);
  });

  test('is 1 where tonight is no worse, and where neither ever recovered', () => {
    expect(pByNights([[1], [2]], [1])).toBe(1);
    expect(pByNights([[Number.POSITIVE_INFINITY], [1]], [Number.POSITIVE_INFINITY])).toBe(1);
  });

  test('is 0 where the good nights were alike to the last digit and tonight is not', () => {
    expect(
      pByNights(
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
        [0, 7],
      ),
    ).toBe(0);
  });
});

describe('a night', () => {
  let harmless: readonly (readonly RunDocument[])[];
  let harmed: readonly RunDocument[];
  beforeAll(async () => {
    harmless = await Promise.all(range(7).map((set) => modelRuns(gracePlan('40s', 5, seedOfSet(set)))));
    harmed = await modelRuns(gracePlan('20s', 5, seedOfSet(8)));
  }, 60_000);

  test('with a harm that no good night had is a regression, among 100 comparisons too', () => {
    const compared = compareWithNights(harmless.slice(0, 6), harmed, options);
    expect(compared.nights).toBe(6);
    const [corrected = null] = holm([compared.p, ...range(99).map(() => 1)]);
    expect(nightVerdict(compared, corrected)).toBe('regression');
  });

  test('with fewer than five good nights is compared with none', () => {
    const compared = compareWithNights(harmless.slice(0, 4), harmed, options);
    expect(compared).toEqual({ nights: 4, copies: 0, comparison: null, p: null });
    expect(nightVerdict(compared, null)).toBe('too few nights');
  });

  const refusing = (run: RunDocument, refused: number): RunDocument => ({
    ...run,
    requests: { ...run.requests, refused },
  });
  const lost = (run: RunDocument): RunDocument => ({ ...run, nodes: { ...run.nodes, unrecovered: 1 } });
  const verdictAmong100 = (tonight: readonly RunDocument[], change: (run: RunDocument) => RunDocument) => {
    const nights = harmless.map((night, at) => night.map((run, index) => (at + index === 0 ? change(run) : run)));
    const compared = compareWithNights(nights, tonight, options);
    const [corrected = null] = holm([compared.p, ...range(99).map(() => 1)]);
    return { verdict: nightVerdict(compared, corrected), p: compared.p };
  };

  test('with a harm in every run is a regression, though one run of a good night was a hundred times as bad', () => {
    const tonight = harmless[0]?.map((run) => refusing(run, 100)) ?? [];
    expect(verdictAmong100(tonight, (run) => refusing(run, 10_000)).verdict).toBe('regression');
  });

  test('that never recovers is a regression, though one run of a good night never did', () => {
    expect(verdictAmong100(harmless[0]?.map(lost) ?? [], lost).verdict).toBe('regression');
  });

  test('with a new harm in three of five runs is suspect, among so many comparisons', () => {
    const tonight = harmless[0]?.map((run, index) => refusing(run, index < 3 ? 1000 : 0)) ?? [];
    const { verdict, p } = verdictAmong100(tonight, (run) => run);
    expect(verdict).toBe('suspect');
    expect(p).toBeLessThanOrEqual(alpha);
  });

  test('copied is one night, and tonight’s own copy is none', () => {
    const [one = [], two = []] = harmless;
    const copies = [one, two, structuredClone(one), structuredClone(two), harmed, structuredClone(one)];
    expect(compareWithNights(copies, structuredClone(harmed), options).nights).toBe(2);
  });

  test('counts its runs that a good night has, or that it has twice', () => {
    const [one = [], two = []] = harmless;
    const copiesIn = (tonight: readonly RunDocument[]): number =>
      compareWithNights([one, two], tonight, options).copies;
    expect(copiesIn(harmed)).toBe(0);
    expect(copiesIn(structuredClone(two))).toBe(5);
    expect(copiesIn([...harmed.slice(0, 3), ...one.slice(0, 2)])).toBe(2);
    expect(copiesIn([...harmed, ...harmed.slice(0, 2)])).toBe(2);
  });

  test('that is a copy under another title, or holds some of its runs alone, is no night more', () => {
    const [one = [], two = []] = harmless;
    const titled = one.map((run) => ({ ...run, title: 'another', findings: [] }));
    const nights = [one, titled, one.slice(1), [...one].reverse(), two];
    expect(compareWithNights(nights, harmed, options).nights).toBe(2);
    expect(compareWithNights([...nights, harmed.slice(0, 3)], harmed, options).nights).toBe(2);
  });

  test('that differs as nights do is no regression, though dealing out the runs alone would call it one', () => {
    const normal = normalFrom(11);
    const shifted = (runs: readonly RunDocument[]): readonly RunDocument[] => {
      const effect = 40 * normal();
      return runs.map((run) => ({
        ...run,
        requests: {
          ...run.requests,
          plannedLatencyMs: { ...run.requests.latencyMs, p99: 100 + effect + normal() },
        },
      }));
    };
    const trials = range(6).map((trial) => {
      const nights = harmless.slice(0, 6).map(shifted);
      const tonight = shifted(harmless[6] ?? []);
      const own = { ...options, seed: seedOfRepeat(3, trial + 1) };
      const compared = compareWithNights(nights, tonight, own);
      return {
        byRuns: compareRuns(nights.flat(), tonight, own).verdict === 'worse',
        byNight: nightVerdict(compared, compared.p) === 'regression',
      };
    });
    expect(trials.filter(({ byRuns }) => byRuns).length).toBeGreaterThan(0);
    expect(trials.filter(({ byNight }) => byNight)).toEqual([]);
  }, 180_000);
});
