import { describe, expect, test } from 'vitest';
import { makePlan, type Plan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../../src/timeline/index.ts';
import type { BlindTime } from '../../../../src/verdict/evidence/blind-times.ts';
import { heartbeatFindings, heartbeatProblems } from '../../../../src/verdict/evidence/hollow/heartbeats.ts';
import { measurementWindow } from '../../../../src/verdict/measurement-window.ts';
import { event } from '../../timeline-builder.ts';

const realNodes = ['control-plane', 'worker', 'worker2'] as const;
const [faultMs, undoneMs, endMs] = [30_000, 120_000, 180_000] as const;

/** Two hollow nodes, of which a pause hits so many of 30 s to 120 s; the load ends at 180 s. */
const planOf = (kubernetesVersion: string, count: 1 | 2): Plan =>
  makePlan(
    checkScenario(
      `name: a\nprofile: default\ncluster: {kubernetes: ${kubernetesVersion}, hollow: {nodes: 2}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: kubelet-pause, target: {hollow: {count: ${count}}}}]}, {recover: {within: 60s}}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion },
  );

type Beats = { readonly node: string; readonly everyMs: number; readonly fromMs?: number; readonly toMs?: number };

const beatsOf =
  (body: (node: string, index: number) => Parameters<typeof event>[1]) =>
  ({ node, everyMs, fromMs = 0, toMs = endMs }: Beats): TimelineEvent[] =>
    Array.from({ length: Math.floor((toMs - fromMs) / everyMs) }, (_, index) =>
      event(fromMs + (index + 1) * everyMs, body(node, index)),
    );

const renewals = beatsOf((node, index) => ({ type: 'lease.renewed', node, renewTime: `${node} ${index}` }));
const statuses = beatsOf((node, index) => ({
  type: 'node.statusPosted',
  node,
  lastHeartbeatTime: `${node} ${index}`,
}));

const contextOf = (plan: Plan, beats: readonly TimelineEvent[], blindTimes: readonly BlindTime[] = []) => {
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const events = [
    event(0, { type: 'step.started', name: 'steady', kind: 'steady', budgetMs: 30_000 }),
    ...faults.flatMap(({ kind, targets, occurrences }) =>
      occurrences.flatMap(({ id: fault }) => [
        event(faultMs, { type: 'fault.injecting', fault, kind, targets: [...targets] }),
        event(undoneMs, { type: 'fault.undone', fault, undone: true, evidence: 'runs' }),
      ]),
    ),
    event(endMs, { type: 'load.ended', offered: 1 }),
    ...beats,
  ].toSorted((one, other) => one.atMs - other.atMs);
  return { plan, events, window: measurementWindow(plan, events), changes: [], blindTimes };
};

describe('to v1.13, where a status is the heartbeat', () => {
  const plan = planOf('v1.13.12', 1);
  const hit = statuses({ node: 'hollow-1', everyMs: 10_000, toMs: faultMs });

  test('statuses of healthy hollow nodes that keep time are no doubt, and are reported beside those of real kubelets', () => {
    const context = contextOf(plan, [
      ...hit,
      ...statuses({ node: 'hollow-2', everyMs: 10_000 }),
      ...realNodes.flatMap((node) => statuses({ node, everyMs: 10_500 })),
    ]);
    expect(heartbeatProblems(context)).toEqual([]);
    expect(heartbeatFindings(context)).toEqual([
      'between two statuses of a healthy hollow node lay p50 10.0 s, p99 10.0 s, max 10.0 s over 19; of a real kubelet p50 10.5 s, p99 10.5 s, max 10.5 s over 51',
    ]);
  });

  test('statuses that come more than a quarter of the interval late make the run inconclusive', () => {
    expect(heartbeatProblems(contextOf(plan, [...hit, ...statuses({ node: 'hollow-2', everyMs: 13_000 })]))).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: one status in a hundred came 3.0 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('a node that posts none for long is named; where the watch on nodes was blind, it is not known', () => {
    const beats = [...hit, ...statuses({ node: 'hollow-2', everyMs: 10_000, toMs: 100_000 })];
    const found =
      'hollow-2, which no fault had hit, posted no status for up to 80.0 s, at most 22.5 s is tolerated; one status in a hundred came 70.0 s late or later, at most 2.5 s is tolerated';
    expect(heartbeatProblems(contextOf(plan, beats))).toEqual([
      `this machine could not keep the heartbeats of its healthy hollow nodes: ${found}`,
    ]);
    const blind = { source: 'nodes', fromMs: 101_000, toMs: null, late: false } as const;
    expect(heartbeatProblems(contextOf(plan, beats, [blind]))).toEqual([
      `whether the heartbeats of healthy hollow nodes kept time is not known, for the watch on nodes was blind: ${found}`,
    ]);
  });

  test('where no status was seen the run is inconclusive, whatever leases say', () => {
    expect(heartbeatProblems(contextOf(plan, renewals({ node: 'hollow-2', everyMs: 10_000 })))).toEqual([
      'no status of a healthy hollow node was timed',
    ]);
  });
});

describe('where faults hit every hollow node', () => {
  const plan = planOf('v1.34.4', 2);
  const before = ['hollow-1', 'hollow-2'].flatMap((node) => renewals({ node, everyMs: 10_000, toMs: faultMs }));
  const back = (everyMs: number) =>
    ['hollow-1', 'hollow-2'].flatMap((node) => renewals({ node, everyMs, fromMs: undoneMs }));
  const real = realNodes.flatMap((node) => renewals({ node, everyMs: 10_000 }));

  test('real kubelets show that the machine kept time while the fault stood', () => {
    expect(heartbeatProblems(contextOf(plan, [...before, ...real]))).toEqual([]);
    expect(heartbeatProblems(contextOf(plan, [...before, ...real, ...back(10_200)]))).toEqual([]);
  });

  test('nothing shows it where no renewal of a real kubelet was timed', () => {
    expect(heartbeatProblems(contextOf(plan, [...before, ...back(10_200)]))).toEqual([
      'whether this machine kept time while a fault stood is not known: faults hit every hollow node, and no renewal of a real kubelet that none hits was timed',
    ]);
  });

  test('real kubelets that were late meanwhile make the run inconclusive', () => {
    const late = realNodes.flatMap((node) => [
      ...renewals({ node, everyMs: 10_000, toMs: 50_000 }),
      ...renewals({ node, everyMs: 14_000, fromMs: 50_000 }),
    ]);
    expect(heartbeatProblems(contextOf(plan, [...before, ...late]))).toEqual([
      'this machine could not keep the heartbeats of its real kubelets while faults hit every hollow node: one renewal in a hundred came 3.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('so do hollow nodes that are late once the fault is undone', () => {
    expect(heartbeatProblems(contextOf(plan, [...before, ...real, ...back(14_000)]))).toEqual([
      'this machine could not keep the heartbeats of its hollow nodes once a fault was undone: one renewal in a hundred came 3.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('one that is spared shows it by itself', () => {
    const spared = [
      ...renewals({ node: 'hollow-1', everyMs: 10_000, toMs: faultMs }),
      ...renewals({ node: 'hollow-2', everyMs: 10_000 }),
    ];
    expect(heartbeatProblems(contextOf(planOf('v1.34.4', 1), spared))).toEqual([]);
  });
});

describe('where a fault reaches an API server, by which all heartbeats go', () => {
  const plan = makePlan(
    checkScenario(
      'name: a\nprofile: default\ncluster: {hollow: {nodes: 2}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: apiserver-latency, delay: 3s}]}, {recover: {within: 60s}}]\n',
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );
  const beats = (everyMs: readonly [before: number, meanwhile: number, after: number]) =>
    ['hollow-1', 'hollow-2'].flatMap((node) => [
      ...renewals({ node, everyMs: everyMs[0], toMs: faultMs }),
      ...renewals({ node, everyMs: everyMs[1], fromMs: faultMs, toMs: undoneMs }),
      ...renewals({ node, everyMs: everyMs[2], fromMs: undoneMs }),
    ]);

  test('what is late meanwhile is not laid to the machine, and not known either', () => {
    expect(heartbeatProblems(contextOf(plan, beats([10_000, 15_000, 10_000])))).toEqual([
      'whether the heartbeats of healthy hollow nodes kept time is not known, for apiserver-latency on control-plane reached what all of them go by: one renewal in a hundred came 4.6 s late or later, at most 2.5 s is tolerated',
    ]);
    expect(heartbeatProblems(contextOf(plan, beats([10_000, 95_000, 10_000])))).toEqual([
      'whether the heartbeats of healthy hollow nodes kept time is not known, for apiserver-latency on control-plane reached what all of them go by: hollow-1, hollow-2, which no fault had hit, renewed no lease for up to 100.0 s, at most 23.3 s is tolerated; one renewal in a hundred came 89.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('of several API servers one is not what all of them go by', () => {
    const several = makePlan(
      checkScenario(
        'name: a\nprofile: default\ncluster: {topology: ha, hollow: {nodes: 2}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: apiserver-pause, target: {nodes: [control-plane2]}}]}, {recover: {within: 60s}}]\n',
        'x.yaml',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
    expect(heartbeatProblems(contextOf(several, beats([10_000, 15_000, 10_000])))).toEqual([
      'whether the heartbeats of healthy hollow nodes kept time is not known, for apiserver-pause on control-plane2 reached an API server that some of them may go by: one renewal in a hundred came 4.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test.each([
    ['before', [14_000, 10_000, 10_000]],
    ['after', [10_000, 15_000, 14_000]],
  ] as const)('what is late %s it is the machine', (_, everyMs) => {
    expect(heartbeatProblems(contextOf(plan, beats(everyMs)))).toEqual([
      'this machine could not keep the heartbeats of its healthy hollow nodes: one renewal in a hundred came 3.6 s late or later, at most 2.5 s is tolerated',
    ]);
  });

  test('heartbeats that kept time all along are no doubt', () => {
    expect(heartbeatProblems(contextOf(plan, beats([10_000, 10_000, 10_000])))).toEqual([]);
  });

  test('a prediction has no machine that could be late', () => {
    const context = contextOf(plan, beats([14_000, 14_000, 14_000]));
    const started = { predicted: true } as NonNullable<typeof context.window.started>;
    expect(heartbeatProblems({ ...context, window: { ...context.window, started } })).toEqual([]);
  });
});
