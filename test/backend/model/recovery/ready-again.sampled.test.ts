import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../../../src/backend/model/index.ts';
import { makePlan, type Plan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import { calibrate } from '../../../../src/verdict/findings/calibration.ts';
import { readMilestones } from '../../../../src/verdict/index.ts';
import { sampleOf } from '../../../support/sample.ts';
import { faultStart, ofType, record } from '../support/runs.ts';

const steadyMs = 20_000;

/** Kubelets of both workers are paused; 24 s and more cost their nodes whatever the phase, 24.5 s and less no runtime check. */
const planOf = (version: string, pause: string): Plan =>
  makePlan(
    checkScenario(
      `name: a
profile: fast
cluster: {kubernetes: ${version}}
load: {ratePerSecond: 1}
phases: [{steady: ${steadyMs}ms}, {fault: ${pause}, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 90s}}]
`,
      'a.yaml',
    ).scenario,
    { kubernetesVersion: version },
  );

/** A run whose pause begins so many ms before a status of `worker` is seen. */
const runAtStatus = (plan: Plan, seed: number, beforeMs: number) => {
  const config = { ...configOfPlan(plan), seed, expectedSettings: [] };
  const stable = record(config);
  const startMs = faultStart(stable);
  const seen = ofType(stable, 'node.statusPosted').find(
    ({ node, atMs }) => node === 'worker' && atMs > startMs - steadyMs / 2,
  );
  if (seen === undefined) throw new Error('a kubelet that posts no status');
  const durationUs = Math.round((steadyMs + seen.atMs - beforeMs - startMs) * 1000);
  const [, ...others] = config.phases;
  return record({ ...config, phases: [{ kind: 'steady', name: 'steady', durationUs }, ...others] });
};

const outsideOf = (plan: Plan, run: ReturnType<typeof record>): readonly unknown[] => {
  const read = readMilestones(plan, run.events, () => ({ firstRefusedMs: null, lastRefusedMs: null }));
  if (read === null) throw new Error('a run without a fault');
  return calibrate(plan, read.milestones, read.span).filter(({ fit }) => fit === 'outside');
};

describe('a kubelet that is frozen while its status is under way', () => {
  test('reports Ready a whole period after it goes on, and the window of its version has that', () => {
    const late: string[] = [];
    for (const version of ['v1.20.2', 'v1.26.9', 'v1.30.9', 'v1.31.0', 'v1.34.4']) {
      const plan = planOf(version, '24400ms');
      for (let beforeMs = 0; beforeMs <= 8; beforeMs += 1) {
        const run = runAtStatus(plan, 7, beforeMs);
        expect(outsideOf(plan, run)).toEqual([]);
        const [undone] = ofType(run, 'fault.undone');
        const back = ofType(run, 'node.ready').find(
          ({ node, status, atMs }) => node === 'worker' && status === 'True' && atMs > (undone?.atMs ?? 0),
        );
        if ((back?.atMs ?? 0) > (undone?.atMs ?? 0) + 3000) late.push(version);
      }
    }
    // Else no pause met a request, and the test asks nothing.
    expect(new Set(late)).toEqual(new Set(['v1.20.2', 'v1.26.9', 'v1.30.9', 'v1.31.0', 'v1.34.4']));
  });

  test('on any version, for any length and phase of the pause, lies within the windows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 37 }),
        fc.oneof(fc.integer({ min: 16_000, max: 24_400 }), fc.integer({ min: 24_400, max: 60_000 })),
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: -2000, max: 12 }),
        (minor, pauseMs, seed, beforeMs) => {
          const plan = planOf(`v1.${minor}.9`, `${pauseMs}ms`);
          expect(outsideOf(plan, runAtStatus(plan, seed, beforeMs))).toEqual([]);
        },
      ),
      { numRuns: sampleOf(30, 800), seed: 1 },
    );
  });
});
