import { describe, expect, test } from 'vitest';
import type { Plan, PlannedFault } from '../../src/plan/index.ts';
import { judge } from '../../src/verdict/index.ts';
import {
  at,
  defaultPlan,
  defaultRun,
  event,
  inOrder,
  load,
  type Run,
  ready,
  tightPlan,
  tightRun,
} from './timeline-builder.ts';

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
    const run = withEvents({ ...defaultRun(), requests: load((dueMs) => dueMs < at.steady + 1000) }, flap);
    expect((await judged(run)).reasons.join()).not.toContain('steady');
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

describe('what masks a figure is told:', () => {
  test('a controller that evicts nobody because every node is lost', async () => {
    const all = [ready(at.fault + 9000, 'control-plane', 'Unknown'), ready(at.fault + 36_150, 'control-plane', 'True')];
    expect((await judged(withEvents(tightRun(), all))).findings).toContain(
      '3 nodes were NotReady at once: the controller sees a full disruption and holds evictions back, so what was evicted says little about fewer nodes',
    );
  });

  test('an API server that could not speak', async () => {
    const paused: PlannedFault = { ...killed, kind: 'apiserver-pause', targets: ['control-plane'] };
    const run = { ...tightRun(), plan: withFault(tightPlan, paused) };
    expect((await judged(run)).findings).toContain(
      'under apiserver-pause no API server spoke from 54.7 s to 79.5 s: what changed then was seen after it',
    );
    const three = { ...run.plan, topology: { ...run.plan.topology, name: 'ha', controlPlanes: 3 } } as const;
    expect((await judged({ ...run, plan: three })).findings.join()).not.toContain('no API server spoke');
  });
});
