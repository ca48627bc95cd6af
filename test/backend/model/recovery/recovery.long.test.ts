import { describe, expect, test } from 'vitest';
import { podsAfterNodeUs, readUs, requestDownUs, requestUpUs } from '../../../../src/backend/model/engine/constants.ts';
import type { AskedSettings, ModelFault } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, recover, steady, version } from '../support/clusters.ts';
import { faultStart, ofType, type Recorded, readyChanges, record } from '../support/runs.ts';

const seeds = Array.from({ length: 25 }, (_, index) => index + 1);

const pausedFor = (
  minor: number,
  asked: AskedSettings,
  seconds: number,
  one: ModelFault = pauseOf('worker'),
): Recorded[] =>
  seeds.map((seed) =>
    record(
      cluster(version(minor), asked, {
        seed,
        replicas: 2,
        phases: [steady(30), fault(seconds, one), steady(20), recover(120)],
      }),
    ),
  );

/** Ready at once, for the kubelet's watch came before its first status: one in eight, from 1.31 on (watch-first.sampled.test.ts). */
const isAtOnce = (ms: number): boolean => ms < 50;

/** ms from the end of the disturbance to a node's Ready. */
const readyAfter = (run: Recorded, seconds: number): number =>
  (readyChanges(run, 'worker').findLast(({ status }) => status === 'True')?.afterMs ?? Number.NaN) - seconds * 1000;

describe('a kubelet that goes on after a long pause', () => {
  test('makes its node Ready at its first overdue status tick, up to 1.30', () => {
    for (const run of pausedFor(30, {}, 70)) {
      // One status tick later where that tick says False, for the runtime has not been asked for 30 s.
      const reportsFalse = readyChanges(run, 'worker').some(({ status }) => status === 'False');
      expect(readyAfter(run, 70)).toBeGreaterThan(reportsFalse ? 10_000 : 0);
      expect(readyAfter(run, 70)).toBeLessThan(reportsFalse ? 10_450 : 50);
    }
  });

  test.each([
    [10, {}],
    [4, { statusUpdateSeconds: 4, graceSeconds: 20, monitorPeriodSeconds: 2 }],
    [60, { statusUpdateSeconds: 60, statusUpdateBy: 'flag' }],
  ] as const)('makes it Ready one tick later from 1.31 on: after %d s', (seconds, asked) => {
    const all = pausedFor(31, asked, 90).map((run) => readyAfter(run, 90));
    const late = seconds === 60 ? all : all.filter((ms) => !isAtOnce(ms));
    expect(late.length).toBeGreaterThan(16);
    for (const afterMs of late) {
      // One tick of S (1 + U[0, 0.04]); a tick that was not overdue comes at its own time, within one S.
      expect(afterMs).toBeGreaterThan(seconds === 60 ? 0 : seconds * 1000);
      expect(afterMs).toBeLessThan(seconds * 1040 + 100);
    }
  });

  test('has its lease renewed at once, which does not make the node Ready', () => {
    for (const run of pausedFor(34, {}, 70)) {
      const renewed = ofType(run, 'lease.renewed').find(
        ({ node, atMs }) => node === 'worker' && atMs > faultStart(run) + 70_000,
      );
      expect((renewed?.atMs ?? Number.NaN) - faultStart(run) - 70_000).toBeLessThan(50);
      expect(isAtOnce(readyAfter(run, 70)) || readyAfter(run, 70) > 9000).toBe(true);
    }
  });

  test('has its pod Ready again within 10 s, at any moment of them, whatever its node is', () => {
    const waits = pausedFor(34, {}, 70).map((run) => {
      const ready = ofType(run, 'pod').findLast(({ node, change }) => node === 'worker' && change === 'ready');
      return (ready?.atMs ?? Number.NaN) - faultStart(run) - 70_000;
    });
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThan(10_050);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(5000);
  });

  test('has its NoSchedule taint taken away some ms after Ready', () => {
    for (const run of pausedFor(34, {}, 70)) {
      // The last: before it, unreachable may have been swapped for not-ready.
      const removed = ofType(run, 'node.taint').findLast(
        ({ node, change, effect }) => node === 'worker' && change === 'removed' && effect === 'NoSchedule',
      );
      const afterMs = (removed?.atMs ?? Number.NaN) - faultStart(run) - 70_000 - readyAfter(run, 70);
      expect(afterMs).toBeGreaterThan(0);
      expect(afterMs).toBeLessThan(50);
    }
  });
});

describe('a kubelet that was ended and started again', () => {
  const stop: ModelFault = { id: 'stop', kind: 'kubelet-stop', targets: ['worker'] };

  test('first says that its node is not ready, up to 1.30', () => {
    for (const run of pausedFor(30, {}, 5, stop)) {
      const statuses = readyChanges(run, 'worker').filter(({ afterMs }) => afterMs >= 0);
      expect(statuses.map(({ status }) => status)).toEqual(['False', 'True']);
      expect((statuses[1]?.afterMs ?? 0) - (statuses[0]?.afterMs ?? 0)).toBeLessThanOrEqual(10_500);
    }
  });

  test('says nothing of the kind from 1.31 on', () => {
    for (const run of pausedFor(31, {}, 5, stop)) {
      expect(readyChanges(run, 'worker').filter(({ afterMs }) => afterMs >= 0)).toEqual([]);
    }
  });

  test.each([
    [31, {}],
    [34, {}],
    [37, { statusUpdateSeconds: 60, statusUpdateBy: 'flag' }],
  ] as const)(
    'is Ready half a second to two after it was started, its own copy of its node being empty, on 1.%d',
    (minor, asked) => {
      for (const run of pausedFor(minor, asked, 100, stop)) {
        expect(readyChanges(run, 'worker').some(({ status }) => status === 'Unknown')).toBe(true);
        expect(readyAfter(run, 100)).toBeGreaterThan(500);
        expect(readyAfter(run, 100)).toBeLessThan(2110);
      }
    },
  );

  /** How long its pod was not Ready, ms; null where it was Ready throughout. */
  const podUnreadyFor = (minor: number): readonly (number | null)[] =>
    pausedFor(minor, {}, 5, stop).map((run) => {
      const changes = ofType(run, 'pod').filter(({ node, atMs }) => node === 'worker' && atMs > faultStart(run));
      if (changes.length === 0) return null;
      expect(changes.map(({ change }) => change)).toEqual(['notReady', 'ready']);
      return (changes[1]?.atMs ?? 0) - (changes[0]?.atMs ?? 0);
    });

  test('to 1.21 its pod is not Ready until its first probe, a random part of the probe period', () => {
    const waits = podUnreadyFor(21).map((ms) => ms ?? 0);
    expect(Math.max(...waits)).toBeLessThan(1020);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(500);
  });

  test.each([22, 34])('on 1.%d its pod is not Ready for the moment between two writes', (minor) => {
    for (const ms of podUnreadyFor(minor)) {
      expect(ms).toBeGreaterThan(0);
      // Half of 30 real starts below 40 ms.
      expect(ms).toBeLessThan(85);
    }
  });

  // As long before its first lease is written it is read: up, the read, and down again.
  const leaseReadMs = (requestUpUs + readUs + requestDownUs) / 1000;

  test.each([
    ['a second after its start, on 1.34', 34, podsAfterNodeUs / 1000 - leaseReadMs, 1350],
    ['at once, on 1.20.2', 20, -20, 350],
  ])('lists its pods %s', (_, minor, fromMs, toMs) => {
    for (const run of pausedFor(minor, {}, 5, stop)) {
      const started = ofType(run, 'lease.renewed').find(
        ({ node, atMs }) => node === 'worker' && atMs > faultStart(run) + 5000,
      );
      const unready = ofType(run, 'pod').find(({ node, atMs }) => node === 'worker' && atMs > faultStart(run));
      expect((unready?.atMs ?? 0) - (started?.atMs ?? 0)).toBeGreaterThanOrEqual(fromMs - 0.001);
      expect((unready?.atMs ?? 0) - (started?.atMs ?? 0)).toBeLessThan(toMs);
    }
  });

  test('from 1.35 on its pod stays Ready', () => {
    expect(new Set(podUnreadyFor(35))).toEqual(new Set([null]));
  });
});
