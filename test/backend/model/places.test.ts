import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, steady, version, workers } from './support/clusters.ts';
import { type Recorded, record } from './support/runs.ts';

const asked = { graceSeconds: 20, monitorPeriodSeconds: 5, eviction: { kind: 'tolerations', seconds: 0 } } as const;

const recordPaused = (minor: number, changes: Partial<ModelConfig>, ...targets: readonly string[]): Recorded =>
  record(cluster(version(minor), asked, { phases: [steady(10), fault(120, pauseOf(...targets))], ...changes }));

const taintsOf = ({ events }: Recorded) => {
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? 0;
  return events.flatMap((event) =>
    event.type === 'node.taint' && event.effect === 'NoExecute' && event.change === 'added'
      ? [{ node: event.node, atMs: event.atMs - startMs }]
      : [],
  );
};

const taintedIn = (minor: number, changes: Partial<ModelConfig>, ...targets: readonly string[]) =>
  taintsOf(recordPaused(minor, changes, ...targets));

/** The nodes in the order in which they were lost, and when, in ms since the fault. */
const lossesOf = ({ events }: Recorded) => {
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? 0;
  return events.flatMap((event) =>
    event.type === 'node.ready' && event.status === 'Unknown' ? [{ node: event.node, atMs: event.atMs - startMs }] : [],
  );
};

/** Found by one pass. */
const isTogether = (
  one: { readonly atMs: number } | undefined,
  other: { readonly atMs: number } | undefined,
): boolean => one !== undefined && other !== undefined && Math.abs(other.atMs - one.atMs) < 1000;

const notReadyMs = (minor: number, pods: number): { readonly notReadyMs: number; readonly taintMs: number } => {
  const { events } = record(
    cluster(version(minor), asked, {
      backgroundPods: { controlPlane: pods, worker: pods },
      phases: [steady(10), fault(120, pauseOf('worker'))],
    }),
  );
  const lost = events.find((event) => event.type === 'node.ready' && event.status === 'Unknown')?.atMs ?? 0;
  const taint = events.find((event) => event.type === 'node.taint' && event.effect === 'NoExecute')?.atMs ?? 0;
  return { notReadyMs: lost, taintMs: taint };
};

describe('pods on a lost node', () => {
  test('to v1.33 hold up its NoExecute taint at the controller’s rate of requests', () => {
    const few = notReadyMs(33, 2);
    const many = notReadyMs(33, 52);
    // The pass that marks them lasts longer by what 100 requests more take, of 20 a second; a burst of 30 covers the first.
    const longerMs = many.taintMs - many.notReadyMs - (few.taintMs - few.notReadyMs);
    expect(longerMs).toBeGreaterThan(3500);
    expect(longerMs).toBeLessThan(5000);
  });

  test('from v1.34 on do not: it comes with the pass that finds the node silent', () => {
    const { notReadyMs: lostMs, taintMs } = notReadyMs(34, 52);
    expect(taintMs - lostMs).toBeLessThan(1000);
  });
});

describe('a cluster whose control plane is no node', () => {
  test('evicts nobody where all of its workers are lost, for then every zone is down: none but who was found a pass before', () => {
    let together = 0;
    for (let seed = 1; seed <= 8; seed += 1) {
      const recorded = recordPaused(33, { controlPlanes: 0, workers: 2, seed }, 'worker', 'worker2');
      const losses = lossesOf(recorded);
      expect(losses).toHaveLength(2);
      const tainted = taintsOf(recorded).map(({ node }) => node);
      if (isTogether(losses[0], losses[1])) {
        together += 1;
        expect(tainted).toEqual([]);
      } else {
        // The next pass has it in the queue, and may be long enough for its turn before it finds the other.
        expect([[], [losses[0]?.node]]).toContainEqual(tainted);
      }
    }
    expect(together).toBeGreaterThan(1);
    expect(taintedIn(33, { controlPlanes: 1, workers: 2 }, 'worker', 'worker2')).toHaveLength(2);
  });

  test('gives up one of two', () => {
    expect(taintedIn(33, { controlPlanes: 0, workers: 2 }, 'worker').map(({ node }) => node)).toEqual(['worker']);
  });
});

describe('zones of a cluster', () => {
  const nine = { controlPlanes: 0, workers: 9, zones: 3 } as const;

  test('one that is down among others loses a node every 10 s', () => {
    const tainted = taintedIn(33, nine, 'worker', 'worker4', 'worker7');
    expect(tainted.map(({ node }) => node).toSorted()).toEqual(['worker', 'worker4', 'worker7']);
    const times = tainted.map(({ atMs }) => atMs).toSorted((one, other) => one - other);
    for (const [index, atMs] of times.entries()) {
      if (index > 0) expect(atMs - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(9900);
    }
  });

  test('each has a queue of its own', () => {
    let together = 0;
    for (let seed = 1; seed <= 3; seed += 1) {
      const recorded = recordPaused(33, { ...nine, seed }, 'worker', 'worker2', 'worker3');
      const losses = lossesOf(recorded);
      const tainted = taintsOf(recorded);
      expect(tainted.map(({ node }) => node).toSorted()).toEqual(['worker', 'worker2', 'worker3']);
      for (const { node, atMs } of tainted) {
        // Each one pass after it was lost, whoever else waits: in one queue the next would wait for 10 s.
        const waitMs = atMs - (losses.find((loss) => loss.node === node)?.atMs ?? Number.NaN);
        expect(waitMs).toBeGreaterThan(5000);
        expect(waitMs).toBeLessThan(5300);
      }
      together += Number(losses.some((loss, index) => isTogether(loss, losses[index + 1])));
    }
    expect(together).toBeGreaterThan(0);
  });

  test('one of which three of four are down loses none but who was found a pass before it was; another goes on as ever', () => {
    const two = { controlPlanes: 0, workers: 8, zones: 2 } as const;
    const silent = ['worker', 'worker3', 'worker5', 'worker2'];
    const tainted = taintedIn(33, two, ...silent).map(({ node }) => node);
    expect(tainted.filter((node) => node === 'worker2')).toEqual(['worker2']);
    expect(tainted.length).toBeLessThanOrEqual(2);
  });

  test('a large one that is partly down loses a node every 100 s', () => {
    const tainted = taintedIn(33, { controlPlanes: 0, workers: 60 }, ...workers(40));
    // Those of an earlier pass are in order: they come before the zone is seen to be ill.
    expect(tainted.length).toBeGreaterThan(0);
    expect(tainted.length).toBeLessThanOrEqual(3);
  });
});
