import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { judge } from '../../src/verdict/index.ts';
import {
  at,
  changed,
  defaultPlan,
  defaultRun,
  event,
  load,
  type Run,
  tightPlan,
  tightRun,
} from './timeline-builder.ts';

const judged = async ({ plan, events, requests }: Run) => judge(plan, events, requests);

const reasonsOf = async (run: Run): Promise<readonly string[]> => {
  const { verdict, reasons } = await judged(run);
  expect(verdict).toBe('inconclusive');
  return reasons;
};

const changing =
  <T extends TimelineEvent['type']>(type: T, change: Partial<Extract<TimelineEvent, { type: T }>>) =>
  (event: TimelineEvent): TimelineEvent =>
    event.type === type ? { ...event, ...change } : event;

const without =
  (...types: readonly TimelineEvent['type'][]) =>
  (event: TimelineEvent): TimelineEvent | null =>
    types.includes(event.type) ? null : event;

describe('a valid run', () => {
  test('passes when every expectation is met, and gives no reason', async () => {
    expect(await judged(tightRun())).toMatchObject({ verdict: 'pass', reasons: [], findings: [] });
    expect(await judged(defaultRun())).toMatchObject({ verdict: 'pass', reasons: [], findings: [] });
  });

  test('fails when one is not, and says which', async () => {
    const run = { ...tightRun(), plan: { ...tightPlan, expectations: defaultPlan.expectations } };
    expect(await judged(run)).toMatchObject({
      verdict: 'fail',
      reasons: [
        'nodes.notReadyTransitions: expected ≤ 0, observed 2',
        'requests.refused: expected ≤ 0, observed 1,470',
      ],
    });
  });
});

/** The recovery ends without the cluster being whole; worker2 is never seen Ready again. */
const unrecovered = (run: Run): Run =>
  changed(run, (event) => {
    if (event.type === 'node.ready' && event.node === 'worker2' && event.atMs > at.recover) return null;
    return event.type === 'step.ended' && event.name === 'recover'
      ? { ...event, outcome: 'timedOut', detail: 'not recovered within 90.0 s: worker2 NotReady' }
      : event;
  });

describe('a cluster that does not recover in time', () => {
  const late = 'recover: not recovered within 90.0 s: worker2 NotReady';

  test('fails the run, whose evidence is valid: a figure says how many nodes were not Ready at the end', async () => {
    const document = await judged(unrecovered(tightRun()));
    expect(document).toMatchObject({ verdict: 'fail', reasons: [late], nodes: { unrecovered: 1 } });
  });

  test('can be expected not to be, and is then among the expectations that were not met', async () => {
    const expectations = [{ figure: 'nodes.unrecovered', min: null, max: 0, equals: null }];
    const run = unrecovered({ ...tightRun(), plan: { ...tightPlan, expectations } });
    expect(await judged(run)).toMatchObject({
      verdict: 'fail',
      reasons: [late, 'nodes.unrecovered: expected ≤ 0, observed 1'],
    });
  });

  test('fails a run whose further phases were not begun, whatever was expected of them', async () => {
    const more: Plan['phases'] = [...tightPlan.phases, { kind: 'steady', name: 'steady-2', durationMs: 10_000 }];
    const expectations = [{ figure: 'requests.byPhase.steady-2.refused', min: null, max: 0, equals: null }];
    const run = unrecovered({ ...tightRun(), plan: { ...tightPlan, phases: more, expectations } });
    expect(await judged(run)).toMatchObject({
      verdict: 'fail',
      reasons: [late, 'requests.byPhase.steady-2.refused: expected ≤ 0, and its phase was not begun'],
    });
  });

  test('makes a run whose evidence is not valid no less inconclusive, and is reported all the same', async () => {
    const run = changed(unrecovered(tightRun()), changing('fault.undone', { undone: false }));
    expect(await reasonsOf(run)).toEqual(['kubelet-pause on worker and worker2 is not known to be undone', late]);
  });
});

describe('a run is inconclusive, whatever its figures, when', () => {
  test('nothing waits for a recovery behind its last fault: what that brings comes after the end', async () => {
    const unwaited: Plan['phases'] = tightPlan.phases.filter(({ kind }) => kind !== 'recover');
    const again = { kind: 'steady', name: 'steady-2', durationMs: 10_000 } as const;
    for (const phases of [unwaited, [...unwaited, again]]) {
      expect(await reasonsOf({ ...tightRun(), plan: { ...tightPlan, phases } })).toEqual([
        'no phase recover follows the last fault: what it brings after the end of the run is not known; end the phases with recover',
      ]);
    }
  });

  test('its recovery lacked only the time to be seen: nothing says that the cluster had not recovered', async () => {
    const detail = 'not recovered within 10.0 s: all is well, to be seen for 9.4 s more';
    const run = changed(tightRun(), (event) =>
      event.type === 'step.ended' && event.name === 'recover' ? { ...event, outcome: 'timedOut', detail } : event,
    );
    expect(await reasonsOf(run)).toEqual([
      'the recovery had too little time to be seen as one: give its phase a longer `within`',
      `recover: ${detail}`,
    ]);
  });

  test('a fault was not there any more before its undo', async () => {
    const run = changed({ ...tightRun(), plan: { ...tightPlan, expectations: defaultPlan.expectations } }, (event) =>
      event.type === 'fault.attested' && event.node === 'worker2' && event.moment === 'end'
        ? { ...event, state: 'absent', evidence: 'kubelet 271 is S' }
        : event,
    );
    expect(await reasonsOf(run)).toEqual([
      'kubelet-pause on worker and worker2 is not proved: absent on worker2 just before the undo (kubelet 271 is S)',
    ]);
  });

  test('a target was never probed', async () => {
    const run = changed(tightRun(), (event) =>
      event.type === 'fault.attested' && event.node === 'worker' && event.moment === 'start' ? null : event,
    );
    expect(await reasonsOf(run)).toEqual([
      'kubelet-pause on worker and worker2 is not proved: no proof from worker just after the injection',
    ]);
  });

  test('a paused kubelet renewed its lease', async () => {
    const renewal = event(at.injected + 4000, { type: 'lease.renewed', node: 'worker', renewTime: 'later' });
    expect(await reasonsOf(tightRun([renewal]))).toEqual([
      'kubelet-pause on worker and worker2 is not proved: worker renewed its lease 4.0 s into the fault',
    ]);
  });

  test('the fault was planned and never came', async () => {
    const run = changed(defaultRun(), (event) => (event.type.startsWith('fault.') ? null : event));
    expect(await reasonsOf(run)).toEqual([
      'kubelet-pause on worker and worker2 is not proved: it was never in place',
      'nodes.notReadyTransitions was not observed',
      'requests.refused holds, and how many pods were evicted is not known (nobody saw it), of which no expectation speaks: expect pods.evicted besides',
      'requests.refused holds, and how many replicas were missing is not known (nobody saw it), of which no expectation speaks: expect pods.unavailableSeconds besides',
    ]);
  });

  test('an undo failed', async () => {
    expect(await reasonsOf(changed(tightRun(), changing('fault.undone', { undone: false })))).toEqual([
      'kubelet-pause on worker and worker2 is not known to be undone',
    ]);
  });

  test('a process runs with another setting than the one asked for', async () => {
    const run = changed(tightRun(), (event) =>
      event.type === 'setting.read' && event.setting === 'node-monitor-grace-period'
        ? { ...event, observed: null, same: false }
        : event,
    );
    expect(await reasonsOf(run)).toEqual([
      'kube-controller-manager on control-plane runs with node-monitor-grace-period unset, not 10s',
    ]);
  });

  test('a process runs with another setting when the load has ended, or was not asked again', async () => {
    const first = changed(tightRun(), (event) =>
      event.type === 'setting.read' ? { ...event, moment: 'start' } : event,
    );
    const readAgain = (observed: (setting: string) => string | null): ReturnType<typeof tightRun> => ({
      ...first,
      events: [
        ...first.events.slice(0, -1),
        ...first.events.flatMap((one) =>
          one.type === 'setting.read'
            ? [
                {
                  ...one,
                  ...{ seq: first.events.length, atMs: first.events.at(-1)?.atMs ?? 0, moment: 'end' as const },
                  ...{ observed: observed(one.setting) ?? one.observed, same: observed(one.setting) === null },
                },
              ]
            : [],
        ),
        ...first.events.slice(-1),
      ],
    });
    expect((await judged(readAgain(() => null))).verdict).toBe('pass');
    const changedRun = readAgain((setting) => (setting === 'node-monitor-grace-period' ? '18s' : null));
    expect(await reasonsOf(changedRun)).toEqual([
      'kube-controller-manager on control-plane runs with node-monitor-grace-period 18s, not 10s, when the load had ended',
    ]);
    expect((await judged(changedRun)).settings).toMatchObject({
      attested: false,
      read: (await judged(tightRun())).settings.read,
    });
    expect(await reasonsOf(first)).toEqual([expect.stringMatching(/^not read again when the load had ended: /)]);
    // What an older skipbeat wrote was asked once.
    expect((await judged(tightRun())).verdict).toBe('pass');
  });

  test('no setting was read back, or not every one', async () => {
    expect(await reasonsOf(changed(tightRun(), without('setting.read')))).toEqual([
      'no setting was read back from the running processes',
    ]);
    const run = changed(tightRun(), (event) =>
      event.type === 'setting.read' && event.component === 'kubelet' ? null : event,
    );
    expect((await judged(run)).settings).toEqual({ attested: false, read: 4, differences: [] });
    expect(await reasonsOf(run)).toEqual([
      'not read back from the running processes: kubelet nodeStatusUpdateFrequency, kubelet nodeStatusReportFrequency and kubelet nodeLeaseDurationSeconds',
    ]);
  });

  test('requests are missing from the record, or too many', async () => {
    expect(await reasonsOf({ ...tightRun(), requests: load().slice(1) })).toEqual([
      '3,370 requests were offered and 3,369 are on record',
    ]);
    expect(await reasonsOf(changed(tightRun(), changing('load.ended', { offered: 3000 })))).toEqual([
      '3,000 requests were offered and 3,370 are on record',
    ]);
    expect(await reasonsOf(changed(tightRun(), without('load.ended')))).toEqual([
      'the load generator never said how many requests it offered',
    ]);
    const idle = { ...changed(defaultRun(), without('load.ended')), requests: [] };
    expect(await reasonsOf(idle)).toEqual([
      'no request was offered',
      'requests.refused is not known: no request was due from 54.5 s to 79.5 s, after a fault had begun',
    ]);
  });

  test('an outcome is none that there is', async () => {
    const requests = tightRun().requests.map((record) =>
      record.seq === 7 ? { ...record, outcome: 'lost' as 'ok' } : record,
    );
    expect(await reasonsOf({ ...tightRun(), requests })).toEqual(['1 request has no known outcome']);
  });

  test('the generator sent late, or could not send', async () => {
    const late = tightRun().requests.map((record) => ({ ...record, sentMs: record.dueMs + 520 }));
    expect(await reasonsOf({ ...tightRun(), requests: late })).toEqual([
      'requests were sent late: p99 520.0 ms, at most 500 ms is tolerated',
    ]);
    const dropped = tightRun().requests.map((record) =>
      record.seq % 100 === 0 ? { ...record, outcome: 'dropped' as const, sentMs: null } : record,
    );
    expect(await reasonsOf({ ...tightRun(), requests: dropped })).toEqual([
      'the load generator could not send 1.0 % of the requests, at most 0.1 % is tolerated',
    ]);
  });

  test('an expected figure was not observed', async () => {
    const expectations = [{ figure: 'timing.firstRefusedMs', min: null, max: 9000, equals: null }];
    expect(await reasonsOf({ ...defaultRun(), plan: { ...defaultPlan, expectations } })).toEqual([
      'timing.firstRefusedMs was not observed',
    ]);
  });

  test('the watch that an expected figure stands on lost its place', async () => {
    const gap = event(at.fault + 9000, {
      type: 'watch.gap',
      resource: 'nodes',
      fromMs: at.fault + 7000,
      how: 'relisted',
      reason: '410 Gone',
    });
    expect(await reasonsOf(tightRun([gap]))).toEqual([
      'nodes.notReadyTransitions is not known: the watch on nodes was blind for 2.0 s from 61.5 s on',
    ]);
  });

  test('it was interrupted; what is missing because of that is not reported again', async () => {
    const run = tightRun();
    const events = [
      ...run.events.filter(({ atMs }) => atMs < at.fault - 1000),
      event(at.fault - 900, {
        type: 'step.ended',
        name: 'steady',
        kind: 'steady',
        outcome: 'interrupted',
        detail: 'SIGINT',
      }),
      event(at.fault - 800, { type: 'run.ended', outcome: 'interrupted', reason: 'stopped by a person' }),
    ];
    expect(await reasonsOf({ ...run, events })).toEqual([
      'steady was interrupted: SIGINT',
      'the run was interrupted: stopped by a person',
    ]);
  });

  test('a step failed, and the run said no more than the step', async () => {
    const run = changed(tightRun(), (event) => {
      if (event.type === 'step.ended' && event.name === 'workload') {
        return { ...event, outcome: 'failed', detail: 'image not found' };
      }
      return event.type === 'run.ended' ? { ...event, outcome: 'failed', reason: 'image not found\nTry: look' } : event;
    });
    expect(await reasonsOf(run)).toEqual(['workload failed: image not found']);
  });

  test('its record is cut short, or empty', async () => {
    const run = tightRun();
    const events = run.events.filter(({ atMs }) => atMs < 15_000);
    expect(await reasonsOf({ ...run, events, requests: [] })).toEqual([
      'the record ends at 9.2 s, before the end of the run',
    ]);
    expect(await reasonsOf({ ...run, events: [], requests: [] })).toEqual(['nothing is on record']);
  });
});

describe('a run stays valid when', () => {
  test('a renewal that was under way arrives within a second of the pause', async () => {
    const renewal = event(at.injected + 300, { type: 'lease.renewed', node: 'worker', renewTime: 'just before' });
    expect((await judged(tightRun([renewal]))).verdict).toBe('pass');
  });

  test('a relist shows again a renewal that was seen before', async () => {
    const before = event(at.injected - 50, { type: 'lease.renewed', node: 'worker', renewTime: 'same' });
    const again = event(at.injected + 9000, { type: 'lease.renewed', node: 'worker', renewTime: 'same' });
    expect((await judged(tightRun([before, again]))).verdict).toBe('pass');
  });

  test('the watch that lost its place is not one an expected figure stands on', async () => {
    const gap = event(at.fault + 9000, {
      type: 'watch.gap',
      resource: 'events',
      fromMs: at.fault + 7000,
      how: 'relisted',
      reason: '410 Gone',
    });
    const document = await judged(tightRun([gap]));
    expect(document).toMatchObject({
      verdict: 'pass',
      findings: ['the watch on events was blind for 2.0 s from 61.5 s on; changes in it may be lost (410 Gone)'],
    });
  });
});

test('a node that is lost in the model, where a setting that decides evictions is not modelled, is no pass', async () => {
  const setting = '--node-eviction-rate=0 is read and not modelled; its default is 0.1';
  const leftOut = (run: Run): Run => ({
    ...run,
    plan: { ...run.plan, profile: { ...run.plan.profile, leftOut: [setting] } },
  });
  const ofModel = (run: Run): Run => changed(run, changing('run.started', { predicted: true }));
  const why = `who is evicted is not known to the model: ${setting}`;
  expect(await reasonsOf(ofModel(leftOut(tightRun())))).toEqual([why]);
  expect((await judged(ofModel(leftOut(defaultRun())))).reasons).toEqual([]);
  expect(await judged(leftOut(tightRun()))).toMatchObject({ verdict: 'pass', reasons: [] });
});
