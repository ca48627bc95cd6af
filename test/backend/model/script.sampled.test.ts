import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configOfPlan } from '../../../src/backend/model/index.ts';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { predictPause, selfFlapShare } from '../../../src/profile/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judge, milestoneNames } from '../../../src/verdict/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { record } from './support/runs.ts';

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
};

/** 1.14 and 1.15 cannot express every equivalent reading. */
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    profile: fc.constantFrom('default', 'tight-grace', 'fast', 'medium', 'slow'),
    reading: fc.constantFrom('literal', 'equivalent'),
    minor: fc.integer({ min: 11, max: 37 }),
    workers: fc.integer({ min: 2, max: 4 }),
    replicas: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    age: fc.constantFrom('fresh', 'old'),
    steadyMs: fc.integer({ min: 0, max: 90_000 }),
    share: fc.integer({ min: 0, max: 1000 }),
  })
  .map((one) => (one.minor === 14 || one.minor === 15 ? { ...one, reading: 'literal' } : one));

const planFor = ({ profile, reading, minor, workers, replicas, seed, steadyMs }: Case, pauseMs: number): Plan => {
  const text = `
name: course
profile: ${profile}
reading: ${reading}
cluster: {kubernetes: v1.${minor}.0, workers: ${workers}}
workload: {replicas: ${replicas}}
seed: ${seed}
phases: [{steady: ${130_000 + steadyMs}ms}, {fault: ${pauseMs}ms, inject: [{kind: kubelet-pause, target: {role: worker, count: 2}}]}, {recover: {within: 20m}}]
`;
  return makePlan(checkScenario(text, 'course.yaml').scenario, { kubernetesVersion: `v1.${minor}.0` });
};

test('every link of the chain lies in its window, for every version, profile, size and phase', async () => {
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
      // A profile that flaps by itself may have begun to evict before, and go on after.
      if (selfFlapShare(effective) > 0) return;
      // The windows leave out the rare pass after a status post that grants the grace once more.
      const rareMs =
        effective.nodeStatusReportFrequencyMs > effective.nodeStatusUpdateFrequencyMs
          ? effective.nodeMonitorPeriodMs
          : 0;
      for (const { link, observedMs, window, slackMs } of document.calibration) {
        if (observedMs === null || window === null) continue;
        seen.set(link, (seen.get(link) ?? 0) + 1);
        expect(observedMs, `${link} of ${JSON.stringify(one)}`).toBeGreaterThanOrEqual(window[0] - 1);
        expect(observedMs, `${link} of ${JSON.stringify(one)}`).toBeLessThanOrEqual(window[1] + slackMs[1] + rareMs);
      }
    }),
    { numRuns: sampleOf(40, 320), seed: 3 },
  );
  expect([...seen.keys()].sort()).toEqual([...milestoneNames].sort());
  for (const [link, count] of seen) expect(count, link).toBeGreaterThan(2);
}, 120_000);
