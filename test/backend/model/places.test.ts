import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, steady, version, workers } from './support/clusters.ts';
import { record } from './support/runs.ts';

const asked = { graceSeconds: 20, monitorPeriodSeconds: 5, eviction: { kind: 'tolerations', seconds: 0 } } as const;

const taintedIn = (minor: number, changes: Partial<ModelConfig>, ...targets: readonly string[]) => {
  const { events } = record(
    cluster(version(minor), asked, { phases: [steady(10), fault(120, pauseOf(...targets))], ...changes }),
  );
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? 0;
  return events.flatMap((event) =>
    event.type === 'node.taint' && event.effect === 'NoExecute' && event.change === 'added'
      ? [{ node: event.node, atMs: event.atMs - startMs }]
      : [],
  );
};

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
  test('evicts nobody where all of its workers are lost, for then every zone is down', () => {
    expect(taintedIn(33, { controlPlanes: 0, workers: 2 }, 'worker', 'worker2')).toEqual([]);
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
    const tainted = taintedIn(33, nine, 'worker', 'worker2', 'worker3');
    const times = tainted.map(({ atMs }) => atMs);
    expect(tainted).toHaveLength(3);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(6000);
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
