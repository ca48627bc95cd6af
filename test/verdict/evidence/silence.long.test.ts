import { describe, expect, test } from 'vitest';
import type { PlannedFault } from '../../../src/plan/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { endedBy } from '../ended-processes.ts';
import { at, changed, defaultRun, event, inOrder, load, type Run } from '../timeline-builder.ts';

/** The pause of both workers made another fault of the same times and targets, with the same proofs. */
const as = (fault: Partial<PlannedFault>, run: Run = defaultRun()): Run =>
  changed(
    {
      ...endedBy(run, fault.kind ?? 'kubelet-pause', ['worker', 'worker2']),
      plan: {
        ...run.plan,
        phases: run.plan.phases.map((phase) =>
          phase.kind === 'fault'
            ? { ...phase, inject: phase.inject.map((one) => ({ ...one, ...fault }) as PlannedFault) }
            : phase,
        ),
      },
    },
    (one) => (one.type === 'fault.injecting' ? { ...one, kind: fault.kind ?? one.kind } : one),
  );

/** Where the nodes of every pod stand still, nobody answers. */
const stoodStill = (run: Run, kind: PlannedFault['kind'] | undefined): Run =>
  kind?.startsWith('node-') === true
    ? {
        ...run,
        plan: { ...run.plan, expectations: [] },
        requests: load((dueMs) => dueMs >= at.injected && dueMs < at.undoing),
      }
    : run;

const stamp = (atMs: number): string => new Date(Date.parse('2026-11-24T08:03:11.000Z') + atMs).toISOString();

const renewal = (atMs: number, sentMs = atMs - 5) =>
  event(atMs, { type: 'lease.renewed', node: 'worker', renewTime: stamp(sentMs) });

const reasonsWith = async (fault: Partial<PlannedFault>, ...renewals: ReturnType<typeof renewal>[]) => {
  const run = stoodStill(as(fault, defaultRun(renewals)), fault.kind);
  return (await judge(run.plan, run.events, run.requests)).reasons;
};

const partition = { kind: 'partition', direction: 'both', by: 'drop', traffic: 'control' } as const;

describe('a fault that keeps leases from the API server', () => {
  test.each([
    { kind: 'kubelet-pause' },
    { kind: 'kubelet-stop' },
    { kind: 'node-pause' },
    { kind: 'node-stop' },
    partition,
    { ...partition, direction: 'to' },
  ] as readonly Partial<PlannedFault>[])(
    'is not proved where a target renewed its lease meanwhile: $kind $direction',
    async (fault) => {
      expect(await reasonsWith(fault)).toEqual([]);
      expect(await reasonsWith(fault, renewal(at.injected + 12_000))).toEqual([
        `${fault.kind} on worker and worker2 is not proved: worker renewed its lease 12.0 s into the fault`,
      ]);
    },
  );

  test('bears what was sent before it stood, however late it came', async () => {
    expect(await reasonsWith(partition, renewal(at.injected + 8000, at.injected - 10))).toEqual([]);
    expect(await reasonsWith(partition, renewal(at.injected + 8000, at.injected + 500))).not.toEqual([]);
  });

  test('nothing is excused by stamps of a wall clock that jumped, or by none', async () => {
    const late = renewal(at.injected + 8000, at.injected - 10);
    const clock = [0, 1000, 2000].map((atMs) =>
      event(atMs, { type: 'clock', unixMs: Date.parse(stamp(atMs)) + (atMs > 1500 ? -60_000 : 0) }),
    );
    const run = as(partition, defaultRun([late, ...clock]));
    expect((await judge(run.plan, run.events, run.requests)).reasons).toEqual([
      'partition on worker and worker2 is not proved: worker renewed its lease 8.0 s into the fault',
    ]);
    expect(await reasonsWith(partition, { ...late, renewTime: 'no date' } as typeof late)).not.toEqual([]);
  });
});

describe('a status that a target posts meanwhile is a sign of life', () => {
  /** Stamps of statuses are whole seconds. */
  const post = (atMs: number, sentMs = atMs - 5, node = 'worker') =>
    event(atMs, {
      type: 'node.statusPosted',
      node,
      lastHeartbeatTime: `${stamp(Math.floor(sentMs / 1000) * 1000).slice(0, 19)}Z`,
    });
  /** As the observer has it: the wall clock's readings on record. */
  const clock = [0, 1000].map((atMs) => event(atMs, { type: 'clock', unixMs: Date.parse(stamp(atMs)) }));
  const before = [16_300, 26_300, 36_300, 46_300].map((atMs) => post(atMs));

  const judgedWith = async (withoutLeases: boolean, ...posts: ReturnType<typeof post>[]) => {
    const { plan, events, requests } = as({}, defaultRun([...before, ...posts]));
    const { profile } = plan;
    const effective = { ...profile.effective, ...(withoutLeases ? { withoutLeases } : {}) };
    // Without leases there is none on record.
    const seen = events.filter(({ type }) => !(withoutLeases && type === 'lease.renewed'));
    return (await judge({ ...plan, profile: { ...profile, effective } }, seen, requests)).reasons;
  };

  test.each([true, false])(
    'with its clock on record or without, where there are no leases: %s',
    async (withoutLeases) => {
      for (const readings of [clock, []]) {
        expect(await judgedWith(withoutLeases, ...readings)).toEqual([]);
        expect(
          await judgedWith(withoutLeases, ...readings, post(at.injected + 8000), post(at.injected + 18_000)),
        ).toEqual(['kubelet-pause on worker and worker2 is not proved: worker posted its status 8.0 s into the fault']);
        // What was under way, what was sent before it stood and came late, what another node says, what comes after it.
        expect(await judgedWith(withoutLeases, ...readings, post(at.injected + 900))).toEqual([]);
        expect(await judgedWith(withoutLeases, ...readings, post(at.injected + 8000, at.injected - 10))).toEqual([]);
        expect(
          await judgedWith(withoutLeases, ...readings, post(at.injected + 8000, at.injected + 7000, 'control-plane')),
        ).toEqual([]);
        expect(await judgedWith(withoutLeases, ...readings, post(at.undoing + 10))).toEqual([]);
      }
    },
  );

  test('and nothing is excused by a stamp that is no date', async () => {
    const late = { ...post(at.injected + 8000), lastHeartbeatTime: 'no date' } as ReturnType<typeof post>;
    expect(await judgedWith(true, ...clock, late)).toEqual([
      'kubelet-pause on worker and worker2 is not proved: worker posted its status 8.0 s into the fault',
    ]);
  });
});

describe('nodes that stand still with every pod on them', () => {
  const reasonsOf = async (kind: 'node-pause' | 'node-stop', change: (run: Run) => Run = (run) => run) => {
    const run = change(stoodStill(as({ kind }), kind));
    return (await judge(run.plan, run.events, run.requests)).reasons;
  };
  const answering = (fromMs: number, toMs: number) => (run: Run) => ({
    ...run,
    requests: load((dueMs) => dueMs >= at.injected && dueMs < at.undoing && !(dueMs >= fromMs && dueMs < toMs)),
  });

  test.each(['node-pause', 'node-stop'] as const)(
    'are not proved to by %s where requests were answered',
    async (kind) => {
      expect(await reasonsOf(kind)).toEqual([]);
      expect(await reasonsOf(kind, answering(at.injected + 5000, at.injected + 5100))).toEqual([
        `${kind} on worker and worker2 is not proved: 5 requests were answered while every pod was on nodes that stood still`,
      ]);
      expect(await reasonsOf(kind, answering(at.injected, at.injected + 900))).toEqual([]);
      expect(await reasonsOf(kind, answering(at.undoing - 900, at.undoing))).toEqual([]);
    },
  );

  test('and nothing is said where a pod was elsewhere, or came to be, or none was seen', async () => {
    const all = answering(at.injected, at.undoing);
    const elsewhere = (run: Run) =>
      changed(all(run), (one) => (one.type === 'pod' && one.pod === 'web-1' ? { ...one, node: 'worker3' } : one));
    expect(await reasonsOf('node-pause', elsewhere)).toEqual([]);
    const unseen = (run: Run) => changed(all(run), (one) => (one.type === 'pod' ? null : one));
    expect(await reasonsOf('node-pause', unseen)).toEqual([]);
    const late = (run: Run): Run => {
      const [pod] = run.events.filter(({ type }) => type === 'pod');
      const moved = Object.assign({}, pod, { uid: 'uid-9', node: 'worker3', atMs: at.injected + 3000 });
      return answering(at.injected + 3000, at.undoing)({ ...run, events: inOrder([...run.events, moved]) });
    };
    expect(await reasonsOf('node-pause', late)).toEqual([]);
  });
});

test.each([
  { ...partition, direction: 'from' },
  { kind: 'latency', delayMs: 100, jitterMs: 0, rampSteps: 1, lossPercent: 60, direction: 'both' },
] as readonly Partial<PlannedFault>[])(
  'a fault that lets some of them through is proved all the same: $kind',
  async (fault) => {
    expect(await reasonsWith(fault, renewal(at.injected + 12_000))).toEqual([]);
  },
);
