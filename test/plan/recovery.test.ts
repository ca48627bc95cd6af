import { describe, expect, test } from 'vitest';
import { type ClusterView, followRecovery, recoveryTerms } from '../../src/plan/index.ts';

const nodes = ['control-plane', 'worker', 'worker2'];

const after = {
  replicas: 2,
  nodes,
  faults: [{ kind: 'kubelet-pause', targets: ['worker'] }],
  undoneMs: 50_000,
  monitorPeriodMs: 5000,
  statusPeriodMs: 10_400,
  minor: 34,
} as const;

const some = (...names: readonly string[]) => ({ count: names.length, names: () => names });

/** A cluster that is well again at `nowMs`; every node renewed just before. */
const well = (nowMs: number, changes: Partial<ClusterView> = {}): ClusterView => ({
  nowMs,
  notReady: some(),
  tainted: some(),
  lastHeartbeatMs: () => nowMs - 100,
  endingPods: 0,
  endpoints: { ready: 2, notReady: 0, terminating: 0 },
  requests: { failedMs: null, answeredMs: nowMs - 20, openSinceMs: null },
  ...changes,
});

describe('what a recovery waits for', () => {
  test('is a monitor pass, and from 1.31 on a status period more', () => {
    expect(recoveryTerms(after).stableMs).toBe(15_900);
    expect(recoveryTerms({ ...after, minor: 30 }).stableMs).toBe(5500);
  });

  test('is the check of a kubelet that was started again on its pods, on every version', () => {
    const faults = [{ kind: 'kubelet-stop', targets: ['worker'] }] as const;
    expect(recoveryTerms({ ...after, minor: 30, faults }).stableMs).toBe(15_500);
    expect(recoveryTerms({ ...after, minor: 34, faults }).stableMs).toBe(15_900);
  });

  test('is every node that was hit: all of them where the control plane was', () => {
    expect(recoveryTerms(after).hit).toEqual(['worker']);
    expect(recoveryTerms({ ...after, faults: [{ kind: 'etcd-pause', targets: ['control-plane'] }] }).hit).toEqual(
      nodes,
    );
  });
});

describe('a recovery goes on while', () => {
  const [nowMs] = [60_000];
  test.each<[string, Partial<ClusterView>]>([
    ['worker NotReady, worker2 NotReady', { notReady: some('worker', 'worker2') }],
    ['6 nodes NotReady', { notReady: { count: 6, names: () => [] } }],
    ['worker tainted', { tainted: some('worker') }],
    ['1 of 2 endpoints ready', { endpoints: { ready: 1, notReady: 1, terminating: 0 } }],
    ['1 endpoint not ready or terminating', { endpoints: { ready: 2, notReady: 0, terminating: 1 } }],
    ['1 pod is ending', { endingPods: 1 }],
    ['requests still fail', { requests: { failedMs: nowMs - 2999, answeredMs: nowMs - 20, openSinceMs: null } }],
    ['requests still fail', { requests: { failedMs: nowMs - 9000, answeredMs: nowMs - 9500, openSinceMs: null } }],
    [
      'requests still fail, a request is under way since 7.0 s',
      { requests: { failedMs: nowMs - 9000, answeredMs: nowMs - 20, openSinceMs: nowMs - 7000 } },
    ],
    [
      'a request is under way since 3.1 s',
      { requests: { failedMs: null, answeredMs: nowMs - 20, openSinceMs: nowMs - 3100 } },
    ],
    ['worker not renewed since', { lastHeartbeatMs: (node) => (node === 'worker' ? 49_999 : nowMs) }],
    ['worker not renewed since', { lastHeartbeatMs: () => null }],
  ])('%s', (missing, changes) => {
    expect(followRecovery(recoveryTerms(after))(well(nowMs, changes))).toBe(missing);
  });

  test('less than a pass and a status period have gone by since the nodes renewed again', () => {
    const missing = followRecovery(recoveryTerms(after));
    expect(missing(well(60_000, { lastHeartbeatMs: () => 49_000 }))).toBe('worker not renewed since');
    expect(missing(well(61_000, { lastHeartbeatMs: () => 60_500 }))).toBe('all is well, to be seen for 15.9 s more');
    expect(missing(well(76_800, { lastHeartbeatMs: () => 60_500 }))).toBe('all is well, to be seen for 0.1 s more');
    expect(missing(well(76_900, { lastHeartbeatMs: () => 60_500 }))).toBeNull();
  });

  test('less than a pass has gone by since something was last amiss', () => {
    const missing = followRecovery(recoveryTerms(after));
    expect(missing(well(61_000))).toBe('all is well, to be seen for 15.9 s more');
    expect(missing(well(90_000, { tainted: some('worker2') }))).toBe('worker2 tainted');
    expect(missing(well(90_250))).toBe('all is well, to be seen for 5.3 s more');
    expect(missing(well(95_500))).toBeNull();
  });
});
