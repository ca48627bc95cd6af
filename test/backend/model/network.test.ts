import { describe, expect, test } from 'vitest';
import type { AskedSettings, ModelFault } from '../../../src/backend/model/index.ts';
import { createLink, firstRetransmission, reconnectAt } from '../../../src/backend/model/network/link.ts';
import { cluster, fault, recover, steady, us, version } from './support/clusters.ts';
import { faultStart, firstNotReady, ofType, type Recorded, record } from './support/runs.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

const disturbed = (one: ModelFault, seconds: number, asked: AskedSettings = {}, minor = 34): Recorded[] =>
  seeds.map((seed) =>
    record(
      cluster(version(minor), asked, { seed, phases: [steady(40), fault(seconds, one), steady(60), recover(120)] }),
    ),
  );

const leasesDuring = (run: Recorded, fromMs: number, toMs: number) =>
  ofType(run, 'lease.renewed').filter(
    ({ node, atMs }) => node === 'worker' && atMs > faultStart(run) + fromMs && atMs <= faultStart(run) + toMs,
  );

describe('a connection after a cut', () => {
  test('works again at the first retransmission after it: 0.2, 0.6, 1.4, 3, 6.2 … s after what was lost', () => {
    expect([0.1, 0.2, 0.5, 1, 6, 100].map((second) => firstRetransmission(0, us(0.2), us(second)) / 1e6)).toEqual([
      0.2, 0.2, 0.6, 1.4, 6.2, 102.2,
    ]);
  });

  test('works at once where nothing was lost', () => {
    expect(reconnectAt(createLink(), us(50), true)).toBe(us(50));
  });

  test('is made anew 45 s after its last frame, where the client has the health check', () => {
    const link = { ...createLink(), lastFrameUs: us(10), lostUs: us(12) };
    // Retransmissions would come at 12 + 51 and 12 + 102.2 s.
    expect(reconnectAt(link, us(54), true)).toBe(us(55));
    expect(reconnectAt(link, us(70), true)).toBe(us(70));
    expect(reconnectAt(link, us(71), true)).toBe(us(55 + 31));
    expect(reconnectAt(link, us(71), false)).toBe(us(114.2));
  });

  test('is made anew when the kubelet has closed it', () => {
    const link = { ...createLink(), lastFrameUs: us(10), lostUs: us(12), closedUs: us(32) };
    expect(reconnectAt(link, us(40), true)).toBe(us(47));
  });
});

describe('a partition', () => {
  const cut = (direction: 'both' | 'egress' | 'ingress'): ModelFault => ({
    id: 'cut',
    kind: 'partition',
    targets: ['worker'],
    direction,
  });

  test.each(['both', 'egress'] as const)('%s lets no lease through', (direction) => {
    for (const run of disturbed(cut(direction), 80)) {
      expect(leasesDuring(run, 10, 80_000)).toEqual([]);
      expect(firstNotReady(run, 'worker')).toBeGreaterThan(39_000);
    }
  });

  test('of the answers alone lets one lease through, and the node goes NotReady all the same', () => {
    for (const run of disturbed(cut('ingress'), 90)) {
      expect(leasesDuring(run, 10, 90_000)).toHaveLength(1);
      expect(firstNotReady(run, 'worker')).not.toBeNull();
    }
  });

  test('is over for the kubelet when its connection is: later than the cut, within 45 s and a SYN’s back-off', () => {
    const waits = disturbed(cut('both'), 60).map((run) => {
      const [first] = leasesDuring(run, 60_000, 200_000);
      return (first?.atMs ?? Number.NaN) - faultStart(run) - 60_000;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(16_000);
    expect(Math.max(...waits)).toBeGreaterThan(500);
  });
});

describe('delay between a kubelet and the API server', () => {
  const slow = (seconds: number): ModelFault => ({
    id: 'slow',
    kind: 'latency',
    targets: ['worker'],
    delayUs: us(seconds),
    direction: 'egress',
  });

  test('shorter than the client’s patience lengthens the gaps and nothing else', () => {
    for (const run of disturbed(slow(9), 150)) expect(firstNotReady(run, 'worker')).toBeNull();
  });

  test.each([
    [10, {}, 50, 5],
    [4, { statusUpdateSeconds: 4, statusUpdateBy: 'flag', monitorPeriodSeconds: 2, graceSeconds: 20 }, 20, 2],
  ] as const)('longer than %d s is a cliff: one lease still commits, then none', (patience, asked, grace, period) => {
    for (const run of disturbed(slow(patience + 0.1), 120, asked)) {
      const committed = leasesDuring(run, 10, 60_000);
      expect(committed).toHaveLength(1);
      const notReadyMs = firstNotReady(run, 'worker') ?? Number.NaN;
      // A status post is a PATCH, which takes no revision amiss: one that is due meanwhile commits as well.
      const signs = [...committed, ...ofType(run, 'node.statusPosted').filter(({ node }) => node === 'worker')].map(
        ({ atMs }) => atMs - faultStart(run),
      );
      const afterMs = notReadyMs - Math.max(...signs.filter((sign) => sign < notReadyMs));
      expect(afterMs).toBeGreaterThan(grace * 1000);
      // One pass more where a status post was the last sign of life.
      expect(afterMs).toBeLessThan((grace + 2 * period) * 1000 + 500);
    }
  });

  test('up to 1.15 spoils the read before the write: no lease commits at all', () => {
    for (const run of disturbed(slow(10.1), 60, { graceSeconds: 40 }, 15)) {
      expect(leasesDuring(run, 10, 60_000).length).toBeLessThanOrEqual(1);
    }
  });
});
