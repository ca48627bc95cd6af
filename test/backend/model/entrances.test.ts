import { describe, expect, test } from 'vitest';
import type { ModelFault } from '../../../src/backend/model/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version } from './support/clusters.ts';
import { faultStart, ofType, record } from './support/runs.ts';

type Options = {
  readonly through: 'target' | 'every';
  readonly connection?: 'fresh' | 'both';
  readonly lasts?: number;
};

const run = (one: ModelFault, { through, connection = 'fresh', lasts = 20 }: Options) =>
  record(
    cluster(
      version(34),
      { eviction: { kind: 'tolerations', seconds: 300 } },
      {
        replicas: 2,
        load: { ratePerSecond: 60, timeoutUs: us(1), connection, through },
        phases: [steady(20), fault(lasts, one), recover(150)],
      },
    ),
  );

const codes = (requests: readonly RequestRecord[]): string[] =>
  [...new Set(requests.map(({ outcome, code }) => (code === null ? outcome : `${outcome} ${code}`)))].sort();

/** Due since the fault, from so many seconds on to so many. */
const between = (seen: ReturnType<typeof run>, from: number, to: number): readonly RequestRecord[] =>
  seen.requests.filter(({ dueMs }) => dueMs >= faultStart(seen) + from * 1000 && dueMs < faultStart(seen) + to * 1000);

const through = (requests: readonly RequestRecord[], node: string): readonly RequestRecord[] =>
  requests.filter(({ entrance }) => entrance === node);

describe('requests enter through the nodes that are asked for', () => {
  test('each in turn, and with both kinds of connection each with both', () => {
    const { requests } = run(pauseOf('worker'), { through: 'every', connection: 'both' });
    const seen = new Map<string, number>();
    for (const { entrance, connection } of requests) {
      const key = `${entrance} ${connection}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    expect(Math.max(...seen.values()) - Math.min(...seen.values())).toBeLessThanOrEqual(1);
    expect(requests.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(requests.map((_, seq) => seq));
  });

  test('a paused kubelet leaves kube-proxy and the rules of its node as they are', () => {
    expect(codes(run(pauseOf('worker'), { through: 'target' }).requests)).toEqual(['ok']);
  });

  test('the kernel of a frozen node goes on to send requests to pods, and its own pod answers nothing', () => {
    const seen = run({ id: 'frozen', kind: 'node-pause', targets: ['worker'] }, { through: 'every' });
    const during = between(seen, 0, 20);
    for (const node of ['control-plane', 'worker', 'worker2']) {
      const own = through(during, node);
      expect(codes(own)).toEqual(['ok', 'timeout TIMEOUT_RESPONSE']);
      expect(Math.abs(own.filter(({ outcome }) => outcome === 'ok').length / own.length - 0.5)).toBeLessThan(0.12);
    }
  });

  test('a node without power answers nobody; after its boot it refuses until kube-proxy is there again', () => {
    const seen = run({ id: 'off', kind: 'node-stop', targets: ['worker'] }, { through: 'every' });
    expect(codes(through(between(seen, 0, 20), 'worker'))).toEqual(['timeout TIMEOUT_CONNECT']);
    expect(codes(through(between(seen, 0, 20), 'worker2'))).toEqual(['ok', 'timeout TIMEOUT_CONNECT']);
    const booting = through(between(seen, 20, 26), 'worker');
    expect(codes(booting)).toEqual(['refused ECONNREFUSED']);
    expect(codes(through(between(seen, 32, 40), 'worker'))).toEqual(['ok']);
    expect(codes(through(between(seen, 20, 40), 'worker2'))).toEqual(['ok', 'timeout TIMEOUT_CONNECT']);
  });

  test('a node cut off from the API server keeps the rules that it had, while others take the dead pod out', () => {
    const seen = record(
      cluster(
        version(34),
        { monitorPeriodSeconds: 2, graceSeconds: 20, eviction: { kind: 'tolerations', seconds: 300 } },
        {
          replicas: 2,
          workers: 3,
          load: { ratePerSecond: 60, timeoutUs: us(1), connection: 'fresh', through: 'every' },
          phases: [
            steady(20),
            fault(
              60,
              { id: 'cut', kind: 'partition', targets: ['worker3'], direction: 'both' },
              { id: 'off', kind: 'node-stop', targets: ['worker'] },
            ),
            recover(150),
          ],
        },
      ),
    );
    const gone = ofType(seen, 'endpoints').find(({ ready, atMs }) => ready < 2 && atMs > faultStart(seen))?.atMs;
    const after = seen.requests.filter(
      ({ dueMs }) => dueMs > (gone ?? Number.NaN) + 2000 && dueMs < faultStart(seen) + 60_000,
    );
    expect(after.length).toBeGreaterThan(100);
    expect(codes(through(after, 'worker2'))).toEqual(['ok']);
    expect(codes(through(after, 'worker3'))).toEqual(['ok', 'timeout TIMEOUT_CONNECT']);
  });
});
