import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../../src/backend/model/index.ts';
import { conditionedOn } from '../../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { record } from '../../backend/model/support/runs.ts';

// What the controller's budget of requests holds up, and what was found so in plans drawn at random.

type Wanted = { readonly version: string; readonly seed: number; readonly text: string };

const planOf = ({ version, text }: Omit<Wanted, 'seed'>): Plan =>
  makePlan(
    checkScenario(`name: one\nload: {ratePerSecond: 1}\n${text}`.replaceAll('VERSION', version), 'one.yaml').scenario,
    { kubernetesVersion: version },
  );

const eventsOf = (plan: Plan, seed: number): readonly TimelineEvent[] =>
  record(configOfRun(configOfPlan(plan), seed, ((seed * 0.618_034) % 1) * 30_000_000)).events.toSorted(
    (one, other) => one.atMs - other.atMs,
  );

const unseen = { firstRefusedMs: null, lastRefusedMs: null };

const linksOf = (wanted: Wanted) => {
  const plan = planOf(wanted);
  return conditionedOn(plan, eventsOf(plan, wanted.seed), unseen);
};

describe('none is outside', () => {
  test('where pods are evicted out of the budget that passes have, to v1.28: fewer passes outlive the grace', () => {
    const links = linksOf({
      version: 'v1.18.20',
      seed: 100_345,
      text: `profile: {name: p, userConfig: {controllerManagerArgs: {node-monitor-period: 2s, node-monitor-grace-period: 9s}, apiServerArgs: {default-unreachable-toleration-seconds: "0", default-not-ready-toleration-seconds: "0"}, kubeletConfiguration: {nodeStatusUpdateFrequency: 5s, nodeStatusReportFrequency: 60s}}}
cluster: {kubernetes: VERSION, workers: 4, podsPerNode: 30, zones: 3, age: fresh}
workload: {replicas: 6}
phases:
  - steady: 28s
  - fault: 42s
    inject:
      - {kind: kubelet-stop, target: {nodes: [worker4]}, after: 0s, lasts: 10s}
  - recover: {within: 150s}
  - fault: 54s
    inject:
      - {kind: kubelet-pause, target: {nodes: [worker3]}}
      - {kind: kubelet-stop, target: {nodes: [worker3, worker4]}, after: 0s, lasts: 53s}
      - {kind: node-stop, target: {nodes: [worker, worker2]}}
  - recover: {within: 150s}
`,
    });
    expect(links.filter(({ link, observedMs }) => link === 'notReady' && observedMs !== null).length).toBeGreaterThan(
      4,
    );
    expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });

  test('where all nodes are lost again and again, and it is not known how likely each moment is', () => {
    const links = linksOf({
      version: 'v1.30.0',
      seed: 202_305,
      text: `profile: {name: p, nodeStatusUpdateFrequency: 20s, nodeMonitorPeriod: 3s, nodeMonitorGracePeriod: 11s}
reading: equivalent
cluster: {kubernetes: VERSION, workers: 5, podsPerNode: 30, zones: 1, age: fresh}
workload: {replicas: 1}
phases:
  - steady: 18s
  - fault: 59s
    inject: [{kind: kubelet-stop, target: {nodes: [worker5]}}]
  - recover: {within: 150s}
  - fault: 33s
    inject: [{kind: kubelet-stop, target: {nodes: [worker4, worker5]}}]
  - recover: {within: 150s}
`,
    });
    expect(links.filter(({ link, observedMs }) => link === 'notReady' && observedMs !== null).length).toBeGreaterThan(
      20,
    );
    expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });

  test('where a loss was under way at a renewal, and nothing was to be predicted of the silence before', () => {
    const links = linksOf({
      version: 'v1.19.16',
      seed: 100_700,
      text: `profile: {name: p, nodeStatusUpdateFrequency: 20s, nodeMonitorPeriod: 2s, nodeMonitorGracePeriod: 8s, evictionAfter: 60s}
cluster: {kubernetes: VERSION, workers: 5, podsPerNode: 0, zones: 1, age: fresh}
workload: {replicas: 1}
phases:
  - steady: 26s
  - fault: 28s
    inject: [{kind: kubelet-stop, target: {nodes: [worker3, worker4]}}]
  - recover: {within: 150s}
`,
    });
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });

  test('where a pass of one worker marks the pods of one node before it looks at the next, whose grace is over by then', () => {
    const links = linksOf({
      version: 'v1.25.16',
      seed: 950_757,
      text: `profile: {name: p, userConfig: {controllerManagerArgs: {node-monitor-period: 5s, node-monitor-grace-period: 31s}, apiServerArgs: {default-unreachable-toleration-seconds: "30", default-not-ready-toleration-seconds: "30"}, kubeletConfiguration: {nodeStatusUpdateFrequency: 10s, nodeStatusReportFrequency: 300s}}}
cluster: {kubernetes: VERSION, workers: 3, podsPerNode: 30, zones: 1, age: old}
workload: {replicas: 1}
phases:
  - steady: 30s
  - fault: 68s
    inject: [{kind: kubelet-pause, target: {nodes: [worker, worker2, worker3]}}]
  - recover: {within: 150s}
  - fault: 33s
    inject:
      - {kind: node-pause, target: {nodes: [worker, worker2]}, after: 0s, lasts: 31s}
      - {kind: node-pause, target: {nodes: [worker3]}, after: 0s, lasts: 27s}
  - recover: {within: 150s}
`,
    });
    expect(links.filter(({ link, observedMs }) => link === 'notReady' && observedMs !== null).length).toBeGreaterThan(
      2,
    );
    expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });

  test('where the first pod evicted of a node came to it long after its taint: it has a timer of its own', () => {
    const wanted = {
      version: 'v1.31.0',
      text: `profile: {name: p, userConfig: {controllerManagerArgs: {node-monitor-period: 5s, node-monitor-grace-period: 23s}, apiServerArgs: {default-unreachable-toleration-seconds: "0", default-not-ready-toleration-seconds: "0"}, kubeletConfiguration: {nodeStatusUpdateFrequency: 10s, nodeStatusReportFrequency: 300s}}}
cluster: {kubernetes: VERSION, workers: 3, zones: 3, age: old}
workload: {replicas: 2}
phases:
  - steady: 21s
  - fault: 81s
    inject: [{kind: node-stop, target: {nodes: [worker, worker2, worker3]}}]
  - recover: {within: 150s}
`,
    };
    const links = Array.from({ length: 30 }, (_, run) => linksOf({ ...wanted, seed: 1000 + run })).flat();
    expect(links.filter(({ link }) => link === 'evicted').length).toBeGreaterThan(5);
    expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });
});

test('a chance goes by when a node renews, not by the post that its loss brings', () => {
  // A lease every 10 s, and a grace of 9: each comes too late, and a lost node may say that it is Ready before it.
  const links = Array.from({ length: 12 }, (_, run) =>
    linksOf({
      version: 'v1.28.15',
      seed: run + 1,
      text: `profile: {name: p, userConfig: {controllerManagerArgs: {node-monitor-period: 1s, node-monitor-grace-period: 9s}, apiServerArgs: {}, kubeletConfiguration: {nodeStatusUpdateFrequency: 3s, nodeStatusReportFrequency: 300s}}}
cluster: {kubernetes: VERSION, workers: 2}
workload: {replicas: 1}
phases:
  - steady: 60s
  - fault: 10s
    inject: [{kind: kubelet-pause, target: {nodes: [worker]}, lasts: 1s}]
  - steady: 120s
`,
    }),
  ).flat();
  const lost = links.flatMap(({ link, observedMs, chance }) =>
    link === 'notReady' && observedMs !== null && chance !== null ? [chance] : [],
  );
  expect(lost.length).toBeGreaterThan(150);
  // It was 25: by the post, a moment after the loss, the chance of one is anything.
  expect(lost.filter((chance) => chance < 0.9).length).toBeLessThan(10);
});

test('v1.37.2: none is outside where each pass reads the leases of many nodes that were given up long ago', () => {
  const links = [900_003, 900_004, 900_005, 900_006].flatMap((seed) =>
    linksOf({
      version: 'v1.37.2',
      seed,
      text: `profile: {name: p, nodeStatusUpdateFrequency: 10s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 23s, evictionAfter: 300s}
cluster: {kubernetes: VERSION, workers: 2, hollow: {nodes: 40}}
workload: {replicas: 2}
phases:
  - steady: 20s
  - fault: 150s
    inject:
      - {kind: kubelet-pause, target: {hollow: {count: 40}}}
      - {kind: kubelet-pause, target: {nodes: [worker]}, after: 60s}
  - recover: {within: 150s}
`,
    }),
  );
  expect(
    links.filter(({ link, of, observedMs }) => link === 'notReady' && of === 'worker' && observedMs !== null),
  ).toHaveLength(4);
  expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
});

describe('nodes that are given up in one pass', () => {
  const text = `profile: default
cluster: {kubernetes: VERSION, workers: 5, podsPerNode: 30}
workload: {replicas: 1}
phases:
  - steady: 35s
  - fault: 115s
    inject: [{kind: kubelet-pause, target: {role: worker, count: 5}}]
  - recover: {within: 150s}
`;
  const assumed = planOf({ version: 'v1.28.15', text });
  const { effective } = assumed.profile;
  const real: Plan = {
    ...assumed,
    profile: { ...assumed.profile, effective: { ...effective, nodeMonitorGracePeriodMs: 45_000 } },
  };
  const lossesOf = (plan: Plan, seed: number) =>
    conditionedOn(assumed, eventsOf(plan, seed), unseen).filter(
      ({ link, observedMs }) => link === 'notReady' && observedMs !== null,
    );
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);

  test('have not waited for longer than since the first of them: one that comes too late for that is outside', () => {
    const late = seeds.flatMap((seed) => {
      const losses = lossesOf(real, seed);
      const firstMs = Math.min(...losses.map(({ observedMs }) => observedMs ?? Number.NaN));
      return losses.filter(
        ({ observedMs, given }) =>
          given.what === 'lease' && (observedMs ?? 0) - firstMs < 20 && (observedMs ?? 0) - given.atMs > 45_520,
      );
    });
    expect(late.length).toBeGreaterThan(20);
    expect(late.filter(({ fit }) => fit === 'inside')).toEqual([]);
  });

  test('are inside where the grace is what the plan says', () => {
    const right = seeds.flatMap((seed) => lossesOf(assumed, seed));
    expect(right.length).toBeGreaterThan(90);
    expect(right.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });
});

describe('a write that waits for its turn in a budget that is spent', () => {
  const pausedWith = (pods: number, count: number): Plan =>
    planOf({
      version: 'v1.28.0',
      text: `profile: {name: p, nodeMonitorGracePeriod: 40s, nodeMonitorPeriod: 5s}
cluster: {kubernetes: VERSION, workers: 3, podsPerNode: ${pods}}
workload: {replicas: 3}
phases:
  - steady: 30s
  - fault: 80s
    inject: [{kind: kubelet-pause, target: {role: worker, count: ${count}}}]
  - recover: {within: 200s}
`,
    });
  /** The same run, in which a node renews so much before it is seen lost. */
  const lossAfterRenewal = (plan: Plan, beforeMs: number) => {
    const events = eventsOf(plan, 1);
    const lost = events.findLast((event) => event.type === 'node.ready' && event.status === 'Unknown');
    if (lost?.type !== 'node.ready') throw new Error('a run without a loss');
    const renewed = events.find((event) => event.type === 'lease.renewed' && event.node === lost.node);
    if (renewed === undefined) throw new Error('a run without a renewal');
    const all = [...events, { ...renewed, atMs: lost.atMs - beforeMs }].toSorted((one, other) => one.atMs - other.atMs);
    return conditionedOn(plan, all, unseen).filter(
      ({ link, of, observedMs }) => link === 'notReady' && of === lost.node && observedMs === lost.atMs,
    );
  };

  test('is that of the silence before, where the node renewed meanwhile', () => {
    expect(lossAfterRenewal(pausedWith(60, 2), 700)).toMatchObject([{ fit: 'inside' }]);
  });

  test('waits no longer than all who have one each, and not at all in a budget that is not spent', () => {
    expect(lossAfterRenewal(pausedWith(60, 2), 3000)).toMatchObject([{ fit: 'outside' }]);
    expect(lossAfterRenewal(pausedWith(0, 1), 700)).toMatchObject([{ fit: 'outside' }]);
  });
});
