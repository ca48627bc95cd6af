import { describe, expect, test } from 'vitest';
import type { Plan, PlannedFault } from '../../../src/plan/index.ts';
import type { NodeClocks, TimelineEvent } from '../../../src/timeline/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { at, changed, event, type Run, tightPlan, tightRun } from '../timeline-builder.ts';

const judged = async ({ plan, events, requests }: Run) => judge(plan, events, requests);

/** The plan with other faults in its phase. */
const withInjected = (change: (inject: readonly PlannedFault[]) => readonly PlannedFault[]): Plan => ({
  ...tightPlan,
  phases: tightPlan.phases.map((phase) =>
    phase.kind === 'fault' ? { ...phase, inject: change(phase.inject) } : phase,
  ),
});

const started: NodeClocks = { worker: 810_000, worker2: 810_030 };

/** The run of a pause of 25 s, as the nodes' clocks showed its ends. */
const held = (workerMs: number | null, worker2Ms: number | null, run = tightRun()): Run =>
  changed(run, (one) => {
    if (one.type === 'fault.injected') return { ...one, clockMs: started };
    if (one.type !== 'fault.undone') return one;
    const end = (node: string, ms: number | null) => (ms === null ? null : (started[node] ?? 0) + ms);
    return { ...one, clockMs: { worker: end('worker', workerMs), worker2: end('worker2', worker2Ms) } };
  });

describe('a fault is held against the length that was asked for', () => {
  test('on each node by the node’s own clock, and run.json keeps both', async () => {
    const { verdict, faults } = await judged(held(25_010, 24_990));
    expect(verdict).toBe('pass');
    expect(faults[0]).toMatchObject({ askedMs: 25_000, heldMs: { worker: 25_010, worker2: 24_990 }, grown: null });
  });

  test.each([
    [26_250, 'pass'],
    [26_260, 'inconclusive'],
    [23_750, 'pass'],
    [23_740, 'inconclusive'],
  ] as const)('25 s that stood %i ms are %s: 5 %% are tolerated', async (ms, verdict) => {
    expect((await judged(held(25_000, ms))).verdict).toBe(verdict);
  });

  test('a pause that stood too long on one node leaves the run without a proof, and the reason names both lengths', async () => {
    const { verdict, reasons } = await judged(held(25_000, 26_900));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'kubelet-pause on worker and worker2 was not the one that was asked for: it stood 26.9 s on worker2, 25.0 s were asked for',
    ]);
  });

  test('a node that went on by its own clock, just before this process noted it, may renew its lease', async () => {
    const renewed = (atMs: number): Run =>
      held(24_300, 24_310, tightRun([event(atMs, { type: 'lease.renewed', node: 'worker', renewTime: 'later' })]));
    expect((await judged(renewed(at.fault + 24_400))).reasons).toEqual([]);
    expect((await judged(renewed(at.fault + 24_200))).reasons).toEqual([
      'kubelet-pause on worker and worker2 is not proved: worker renewed its lease 24.0 s into the fault',
    ]);
  });

  test('a short one may be off by half a second, and a too short one is named as well', async () => {
    const plan = withInjected((inject) =>
      inject.map((one) => ({ ...one, occurrences: [{ id: one.id, startMs: 0, endMs: 3000 }] })),
    );
    expect((await judged({ ...held(3500, 2500), plan })).reasons).toEqual([]);
    expect((await judged({ ...held(3000, 2490), plan })).reasons).toEqual([
      'kubelet-pause on worker and worker2 was not the one that was asked for: it stood 2.5 s on worker2, 3.0 s were asked for',
    ]);
  });

  test('where a node’s clock was not read the length is null, and the run’s own events have to do', async () => {
    const { verdict, faults } = await judged(held(null, 25_000));
    expect(verdict).toBe('pass');
    expect(faults[0]?.heldMs).toEqual({ worker: null, worker2: 25_000 });
    const late = changed(tightRun(), (one) =>
      one.type === 'fault.undone' ? { ...one, atMs: at.injected + 27_000 } : one,
    );
    const bounds = (node: string): string => `it stood between 24.6 s and 27.0 s on ${node}, 25.0 s were asked for`;
    const named = 'kubelet-pause on worker and worker2 was not the one that was asked for';
    expect((await judged(late)).reasons).toEqual([`${named}: ${bounds('worker')}`, `${named}: ${bounds('worker2')}`]);
  });
});

describe('a fault that grows is held against its last step', () => {
  const id = 'latency-1';
  const latency = {
    id,
    kind: 'latency',
    ...{ targets: ['worker', 'worker2'], occurrences: [{ id, startMs: 0, endMs: 25_000 }] },
    ...{ delayMs: 100, jitterMs: 0, lossPercent: 0, direction: 'both', rampSteps: 4 },
  } as const satisfies PlannedFault;
  const plan = withInjected(() => [latency]);
  const growing = (stepsAtMs: readonly (readonly [number, number])[]): Run => {
    const renamed = (one: TimelineEvent): TimelineEvent => ('fault' in one ? { ...one, fault: id } : one);
    const steps = stepsAtMs.map(([step, atMs]) =>
      event(at.injected + atMs, { type: 'fault.grown', fault: id, step, steps: 4 }),
    );
    return { ...changed(held(25_000, 25_000, tightRun(steps)), renamed), plan };
  };
  const inTime = [
    [2, 6260],
    [3, 12_510],
  ] as const;

  test('that came in its time', async () => {
    const { reasons, faults } = await judged(growing([...inTime, [4, 18_800]]));
    expect(reasons).toEqual([]);
    expect(faults[0]?.grown).toEqual({ step: 4, steps: 4 });
  });

  test('one that never came to its full strength leaves the run without a proof, though each probe found it present', async () => {
    const { verdict, reasons } = await judged(growing(inTime));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'latency on worker and worker2 was not the one that was asked for: its strength came to step 3 of 4 only',
    ]);
  });

  test('one that came to it too late is named with both times', async () => {
    expect((await judged(growing([...inTime, [4, 22_400]]))).reasons).toEqual([
      'latency on worker and worker2 was not the one that was asked for: its full strength, step 4 of 4, came 22.4 s after the injection, 18.8 s were asked for',
    ]);
  });
});
