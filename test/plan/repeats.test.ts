import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRepeats } from '../../src/plan/index.ts';
import { tightPlan } from '../verdict/timeline-builder.ts';

const intervalMs = tightPlan.profile.effective.leaseRenewIntervalMs;

describe('the repeats of a plan', () => {
  test('a plan that is run once stays as it is', () => {
    expect(planRepeats(tightPlan)).toEqual([tightPlan]);
  });

  test('each differs in its seed and its place in the heartbeat alone', () => {
    const plan = { ...tightPlan, repeats: 3 };
    for (const { seed, repeat, ...rest } of planRepeats(plan)) {
      const { seed: _, ...shared } = plan;
      expect(rest).toEqual(shared);
      expect(repeat).toMatchObject({ of: 3, heartbeatOf: 'worker' });
      expect(Number.isInteger(seed)).toBe(true);
    }
    expect(planRepeats(plan).map(({ repeat }) => repeat?.number)).toEqual([1, 2, 3]);
    expect(new Set(planRepeats(plan).map(({ seed }) => seed)).size).toBe(3);
    expect(planRepeats(plan)[0]?.seed).toBe(plan.seed);
  });

  test('put exactly one start into each part of the renewal interval, for every seed and number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer({ min: 0, max: 4_294_967_295 }), (repeats, seed) => {
        const starts = planRepeats({ ...tightPlan, repeats, seed }).map(
          ({ repeat }) => repeat?.afterRenewalMs ?? Number.NaN,
        );
        const parts = starts.map((startMs) => Math.min(repeats - 1, Math.floor((startMs * repeats) / intervalMs)));
        // A start is rounded to the millisecond: at a part's very edge it may count to the next.
        const edge = starts.some((startMs) => ((startMs + 0.5) * repeats) % intervalMs < repeats);
        if (!edge) expect(parts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: repeats }, (_, part) => part));
        expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...starts)).toBeLessThanOrEqual(intervalMs);
      }),
    );
  });

  test('come in an order that is not that of their parts, the same for the same seed', () => {
    const starts = planRepeats({ ...tightPlan, repeats: 12 }).map(({ repeat }) => repeat?.afterRenewalMs ?? 0);
    expect(starts).not.toEqual(starts.toSorted((a, b) => a - b));
    expect(planRepeats({ ...tightPlan, repeats: 12 }).map(({ repeat }) => repeat?.afterRenewalMs)).toEqual(starts);
  });

  test('keep to no heartbeat where nothing is done to any node', () => {
    const plan = { ...tightPlan, repeats: 2, phases: tightPlan.phases.slice(0, 1) };
    expect(planRepeats(plan).map(({ repeat }) => repeat)).toEqual([
      { number: 1, of: 2, heartbeatOf: null, afterRenewalMs: null },
      { number: 2, of: 2, heartbeatOf: null, afterRenewalMs: null },
    ]);
  });
});
