import { describe, expect, test } from 'vitest';
import { readyChanges } from '../../../src/figures/ready-changes.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { hollowPathFindings, hollowPathProblems } from '../../../src/verdict/evidence/faults/hollow-paths.ts';
import { event, ready } from '../timeline-builder.ts';

const planOf = (options: string, target = '{hollow: {share: 50}}') =>
  makePlan(
    checkScenario(
      `name: a\nprofile: default\ncluster: {hollow: {nodes: 4}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: latency, target: ${target}, ${options}}]}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

const renewed = (node: string, ...atMs: readonly number[]): readonly TimelineEvent[] =>
  atMs.map((one) => event(one, { type: 'lease.renewed', node, renewTime: `${node} ${one}` }));

const stood = [
  event(30_000, { type: 'fault.injected', fault: 'latency-1', clockMs: {} }),
  event(120_000, { type: 'fault.undoing', fault: 'latency-1' }),
];

const contextOf = (options: string, events: readonly TimelineEvent[], target?: string) => {
  const all = [...stood, ...events].toSorted((one, other) => one.atMs - other.atMs);
  return { plan: planOf(options, target), events: all, changes: readyChanges(all), blindTimes: [] };
};

/** Both nodes behind it renew each so long. */
const every = (ms: number, toMs = 140_000): readonly TimelineEvent[] =>
  ['hollow-1', 'hollow-2'].flatMap((node) =>
    renewed(node, ...Array.from({ length: Math.ceil((toMs - 22_000) / ms) }, (_, index) => 22_000 + index * ms)),
  );
const inTime = every(10_000);

const shared =
  'latency-1: kwok has one connection for hollow-1, hollow-2, on which what is late holds up all that comes behind it; kubelets have one each';
const lost = [
  ...inTime,
  ready(10_000, 'hollow-1', 'True'),
  ready(70_000, 'hollow-1', 'Unknown'),
  ready(80_000, 'hollow-1', 'True'),
];

describe('a node that is lost behind a slow way', () => {
  test('says nothing of kubelets where others held it up', () => {
    expect(hollowPathProblems(contextOf('delay: 1s, jitter: 1s', lost))).toEqual([
      `${shared}, so that it says nothing of kubelets that hollow-1 went NotReady under it`,
    ]);
    expect(hollowPathProblems(contextOf('delay: 1s, jitter: 1s', inTime))).toEqual([]);
  });

  test('is lost as a kubelet’s would be where each is held back by as much', () => {
    expect(hollowPathProblems(contextOf('delay: 4s', lost))).toEqual([]);
  });

  test('before the fault, or another one, is none of its doing', () => {
    const others = [ready(10_000, 'hollow-3', 'True'), ready(70_000, 'hollow-3', 'Unknown')];
    const before = [ready(10_000, 'hollow-1', 'True'), ready(20_000, 'hollow-1', 'Unknown')];
    expect(hollowPathProblems(contextOf('delay: 1s, jitter: 1s', [...inTime, ...others, ...before]))).toEqual([]);
  });
});

test('a node that is lost as the one API server of its relay is hit says nothing of kubelets, which turn to another', () => {
  const plan = makePlan(
    checkScenario(
      'name: a\nprofile: default\ncluster: {topology: ha, hollow: {nodes: 4}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: latency, target: {hollow: {share: 50}}, delay: 1s}, {kind: node-stop, target: {nodes: [control-plane]}}]}]\n',
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );
  const stops = event(30_000, { type: 'fault.injected', fault: 'node-stop-1', clockMs: {} });
  const problems = (events: readonly TimelineEvent[]) => {
    const all = [...stood, stops, ...events].toSorted((one, other) => one.atMs - other.atMs);
    return hollowPathProblems({ plan, events: all, changes: readyChanges(all), blindTimes: [] });
  };
  expect(problems(lost)).toEqual([
    'node-stop-1 hits control-plane, the one API server that the relay of hollow-1, hollow-2 leads to; kubelets turn to another, so that it says nothing of kubelets that hollow-1 went NotReady under it',
  ]);
  expect(problems(inTime)).toEqual([]);
});

test('a request that a kubelet would have given up is a problem whatever came of it', () => {
  expect(hollowPathProblems(contextOf('delay: 6s', inTime))).toEqual([
    'latency-1 holds back a request of hollow-1, hollow-2 and its answer for up to 12.0 s, and a kubelet gives one up after 10.0 s, which kwok never does: what comes of it is kwok’s, not a kubelet’s',
  ]);
});

describe('how renewals came over it', () => {
  test('is said of those under the fault alone, and of the latest by name', () => {
    const events = [
      ...renewed('hollow-1', 10_000, 28_000, 40_000, 56_000, 80_000, 130_000),
      ...renewed('hollow-2', 35_000, 45_300),
      ...renewed('hollow-3', 35_000, 99_000),
    ];
    expect(hollowPathFindings(contextOf('delay: 1s, jitter: 1s', events))).toEqual([
      'under latency-1 between two renewals of hollow-1, hollow-2 lay p50 16.0 s, p99 24.0 s, max 24.0 s over 3: 2 came later than they do without it, the latest, of hollow-1, by 13.6 s',
      shared,
    ]);
  });

  test('is said to be unknown where there were none', () => {
    expect(hollowPathFindings(contextOf('delay: 1s', renewed('hollow-1', 10_000, 50_000)))).toEqual([
      'no node of hollow-1, hollow-2 renewed its lease twice under latency-1',
    ]);
  });

  test('is no matter of real nodes', () => {
    const events = renewed('worker', 35_000, 99_000);
    expect(hollowPathFindings(contextOf('delay: 1s', events, '{nodes: [worker]}'))).toEqual([]);
  });
});

/** Renewals of a node by when they came, each stamped so long before; the wall clock of the run began at 0. */
const stamped = (node: string, lagMs: number, ...atMs: readonly number[]): readonly TimelineEvent[] => [
  event(0, { type: 'clock', unixMs: 0 }),
  ...atMs.map((one) => event(one, { type: 'lease.renewed', node, renewTime: new Date(one - lagMs).toISOString() })),
];

test('a renewal that came sooner than its way lets it went another way', () => {
  const problems = (lagMs: number, options = 'delay: 1s') =>
    hollowPathProblems(contextOf(options, [...inTime, ...stamped('hollow-1', lagMs, 45_000)]));
  expect(problems(300)).toEqual([
    'hollow-1 renewed its lease 0.3 s after it had stamped it, while latency-1 held back what it sends for 1.0 s at the least: it went another way',
  ]);
  expect(problems(1000)).toEqual([]);
  expect(problems(300, 'delay: 1s, direction: from')).toEqual([]);
  expect(problems(300, 'delay: 1s, ramp: 5')).toEqual([]);
  expect(problems(300, 'delay: 1s, jitter: 800ms')).toEqual([]);
});

test('what a node lets go by itself before this process notes that it is time went no other way', () => {
  const problems = (heldMs: number) => {
    const all = [
      event(30_000, { type: 'fault.injected', fault: 'latency-1', clockMs: { 'hollow-1': 1000 } }),
      event(120_000, { type: 'fault.undoing', fault: 'latency-1' }),
      event(120_100, {
        ...{ type: 'fault.undone', fault: 'latency-1', undone: true, evidence: '' },
        clockMs: { 'hollow-1': 1000 + heldMs },
      }),
      ...inTime,
      ...stamped('hollow-1', 300, 119_990),
    ].toSorted((one, other) => one.atMs - other.atMs);
    return hollowPathProblems({ plan: planOf('delay: 1s'), events: all, changes: [], blindTimes: [] });
  };
  expect(problems(89_950)).toEqual([]);
  expect(problems(90_050)).toEqual([
    'hollow-1 renewed its lease 0.3 s after it had stamped it, while latency-1 held back what it sends for 1.0 s at the least: it went another way',
  ]);
});

describe('renewals that came later than their way explains are the machine’s, be all hollow nodes behind it', () => {
  const problems = (events: readonly TimelineEvent[], options = 'delay: 2s') =>
    hollowPathProblems(contextOf(options, events));
  const machine = (share: string) => [
    `this machine could not keep the heartbeats of hollow-1, hollow-2: ${share} renewals under latency-1 came more than 2.5 s later than it explains, or not at all, at most one in a hundred is tolerated`,
  ];

  test('each time that one is late', () => {
    expect(problems(every(16_000))).toEqual([]);
    expect(problems(every(17_500))).toEqual(machine('12 of 12'));
    expect(problems(every(17_500), 'delay: 2s, loss: 5')).toEqual([]);
  });

  test('where one does not come any more, or none came at all', () => {
    expect(problems(every(10_000, 70_000))).toEqual(machine('2 of 10'));
    expect(problems(every(10_000, 30_000))).toEqual(machine('2 of 2'));
    expect(problems([])).toEqual(machine('2 of 2'));
    const blindTimes = [{ source: 'leases', fromMs: 60_000, toMs: 61_000, late: false }] as const;
    expect(hollowPathProblems({ ...contextOf('delay: 2s', []), blindTimes })).toEqual([
      'whether this machine kept the heartbeats of hollow-1, hollow-2 is not known, for the watch on leases was blind: 2 of 2 renewals under latency-1 came more than 2.5 s later than it explains, or not at all, at most one in a hundred is tolerated',
    ]);
  });

  test('but not while another fault keeps them back', () => {
    const pausedToo = makePlan(
      checkScenario(
        'name: a\nprofile: default\ncluster: {hollow: {nodes: 4}}\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: latency, target: {hollow: {share: 50}}, delay: 2s}, {kind: kubelet-pause, target: {hollow: {share: 50}}, after: 20s, lasts: 30s}]}]\n',
        'x.yaml',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
    const pause = [
      event(50_000, { type: 'fault.injected', fault: 'kubelet-pause-1', clockMs: {} }),
      event(80_000, { type: 'fault.undoing', fault: 'kubelet-pause-1' }),
    ];
    const beats = every(10_000).filter(({ atMs }) => atMs < 50_000 || atMs > 80_000);
    const events = [...stood, ...pause, ...beats].toSorted((one, other) => one.atMs - other.atMs);
    expect(hollowPathProblems({ plan: pausedToo, events, changes: [], blindTimes: [] })).toEqual([]);
    const stopped = events.filter(({ type, atMs }) => type !== 'lease.renewed' || atMs < 90_000);
    expect(hollowPathProblems({ plan: pausedToo, events: stopped, changes: [], blindTimes: [] })).toEqual(
      machine('2 of 6'),
    );
  });
});
