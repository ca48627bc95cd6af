import { expect, test } from 'vitest';
import { bootUs, kubeletStartUs } from '../../src/backend/model/engine/constants.ts';
import { bootMs, returnMs } from '../../src/plan/fault-times.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { sampleOf } from '../support/sample.ts';
import { contradictions, simulated } from './support/contradictions.ts';

const planOf = (kind: string, version: string, graceSeconds: number): Plan => {
  const text = `
name: start
profile: {nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: ${graceSeconds}s, evictionAfter: 5s}
cluster: {kubernetes: ${version}, workers: 2}
phases: [{steady: 20s}, {fault: 10s, inject: [{kind: ${kind}, target: {nodes: [worker]}}]}, {recover: {within: 200s}}]
`;
  return makePlan(checkScenario(text, 'start.yaml').scenario, { kubernetesVersion: `${version}.0` });
};

// The undo at 10 s, the way back of its kind, a pass and the taint queue; the toleration is counted from the taint.
test.each([
  ['kubelet-stop', 'v1.28', [10_000, 25_100], [15_000, 35_400]],
  ['kubelet-stop', 'v1.30', [10_000, 25_100], [15_000, 35_400]],
  ['node-stop', 'v1.28', [10_000, 75_100], [15_000, 85_400]],
  ['node-stop', 'v1.30', [10_000, 75_100], [15_000, 85_400]],
])(
  'what a kubelet says of its own node after %s comes once it has started, and its machine has booted (%s)',
  async (kind, version, taintedAfterMs, evictionAfterMs) => {
    const plan = planOf(kind, version, 120);
    expect(plan.prediction).toMatchObject({ flapByController: 'impossible', taintedAfterMs, evictionAfterMs });
    const simulations = await simulated(plan, sampleOf(40, 300));
    expect(contradictions(plan, simulations)).toEqual([]);
    const taintedMs = simulations.map(({ milestones }) => milestones.tainted ?? Number.NaN);
    if (kind === 'node-stop') expect(Math.max(...taintedMs)).toBeGreaterThan(10_000 + 5100 + 1000);
  },
);

test('where a boot may take longer than the grace bears there is no formula', async () => {
  const plan = planOf('node-stop', 'v1.34', 50);
  expect(plan.prediction).toMatchObject({ flap: 'possible', noFormula: ['node-stop-1'], notReadyAfterMs: null });
  // A kubelet alone is back soon enough.
  expect(planOf('kubelet-stop', 'v1.34', 50).prediction.flap).toBe('impossible');
  const simulations = await simulated(plan, sampleOf(20, 100));
  expect(simulations.filter(({ milestones }) => milestones.notReady !== null)).toEqual([]);
});

test('what formulas grant to a start, and to a boot before it, is more than the model draws', () => {
  const maxMs = (us: number | readonly number[]): number => Math.max(...[us].flat()) / 1000;
  expect(maxMs(kubeletStartUs)).toBeLessThan(returnMs);
  expect(maxMs(bootUs) + maxMs(kubeletStartUs)).toBeLessThan(bootMs);
});
