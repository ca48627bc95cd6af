import { describe, expect, test } from 'vitest';
import { readyChanges } from '../../../../src/figures/ready-changes.ts';
import { makePlan, type Plan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../../src/timeline/index.ts';
import type { BlindTime } from '../../../../src/verdict/evidence/blind-times.ts';
import { hollowFindings, hollowProblems } from '../../../../src/verdict/evidence/hollow/hollow.ts';
import { measurementWindow } from '../../../../src/verdict/measurement-window.ts';
import { event, ready } from '../../timeline-builder.ts';

const planOf = (hollow: string, kind = 'kubelet-pause', seconds = 90): Plan =>
  makePlan(
    checkScenario(
      `name: a\nprofile: default\ncluster: {${hollow}}\nphases: [{steady: 30s}, {fault: ${seconds}s, inject: [{kind: ${kind}, target: {nodes: [${hollow === '' ? 'worker' : 'hollow-1'}]}}]}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

const plan = planOf('hollow: {nodes: 2}');

const renewals = (node: string, everyMs: number, untilMs = 120_000): TimelineEvent[] =>
  Array.from({ length: Math.floor(untilMs / everyMs) }, (_, index) =>
    event((index + 1) * everyMs, { type: 'lease.renewed', node, renewTime: `${node} ${index}` }),
  );

const contextOf = (of: Plan, events: readonly TimelineEvent[], endMs = 120_000) => {
  const all = [
    event(0, { type: 'step.started', name: 'steady', kind: 'steady', budgetMs: 30_000 }),
    event(30_000, { type: 'fault.injecting', fault: 'kubelet-pause-1', kind: 'kubelet-pause', targets: ['hollow-1'] }),
    event(endMs, { type: 'load.ended', offered: 1 }),
    ...events,
  ].toSorted((one, other) => one.atMs - other.atMs);
  return { plan: of, events: all, window: measurementWindow(of, all), changes: readyChanges(all), blindTimes: [] };
};

describe('the heartbeats of healthy hollow nodes', () => {
  test('that keep time are no doubt; what the fault silences is not held against the machine', () => {
    expect(
      hollowProblems(contextOf(plan, [...renewals('hollow-1', 10_000, 30_000), ...renewals('hollow-2', 10_200)])),
    ).toEqual([]);
  });

  test('that come more than a quarter of the interval late make the run inconclusive', () => {
    expect(
      hollowProblems(contextOf(plan, [...renewals('hollow-1', 10_000, 30_000), ...renewals('hollow-2', 13_000)])),
    ).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: one renewal in a hundred came 2.6 s late or later, at most 2.5 s is tolerated',
    ]);
    expect(
      hollowProblems(contextOf(plan, [...renewals('hollow-1', 10_000, 30_000), ...renewals('hollow-2', 12_800)])),
    ).toEqual([]);
  });

  /** Of 50 healthy nodes, the first so many silent from one moment to another; the run ends at 120 s, or so much later. */
  const silenced = (count: number, fromMs: number, toMs: number, laterMs = 0): readonly string[] => {
    const many = planOf('hollow: {nodes: 51}');
    const endMs = 120_000 + laterMs;
    const healthy = Array.from({ length: 50 }, (_, index) => `hollow-${index + 2}`);
    const isSeen = (node: string, atMs: number): boolean =>
      healthy.indexOf(node) >= count || atMs <= fromMs || atMs > toMs;
    const events = healthy
      .flatMap((node) => renewals(node, 10_200, endMs).filter(({ atMs }) => isSeen(node, atMs)))
      .concat(renewals('hollow-1', 10_000, 30_000));
    return hollowProblems(contextOf(many, events, endMs));
  };

  test('that were silent when the run ended count as far as they were seen', () => {
    expect(silenced(50, 85_000, 120_000)).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: 50 hollow nodes (hollow-2 to hollow-51), which no fault had hit, renewed no lease for up to 38.4 s, at most 23.3 s is tolerated; one renewal in a hundred came 28.0 s late or later, at most 2.5 s is tolerated',
    ]);
    expect(silenced(50, 112_500, 120_000)).toEqual([]);
  });

  test('are a doubt where few of many nodes were silent for long, be it one', () => {
    expect(silenced(1, 40_000, 85_000, 1_000_000)).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: hollow-2, which no fault had hit, renewed no lease for up to 61.2 s, at most 23.3 s is tolerated',
    ]);
    // A renewal that failed waits for the next one.
    expect(silenced(1, 40_000, 50_000, 1_000_000)).toEqual([]);
  });

  test('are a doubt where all of them stood still once, however long they kept time before and after', () => {
    expect(silenced(50, 40_000, 50_000, 1_800_000)).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: 50 of 151 renewals from 30.6 s on came more than 2.5 s late, at most one in a hundred is tolerated',
    ]);
  });

  test('are not known where the watch on leases was blind', () => {
    const events = [...renewals('hollow-1', 10_000, 30_000), ...renewals('hollow-2', 10_200, 60_000)];
    const blind = { source: 'leases', fromMs: 61_000, toMs: null, late: false } as const;
    expect(hollowProblems({ ...contextOf(plan, events), blindTimes: [blind] })).toEqual([
      'whether the heartbeats of healthy hollow nodes kept time is not known, for the watch on leases was blind: hollow-2, which no fault had hit, renewed no lease for up to 69.0 s, at most 23.3 s is tolerated; one renewal in a hundred came 58.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('of which nothing was seen are a doubt', () => {
    expect(hollowProblems(contextOf(plan, []))).toEqual(['no renewal of a healthy hollow node was timed']);
  });

  test('are nothing to a cluster without hollow nodes', () => {
    const without = planOf('');
    expect(hollowProblems(contextOf(without, []))).toEqual([]);
    expect(hollowFindings(contextOf(without, renewals('worker', 10_000)))).toEqual([]);
  });
});

test("a stop that is over before a lease runs out is left out of judgement: what comes of it is kwok's", () => {
  const inTime = [...renewals('hollow-1', 10_000, 30_000), ...renewals('hollow-2', 10_000)];
  const problems = (seconds: number) =>
    hollowProblems(contextOf(planOf('hollow: {nodes: 2}', 'kubelet-stop', seconds), inTime));
  expect(problems(10)).toEqual([
    'kubelet-stop-1 on hollow-1 lasts 10.0 s, and kwok, which is another holder after each start, renews a lease only once it has run out, 40.0 s after its last renewal: for so long they are silent, and what comes of it is kwok’s, not a kubelet’s',
  ]);
  expect(problems(40)).toEqual([]);
});

/** hollow-1 and hollow-2 are lost and come back, and keep time beside a real node. */
const reported = (blindTimes: readonly BlindTime[] = []): readonly string[] => {
  const lost = (node: string, atMs: number, backMs: number) => [
    ready(1, node, 'True'),
    ready(atMs, node, 'Unknown'),
    ready(backMs, node, 'True'),
  ];
  const context = contextOf(plan, [
    ...renewals('hollow-1', 10_000, 30_000),
    ...renewals('hollow-2', 10_000),
    ...renewals('worker', 10_000),
    ...lost('hollow-1', 74_000, 119_000),
    ...lost('hollow-2', 76_000, 119_500),
  ]);
  return hollowFindings({ ...context, blindTimes });
};

const heartbeats =
  'between two renewals of a healthy hollow node lay p50 10.0 s, p99 10.0 s, max 10.0 s over 13; of a real kubelet p50 10.0 s, p99 120.0 s, max 120.0 s over 13';
const losses =
  '2 times a hollow node went NotReady, the first 44.0 s after the fault began, the median 44.0 s, the last 46.0 s, 0.5 a second; Ready again from 89.0 s to 89.5 s';

test('is reported: how they kept time beside real kubelets, when they were lost, and at which pace', () => {
  expect(reported()).toEqual([heartbeats, losses]);
});

test('a watch that brought nothing for a while is named behind what was counted by it', () => {
  const blind = (source: BlindTime['source'], late: boolean): BlindTime => ({
    source,
    fromMs: 50_000,
    toMs: 56_000,
    late,
  });
  const why = (source: string): string =>
    `; some may be missing, or have been seen late, for the watch on ${source} was blind for 6.0 s from 50.0 s on`;
  expect(reported([blind('nodes', false)])).toEqual([heartbeats, `${losses}${why('nodes')}`]);
  expect(reported([blind('leases', false)])).toEqual([`${heartbeats}${why('leases')}`, losses]);
  // What came late came all the same, and was no less far apart.
  expect(reported([blind('nodes', true)])).toEqual([heartbeats, losses]);
  expect(reported([blind('leases', true)])).toEqual([`${heartbeats}${why('leases')}`, losses]);
  expect(reported([blind('pods', false)])).toEqual([heartbeats, losses]);
});
