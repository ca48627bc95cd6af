import { describe, expect, test } from 'vitest';
import type { AskedSettings, ModelFault } from '../../../src/backend/model/index.ts';
import { cluster, fault, recover, steady, us, version } from './support/clusters.ts';
import { faultStart, firstNotReady, ofType, type Recorded, record } from './support/runs.ts';

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

const disturbed = (one: ModelFault, seconds: number, asked: AskedSettings = {}, minor = 34): Recorded[] =>
  seeds.map((seed) =>
    record(
      cluster(version(minor), asked, { seed, phases: [steady(40), fault(seconds, one), steady(60), recover(120)] }),
    ),
  );

type Heartbeat = { readonly node: string; readonly atMs: number };

const during = <T extends Heartbeat>(run: Recorded, heartbeats: readonly T[], fromMs: number, toMs: number): T[] =>
  heartbeats.filter(
    ({ node, atMs }) => node === 'worker' && atMs > faultStart(run) + fromMs && atMs <= faultStart(run) + toMs,
  );

const leasesDuring = (run: Recorded, fromMs: number, toMs: number) =>
  during(run, ofType(run, 'lease.renewed'), fromMs, toMs);

const statusesDuring = (run: Recorded, fromMs: number, toMs: number) =>
  during(run, ofType(run, 'node.statusPosted'), fromMs, toMs);

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

  test('of the answers alone lets one heartbeat through, nearly always a lease, and the node goes NotReady all the same', () => {
    const runs = disturbed(cut('ingress'), 90);
    for (const run of runs) {
      // What is sent after one that nobody acknowledged waits behind it, a lease behind a status that came first, too.
      expect([...leasesDuring(run, 10, 90_000), ...statusesDuring(run, 10, 90_000)]).toHaveLength(1);
      expect(firstNotReady(run, 'worker')).not.toBeNull();
    }
    // A status is posted once in five minutes, a lease renewed within ten seconds: it is first in about one of sixty.
    expect(runs.filter((run) => leasesDuring(run, 10, 90_000).length === 1).length).toBeGreaterThan(16);
  });

  /** From the end of a cut to the first lease after it, s. */
  const returns = (seconds: number, minor = 34): number[] =>
    disturbed(cut('both'), seconds, {}, minor).map((run) => {
      const [first] = leasesDuring(run, seconds * 1000, (seconds + 150) * 1000);
      return ((first?.atMs ?? Number.NaN) - faultStart(run)) / 1000 - seconds;
    });

  test('of 20 s is over for the kubelet when TCP sends again what was lost', () => {
    const waits = returns(20);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeGreaterThan(3);
    // As long again as it took, or 45 s after the last frame, whichever comes first.
    expect(Math.max(...waits)).toBeLessThan(25.1);
  });

  // Real client-go v0.34.4 after DROP for 60, 80, 100, 120, 150, 170 and 200 s: 0.5, 0.4, 0.5, 0.1, 0.6, 0.1, 0.1 s.
  test.each([60, 80, 120, 170, 200])('of %d s is over within seconds, for each request dials anew', (seconds) => {
    const waits = returns(seconds).toSorted((one, other) => one - other);
    expect(waits[0]).toBeGreaterThanOrEqual(0);
    // A lease that could not be read is read again up to 7 s later, one whose read is given up before a SYN comes too.
    expect(waits.at(-1)).toBeLessThan(8.1);
    expect(waits[waits.length / 2]).toBeLessThan(4.5);
    // Not at the moment at which the cut ends, but with the next SYN of a dial.
    expect(waits.filter((wait) => wait < 0.02).length).toBeLessThan(3);
  });

  test('is as short where the kubelet itself closes its connections, on 1.19.0', () => {
    for (const seconds of returns(80, 19)) expect(seconds).toBeLessThan(8.1);
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

describe('packets lost between a kubelet and the API server', () => {
  const lossy = (loss: number, direction: 'both' | 'egress' = 'both'): ModelFault => ({
    id: 'loss',
    kind: 'latency',
    targets: ['worker'],
    delayUs: 0,
    loss,
    direction,
  });
  const lost = (runs: readonly Recorded[]): number =>
    runs.filter((run) => firstNotReady(run, 'worker') !== null).length;

  test('are nothing to a node at 1 and 10 %', () => {
    for (const loss of [0.01, 0.1]) expect(lost(disturbed(lossy(loss), 300))).toBe(0);
  });

  test('cost it most of its heartbeats at 50 and 70 %, for what is behind a lost segment waits with it', () => {
    // 300 s each under a grace of 50 s. Real clients (client-go v0.34.4) were silent for more than 55 s in 47 and 60 of 60.
    expect(lost(disturbed(lossy(0.5), 300))).toBeGreaterThan(5);
    expect(lost(disturbed(lossy(0.7), 300))).toBeGreaterThan(17);
  });

  test('cost it less where only its own are lost', () => {
    expect(lost(disturbed(lossy(0.5, 'egress'), 300))).toBeLessThan(5);
  });

  test('are a cut at 100 %', () => {
    for (const run of disturbed(lossy(1), 90)) {
      expect(leasesDuring(run, 10, 90_000)).toEqual([]);
      expect(firstNotReady(run, 'worker')).toBeGreaterThan(39_000);
    }
  });
});
