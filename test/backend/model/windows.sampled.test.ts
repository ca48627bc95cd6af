import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOfPlan, type ModelConfig } from '../../../src/backend/model/index.ts';
import type { Plan } from '../../../src/plan/index.ts';
import { compileProfile, findProfile, predictPause, type Reading } from '../../../src/profile/index.ts';
import { windowSlackMs } from '../../../src/verdict/findings/calibration.ts';
import { sampleOf } from '../../support/sample.ts';
import { fault, pauseOf, steady } from './support/clusters.ts';
import { evictions, firstNotReady, readyChanges, record } from './support/runs.ts';

type Case = {
  readonly name: string;
  readonly reading: Reading;
  readonly minor: number;
  readonly patch: number;
  readonly age: 'fresh' | 'old';
  readonly seed: number;
  readonly steadySeconds: number;
};

/** 1.14 and 1.15 cannot express every equivalent reading. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    name: fc.constantFrom('default', 'tight-grace', 'fast', 'medium', 'slow'),
    reading: fc.constantFrom<Reading>('literal', 'equivalent'),
    minor: fc.integer({ min: 11, max: 37 }),
    patch: fc.constantFrom(0, 9),
    age: fc.constantFrom('fresh', 'old'),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    steadySeconds: fc.integer({ min: 0, max: 90_000 }).map((ms) => ms / 1000),
  })
  .map((one) => (one.minor === 14 || one.minor === 15 ? { ...one, reading: 'literal' } : one));

const compiled = ({ name, reading, minor, patch }: Case) => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return compileProfile(profile, reading, `v1.${minor}.${patch}`);
};

/** One pod, on `worker`, whose kubelet is paused. */
const configOf = (one: Case, pauseSeconds: number): ModelConfig => {
  const profile = compiled(one);
  const plan: Plan = {
    schemaVersion: 1,
    scenario: 'pause',
    title: 'Pause',
    seed: one.seed,
    repeats: 1,
    kubernetesVersion: profile.kubernetesVersion,
    profile,
    topology: { name: 'single', controlPlanes: 1, workers: 2, apiServerPort: null },
    workload: { replicas: 1 },
    load: { ratePerSecond: 1, connection: 'fresh', timeoutMs: 1000 },
    phases: [],
    expectations: [],
    prediction: { notReadyAfterMs: null, evictionAfterMs: null, flap: 'possible' },
    warnings: [],
  };
  return {
    ...configOfPlan(plan),
    age: one.age,
    // In a young cluster a kubelet has to have been seen alive twice before its silence means what it will.
    phases: [
      steady(one.steadySeconds + 2 * (profile.effective.leaseRenewIntervalMs / 1000)),
      fault(pauseSeconds, pauseOf('worker')),
    ],
  };
};

const oneOfThree = { paused: 1, nodes: 3 };

/** A pass grants the grace once more where a status post was the last sign of life; the windows leave the rare case out. */
const rarePassMs = ({ effective }: ReturnType<typeof compiled>): number =>
  effective.nodeStatusReportFrequencyMs > effective.nodeStatusUpdateFrequencyMs ? effective.nodeMonitorPeriodMs : 0;

const wasReady = (changes: readonly { readonly afterMs: number; readonly status: string }[]): boolean =>
  changes.filter(({ afterMs }) => afterMs < 0).at(-1)?.status === 'True';

describe('what closed formulas predict holds in the simulation, for every version, profile, reading and phase', () => {
  test('a kubelet that pauses for long goes NotReady inside the window, and its pod is evicted inside its own', () => {
    fc.assert(
      fc.property(anyCase, (one) => {
        const profile = compiled(one);
        const { effective, kubernetesVersion } = profile;
        const long = predictPause(effective, kubernetesVersion, 3_600_000, oneOfThree);
        const [earliestMs, latestMs] = long.notReadyAfterMs ?? [Number.NaN, Number.NaN];
        const [evictedFromMs, evictedToMs] = long.evictionAfterMs ?? [Number.NaN, Number.NaN];
        const rareMs = rarePassMs(profile);
        const run = record(configOf(one, (evictedToMs + rareMs) / 1000 + 30));
        // A grace as short as the heartbeat makes nodes flap without a fault; such a run begins from another state.
        if (!wasReady(readyChanges(run, 'worker'))) return;
        const notReadyMs = firstNotReady(run, 'worker') ?? Number.NaN;
        expect(notReadyMs).toBeGreaterThanOrEqual(earliestMs);
        expect(notReadyMs).toBeLessThanOrEqual(latestMs + rareMs + windowSlackMs);
        if (one.name === 'tight-grace') return;
        const evictedMs = evictions(run)[0]?.afterMs ?? Number.NaN;
        expect(evictedMs).toBeGreaterThanOrEqual(evictedFromMs);
        expect(evictedMs).toBeLessThanOrEqual(evictedToMs + rareMs + windowSlackMs);
      }),
      { numRuns: sampleOf(40, 1000), seed: 1 },
    );
  });

  test('a pause shorter than the lower bound never makes a node NotReady, one longer than the upper bound always does', () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 0, max: 1000 }), (one, share) => {
        const { effective, kubernetesVersion } = compiled(one);
        const window = predictPause(effective, kubernetesVersion, 3_600_000, oneOfThree).notReadyAfterMs;
        const [earliestMs, latestMs] = window ?? [Number.NaN, Number.NaN];
        const shortMs = Math.floor(((earliestMs - 50) * share) / 1000);
        if (shortMs > 0) {
          expect(predictPause(effective, kubernetesVersion, shortMs, oneOfThree).flap).toBe('impossible');
          expect(firstNotReady(record(configOf(one, shortMs / 1000)), 'worker')).toBeNull();
        }
        const longMs = latestMs + 2 * effective.nodeMonitorPeriodMs + windowSlackMs + share;
        expect(predictPause(effective, kubernetesVersion, longMs, oneOfThree).flap).toBe('certain');
        const run = record(configOf(one, longMs / 1000));
        if (wasReady(readyChanges(run, 'worker'))) expect(firstNotReady(run, 'worker')).not.toBeNull();
      }),
      { numRuns: sampleOf(25, 600), seed: 2 },
    );
  });
});

test('the eviction of a node with 100 pods lies in its window, later than it would with two', () => {
  const one: Case = {
    name: 'tight-grace',
    reading: 'literal',
    minor: 30,
    patch: 9,
    age: 'old',
    seed: 1,
    steadySeconds: 20,
  };
  const { effective, kubernetesVersion } = compiled(one);
  const windowOf = (replicas: number) =>
    predictPause(effective, kubernetesVersion, 3_600_000, { paused: 1, nodes: 3, replicas }).evictionAfterMs ?? [0, 0];
  const latest = Array.from({ length: 10 }, (_, seed) => {
    const config = { ...configOf({ ...one, seed }, 120), replicas: 200 };
    return Math.min(...evictions(record(config)).map(({ afterMs }) => afterMs));
  });
  for (const afterMs of latest) {
    expect(afterMs).toBeGreaterThanOrEqual(windowOf(100)[0]);
    expect(afterMs).toBeLessThanOrEqual(windowOf(100)[1]);
  }
  expect(Math.max(...latest)).toBeGreaterThan(windowOf(2)[1]);
});
