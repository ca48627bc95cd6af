import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../src/matrix/figures.ts';
import { judge } from '../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../verdict/timeline-builder.ts';

const prediction = { ...tightPlan.prediction, allReadyAfterUndoMs: [0, 10_400] as const };
const plan = { ...tightPlan, prediction };

const figures = async () => {
  const { events, requests } = tightRun();
  return figuresOf(plan, await judge(plan, events, requests), { ...prediction, notReadyAfterMs: [1, 2] });
};

describe('the figures of a cell', () => {
  test('stand beside the windows that they were judged by: the predicted ones with the slack of this run', async () => {
    const { detectMs, evictMs, recoverMs } = await figures();
    expect(detectMs).toEqual({ observed: 2700, predicted: [0, 20_000], judged: [0, 20_700], fit: 'inside' });
    expect(evictMs).toMatchObject({ observed: 12_800, predicted: [9600, 40_400], judged: [8600, 41_600] });
    // The undo began at 24.8 s and took 150 ms.
    expect(recoverMs).toEqual({ observed: 11_400, predicted: [0, 10_400], judged: [0, 11_550], fit: 'inside' });
  });

  test('do not ask a certain fault for a NotReady that it may find, where nodes flap by themselves', async () => {
    expect(prediction.flap).toBe('certain');
    expect((await figures()).notReadyNodes).toMatchObject({ predicted: [0, 2] });
    const { events, requests } = tightRun();
    const effective = { ...plan.profile.effective, nodeMonitorGracePeriodMs: 12_000 };
    const steady = { ...plan, profile: { ...plan.profile, effective } };
    const { notReadyNodes } = figuresOf(steady, await judge(steady, events, requests), prediction);
    expect(notReadyNodes).toMatchObject({ predicted: [1, 2] });
  });

  test('without a window of their own stand beside those of a node that dies for good, by which nothing is judged', async () => {
    const { events, requests } = tightRun();
    const none = { ...plan, prediction: { ...prediction, notReadyAfterMs: null } };
    const dead = { ...prediction, notReadyAfterMs: [30_000, 45_000] as const };
    const { detectMs } = figuresOf(none, await judge(none, events, requests), dead);
    expect(detectMs).toEqual({ observed: 2700, predicted: [30_000, 45_000], fit: null });
  });

  test('ask for no renewals of leases of a version that has none', async () => {
    const { events, requests } = tightRun();
    const effective = { ...plan.profile.effective, leaseRenewIntervalMs: 10_000, withoutLeases: true as const };
    const status = { nodeStatusUpdateFrequencyMs: 10_000, nodeStatusReportFrequencyMs: 10_000 };
    const without = { ...plan, profile: { ...plan.profile, effective: { ...effective, ...status } } };
    const { leaseWrites, statusWrites } = figuresOf(without, await judge(without, events, requests), prediction);
    expect([leaseWrites.predicted, statusWrites.predicted]).toEqual([
      [0, 0],
      [6, 6],
    ]);
  });
});
