import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../../../src/backend/model/index.ts';
import { makePlan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import { faultStart, ofType, type Recorded, readyChanges, record } from '../support/runs.ts';

const seconds = 120;

const runOf = (
  options: string,
  target = '{hollow: {share: 50}}',
  profile = 'default',
  seed = 1,
  kind = 'latency',
): Recorded =>
  record(
    configOfPlan(
      makePlan(
        checkScenario(
          `name: a\nprofile: ${profile}\nseed: ${seed}\ncluster: {hollow: {nodes: 40}}\nload: {ratePerSecond: 1}\nphases: [{steady: 15s}, {fault: ${seconds}s, inject: [{kind: ${kind}, target: ${target}, ${options}}]}, {recover: {within: 90s}}]\n`,
          'x.yaml',
        ).scenario,
        { kubernetesVersion: 'v1.34.4' },
      ),
    ),
  );

const isHit = (node: string): boolean => Number(/^hollow-(\d+)$/.exec(node)?.[1] ?? 99) <= 20;

/** Times between two renewals in s that both lie in the fault, once what was under way at its start is over. */
const gaps = (run: Recorded, of: (node: string) => boolean): readonly number[] => {
  const fromMs = faultStart(run) + 15_000;
  const all = ofType(run, 'lease.renewed').filter(
    ({ node, atMs }) => of(node) && atMs > fromMs && atMs < faultStart(run) + seconds * 1000,
  );
  return [...Map.groupBy(all, ({ node }) => node).values()]
    .flatMap((own) => own.slice(1).map(({ atMs }, index) => (atMs - (own[index]?.atMs ?? 0)) / 1000))
    .toSorted((one, other) => one - other);
};

const names = Array.from({ length: 40 }, (_, index) => `hollow-${index + 1}`);

/** Hollow nodes that were given up once the fault stood. */
const lostIn = (run: Recorded): readonly string[] =>
  names.filter((node) => readyChanges(run, node).some(({ status, afterMs }) => status !== 'True' && afterMs > 0));

const median = (values: readonly number[]): number => values[Math.floor(values.length / 2)] ?? Number.NaN;

describe('hollow nodes behind a slow way', () => {
  test('renew as much later as a request and its answer take, as kubelets do; all others keep time', () => {
    const run = runOf('delay: 3s');
    const hit = gaps(run, isHit);
    expect([Math.min(...hit), Math.max(...hit)].map((value) => Math.round(value * 10) / 10)).toEqual([16, 16.4]);
    const others = gaps(run, (node) => !isHit(node));
    expect(Math.max(...others)).toBeLessThan(10.5);
    const kubelet = gaps(runOf('delay: 3s', '{nodes: [worker]}'), (node) => node === 'worker');
    expect([Math.floor(Math.min(...kubelet)), Math.ceil(Math.max(...kubelet))]).toEqual([16, 17]);
  });

  test('hold each other up where the delay varies, which one alone does not', () => {
    const together = gaps(runOf('delay: 3s, jitter: 1s'), isHit);
    const alone = Array.from({ length: 20 }, (_, seed) =>
      gaps(runOf('delay: 3s, jitter: 1s', '{nodes: [worker]}', 'default', seed + 1), (node) => node === 'worker'),
    ).flat();
    expect(Math.abs(median(alone) - 16.2)).toBeLessThan(0.5);
    expect(median(together)).toBeGreaterThan(17);
    // None is held back by more than the longest delay each way.
    expect(Math.max(...together, ...alone)).toBeLessThan(10.4 + 2 * 4 + 2 + 0.1);
  });

  test('are lost and come back again and again where the grace is shorter than that', () => {
    const run = runOf('delay: 4500ms', '{hollow: {share: 50}}', '{nodeMonitorGracePeriod: 14s}');
    const lost = lostIn(run);
    expect(lost.every(isHit)).toBe(true);
    expect(lost.length).toBeGreaterThan(10);
  });
});

describe('on a way that loses packets', () => {
  test('every node of a kwok waits for what is sent again, none is lost, and all others keep time', () => {
    const run = runOf('delay: 0s, loss: 20');
    expect(Math.max(...gaps(run, isHit))).toBeGreaterThan(10.5);
    expect(Math.max(...gaps(run, (node) => !isHit(node)))).toBeLessThan(10.5);
    expect(lostIn(run)).toEqual([]);
  });

  test('where nothing gets through all are lost, and renew again once it does', () => {
    const run = runOf('delay: 0s, loss: 100');
    expect(lostIn(run)).toEqual(names.filter(isHit));
    const undoneMs = faultStart(run) + seconds * 1000;
    const back = ofType(run, 'lease.renewed').filter(({ node, atMs }) => isHit(node) && atMs > undoneMs);
    expect(new Set(back.map(({ node }) => node)).size).toBe(20);
    expect(Math.min(...back.map(({ atMs }) => atMs)) - undoneMs).toBeLessThan(12_000);
  });
});

describe('on a way that is cut', () => {
  const cut = (seconds: string, seed = 1): Recorded =>
    runOf(`lasts: ${seconds}`, '{hollow: {share: 50}}', 'default', seed, 'partition');
  const since = (run: Recorded, type: 'lease.renewed', seconds: number): readonly number[] => {
    const undoneMs = faultStart(run) + seconds * 1000;
    const back = ofType(run, type).filter(({ node, atMs }) => isHit(node) && atMs > undoneMs);
    return [...new Map(back.toReversed().map(({ node, atMs }) => [node, (atMs - undoneMs) / 1000])).values()];
  };

  test('all of its nodes are silent and lost, none of the others is', () => {
    const run = cut('75s');
    expect(lostIn(run)).toEqual(names.filter(isHit));
    const silent = ofType(run, 'lease.renewed').filter(({ node, atMs }) => {
      const afterMs = atMs - faultStart(run);
      return isHit(node) && afterMs > 1000 && afterMs < 75_000;
    });
    expect(silent).toEqual([]);
    expect(Math.max(...gaps(run, (node) => !isHit(node)))).toBeLessThan(10.5);
  });

  test('whose connection was given up meanwhile each of its nodes renews when its turn comes', () => {
    for (const seed of [1, 2, 3]) {
      const after = since(cut('75s', seed), 'lease.renewed', 75);
      expect(after).toHaveLength(20);
      // No SYN is sent in the last 3 s of a dial, and one that has just given its dial up waits 10.4 s for its next turn.
      expect(Math.max(...after)).toBeLessThan(14);
    }
  });

  test('kwok sees that its nodes were lost after a pause of its watch', () => {
    const ready = [1, 2, 3, 4].flatMap((seed) => {
      const run = cut('75s', seed);
      return names.flatMap((node) =>
        readyChanges(run, node).flatMap(({ status, afterMs }) =>
          status === 'True' && afterMs > 75_000 ? [afterMs / 1000 - 75] : [],
        ),
      );
    });
    expect(ready.length).toBeGreaterThanOrEqual(80);
    // A third list begins 3.2 to 6.4 s after the second has failed; where it fails, too, a fourth 6.4 to 12.8 s after that.
    expect(Math.max(...ready)).toBeGreaterThan(12);
    expect(Math.max(...ready)).toBeLessThan(35);
  });

  test('whose connection stands all of its nodes come back together, when what waits on it is sent again', () => {
    // 0.2 s and twice as long each time: after 12.6 s the next is due 25.4 s after the first packet that was lost.
    const after = since(cut('16s'), 'lease.renewed', 16);
    expect(after).toHaveLength(20);
    expect(Math.min(...after)).toBeGreaterThan(5);
    expect(Math.max(...after) - Math.min(...after)).toBeLessThan(11.5);
  });
});
