import { expect, test } from 'vitest';
import { processComponents } from '../../src/common/kubernetes/components.ts';
import {
  leaderTimes,
  mutesApiServer,
  nodesOf,
  type Plan,
  type PlannedFault,
  restartsLateMs,
} from '../../src/plan/index.ts';
import { controllerManagerDefaults } from '../../src/profile/index.ts';
import { tightPlan } from '../verdict/timeline-builder.ts';

const leaders = ['kube-controller-manager', 'kube-scheduler'];
const ha: Plan = { ...tightPlan, topology: { ...tightPlan.topology, name: 'ha', controlPlanes: 3 } };

/** `component on node`, of what a fault may have ended once it stood so long. */
const endedBy = (plan: Plan, kind: PlannedFault['kind'], targets: readonly string[], stoodMs = 20_000, more = {}) => {
  const { phases } = plan;
  const [first] = phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const fault = { ...first, kind, targets, ...more } as PlannedFault;
  return nodesOf(plan).flatMap((node) => {
    const found = processComponents.filter(
      (component) => restartsLateMs(plan, { fault, targets, stoodMs, component, node }) !== null,
    );
    return found.map((component) => `${component} on ${node}`);
  });
};

const on = (node: string, components: readonly string[]): readonly string[] =>
  components.map((component) => `${component} on ${node}`);

test('what ends by a fault is on its targets alone', () => {
  expect(endedBy(tightPlan, 'kubelet-pause', ['worker'])).toEqual([]);
  expect(endedBy(tightPlan, 'kubelet-stop', ['worker'])).toEqual(on('worker', ['kubelet']));
  expect(endedBy(tightPlan, 'node-pause', ['worker'])).toEqual([]);
  expect(endedBy(tightPlan, 'node-stop', ['worker'])).toEqual(on('worker', processComponents));
  expect(endedBy(tightPlan, 'controller-manager-kill', ['control-plane'], 100)).toEqual(
    on('control-plane', ['kube-controller-manager']),
  );
});

test('leaders end where their API server, its etcd or they themselves hang for 8 s, other static pods after 70 s', () => {
  for (const kind of ['apiserver-pause', 'etcd-pause', 'cpu-pressure', 'node-pause'] as const) {
    expect(endedBy(tightPlan, kind, ['control-plane'], 7900), kind).toEqual([]);
    expect(endedBy(tightPlan, kind, ['control-plane'], 8000), kind).toEqual(on('control-plane', leaders));
    expect(endedBy(tightPlan, kind, ['control-plane'], 70_000), kind).toEqual(
      on('control-plane', processComponents.slice(0, 4)),
    );
  }
  expect(endedBy(tightPlan, 'controller-manager-pause', ['control-plane'])).toEqual(
    on('control-plane', ['kube-controller-manager']),
  );
});

test('a delay has to keep a request waiting', () => {
  const delayed = (kind: PlannedFault['kind'], delayMs: number) =>
    endedBy(tightPlan, kind, ['control-plane'], 20_000, { delayMs, jitterMs: 0, rampSteps: 1 });
  for (const kind of ['apiserver-latency', 'etcd-latency', 'etcd-disk-latency'] as const) {
    expect(delayed(kind, 200), kind).toEqual([]);
    expect(delayed(kind, 2000), kind).toEqual(on('control-plane', leaders));
  }
});

test('of several control planes those are starved that a fault hits, and all once etcd has no majority', () => {
  expect(endedBy(ha, 'etcd-pause', ['control-plane2'])).toEqual(on('control-plane2', leaders));
  expect(endedBy(ha, 'apiserver-pause', ['control-plane', 'control-plane2'])).toEqual([
    ...on('control-plane', leaders),
    ...on('control-plane2', leaders),
  ]);
  for (const kind of ['etcd-pause', 'node-pause', 'partition'] as const) {
    expect(endedBy(ha, kind, ['control-plane', 'control-plane2'], 20_000, { traffic: 'all' }), kind).toEqual([
      ...on('control-plane', leaders),
      ...on('control-plane2', leaders),
      ...on('control-plane3', leaders),
    ]);
  }
  expect(endedBy(ha, 'partition', ['control-plane', 'control-plane2'], 20_000, { traffic: 'control' })).toEqual([
    ...on('control-plane', leaders),
    ...on('control-plane2', leaders),
  ]);
  expect(endedBy(ha, 'partition', ['worker'], 20_000, { traffic: 'all' })).toEqual([]);
});

test('times of leaders are those that were passed to the controller manager', () => {
  const { holdsOutMs, takenOverMs } = leaderTimes(tightPlan, 'kube-controller-manager');
  expect([holdsOutMs, takenOverMs]).toEqual([8000, 23_800]);
  const controllerManager = {
    ...controllerManagerDefaults,
    leaderElectLeaseDurationMs: 60_000,
    leaderElectRenewDeadlineMs: 40_000,
    leaderElectRetryPeriodMs: 5000,
  };
  const slow: Plan = {
    ...tightPlan,
    profile: { ...tightPlan.profile, effective: { ...tightPlan.profile.effective, controllerManager } },
  };
  expect(leaderTimes(slow, 'kube-controller-manager').holdsOutMs).toBe(35_000);
  expect(leaderTimes(slow, 'kube-scheduler').holdsOutMs).toBe(8000);
  expect(endedBy(slow, 'apiserver-pause', ['control-plane'])).toEqual(on('control-plane', ['kube-scheduler']));
});

test('no API server answers once a majority of etcd stands still, be it with its nodes; of their own all have to be hit', () => {
  const muted = (plan: Plan, kind: PlannedFault['kind'], ...targets: readonly string[]): boolean =>
    mutesApiServer(plan, { kind, targets } as PlannedFault);
  for (const kind of ['node-pause', 'node-stop', 'etcd-pause'] as const) {
    expect(muted(ha, kind, 'control-plane', 'worker'), kind).toBe(false);
    expect(muted(ha, kind, 'control-plane', 'control-plane2'), kind).toBe(true);
    expect(muted(tightPlan, kind, 'control-plane'), kind).toBe(true);
    expect(muted(tightPlan, kind, 'worker', 'worker2'), kind).toBe(false);
  }
  expect(muted(ha, 'apiserver-pause', 'control-plane', 'control-plane2')).toBe(false);
  expect(muted(ha, 'apiserver-pause', 'control-plane', 'control-plane2', 'control-plane3')).toBe(true);
});
