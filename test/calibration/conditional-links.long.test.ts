import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../src/backend/model/index.ts';
import { conditionedOn, judgeCalibration } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario, loadScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import type { ConditionalMilestone, ConditionalMilestoneName } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';

// What ends a prediction, what else holds it up, and what it is a prediction of.

type Wanted = {
  readonly version: string;
  readonly profile?: string;
  readonly pods?: number;
  readonly workers?: number;
  readonly fault: string;
  readonly seconds?: number;
};

const planOf = ({ version, profile = 'default', pods = 0, workers = 3, fault, seconds = 120 }: Wanted): Plan =>
  makePlan(
    checkScenario(
      `name: one
profile: ${profile}
cluster: {kubernetes: ${version}, workers: ${workers}, podsPerNode: ${pods}}
workload: {replicas: 3}
load: {ratePerSecond: 1}
phases:
  - steady: 30s
  - fault: ${seconds}s
    inject: [{kind: kubelet-pause, target: {${fault}}]
  - recover: {within: 200s}
`,
      'one.yaml',
    ).scenario,
    { kubernetesVersion: version },
  );

const eventsOf = (plan: Plan, run: number): readonly TimelineEvent[] =>
  record(configOfRun(configOfPlan(plan), 1000 + run, ((run * 0.618_034) % 1) * 30_000_000)).events.toSorted(
    (one, other) => one.atMs - other.atMs,
  );

const unseen = { firstRefusedMs: null, lastRefusedMs: null };

const linksOf = (plan: Plan, runs: number): readonly (readonly ConditionalMilestone[])[] =>
  Array.from({ length: runs }, (_, run) => conditionedOn(plan, eventsOf(plan, run), unseen));

/** Of each name: how many were seen, and how many of them outside. */
const countsOf = (runs: readonly (readonly ConditionalMilestone[])[]) =>
  new Map(judgeCalibration(runs).links.map(({ link, seen, outside }) => [link, { seen, outside }]));

const wave = 'nodes: [worker]}, lasts: 24s, every: 30s, times: 4';
const quick = '{name: p, nodeMonitorGracePeriod: 12s, nodeMonitorPeriod: 2s}';

describe('square waves: a link ends, unjudged, where its node is silenced again before it came', () => {
  test.each(['v1.30.0', 'v1.34.4'])('of %s none is outside, and none reaches into the next freeze', (version) => {
    const plan = planOf({ version, profile: quick, fault: wave });
    for (let run = 0; run < 20; run += 1) {
      const events = eventsOf(plan, run);
      const freezes = events.filter(({ type }) => type === 'fault.injecting').map(({ atMs }) => atMs);
      const links = conditionedOn(plan, events, unseen);
      expect(links.filter(({ fit }) => fit === 'outside')).toEqual([]);
      const returns = links.filter(({ link }) => link === 'ready' || link === 'podReady');
      expect(returns.length).toBeGreaterThan(0);
      for (const { given, observedMs, p99Ms } of returns) {
        const nextMs = freezes.find((atMs) => atMs > given.atMs) ?? Number.POSITIVE_INFINITY;
        expect(observedMs).toBeLessThanOrEqual(nextMs);
        expect(p99Ms).toBeLessThanOrEqual(nextMs);
      }
    }
  });

  test('what a kubelet may still owe since the freeze before has no rank', () => {
    const plan = planOf({ version: 'v1.30.0', profile: quick, fault: wave });
    let ranked = 0;
    for (let run = 0; run < 20; run += 1) {
      const events = eventsOf(plan, run);
      const secondMs = events.filter(({ type }) => type === 'fault.injecting')[1]?.atMs ?? Number.NaN;
      const pods = conditionedOn(plan, events, unseen).filter(({ link }) => link === 'podReady');
      expect(pods.some(({ given }) => given.atMs > secondMs)).toBe(true);
      for (const { rank, given } of pods) if (given.atMs > secondMs) expect(rank).toBeNull();
      ranked += pods.filter(({ rank }) => rank !== null).length;
    }
    expect(ranked).toBeGreaterThan(5);
  });
});

test('pods that a pass marks hold up the taint, to v1.33 to the pass after, and what passes find of other nodes', () => {
  const marked = planOf({ version: 'v1.33.0', pods: 50, fault: 'nodes: [worker]}', seconds: 80 });
  const tainted = linksOf(marked, 10)
    .flat()
    .filter(({ link }) => link === 'tainted');
  expect(tainted.length).toBe(10);
  for (const { fit, observedMs, given, p1Ms } of tainted) {
    expect(fit).toBe('inside');
    expect(p1Ms - given.atMs).toBeGreaterThanOrEqual(5000);
    expect((observedMs ?? 0) - given.atMs).toBeGreaterThan(8000);
  }
  const two = planOf({ version: 'v1.34.4', pods: 50, fault: 'role: worker, count: 2}', seconds: 80 });
  const links = linksOf(two, 40);
  expect(countsOf(links).get('notReady')).toEqual({ seen: 80, outside: 0 });
  // How likely each moment is that the budget of requests puts off is not known, of whichever came first.
  const ranked = links.flat().filter(({ link, rank }) => link === 'notReady' && rank !== null);
  expect(ranked.length).toBeLessThan(20);
});

test('a taint is predicted from the loss that it is of, and not from one after which its node was back', () => {
  const plan = planOf({
    version: 'v1.33.0',
    profile: '{name: p, nodeMonitorGracePeriod: 12s, nodeMonitorPeriod: 5s}',
    fault: 'nodes: [worker]}, lasts: 16s, every: 60s, times: 2',
  });
  const counts = countsOf(linksOf(plan, 60)).get('tainted');
  expect(counts?.outside).toBe(0);
  expect(counts?.seen).toBeGreaterThan(30);
});

test('a loss whose write was under way when the node renewed is one of the silence before, and of no other', () => {
  const plan = planOf({ version: 'v1.34.4', profile: quick, fault: 'nodes: [worker]}', seconds: 80 });
  const events = eventsOf(plan, 1);
  const lost = events.find((event) => event.type === 'node.ready' && event.status === 'Unknown');
  const renewed = events.find((event) => event.type === 'lease.renewed' && event.node === 'worker');
  if (lost === undefined || renewed === undefined) throw new Error('a run without a loss');
  const withRenewal = [...events, { ...renewed, atMs: lost.atMs - 100 }].toSorted(
    (one, other) => one.atMs - other.atMs,
  );
  const lossesIn = (all: readonly TimelineEvent[]) =>
    conditionedOn(plan, all, unseen).filter(({ link, observedMs }) => link === 'notReady' && observedMs !== null);
  expect(lossesIn(events)).toMatchObject([{ of: 'worker', observedMs: lost.atMs, fit: 'inside' }]);
  expect(lossesIn(withRenewal)).toMatchObject([{ of: 'worker', observedMs: lost.atMs, fit: 'inside' }]);
});

test('where every pass sees a status post the second grace hangs on how many there were since the lease', () => {
  const plan = planOf({
    version: 'v1.34.4',
    profile: '{name: p, nodeStatusUpdateFrequency: 4s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 40s}',
    fault: 'role: worker, count: 2}',
    seconds: 75,
  });
  const links = linksOf(plan, 60);
  expect(countsOf(links).get('notReady')).toEqual({ seen: 120, outside: 0 });
  const ranks = links.flat().flatMap(({ link, rank }) => (link === 'notReady' && rank !== null ? [rank] : []));
  const within = ranks.filter((rank) => rank >= 0.05 && rank <= 0.95).length;
  expect(Math.abs(within / ranks.length - 0.9)).toBeLessThan(2 * Math.sqrt(0.09 / ranks.length));
});

test('pods that are evicted after they were Ready are predicted up to their eviction, so that ranks are even', () => {
  const { scenario } = loadScenario('tight-grace');
  const plan = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
  const runs = linksOf(plan, 200);
  const ranksOf = (name: ConditionalMilestoneName) =>
    runs.flat().flatMap(({ link, rank }) => (link === name && rank !== null ? [rank] : []));
  const ranks = ranksOf('podReady');
  expect(ranks.length).toBeGreaterThan(80);
  const early = ranks.filter((rank) => rank < 0.5).length / ranks.length;
  expect(Math.abs(early - 0.5)).toBeLessThan(2 * Math.sqrt(0.25 / ranks.length));
});

test('the marking of a node’s own earlier loss holds up the passes that find it the next time', () => {
  const profile =
    '{name: p, nodeStatusUpdateFrequency: 5s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 40s, evictionAfter: 5s}';
  const fault = 'nodes: [worker]}, lasts: 49s, every: 51s, times: 2';
  const plan = planOf({ version: 'v1.25.0', profile, pods: 77, fault });
  const { seen, outside } = countsOf(linksOf(plan, 20)).get('notReady') ?? { seen: 0, outside: 0 };
  expect(seen).toBeGreaterThan(20);
  expect(outside).toBe(0);
});

test('which pass saw which post is not known once passes are held up: the second grace is granted, or not', () => {
  const profile = '{name: p, nodeStatusUpdateFrequency: 1s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 24s}';
  const plan = planOf({
    version: 'v1.27.0',
    ...{ profile, pods: 33, workers: 1, fault: 'nodes: [worker]}, lasts: 33s, every: 40s, times: 3' },
  });
  const { seen, outside } = countsOf(linksOf(plan, 60)).get('notReady') ?? { seen: 0, outside: 0 };
  expect(seen).toBeGreaterThan(30);
  expect(outside).toBe(0);
});

describe('nodes that are shut down in order, whose kubelets say NotReady themselves before they are silent', () => {
  const planWith = (grace: string, inject: string, version = 'v1.34.4'): Plan =>
    makePlan(
      checkScenario(
        `name: one
profile: {name: p, nodeMonitorGracePeriod: ${grace}, nodeMonitorPeriod: 5s, shutdownGracePeriod: 20s, shutdownGracePeriodCriticalPods: 5s}
cluster: {kubernetes: ${version}, workers: 4}
workload: {replicas: 4}
load: {ratePerSecond: 1}
phases:
  - steady: 30s
  - fault: 150s
    inject: [${inject}]
  - recover: {within: 200s}
`,
        'one.yaml',
      ).scenario,
      { kubernetesVersion: version },
    );
  const down = '{kind: node-shutdown, target: {nodes: [worker]}}';
  const paused = '{kind: kubelet-pause, target: {nodes: [worker2]}, after: 60s, lasts: 80s}';

  test.each(['v1.22.17', 'v1.30.0', 'v1.34.4'])(
    '%s: they are given up as far from their last sign as others',
    (version) => {
      const links = linksOf(planWith('40s', down, version), 40);
      for (const [run, all] of links.entries()) {
        const statuses = eventsOf(planWith('40s', down, version), run).flatMap((event) =>
          event.type === 'node.ready' && event.node === 'worker' ? [event.status] : [],
        );
        expect(statuses.slice(0, 3)).toEqual(['True', 'False', 'Unknown']);
        expect(all.filter(({ link, observedMs }) => link === 'notReady' && observedMs !== null)).toMatchObject([
          { of: 'worker', fit: 'inside' },
        ]);
      }
    },
  );

  test('a controller manager with another grace than the plan says is found out by them', () => {
    const real = planWith('20s', down);
    const assumed = planWith('40s', down);
    for (let run = 0; run < 10; run += 1) {
      const links = conditionedOn(assumed, eventsOf(real, run), unseen);
      expect(links.filter(({ fit }) => fit === 'outside')).toMatchObject([{ link: 'notReady', of: 'worker' }]);
    }
  });

  test.each(['v1.30.0', 'v1.34.4'])('%s: beside them other nodes have all their links', (version) => {
    const runs = linksOf(planWith('40s', `${down}, ${paused}`, version), 40);
    expect(runs.flat().filter(({ fit }) => fit === 'outside')).toEqual([]);
    for (const links of runs) {
      const seen = links.filter(({ of, observedMs }) => of === 'worker2' && observedMs !== null);
      expect(seen.map(({ link }) => link)).toEqual(
        expect.arrayContaining(['notReady', 'tainted', 'endpointLost', 'ready']),
      );
    }
  });
});

test.each([
  ['v1.26.15', 34],
  ['v1.30.0', 14],
  ['v1.35.1', 34],
] as const)(
  '%s: a grace of %d s where the plan says 24 is found out though the pods of several nodes are marked',
  (version, seconds) => {
    const planWith = (grace: number): Plan =>
      planOf({
        version,
        profile: `{name: p, nodeMonitorPeriod: 7s, nodeMonitorGracePeriod: ${grace}s}`,
        ...{ pods: 100, workers: 4, fault: 'role: worker, count: 2}', seconds: 90 },
      });
    const assumed = planWith(24);
    const isFound = (real: Plan, run: number): boolean =>
      conditionedOn(assumed, eventsOf(real, run), unseen).some(({ fit }) => fit === 'outside');
    const runs = Array.from({ length: 20 }, (_, run) => run);
    expect(runs.filter((run) => isFound(assumed, run))).toEqual([]);
    // Who is lost first waited for nobody, whatever it cost who was lost after it; a post before the silence may grant the grace again.
    expect(runs.filter((run) => isFound(planWith(seconds), run)).length).toBeGreaterThan(14);
  },
);
