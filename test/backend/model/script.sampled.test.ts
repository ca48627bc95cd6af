import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfPlan } from '../../../src/backend/model/index.ts';
import { flapsOften, makePlan, type Plan } from '../../../src/plan/index.ts';
import { predictPause, selfFlapShare } from '../../../src/profile/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judge, milestoneNames } from '../../../src/verdict/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { firstNotReady, record } from './support/runs.ts';

type Case = {
  readonly profile: string;
  readonly reading: string;
  readonly minor: number;
  readonly workers: number;
  readonly replicas: number;
  readonly seed: number;
  readonly age: 'fresh' | 'old';
  readonly steadyMs: number;
  readonly share: number;
  /** Which kubelets pause. */
  readonly target: 'workers' | 'controlPlane';
};

const targets = { workers: '{role: worker, count: 2}', controlPlane: '{role: control-plane}' } as const;

/** The last two lose nodes with no fault at all: nearly always, and now and then. */
const profiles = [
  ...['default', 'tight-grace', 'fast', 'medium', 'slow'],
  '{nodeMonitorGracePeriod: 5s, evictionAfter: 3s}',
  '{nodeMonitorGracePeriod: 12s, nodeMonitorPeriod: 2s, nodeStatusUpdateFrequency: 12s, evictionAfter: 3s}',
];

/** 1.14 and 1.15 cannot express every equivalent reading. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    profile: fc.constantFrom(...profiles),
    reading: fc.constantFrom('literal', 'equivalent'),
    minor: fc.integer({ min: 11, max: 37 }),
    workers: fc.integer({ min: 2, max: 4 }),
    replicas: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    age: fc.constantFrom('fresh', 'old'),
    steadyMs: fc.integer({ min: 0, max: 90_000 }),
    share: fc.integer({ min: 0, max: 1000 }),
    target: fc.constantFrom('workers', 'workers', 'workers', 'controlPlane'),
  })
  .map((one) => (one.minor === 14 || one.minor === 15 ? { ...one, reading: 'literal' } : one));

const planFor = (
  { profile, reading, minor, workers, replicas, seed, steadyMs, target }: Case,
  pauseMs: number,
): Plan => {
  const text = `
name: script
profile: ${profile}
reading: ${reading}
cluster: {kubernetes: v1.${minor}.0, workers: ${workers}}
workload: {replicas: ${replicas}}
seed: ${seed}
phases: [{steady: ${130_000 + steadyMs}ms}, {fault: ${pauseMs}ms, inject: [{kind: kubelet-pause, target: ${targets[target]}}]}, {recover: {within: 20m}}]
`;
  return makePlan(checkScenario(text, 'script.yaml').scenario, { kubernetesVersion: `v1.${minor}.0` });
};

test('every milestone lies in its window where it has one, for every version, profile, size and phase', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(anyCase, async (one) => {
      const { effective, kubernetesVersion } = planFor(one, 1000).profile;
      const forGood = predictPause(effective, kubernetesVersion, 3_600_000, { paused: 2, nodes: 1 + one.workers });
      const [earliestMs, latestMs] = forGood.notReadyAfterMs ?? [0, 0];
      // From a pause that may just do it to one that outlasts the window of the first NotReady by a minute.
      const pauseMs = Math.ceil(earliestMs + 1 + ((latestMs + 60_000 - earliestMs) * one.share) / 1000);
      const plan = planFor(one, pauseMs);
      const run = record({ ...configOfPlan(plan), age: one.age });
      const document = await judge(plan, run.events, run.requests);
      // Control planes bear no pod of the workload.
      if (one.target === 'controlPlane') expect(plan.prediction.evictionAfterMs).toBeNull();
      if (flapsOften(plan)) {
        const windows = document.calibration.filter(
          ({ link: milestone, window }) => milestone !== 'lastLease' && window !== null,
        );
        expect(windows, JSON.stringify(one)).toEqual([]);
        return;
      }
      // A profile that flaps by itself may have begun to evict before, and go on after: then nothing is held against windows.
      if (selfFlapShare(effective, kubernetesVersion) > 0) {
        expect(document.calibration.filter(({ fit }) => fit === 'outside')).toEqual([]);
        return;
      }
      for (const { link: milestone, observedMs, window, slackMs } of document.calibration) {
        if (observedMs === null || window === null) continue;
        seen.set(milestone, (seen.get(milestone) ?? 0) + 1);
        expect(observedMs, `${milestone} of ${JSON.stringify(one)}`).toBeGreaterThanOrEqual(window[0] - 1);
        expect(observedMs, `${milestone} of ${JSON.stringify(one)}`).toBeLessThanOrEqual(window[1] + slackMs[1]);
      }
    }),
    { numRuns: sampleOf(90, 480), seed: 3 },
  );
  expect([...seen.keys()].sort()).toEqual([...milestoneNames].sort());
  for (const [milestone, count] of seen) expect(count, milestone).toBeGreaterThan(2);
}, 120_000);

type Silence = Pick<Case, 'minor' | 'seed' | 'age' | 'steadyMs' | 'share'> & {
  readonly fault: string;
  readonly graceSeconds: number;
  readonly periodSeconds: number;
};

const anySilence: fc.Arbitrary<Silence> = fc.record({
  fault: fc.constantFrom(
    ...['kubelet-pause', 'kubelet-stop', 'node-pause', 'node-stop', 'partition', 'partition, by: reject'],
    ...['partition, direction: to', 'partition, traffic: all'],
  ),
  minor: fc.integer({ min: 11, max: 37 }),
  graceSeconds: fc.integer({ min: 20, max: 50 }),
  periodSeconds: fc.constantFrom(1, 5),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  age: fc.constantFrom('fresh', 'old'),
  steadyMs: fc.integer({ min: 0, max: 30_000 }),
  share: fc.integer({ min: 1, max: 1000 }),
});

test('what a plan calls impossible never comes, and what it calls certain always does, by any silence', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anySilence, ({ fault, minor, graceSeconds, periodSeconds, seed, age, steadyMs, share }) => {
      const text = `
name: silence
profile: {nodeMonitorGracePeriod: ${graceSeconds}s, nodeMonitorPeriod: ${periodSeconds}s}
cluster: {kubernetes: v1.${minor}.9, workers: 2}
seed: ${seed}
phases: [{steady: ${30_000 + steadyMs}ms}, {fault: ${Math.ceil((graceSeconds + 20) * share)}ms, inject: [{kind: ${fault}, target: {nodes: [worker]}}]}, {recover: {within: 20m}}]
`;
      const plan = makePlan(checkScenario(text, 'silence.yaml').scenario, { kubernetesVersion: `v1.${minor}.9` });
      const { flap } = plan.prediction;
      if (flap === 'possible') return;
      seen.add(flap);
      const run = record({ ...configOfPlan(plan), age });
      expect(firstNotReady(run, 'worker') !== null, text).toBe(flap === 'certain');
    }),
    { numRuns: sampleOf(150, 3000), seed: 4 },
  );
  expect([...seen].sort()).toEqual(['certain', 'impossible']);
}, 120_000);
