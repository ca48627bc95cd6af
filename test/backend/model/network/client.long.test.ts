import { describe, expect, test } from 'vitest';
import type { ModelFault } from '../../../../src/backend/model/index.ts';
import type { RequestOutcome } from '../../../../src/timeline/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version, workers } from '../support/clusters.ts';
import { faultStart, ofType, type Recorded, record } from '../support/runs.ts';

const load = { ratePerSecond: 50, timeoutUs: us(1) } as const;

const run = (connection: 'fresh' | 'keep-alive' | 'both', one: ModelFault, seconds: number, seed: number): Recorded =>
  record(
    cluster(
      version(34),
      { eviction: { kind: 'tolerations', seconds: 300 } },
      {
        seed,
        workers: 3,
        replicas: 2,
        load: { ...load, connection },
        phases: [steady(30), fault(seconds, one), recover(120)],
      },
    ),
  );

const outcomes = ({ requests }: Recorded, connection: 'fresh' | 'keep-alive'): RequestOutcome[] => [
  ...new Set(requests.filter((request) => request.connection === connection).map(({ outcome }) => outcome)),
];

const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

describe('when the nodes of all endpoints are silent and their pods are not', () => {
  test('new connections are refused until a pod is ready again, kept ones go on', () => {
    for (const seed of seeds) {
      const both = run('both', pauseOf(...workers(2)), 70, seed);
      expect(outcomes(both, 'keep-alive')).toEqual(['ok']);
      expect(outcomes(both, 'fresh')).toEqual(['ok', 'refused']);
      const refused = both.requests.filter(({ outcome }) => outcome === 'refused');
      const first = Math.min(...refused.map(({ endedMs }) => endedMs));
      const last = Math.max(...refused.map(({ endedMs }) => endedMs));
      const empty = ofType(both, 'endpoints').find(({ ready, atMs }) => ready === 0 && atMs > faultStart(both));
      // The proxy writes its rules within its pause of 1 s of the change.
      expect(first).toBeGreaterThan(empty?.atMs ?? Number.NaN);
      expect(first).toBeLessThan((empty?.atMs ?? Number.NaN) + 1060);
      expect(last).toBeGreaterThan(faultStart(both) + 70_000);
      expect(last).toBeLessThan(faultStart(both) + 70_000 + 10_000 + 1100);
    }
  });

  test('a refusal names its code and comes at once, an answer its status', () => {
    const { requests } = run('fresh', pauseOf(...workers(2)), 70, 1);
    for (const { outcome, code, status, dueMs, endedMs } of requests) {
      expect([code, status]).toEqual(outcome === 'refused' ? ['ECONNREFUSED', null] : [null, 200]);
      expect(endedMs - dueMs).toBeLessThan(1.1);
    }
  });
});

describe('when the machine of one of two endpoints is lost', () => {
  const silent = (kind: 'node-pause' | 'node-stop'): ModelFault => ({ id: 'silent', kind, targets: ['worker'] });
  test.each([
    ['node-pause', 'TIMEOUT_RESPONSE'],
    ['node-stop', 'TIMEOUT_CONNECT'],
  ] as const)('%s: about half of new connections time out until the endpoint is taken away', (kind, expected) => {
    for (const seed of seeds) {
      const seen = run('fresh', silent(kind), 80, seed);
      const began = faultStart(seen);
      const gone = ofType(seen, 'endpoints').find(({ ready, atMs }) => ready === 1 && atMs > began)?.atMs ?? Number.NaN;
      const before = seen.requests.filter(({ dueMs }) => dueMs > began && dueMs < gone);
      const timedOut = before.filter(({ outcome }) => outcome === 'timeout');
      expect(new Set(timedOut.map(({ code }) => code))).toEqual(new Set([expected]));
      // 2,000 coin tosses and more: 5 % is beyond four standard deviations.
      expect(Math.abs(timedOut.length / before.length - 0.5)).toBeLessThan(0.05);
      for (const { dueMs, endedMs } of timedOut) expect(Math.abs(endedMs - dueMs - 1000)).toBeLessThan(0.01);
      const after = seen.requests.filter(({ dueMs }) => dueMs > gone + 1100 && dueMs < began + 80_000);
      expect(new Set(after.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    }
  });
});

test('a kept connection to a machine that loses its power is given up by time-out, where it was to that of the two', () => {
  const codes = seeds.map((seed) =>
    run('keep-alive', { id: 'off', kind: 'node-stop', targets: ['worker'] }, 20, seed)
      .requests.filter(({ outcome }) => outcome !== 'ok')
      .map(({ code }) => code),
  );
  // Once each, where it was; the next is made anew, to either of the two until the endpoint is taken away.
  const lost = codes.filter(([first]) => first === 'TIMEOUT_RESPONSE');
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.length).toBeLessThan(seeds.length);
  for (const [, ...later] of lost) expect(later).not.toContain('TIMEOUT_RESPONSE');
  expect(codes.filter((all) => all.length > 0)).toEqual(lost);
});

describe('what is asked of frozen processes', () => {
  const frozen = { id: 'silent', kind: 'node-pause', targets: ['worker'] } as const;
  const asked = (
    timeout: number,
    seconds: number,
    connection: 'fresh' | 'keep-alive',
    faults: readonly ModelFault[] = [frozen],
    seed = 1,
  ) => {
    const seen = record(
      cluster(
        version(34),
        { eviction: { kind: 'tolerations', seconds: 300 } },
        {
          seed,
          workers: 3,
          replicas: 2,
          load: { ...load, timeoutUs: us(timeout), connection },
          phases: [steady(30), fault(seconds, ...faults), recover(120)],
        },
      ),
    );
    const undone = ofType(seen, 'fault.undone').at(-1)?.atMs ?? Number.NaN;
    return { undone, began: faultStart(seen), requests: seen.requests };
  };

  test.each(['fresh', 'keep-alive'] as const)(
    '%s: is answered when they go on, to those who still wait',
    (connection) => {
      const lates = seeds.map((seed) => {
        const { began, undone, requests } = asked(30, 10, connection, [frozen], seed);
        expect(new Set(requests.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
        const late = requests.filter(({ dueMs, endedMs }) => endedMs - dueMs > 2);
        for (const { dueMs, endedMs } of late) {
          expect(dueMs).toBeGreaterThanOrEqual(began);
          expect(dueMs).toBeLessThanOrEqual(undone);
          expect(Math.abs(endedMs - undone)).toBeLessThan(2);
        }
        return late.length;
      });
      // A kept connection is to one of the two pods, and is given up where that one does not answer.
      expect(Math.max(...lates)).toBeGreaterThan(connection === 'fresh' ? 100 : 0);
    },
  );

  test('times out where nobody waits for so long, each at its own moment', () => {
    const { undone, requests } = asked(4, 10, 'fresh');
    const timedOut = requests.filter(({ outcome }) => outcome === 'timeout');
    expect(timedOut.length).toBeGreaterThan(100);
    for (const { dueMs, endedMs, code } of timedOut) {
      expect(code).toBe('TIMEOUT_RESPONSE');
      expect(Math.abs(endedMs - dueMs - 4000)).toBeLessThan(0.01);
      expect(dueMs).toBeLessThan(undone - 3998);
    }
    const late = requests.filter(({ outcome, dueMs, endedMs }) => outcome === 'ok' && endedMs - dueMs > 2);
    expect(Math.max(...late.map(({ dueMs, endedMs }) => endedMs - dueMs))).toBeGreaterThan(3900);
  });

  test('has each request once, and none of it is left open', () => {
    const { requests } = asked(7, 10, 'fresh');
    const all = requests.map(({ seq }) => seq).toSorted((one, other) => one - other);
    expect(all).toEqual(Array.from({ length: all.length }, (_, seq) => seq));
  });

  test('is not answered where the machine loses its power before they go on', () => {
    const { requests } = asked(30, 10, 'fresh', [frozen, { id: 'off', kind: 'node-stop', targets: ['worker'] }]);
    expect(requests.filter(({ outcome, dueMs, endedMs }) => outcome === 'ok' && endedMs - dueMs > 2)).toEqual([]);
    expect(requests.some(({ outcome }) => outcome === 'timeout')).toBe(true);
  });
});
