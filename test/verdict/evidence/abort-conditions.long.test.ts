import { describe, expect, test } from 'vitest';
import type { Plan, PlannedFault } from '../../../src/plan/index.ts';
import { judge, watchRun } from '../../../src/verdict/index.ts';
import {
  at,
  changed,
  defaultPlan,
  defaultRun,
  event,
  inOrder,
  load,
  type Run,
  ready,
  tightPlan,
  tightRun,
} from '../timeline-builder.ts';

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

const withFault = (plan: Plan, fault: PlannedFault): Plan => ({
  ...plan,
  phases: plan.phases.map((phase) => (phase.kind === 'fault' ? { ...phase, inject: [fault] } : phase)),
});

const killed: PlannedFault = {
  id: 'kubelet-pause-1',
  kind: 'controller-manager-kill',
  targets: ['worker', 'worker2'],
  occurrences: [{ id: 'kubelet-pause-1', startMs: 0, endMs: 25_000 }],
};

const lost = [ready(at.fault + 9000, 'control-plane', 'Unknown'), ready(at.fault + 12_000, 'control-plane', 'True')];
const withEvents = (run: Run, events: Run['events']): Run => ({ ...run, events: inOrder([...run.events, ...events]) });

describe('a run proves nothing when something else than its faults was at work:', () => {
  test('requests failed before the fault although every node was Ready', async () => {
    const run = { ...defaultRun(), requests: load((dueMs) => dueMs < at.steady + 1000) };
    const { verdict, reasons } = await judged(run);
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'steady was not steady: 3.3 % of its requests failed with every node Ready, at most 1.0 % is tolerated',
    ]);
  });

  test('a profile that flaps by itself may lose requests before the fault', async () => {
    const flap = [ready(at.steady + 100, 'worker', 'Unknown'), ready(at.steady + 900, 'worker', 'True')];
    const run = withEvents({ ...tightRun(), requests: load((dueMs) => dueMs < at.steady + 1000) }, flap);
    const { reasons, findings } = await judged(run);
    expect(reasons).toEqual([]);
    expect(findings[0]).toBe('worker went NotReady for 0.8 s, 29.9 s before the fault began; counted apart');
  });

  test('a node was lost before the fault, by a profile that loses none by itself', async () => {
    const flap = [ready(at.steady + 100, 'worker', 'Unknown'), ready(at.steady + 900, 'worker', 'True')];
    const { verdict, reasons } = await judged(withEvents(defaultRun(), flap));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'steady was not steady: worker went NotReady before any fault, and the profile does not flap by itself',
      'nodes.notReadyTransitions holds, and nodes went NotReady before the first fault (1 transition), of which no expectation speaks: expect nodes.notReadyTransitionsBeforeFault besides',
    ]);
  });

  const flapAt = (atMs: number) => [ready(atMs, 'worker', 'Unknown'), ready(atMs + 300, 'worker', 'True')];

  test('a node was lost before the injection of a fault whose phase had begun, or between two phases', async () => {
    const late = { ...defaultPlan, expectations: [] };
    // The phase of the fault begins 20 s before its injection, as with `after: 20s`.
    const run = changed({ ...defaultRun(), plan: late }, (one) =>
      one.type === 'step.started' && one.name === 'fault'
        ? { ...one, atMs: at.fault - 20_000 }
        : one.type === 'step.ended' && one.name === 'steady'
          ? { ...one, atMs: at.fault - 20_001 }
          : one,
    );
    const reason = (place: string) =>
      `${place} not steady: worker went NotReady before any fault, and the profile does not flap by itself`;
    const inFault = withEvents(run, flapAt(at.fault - 18_000));
    expect(await judged(inFault)).toMatchObject({ verdict: 'inconclusive', reasons: [reason('fault was')] });
    const between = withEvents(run, flapAt(at.fault - 20_000.5));
    expect((await judged(between)).reasons).toEqual([reason('the time before or between phases was')]);
    expect(notifiedUntilTripped(inFault)?.atMs).toBe(at.fault - 18_000);
    expect(notifiedUntilTripped(between)?.atMs).toBe(at.fault - 20_000.5);
    // From the injection on it is what the fault did.
    const after = withEvents(run, flapAt(at.fault));
    expect((await judged(after)).reasons).toEqual([]);
    expect(notifiedUntilTripped(after)).toBeNull();
    expect(
      (await judged(withEvents({ ...run, plan: { ...tightPlan, expectations: [] } }, flapAt(at.fault - 18_000))))
        .reasons,
    ).toEqual([]);
  });

  test('a node was lost, or requests failed, in a recover phase before the first fault', async () => {
    const [, fault, recover] = defaultPlan.phases;
    const rest = { kind: 'recover', name: 'rest', withinMs: 30_000 } as const;
    const plan = { ...defaultPlan, expectations: [], phases: [rest, fault, recover] } as Plan;
    const run = changed({ ...defaultRun(), plan }, (one) =>
      (one.type === 'step.started' || one.type === 'step.ended') && one.name === 'steady'
        ? { ...one, name: 'rest', kind: 'recover' }
        : one,
    );
    expect((await judged(run)).reasons).toEqual([]);
    const lossy = withEvents(run, flapAt(at.steady + 100));
    expect((await judged(lossy)).reasons).toEqual([
      'rest was not steady: worker went NotReady before any fault, and the profile does not flap by itself',
    ]);
    expect(notifiedUntilTripped(lossy)?.atMs).toBe(at.steady + 100);
    const failing = { ...run, requests: load((dueMs) => dueMs < at.steady + 1000) };
    expect((await judged(failing)).reasons).toEqual([
      'rest was not steady: 3.3 % of its requests failed with every node Ready, at most 1.0 % is tolerated',
    ]);
    expect(notifiedUntilTripped(failing)?.reason).toBe(
      'rest was not steady: 1.1 % of its requests failed with every node Ready, at most 1.0 % is tolerated',
    );
  });

  test('a node was lost after bring-up and before the first phase: its loss would be no figure', async () => {
    const run = { ...defaultRun(), plan: { ...defaultPlan, expectations: [] } };
    const { verdict, reasons } = await judged(withEvents(run, [ready(at.steady - 1, 'worker', 'Unknown')]));
    expect(verdict).toBe('inconclusive');
    expect(reasons[0]).toBe('worker was NotReady when the load began');
  });

  test('a node was lost that no fault targets', async () => {
    const { verdict, reasons } = await judged(
      withEvents({ ...defaultRun(), plan: { ...defaultPlan, expectations: [] } }, lost),
    );
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'control-plane went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself',
    ]);
  });

  test('unless what marks the pods of those that it targets may be held up for longer than the others have', async () => {
    const { effective } = defaultPlan.profile;
    const brief = { nodeMonitorPeriodMs: 7000, nodeMonitorGracePeriodMs: 15_000, leaseRenewIntervalMs: 20_000 };
    const of = (podsPerNode: number): Plan => ({
      ...defaultPlan,
      profile: { ...defaultPlan.profile, effective: { ...effective, ...brief } },
      topology: { ...defaultPlan.topology, podsPerNode },
      prediction: { ...defaultPlan.prediction, flap: 'possible' },
      expectations: [],
    });
    const reasonsOf = async (plan: Plan) => (await judged(withEvents({ ...defaultRun(), plan }, lost))).reasons;
    expect(await reasonsOf(of(30))).toEqual([]);
    const harmless: Plan = { ...of(30), prediction: { ...of(30).prediction, flap: 'impossible' } };
    expect((await reasonsOf(harmless))[0]).toBe(
      'control-plane went NotReady, which no fault of the plan explains: none targets it or the control plane, and the profile does not flap by itself',
    );
  });

  test('unless the profile flaps by itself, or the fault hits the control plane', async () => {
    expect((await judged(withEvents(tightRun(), lost))).verdict).toBe('pass');
    const run = { ...defaultRun(), plan: withFault({ ...defaultPlan, expectations: [] }, killed) };
    expect((await judged(withEvents(run, lost))).verdict).toBe('pass');
  });

  test('the API server was away and no fault says why', async () => {
    const gap = event(at.fault + 20_000, {
      type: 'watch.gap',
      resource: 'events',
      fromMs: at.fault + 12_000,
      how: 'resumed',
      reason: 'ECONNREFUSED',
    });
    const { verdict, reasons } = await judged(withEvents(tightRun(), [gap]));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      'the API server was out of reach for 8.0 s from 66.5 s on, which no fault of the plan explains (ECONNREFUSED)',
    ]);
  });
});

const hangs = 'no answer from /readyz in 3 s';
const silent = (fromMs: number, atMs: number) => event(atMs, { type: 'api.silent', fromMs, reason: hangs });
const answered = (fromMs: number, atMs: number) => event(atMs, { type: 'api.answered', fromMs, reason: hangs });

describe('an API server that hangs and ends no watch', () => {
  const fromMs = at.fault + 2000;

  test('makes a run inconclusive when it was silent for more than 5 s, in the measured time', async () => {
    const quietFor = (lastsMs: number, sinceMs = fromMs) => [
      silent(sinceMs, sinceMs + 3000),
      answered(sinceMs, sinceMs + lastsMs),
    ];
    const { verdict, reasons } = await judged(withEvents(tightRun(), quietFor(5400)));
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([
      `the API server was out of reach for 5.4 s from 56.5 s on, which no fault of the plan explains (${hangs})`,
    ]);
    expect((await judged(withEvents(tightRun(), quietFor(4900)))).verdict).toBe('pass');
    expect((await judged(withEvents(tightRun(), quietFor(9000, at.steady - 10_000)))).verdict).toBe('pass');
  });

  test('ends a run under way 5 s after it was asked, unless it answers or the fault explains it', () => {
    expect(notifiedUntilTripped(withEvents(defaultRun(), [silent(fromMs, fromMs + 3000)]))?.atMs).toBe(fromMs + 5001);
    const back = [silent(fromMs, fromMs + 3000), answered(fromMs, fromMs + 4000)];
    expect(notifiedUntilTripped(withEvents(defaultRun(), back))).toBeNull();
    const hit = { ...defaultRun(), plan: withFault(defaultPlan, { ...killed, kind: 'apiserver-pause' }) };
    expect(notifiedUntilTripped(withEvents(hit, [silent(fromMs, fromMs + 3000)]))).toBeNull();
  });
});

/** As many answers in a row are recorded at once, half a second of them: a recorder has them in batches, too. */
const answersAtOnce = 25;

/** Records a run piece by piece, as its recorder would, and asks after each event, each failure and each batch of answers. */
const notifiedUntilTripped = ({ plan, events, requests }: Run): { atMs: number; reason: string } | null => {
  const watch = watchRun(plan);
  const notified = [
    ...events.map((one) => ({ atMs: one.atMs, event: one })),
    ...requests.map((one) => ({ atMs: one.endedMs, request: one })),
  ].toSorted((one, other) => one.atMs - other.atMs);
  let batch: Run['requests'] = [];
  let askedAtMs = 0;
  for (const [index, one] of notified.entries()) {
    const againAtMs = watch.askAgainAtMs(askedAtMs);
    const early = againAtMs !== null && againAtMs < one.atMs ? watch.reason(againAtMs) : null;
    if (againAtMs !== null && early !== null) return { atMs: againAtMs, reason: early };
    if ('event' in one) watch.event(one.event);
    else {
      batch = [...batch, one.request];
      const next = notified[index + 1];
      const goesOn = next !== undefined && 'request' in next && next.request.outcome === 'ok';
      if (one.request.outcome === 'ok' && goesOn && batch.length < answersAtOnce) continue;
      watch.requests(batch);
      batch = [];
    }
    askedAtMs = one.atMs;
    const reason = watch.reason(one.atMs);
    if (reason !== null) return { atMs: one.atMs, reason };
  }
  return null;
};

const lostWatch = (atMs: number) => event(atMs, { type: 'watch.lost', resource: 'nodes', reason: 'ECONNREFUSED' });
const foundAgain = (fromMs: number, atMs: number) =>
  event(atMs, { type: 'watch.gap', resource: 'nodes', fromMs, how: 'resumed', reason: 'ECONNREFUSED' });

describe('a run under way is given up', () => {
  test('never, while nothing but its faults is at work', () => {
    expect([notifiedUntilTripped(tightRun()), notifiedUntilTripped(defaultRun())]).toEqual([null, null]);
  });

  test('in the steady phase, by the sixteenth of 1,500 requests that fails', () => {
    const run = { ...defaultRun(), requests: load((dueMs) => dueMs >= at.steady + 5000) };
    const tripped = notifiedUntilTripped(run);
    expect(tripped?.reason).toBe(
      'steady was not steady: 1.1 % of its requests failed with every node Ready, at most 1.0 % is tolerated',
    );
    expect(tripped?.atMs).toBeGreaterThan(at.steady + 5000 + 15 * 20);
    expect(tripped?.atMs).toBeLessThan(at.steady + 5000 + 16 * 20);
  });

  test('not by 15 of them, nor where the profile flaps by itself', () => {
    const few = load((dueMs) => dueMs >= at.steady + 5000 && dueMs < at.steady + 5300);
    expect(few.filter(({ outcome }) => outcome !== 'ok')).toHaveLength(15);
    expect(notifiedUntilTripped({ ...defaultRun(), requests: few })).toBeNull();
    const flap = [ready(at.steady + 100, 'worker', 'Unknown'), ready(at.steady + 900, 'worker', 'True')];
    const many = load((dueMs) => dueMs >= at.steady + 150 && dueMs < at.steady + 2000);
    expect(notifiedUntilTripped(withEvents({ ...tightRun(), requests: many }, flap))).toBeNull();
  });

  test('at the moment at which a node is lost that nothing explains', () => {
    expect(notifiedUntilTripped(withEvents(defaultRun(), lost))?.atMs).toBe(at.fault + 9000);
    expect(notifiedUntilTripped(withEvents(tightRun(), lost))).toBeNull();
    const early = ready(at.steady + 100, 'worker', 'Unknown');
    expect(notifiedUntilTripped(withEvents(defaultRun(), [early]))?.atMs).toBe(at.steady + 100);
  });

  test('when one of two watches on pods has been lost for 5 s, though the other came back', () => {
    const fromMs = at.fault + 3000;
    const lost = [0, 2].map((afterMs) =>
      event(fromMs + afterMs, { type: 'watch.lost', resource: 'pods', reason: 'ECONNREFUSED' }),
    );
    const back = event(fromMs + 500, {
      ...{ type: 'watch.gap', resource: 'pods', fromMs, how: 'resumed', reason: 'ECONNREFUSED' },
    });
    expect(notifiedUntilTripped(withEvents(defaultRun(), [...lost, back]))?.atMs).toBe(fromMs + 2 + 5001);
  });

  test('when a watch has been lost for 5 s, whether or not it comes back', () => {
    const fromMs = at.fault + 3000;
    const gone = notifiedUntilTripped(withEvents(defaultRun(), [lostWatch(fromMs)]));
    expect(gone).toEqual({
      atMs: fromMs + 5001,
      reason:
        'the API server was out of reach for 5.0 s from 57.5 s on, which no fault of the plan explains (ECONNREFUSED)',
    });
    const back = [lostWatch(fromMs), foundAgain(fromMs, fromMs + 4000)];
    expect(notifiedUntilTripped(withEvents(defaultRun(), back))).toBeNull();
    const hit = { ...defaultRun(), plan: withFault(defaultPlan, { ...killed, kind: 'apiserver-pause' }) };
    expect(notifiedUntilTripped(withEvents(hit, [lostWatch(fromMs)]))).toBeNull();
  });
});

describe('what masks a figure is reported:', () => {
  test('a controller that evicts nobody because every node is lost', async () => {
    const all = [ready(at.fault + 9000, 'control-plane', 'Unknown'), ready(at.fault + 36_150, 'control-plane', 'True')];
    expect((await judged(withEvents(tightRun(), all))).findings).toEqual([
      'control-plane went NotReady 9.0 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
      '3 nodes were NotReady at once: the controller sees a full disruption and holds evictions back, so what was evicted says little about fewer nodes',
    ]);
  });

  test('an API server that could not speak', async () => {
    const paused: PlannedFault = { ...killed, kind: 'apiserver-pause', targets: ['control-plane'] };
    const run = { ...tightRun(), plan: withFault(tightPlan, paused) };
    expect((await judged(run)).findings).toEqual([
      'no targeted node went NotReady; predicted: certain',
      'worker went NotReady 2.7 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
      'worker2 went NotReady 7.7 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
      'under apiserver-pause no API server spoke from 54.7 s to 79.5 s: what changed then was seen after it',
      'worker renewed no lease for 40.8 s, though no fault targeted it',
      'worker2 renewed no lease for 30.6 s, though no fault targeted it',
    ]);
    const three = { ...run.plan, topology: { ...run.plan.topology, name: 'ha', controlPlanes: 3 } } as const;
    expect((await judged({ ...run, plan: three })).findings).toEqual([
      'no targeted node went NotReady; predicted: certain',
      'worker went NotReady 2.7 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
      'worker2 went NotReady 7.7 s after the fault began, though no fault targeted it: with this grace period nodes go NotReady by themselves',
      'worker renewed no lease for 40.8 s, though no fault targeted it',
      'worker2 renewed no lease for 30.6 s, though no fault targeted it',
    ]);
  });
});
