import { describe, expect, test } from 'vitest';
import type { Prediction } from '../../../src/plan/index.ts';
import {
  judge,
  judgedWindow,
  type Milestone,
  numberText,
  type WindowCheck,
  windowChecks,
} from '../../../src/verdict/index.ts';
import { at, changed, event, type Run, ready, tightPlan, tightRun } from '../timeline-builder.ts';

const full: Prediction = {
  ...tightPlan.prediction,
  lastNotReadyAfterMs: [0, 15_500],
  taintedAfterMs: [0, 25_100],
  endpointLostAfterMs: [0, 15_500],
  endpointsEmptyAfterMs: [0, 15_000],
  refusedAfterMs: [0, 16_020],
  allReadyAfterUndoMs: [0, 10_400],
  lastRefusedAfterUndoMs: [0, 16_420],
  replacedAfterMs: [10_000, 60_000],
  requestsLost: [500, 1600],
};

const { notReadyAfterMs, evictionAfterMs, flap } = tightPlan.prediction;
/** As of a plan that an older skipbeat made. */
const older: Run = {
  ...tightRun(),
  plan: { ...tightPlan, prediction: { notReadyAfterMs, evictionAfterMs, flap } },
};

const taint = (afterMs: number) =>
  event(at.fault + afterMs, {
    type: 'node.taint',
    node: 'worker',
    change: 'added',
    key: 'node.kubernetes.io/unreachable',
    effect: 'NoExecute',
    timeAdded: null,
  });

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);
const fullRun = (extra: Parameters<typeof tightRun>[0] = []): Run => ({
  ...tightRun(extra),
  plan: { ...tightPlan, prediction: full },
});
const check = async (run: Run, milestone: Milestone) =>
  (await judged(run)).calibration.find((one) => one.link === milestone) ?? null;

describe('the milestones from the last lease to the last refusal', () => {
  test('is granted what passes over thousands of nodes take, beside the slack of a few', async () => {
    const slackOf = async (workers: number, milestone: Milestone) => {
      const { plan, ...run } = fullRun();
      const effective = { ...plan.profile.effective, nodeMonitorPeriodMs: 1000, nodeMonitorGracePeriodMs: 60_000 };
      const topology = { ...plan.topology, controlPlanes: 1, workers };
      return (await check({ ...run, plan: { ...plan, profile: { ...plan.profile, effective }, topology } }, milestone))
        ?.slackMs;
    };
    const [few, many] = [await slackOf(2, 'notReady'), await slackOf(5000, 'notReady')];
    // 60 passes of 1 s outlive the grace, or those of 1.101 s over 5,001 nodes 61.1 s, and two more follow.
    expect((many?.[1] ?? 0) - (few?.[1] ?? 0)).toBeCloseTo(1101.02 + 202.04 - 500, 5);
    for (const milestone of ['lastLease', 'allReady'] as const)
      expect(await slackOf(5000, milestone)).toEqual(await slackOf(2, milestone));
  });

  test('stands beside its windows, milestone by milestone, all counted from the fault', async () => {
    const { calibration } = await judged(fullRun([taint(2800)]));
    const undoing = at.undoing - at.fault;
    expect(
      calibration.map(({ link: milestone, observedMs, window, fit }) => [milestone, observedMs, window, fit]),
    ).toEqual([
      ['lastLease', -6700, [-10_400, 0], 'inside'],
      ['notReady', 2700, [0, 20_000], 'inside'],
      ['lastNotReady', 7700, [0, 15_500], 'inside'],
      ['tainted', 2800, [0, 25_100], 'inside'],
      ['endpointLost', 7740, [0, 15_500], 'inside'],
      ['endpointsEmpty', 7740, [0, 15_000], 'inside'],
      ['refused', 8002, [0, 16_020], 'inside'],
      ['evicted', 12_800, [9600, 40_400], 'inside'],
      ['replaced', null, [10_000, 60_000], null],
      ['allReady', 36_200, [undoing, undoing + 10_400], 'inside'],
      ['lastRefused', 37_381.9, [undoing, undoing + 16_420], 'inside'],
    ]);
  });

  test('has the last of the nodes that the controller gave up, and a new pod once one was evicted', async () => {
    const byItself = changed(fullRun(), (one) =>
      one.type === 'node.ready' && one.status === 'Unknown' && one.atMs === at.fault + 7700
        ? { ...one, status: 'False' }
        : one,
    );
    expect((await check(byItself, 'lastNotReady'))?.observedMs).toBe(2700);
    const pod = (afterMs: number, change: 'seen' | 'ready') =>
      event(at.fault + afterMs, {
        ...{ type: 'pod', pod: 'beat-9', uid: 'uid-9', node: 'worker', evicted: false, deletionTimestamp: null },
        change,
      });
    expect(await check(fullRun([pod(13_000, 'seen'), pod(33_000, 'ready')]), 'replaced')).toMatchObject({
      observedMs: 33_000,
      fit: 'inside',
    });
    // One that was there before the eviction is no replacement.
    expect((await check(fullRun([pod(1000, 'seen'), pod(33_000, 'ready')]), 'replaced'))?.observedMs).toBeNull();
  });

  test('counts the requests without an answer since the fault, with what was due meanwhile as slack', async () => {
    const withLost = (requestsLost: readonly [number, number], run = tightRun()): Run => ({
      ...run,
      plan: { ...tightPlan, prediction: { ...full, requestsLost } },
    });
    const { requestsLost, requests } = await judged(withLost([500, 1600]));
    expect(requestsLost).toMatchObject({ window: [500, 1600], fit: 'inside' });
    expect(requestsLost?.observed).toBe(requests.refused);
    const observed = requestsLost?.observed ?? 0;
    const [less, more] = requestsLost?.slack ?? [0, 0];
    // Two seconds of the machine, and 0.2 s of the injection, at 50 a second.
    expect(less).toBe(110);
    const fitOf = async (window: readonly [number, number]) => (await judged(withLost(window))).requestsLost?.fit;
    expect(await fitOf([observed + less, observed + less])).toBe('inside');
    expect(await fitOf([observed + less + 1, observed + less + 1])).toBe('outside');
    expect(await fitOf([0, observed - more])).toBe('inside');
    expect(await fitOf([0, observed - more - 1])).toBe('outside');
    expect((await judged(withLost([0, 0]))).findings).toEqual([
      `${numberText(observed)} requests got no answer since the fault began, outside the predicted 0 … ${numberText(more)}`,
    ]);
    expect((await judged(older)).requestsLost).toMatchObject({ observed, window: null, fit: null });
  });

  test('is empty where no fault began, and without windows where an older plan has none', async () => {
    const stable = changed(tightRun(), (one) => (one.type.startsWith('fault.') ? null : one));
    expect((await judged(stable)).calibration).toEqual([]);
    const { calibration } = await judged(older);
    expect(calibration.find(({ link: milestone }) => milestone === 'refused')).toMatchObject({
      window: null,
      fit: null,
    });
    expect(windowChecks({ calibration })).toMatchObject({
      notReady: { observedMs: 2700, window: [0, 20_000], fit: 'inside' },
      eviction: { observedMs: 12_800, window: [9600, 40_400], fit: 'inside' },
    });
    expect(windowChecks({ calibration: [] }).notReady).toMatchObject({ observedMs: null, window: null, fit: null });
  });

  test('grants half a second for each program on the way, and what the injection or the undo took in this run', async () => {
    expect((await check(fullRun(), 'notReady'))?.slackMs).toEqual([500, 700]);
    expect((await check(fullRun(), 'refused'))?.slackMs).toEqual([1500, 1700]);
    expect((await check(fullRun(), 'allReady'))?.slackMs).toEqual([1000, 1150]);
    const within = (ms: number): Run => ({
      ...tightRun(),
      plan: { ...tightPlan, prediction: { ...full, allReadyAfterUndoMs: [0, ms] } },
    });
    // All were Ready 11.4 s after the undo began.
    expect((await check(within(10_250), 'allReady'))?.fit).toBe('inside');
    expect((await check(within(10_249), 'allReady'))?.fit).toBe('outside');
  });

  test('ends with the first return of the nodes that were hit: what flaps later is another matter', async () => {
    const later = [
      ready(at.fault + 36_400, 'control-plane', 'Unknown'),
      ready(at.fault + 36_900, 'control-plane', 'True'),
    ];
    const run = fullRun(later);
    expect((await judged(run)).timing.lastReadyMs).toBe(at.fault + 36_900);
    expect((await check(run, 'allReady'))?.observedMs).toBe(36_200);
    const never = changed(fullRun(), (one) =>
      one.type === 'node.ready' && one.node === 'worker2' && one.atMs > at.undoing ? null : one,
    );
    expect(await check(never, 'allReady')).toMatchObject({ observedMs: null, fit: null });
  });

  test('what is inside lies within the window that people read, what is outside does not', async () => {
    for (const latestMs of [10_249, 10_250]) {
      const prediction = { ...full, allReadyAfterUndoMs: [0, latestMs] as const };
      const run: Run = { ...tightRun(), plan: { ...tightPlan, prediction } };
      const allReady = (await check(run, 'allReady')) as WindowCheck;
      const [from, to] = judgedWindow(allReady) ?? [];
      const isWithin = (allReady.observedMs ?? 0) >= (from ?? 0) && (allReady.observedMs ?? 0) <= (to ?? 0);
      expect(isWithin).toBe(allReady.fit === 'inside');
    }
    expect(judgedWindow((await check(fullRun(), 'notReady')) as WindowCheck)?.[0]).toBe(0);
    expect(judgedWindow((await check(fullRun(), 'lastLease')) as WindowCheck)?.[0]).toBeLessThan(-10_400);
  });

  test('what is seen once a later fault has begun is not held against the windows of the first', async () => {
    const later = event(at.fault + 7000, {
      type: 'fault.injecting',
      fault: 'kubelet-pause-2',
      kind: 'kubelet-pause',
      targets: ['worker'],
    });
    const plan = {
      ...tightPlan,
      prediction: { ...full, notReadyAfterMs: [0, 1000], refusedAfterMs: [0, 6000] } as const,
    };
    const run: Run = { ...tightRun([later]), plan };
    expect(await check(run, 'refused')).toMatchObject({ observedMs: 8002, fit: null });
    // Before the later one it is the first one's.
    expect((await check(run, 'notReady'))?.fit).toBe('outside');
  });

  test('what a profile that flaps by itself brings besides is not held against windows that leave flaps out', async () => {
    const plan = { ...tightPlan, prediction: { ...full, refusedAfterMs: [0, 6000] } as const };
    const flap = (fromMs: number, node: string) => [ready(fromMs, node, 'Unknown'), ready(fromMs + 300, node, 'True')];
    for (const own of [
      flap(at.fault - 9000, 'worker'),
      flap(at.fault + 2000, 'control-plane'),
      flap(at.recover + 11_500, 'worker'),
    ]) {
      const run: Run = { ...tightRun(own), plan };
      expect(await check(run, 'refused')).toMatchObject({ observedMs: 8002, fit: null });
      expect(await check(run, 'lastLease')).toMatchObject({ fit: 'inside' });
      expect(await check(run, 'notReady')).toMatchObject({ fit: 'inside' });
    }
    const steady = { ...plan, profile: { ...tightPlan.profile, effective: { ...tightPlan.profile.effective } } };
    steady.profile.effective = { ...steady.profile.effective, nodeMonitorGracePeriodMs: 40_000 } as never;
    expect(await check({ ...tightRun(flap(at.fault + 2000, 'control-plane')), plan: steady }, 'refused')).toMatchObject(
      {
        fit: 'outside',
      },
    );
  });

  test('an observation outside of its window is a finding', async () => {
    const { findings } = await judged({
      ...tightRun(),
      plan: { ...tightPlan, prediction: { ...full, refusedAfterMs: [0, 6000], allReadyAfterUndoMs: [0, 9000] } },
    });
    expect(findings).toEqual([
      'first refused 8.0 s after the fault began, outside the predicted 0.0 … 7.7 s',
      'all nodes Ready again 36.2 s after the fault began, outside the predicted 23.8 … 35.0 s',
    ]);
  });
});
