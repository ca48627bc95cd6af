import { describe, expect, test } from 'vitest';
import { makePlan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { contradictions, simulated } from '../calibration/support/contradictions.ts';
import { sampleOf } from '../support/sample.ts';

/** Under a grace of 20 s checked every 2 s a kubelet may be silent for 9.6 s, and surely not for more than 24 s. */
const planOf = (phase: string, kubernetes = 'v1.34.4') =>
  makePlan(
    checkScenario(
      `name: a\nprofile: {name: x, nodeMonitorGracePeriod: 20s, nodeMonitorPeriod: 2s, evictionAfter: 0s}\ncluster: {kubernetes: ${kubernetes}}\nphases: [{steady: 20s}, {fault: ${phase}}, {recover: {within: 120s}}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: kubernetes },
  );

const windows = (phase: string) => {
  const { flap, notReadyAfterMs, evictionAfterMs } = planOf(phase).prediction;
  return { flap, notReadyAfterMs, evictionAfterMs };
};

const fault = (target: string, more: string): string => `{kind: kubelet-pause, target: {nodes: [${target}]}, ${more}}`;

describe('a fault that stands several times', () => {
  test('may cost a node each time, up to the first that surely does, and no formula knows whose pods go first', () => {
    expect(windows(`200s, inject: [${fault('worker', 'lasts: 20s, every: 60s, times: 3')}]`)).toEqual({
      flap: 'possible',
      notReadyAfterMs: [9600, 120_000 + 24_000],
      evictionAfterMs: null,
    });
    // Long enough to be sure the first time.
    expect(windows(`200s, inject: [${fault('worker', 'lasts: 40s, every: 60s, times: 3')}]`)).toEqual({
      flap: 'certain',
      notReadyAfterMs: [9600, 24_000],
      evictionAfterMs: [9600, 34_100],
    });
    expect(
      windows(`200s, inject: [${fault('worker', 'lasts: 30s, every: 60s, times: 3')}]`).evictionAfterMs,
    ).toBeNull();
    expect(windows(`200s, inject: [${fault('worker', 'lasts: 20s')}]`)).toEqual({
      flap: 'possible',
      notReadyAfterMs: [9600, 24_000],
      evictionAfterMs: [9600, 34_100],
    });
  });

  test('costs none before the first time that is long enough', () => {
    expect(
      windows(`120s, inject: [${fault('worker', 'lasts: 5s')}, ${fault('worker2', 'after: 50s, lasts: 24400ms')}]`),
    ).toEqual({ flap: 'certain', notReadyAfterMs: [59_600, 74_000], evictionAfterMs: [59_600, 86_800] });
    expect(
      windows(`120s, inject: [${fault('worker', 'lasts: 20s')}, ${fault('worker2', 'after: 50s, lasts: 24400ms')}]`),
    ).toEqual({ flap: 'certain', notReadyAfterMs: [9600, 74_000], evictionAfterMs: null });
  });

  test.each([
    ['kubelet-pause', 'lasts: 20s, every: 50s, times: 3'],
    ['kubelet-pause', 'lasts: 15s, every: 45s, times: 4'],
    ['node-pause', 'lasts: 14s, every: 53s, times: 3'],
    ['kubelet-stop', 'lasts: 13s, every: 63s, times: 3'],
    ['partition', 'by: reject, lasts: 15s, every: 60s, times: 3'],
  ])('%s (%s) is in its windows in every simulation', async (kind, more) => {
    const plan = planOf(`220s, inject: [{kind: ${kind}, target: {nodes: [worker]}, ${more}}]`);
    const runs = await simulated(plan, sampleOf(30, 300));
    expect(contradictions(plan, runs)).toEqual([]);
    const firstLosses = runs.flatMap(({ milestones: { notReady } }) => (notReady === null ? [] : [notReady]));
    // Else it asks nothing: some nodes are lost the second time or later.
    expect(firstLosses.some((ms) => ms > 45_000)).toBe(true);
  });

  // Of these a kubelet is received again some time after the fault, or nobody knows when.
  test.each([
    ['{kind: partition, target: {nodes: [worker]}, lasts: 9300ms}', [9600, 74_000], 'certain', '30s'],
    ['{kind: kubelet-stop, target: {nodes: [worker]}, lasts: 9300ms}', [9600, 74_000], 'certain', '30s'],
    ['{kind: partition, direction: from, target: {nodes: [worker]}, after: 1s, lasts: 40s}', null, 'possible', '18s'],
    ['{kind: netem, loss: {loss: 100}, target: {nodes: [worker]}, after: 1s, lasts: 40s}', null, 'possible', '18s'],
  ])('%s may cost a node that is in no window of the pause beside it', async (beside, notReadyAfterMs, flap, lasts) => {
    const pause =
      notReadyAfterMs === null ? fault('worker2', `lasts: ${lasts}`) : fault('worker2', `after: 50s, lasts: ${lasts}`);
    const plan = planOf(`120s, inject: [${beside}, ${pause}]`);
    expect(plan.prediction).toMatchObject({ flap, notReadyAfterMs });
    expect(contradictions(plan, await simulated(plan, sampleOf(40, 300)))).toEqual([]);
  });

  test('what else may cost nodes leaves the window of a pause that surely costs one as it is', async () => {
    const plan = planOf(
      `90s, inject: [${fault('worker', 'lasts: 30s')}, {kind: netem, loss: {loss: 100}, target: {nodes: [worker2]}, lasts: 40s}]`,
    );
    expect(plan.prediction).toMatchObject({ flap: 'certain', notReadyAfterMs: [9600, 24_000], evictionAfterMs: null });
    expect(contradictions(plan, await simulated(plan, sampleOf(40, 300)))).toEqual([]);
  });

  test('the last lease before it is of the nodes that are hit first: of one that is hit later no renewal may be kept', async () => {
    const plan = planOf(`90s, inject: [${fault('worker', 'lasts: 5s')}, ${fault('worker2', 'after: 60s, lasts: 5s')}]`);
    const runs = await simulated(plan, sampleOf(40, 300));
    const ages = runs.map(({ milestones }) => milestones.lastLease ?? Number.NaN);
    expect(ages.filter((ms) => ms <= 0 && ms > -10_450)).toHaveLength(runs.length);
  });
});
