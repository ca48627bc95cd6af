import { describe, expect, test } from 'vitest';
import { configOfPlan, type ModelFault } from '../../../src/backend/model/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { cluster, fault, recover, steady, us, version } from './support/clusters.ts';
import { faultStart, firstNotReady, ofType, type Recorded, readyChanges, record } from './support/runs.ts';

const at = (seconds: number): number => us(seconds);
const stands = (id: string, from: number, to: number) => [{ id, startUs: at(from), endUs: at(to) }];

/** Faults of one phase of 120 s on a cluster with a grace of 20 s; the control plane takes the load. */
const run = (faults: readonly ModelFault[], changes: object = {}): Recorded =>
  record(
    cluster(
      version(34, 4),
      { statusUpdateSeconds: 4, monitorPeriodSeconds: 2, graceSeconds: 20 },
      {
        replicas: 2,
        load: { ratePerSecond: 20, connection: 'fresh', timeoutUs: us(1) },
        phases: [steady(10), fault(120, ...faults), recover(120)],
        ...changes,
      },
    ),
  );

/** Renewals of a node's lease, in s since the first fault. */
const renewals = (recorded: Recorded, node: string): readonly number[] =>
  ofType(recorded, 'lease.renewed')
    .filter((event) => event.node === node)
    .map(({ atMs }) => (atMs - faultStart(recorded)) / 1000);

const silentBetween = (recorded: Recorded, node: string, from: number, to: number): boolean =>
  renewals(recorded, node).every((seconds) => seconds < from || seconds > to);

const isWell = (recorded: Recorded): boolean =>
  ofType(recorded, 'step.ended').every(({ outcome }) => outcome === 'done');

const attested = (recorded: Recorded, id: string): readonly string[] =>
  ofType(recorded, 'fault.attested').flatMap((event) => (event.fault === id ? [event.state] : []));

describe('several faults on one node', () => {
  const worker = ['worker'];

  test('a kubelet paused by two goes on when the last one ends', () => {
    const seen = run([
      { id: 'a', kind: 'kubelet-pause', targets: worker, occurrences: stands('a', 0, 40) },
      { id: 'b', kind: 'kubelet-pause', targets: worker, occurrences: stands('b', 20, 80) },
    ]);
    expect(silentBetween(seen, 'worker', 1, 79)).toBe(true);
    expect(renewals(seen, 'worker').some((seconds) => seconds > 80 && seconds < 82)).toBe(true);
    expect(isWell(seen)).toBe(true);
  });

  test('a kubelet that one fault stopped is started again only when its machine is on, too', () => {
    const seen = run([
      { id: 'stop', kind: 'kubelet-stop', targets: worker, occurrences: stands('stop', 0, 30) },
      { id: 'off', kind: 'node-stop', targets: worker, occurrences: stands('off', 10, 60) },
    ]);
    expect(silentBetween(seen, 'worker', 1, 60)).toBe(true);
    expect(renewals(seen, 'worker').some((seconds) => seconds > 62 && seconds < 68)).toBe(true);
    expect(isWell(seen)).toBe(true);
  });

  test.each([1, 1.5, 2, 3, 5, 8])(
    'a kubelet that is stopped %d s after its machine is on starts its pods all the same, later',
    (s) => {
      const seen = run([
        { id: 'off', kind: 'node-stop', targets: worker, occurrences: stands('off', 0, 5) },
        { id: 'stop', kind: 'kubelet-stop', targets: worker, occurrences: stands('stop', 5 + s, 15) },
      ]);
      expect(isWell(seen)).toBe(true);
    },
  );

  test('a pause of a kubelet that another has stopped is not there, which is said, and ends nothing', () => {
    const seen = run([
      { id: 'stop', kind: 'kubelet-stop', targets: worker, occurrences: stands('stop', 0, 60) },
      { id: 'pause', kind: 'kubelet-pause', targets: worker, occurrences: stands('pause', 10, 30) },
    ]);
    expect(attested(seen, 'pause')).toEqual(['absent', 'absent']);
    expect(attested(seen, 'stop')).toEqual(['present', 'present']);
    expect(silentBetween(seen, 'worker', 1, 60)).toBe(true);
    expect(isWell(seen)).toBe(true);
  });

  test('a kubelet that is started anew is not the one that was paused', () => {
    const seen = run([
      { id: 'pause', kind: 'kubelet-pause', targets: worker, occurrences: stands('pause', 0, 80) },
      { id: 'stop', kind: 'kubelet-stop', targets: worker, occurrences: stands('stop', 10, 40) },
    ]);
    expect(attested(seen, 'pause')).toEqual(['present', 'absent']);
    expect(renewals(seen, 'worker').some((seconds) => seconds > 40 && seconds < 45)).toBe(true);
    expect(isWell(seen)).toBe(true);
  });

  test('a machine frozen by two answers when the last one lets it go', () => {
    const seen = run([
      { id: 'a', kind: 'node-pause', targets: worker, occurrences: stands('a', 0, 60) },
      { id: 'b', kind: 'node-pause', targets: worker, occurrences: stands('b', 10, 30) },
    ]);
    expect(silentBetween(seen, 'worker', 1, 60)).toBe(true);
    expect(attested(seen, 'a')).toEqual(['present', 'present']);
    expect(isWell(seen)).toBe(true);
  });

  test('a node that two partitions cut is reached when the last one is gone', () => {
    const seen = run([
      { id: 'a', kind: 'partition', direction: 'both', targets: worker, occurrences: stands('a', 0, 30) },
      { id: 'b', kind: 'partition', direction: 'egress', targets: worker, occurrences: stands('b', 10, 60) },
    ]);
    expect(silentBetween(seen, 'worker', 1, 60)).toBe(true);
    expect(isWell(seen)).toBe(true);
  });

  test('an API server paused by two answers when the last one lets it go; delays of several add up and go one by one', () => {
    const cp = ['control-plane'];
    const paused = run([
      { id: 'a', kind: 'apiserver-pause', targets: cp, occurrences: stands('a', 0, 4) },
      { id: 'b', kind: 'apiserver-pause', targets: cp, occurrences: stands('b', 2, 8) },
    ]);
    expect(silentBetween(paused, 'worker', 0.1, 8)).toBe(true);
    expect(isWell(paused)).toBe(true);
    const slowed = run([
      { id: 'a', kind: 'apiserver-latency', targets: cp, delayUs: us(2), occurrences: stands('a', 0, 60) },
      { id: 'b', kind: 'etcd-latency', targets: cp, delayUs: us(1), occurrences: stands('b', 0, 30) },
    ]);
    const gaps = (from: number, to: number): readonly number[] => {
      const all = renewals(slowed, 'worker').filter((seconds) => seconds > from && seconds < to);
      return all.slice(1).map((seconds, index) => Math.round(seconds - (all[index] ?? 0)));
    };
    expect(new Set(gaps(6, 32))).toEqual(new Set([13]));
    expect(new Set(gaps(36, 62))).toEqual(new Set([12]));
    expect(new Set(gaps(72, 118))).toEqual(new Set([10]));
  });
});

describe('times of a fault within its phase', () => {
  test('it comes and goes as often as it is planned, with the ids of the plan', () => {
    const text = `
name: often
profile: fast
phases:
  - fault: 100s
    inject: [{kind: kubelet-pause, target: {nodes: [worker]}, after: 10s, lasts: 5s, every: 30s, times: 3}]
`;
    const plan = makePlan(checkScenario(text, 'often.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    const seen = record(configOfPlan(plan));
    const phase = ofType(seen, 'step.started').find(({ kind }) => kind === 'fault')?.atMs ?? 0;
    const when = (type: 'fault.injecting' | 'fault.undoing') =>
      ofType(seen, type).map(({ fault: id, atMs }) => [id, Math.round(atMs - phase) / 1000]);
    expect(when('fault.injecting')).toEqual([
      ['kubelet-pause-1', 10],
      ['kubelet-pause-1.2', 40],
      ['kubelet-pause-1.3', 70],
    ]);
    expect(when('fault.undoing')).toEqual([
      ['kubelet-pause-1', 15],
      ['kubelet-pause-1.2', 45],
      ['kubelet-pause-1.3', 75],
    ]);
    expect(firstNotReady(seen, 'worker')).toBeNull();
  });

  test('a delay that grows in steps does its harm only once it is large enough', () => {
    const delay = (rampSteps: number): ModelFault => ({
      id: 'slow',
      kind: 'latency',
      targets: ['worker'],
      direction: 'egress',
      delayUs: us(6),
      rampSteps,
      occurrences: stands('slow', 0, 120),
    });
    const [atOnce, growing] = [1, 4].map((steps) => firstNotReady(run([delay(steps)]), 'worker') ?? Number.NaN);
    expect(Number(growing)).toBeGreaterThan(Number(atOnce) + 20_000);
  });
});

describe('each kind of a plan', () => {
  const planned = (inject: string, topology = 'single') => {
    const text = `name: kinds\nprofile: fast\ncluster: {topology: ${topology}}\nphases: [{steady: 10s}, {fault: 60s, inject: [${inject}]}, {recover: {within: 3m}}]\n`;
    const plan = makePlan(checkScenario(text, 'kinds.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    return record(configOfPlan(plan));
  };

  test.each([
    ['{kind: kubelet-stop, target: {nodes: [worker]}}', true],
    ['{kind: node-pause, target: {nodes: [worker]}}', true],
    ['{kind: node-stop, target: {nodes: [worker]}}', true],
    ['{kind: partition, target: {nodes: [worker]}}', true],
    ['{kind: partition, by: reject, target: {nodes: [worker]}}', true],
    ['{kind: netem, delay: {latency: 1s, jitter: 200ms}, target: {nodes: [worker]}}', false],
    ['{kind: netem, delay: {latency: 5s}, target: {nodes: [worker]}}', true],
    ['{kind: netem, rate: 100kbit, slot: {min: 10ms, max: 50ms}, target: {nodes: [worker]}}', false],
    ['{kind: netem, loss: {gemodel: {p: 1, r: 99}}, target: {nodes: [worker]}}', false],
    ['{kind: latency, delay: 6s, target: {nodes: [worker]}}', true],
    ['{kind: apiserver-latency, delay: 200ms}', false],
    ['{kind: etcd-latency, delay: 100ms, jitter: 100ms}', false],
    ['{kind: etcd-disk-latency, delay: 200ms}', false],
    ['{kind: cpu-pressure, loops: 8}', false],
    ['{kind: controller-manager-kill}', false],
    ['{kind: apiserver-pause, lasts: 5s}', false],
    ['{kind: etcd-pause, lasts: 5s}', false],
  ])('%s makes worker NotReady: %s; and all recovers', (inject, harms) => {
    const seen = planned(inject);
    expect(firstNotReady(seen, 'worker') !== null).toBe(harms);
    expect(isWell(seen)).toBe(true);
    expect(new Set(ofType(seen, 'fault.attested').map(({ state }) => state))).toEqual(new Set(['present']));
  });

  test('a fault of the leader hits the control plane that leads when it begins', () => {
    const seen = planned(
      '{kind: controller-manager-kill, target: {leader: kube-controller-manager}}, {kind: controller-manager-pause, target: {leader: kube-controller-manager}, after: 40s, lasts: 5s}',
      'ha',
    );
    const [first, second] = ofType(seen, 'fault.injecting').map(({ targets }) => targets);
    expect(first).toEqual(['control-plane']);
    expect(second).not.toEqual(first);
    expect(second).toHaveLength(1);
  });

  test('a cut of all traffic shows to clients that enter through the control plane: time-outs, or refusals by reject', () => {
    const outcomes = (by: string): ReadonlySet<string> => {
      const seen = planned(`{kind: partition, traffic: all, by: ${by}, lasts: 5s, target: {role: worker}}`);
      const fromMs = faultStart(seen);
      return new Set(
        seen.requests.filter(({ dueMs }) => dueMs > fromMs && dueMs < fromMs + 5000).map(({ outcome }) => outcome),
      );
    };
    expect(outcomes('drop')).toEqual(new Set(['timeout']));
    expect(outcomes('reject')).toEqual(new Set(['refused']));
    expect(
      readyChanges(planned('{kind: partition, lasts: 5s, target: {role: worker}}'), 'worker').length,
    ).toBeGreaterThan(0);
  });
});
