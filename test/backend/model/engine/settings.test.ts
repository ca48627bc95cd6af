import { describe, expect, test } from 'vitest';
import { behaviourOf } from '../../../../src/backend/model/engine/versions.ts';
import { settingsFor } from '../../../../src/backend/model/index.ts';
import { version } from '../support/clusters.ts';

/** The first version from which on something holds, and the last one before it. */
const boundary = (holds: (minor: number, patch: number) => unknown, minor: number, patch = 0): unknown[] => [
  patch > 0 ? holds(minor, patch - 1) : holds(minor - 1, 99),
  holds(minor, patch),
];

describe('version boundaries of behaviour', () => {
  const of = (minor: number, patch: number) => behaviourOf(version(minor, patch));
  test.each([
    ['NoSchedule taints', 'noScheduleTaints', 12, false, true],
    ['NoExecute taints', 'noExecuteTaints', 13, false, true],
    ['leases', 'leases', 14, 'none', 'get-put'],
    ['leases without a read', 'leases', 16, 'get-put', 'put'],
    ['events of marked pods', 'podEvents', 19, false, true],
    ['kube-proxy pauses', 'proxyMinSyncUs', 19, 0, 1_000_000],
    ['leader election requests', 'leaderRequestShare', 21, 1, 0.5],
    ['closing connections', 'closesOnRepeatedFailure', 23, true, false],
    ['DisruptionTarget', 'disruptionTarget', 26, false, true],
    ['terminating endpoints', 'terminatingFallback', 26, false, true],
    ['eight workers', 'monitorWorkers', 27, 1, 8],
    ['a client for evictions', 'ownEvictionClient', 29, false, true],
    ['status from the informer', 'statusFromInformer', 31, false, true],
    ['starting not ready', 'startsNotReady', 31, true, false],
    ['keeping that a pod was evicted', 'keepsEvictions', 33, true, false],
    ['tainting in the detecting pass', 'taintsByWrittenCondition', 34, false, true],
    ['scattered reports', 'scattersReports', 34, false, true],
    ['syncs in a row', 'proxyBurst', 34, 2, 1],
    ['readiness over a restart', 'restartedPods', 22, 'unready', 'blink'],
    ['readiness over a restart', 'restartedPods', 35, 'blink', 'kept'],
    ['circuit breaker', 'leaseCircuitBreaker', 37, false, true],
  ] as const)('%s (%s) change at 1.%d', (_, field, minor, before, after) => {
    expect(boundary((m, p) => of(m, p)[field], minor)).toEqual([before, after]);
  });

  test.each([
    [26, 11],
    [27, 8],
    [28, 4],
  ])('DisruptionTarget is no longer applied anew from 1.%d.%d on', (minor, patch) => {
    const repeats = (version: number): boolean => of(minor, version).repeatsDisruptionTarget;
    expect([repeats(0), repeats(patch - 1), repeats(patch)]).toEqual([true, true, false]);
  });

  test.each([
    ['marking again what failed', 'retriesMarking', '15.10', false, '15.11', true],
    ['marking again what failed', 'retriesMarking', '16.7', false, '16.8', true],
    ['marking again what failed', 'retriesMarking', '14.10', false, '17.0', true],
    ['queueing anew', 'requeue', '18.16', 'none', '18.17', 'moves'],
    ['queueing anew', 'requeue', '18.16', 'none', '19.0', 'doubles'],
    ['queueing anew', 'requeue', '19.8', 'doubles', '19.9', 'moves'],
    ['queueing anew', 'requeue', '20.4', 'doubles', '20.5', 'moves'],
    ['queueing anew', 'requeue', '17.17', 'none', '21.0', 'moves'],
    ['timers that run on', 'keepsTimers', '16.13', true, '16.15', false],
    ['timers that run on', 'keepsTimers', '17.11', true, '17.12', false],
    ['timers that run on', 'keepsTimers', '18.8', true, '18.9', false],
    ['timers that run on', 'keepsTimers', '15.12', true, '19.0', false],
    ['statuses spoilt by listing', 'spoilsPodStatus', '14.10', false, '15.0', true],
    ['statuses spoilt by listing', 'spoilsPodStatus', '15.7', true, '15.8', false],
    ['statuses spoilt by listing', 'spoilsPodStatus', '16.4', true, '16.5', false],
    ['statuses spoilt by listing', 'spoilsPodStatus', '17.0', true, '17.1', false],
    ['reports forgotten by a start', 'forgetsReport', '31.14', false, '32.0', true],
    ['reports forgotten by a start', 'forgetsReport', '32.2', true, '32.3', false],
    ['scattered reports', 'scattersReports', '32.2', true, '32.3', false],
  ] as const)('%s (%s) on 1.%s is %s, on 1.%s %s', (_, field, before, had, after, has) => {
    const at = (text: string) => of(...(text.split('.').map(Number) as [number, number]))[field];
    expect([at(before), at(after)]).toEqual([had, has]);
  });

  test.each([
    [20, 0],
    [19, 5],
    [18, 18],
  ])('a silent connection is given up from 1.%d.%d on', (minor, patch) => {
    expect(boundary((m, p) => of(m, p).connectionHealthCheck, minor, patch)).toEqual([minor === 20, true]);
  });
});

describe('version boundaries of settings', () => {
  const of = (minor: number, patch = 0) => settingsFor(version(minor, patch));
  test('the grace is 40 s, from 1.32 on 50 s', () => {
    expect(boundary((m, p) => of(m, p).graceUs / 1e6, 32)).toEqual([40, 50]);
  });
  test('an unchanged status is posted every tick to 1.13, every minute to 1.16, then every 5 minutes', () => {
    expect([13, 14, 16, 17].map((minor) => of(minor).statusReportUs / 1e6)).toEqual([10, 60, 60, 300]);
  });
  test('leases wait up to 4 % longer from 1.22.0, 1.21.2 and 1.20.8 on', () => {
    const jitter = ([minor, patch]: readonly [number, number]): number => of(minor, patch).leaseJitter;
    const versions = [
      [19, 99],
      [20, 7],
      [20, 8],
      [21, 1],
      [21, 2],
      [22, 0],
    ] as const;
    expect(versions.map(jitter)).toEqual([0, 0, 0.04, 0, 0.04, 0.04]);
  });
  test('status ticks wait up to 4 % longer from 1.23 on', () => {
    expect(boundary((m, p) => of(m, p).statusJitter, 23)).toEqual([0, 0.04]);
  });
  test('eviction is by timeout to 1.12, by tolerations from 1.13 on', () => {
    expect(boundary((m, p) => of(m, p).eviction.kind, 13)).toEqual(['pod-eviction-timeout', 'tolerations']);
  });
  test('a heartbeat request is given up after S or the lease’s duration, whichever is shorter', () => {
    const timeouts = [4, 10, 60].map(
      (statusUpdateSeconds) => settingsFor(version(34), { statusUpdateSeconds }).heartbeatTimeoutUs / 1e6,
    );
    expect(timeouts).toEqual([4, 10, 40]);
  });
});
