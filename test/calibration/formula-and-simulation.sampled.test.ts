import { describe, expect, test } from 'vitest';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { calibrate, checkRequestsLost } from '../../src/verdict/findings/calibration.ts';
import { sampleOf } from '../support/sample.ts';
import { contradictions, simulated } from './support/contradictions.ts';
import { briefStartPlan, everyKind, randomPlan, startingKinds } from './support/random-plans.ts';

/** Most windows are of pauses. */
const plansOf = (kind: string): number => (kind === 'kubelet-pause' ? sampleOf(20, 180) : sampleOf(14, 60));
const trials = sampleOf(3, 4);

// Seven passes of 5 s, or 13 of 3 s, with what each of them takes, are longer than this grace; whole periods would be one more.
test.each([
  ['35005ms', '5s', 2, 29_600],
  ['39010ms', '3s', 100, 31_600],
])(
  'nor where a grace of %s is just above whole periods of %s (%d workers)',
  async (grace, period, workers, entireMs) => {
    const text = `
name: just-above
profile: {nodeMonitorGracePeriod: ${grace}, nodeMonitorPeriod: ${period}}
cluster: {kubernetes: v1.26.0, workers: ${workers}}
phases: [{steady: 30s}, {fault: 60s, inject: [{kind: kubelet-pause, target: {role: worker, count: 2}}]}, {recover: {within: 120s}}]
`;
    const plan = makePlan(checkScenario(text, 'just-above.yaml').scenario, { kubernetesVersion: 'v1.26.0' });
    const simulations = await simulated(plan, 20);
    expect(contradictions(plan, simulations)).toEqual([]);
    const lostMs = simulations.map(({ milestones }) => milestones.notReady ?? Number.NaN);
    expect(Math.min(...lostMs)).toBeLessThan(entireMs - 500);
  },
);

// The pods of one full node take 2.6 s and more to mark, and two passes then outlive the grace of 15 s instead of three.
test('where marking the pods of a lost node may cost others theirs, nothing is said of what rests on these', async () => {
  const text = `
name: held-up
profile: {nodeStatusUpdateFrequency: 20s, nodeMonitorPeriod: 7s, nodeMonitorGracePeriod: 15s, evictionAfter: 300s}
reading: equivalent
cluster: {kubernetes: v1.33, workers: 5, podsPerNode: 30}
workload: {replicas: 2}
phases: [{steady: 30s}, {fault: 23.5s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}]}, {recover: {within: 300s}}]
`;
  const plan = makePlan(checkScenario(text, 'held-up.yaml').scenario, { kubernetesVersion: 'v1.33.0' });
  const simulations = await simulated(plan, 20);
  expect(simulations.filter(({ lost }) => (lost ?? 0) > 10).length).toBeGreaterThan(0);
  expect(contradictions(plan, simulations)).toEqual([]);
  const { notReadyAfterMs, ...others } = plan.prediction;
  expect(notReadyAfterMs).not.toBeNull();
  expect(others).toMatchObject({ requestsLost: null, lastNotReadyAfterMs: null, allReadyAfterUndoMs: null });
});

test('a pass that is held up by marking may be the one that finds a timeout of evictions over', async () => {
  const text = `
name: held-up-timeout
profile: {nodeStatusUpdateFrequency: 4s, nodeMonitorPeriod: 7s, nodeMonitorGracePeriod: 15s, evictionAfter: 30s}
reading: equivalent
cluster: {kubernetes: v1.26, workers: 2, podsPerNode: 30}
workload: {replicas: 6}
phases: [{steady: 30s}, {fault: 46s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 120s}}]
seed: 496311
`;
  const plan = makePlan(checkScenario(text, 'timeout.yaml').scenario, { kubernetesVersion: 'v1.26.0' });
  const simulations = await simulated(plan, sampleOf(30, 100));
  expect(contradictions(plan, simulations)).toEqual([]);
  expect(Math.min(...simulations.map(({ milestones }) => milestones.evicted ?? Number.NaN))).toBeLessThan(30_340);
});

test('a version whose pods may never be ready again has no end of an outage', async () => {
  const planFor = (kubernetesVersion: string): Plan => {
    const text = `
name: never-back
profile: {nodeStatusUpdateFrequency: 4s, nodeMonitorPeriod: 2s, nodeMonitorGracePeriod: 24s, evictionAfter: 300s}
cluster: {kubernetes: v1.16, workers: 1}
workload: {replicas: 2}
phases: [{steady: 30s}, {fault: 52.2s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}]}, {recover: {within: 60s}}]
`;
    return makePlan(checkScenario(text, 'never-back.yaml').scenario, { kubernetesVersion });
  };
  const [ill, fixed] = [planFor('v1.16.0'), planFor('v1.16.15')];
  expect(fixed.prediction.lastRefusedAfterUndoMs).not.toBeNull();
  expect(fixed.prediction.requestsLost).not.toBeNull();
  expect(ill.prediction).toMatchObject({ lastRefusedAfterUndoMs: null, requestsLost: null });
  const simulations = await simulated(ill, sampleOf(15, 40));
  expect(contradictions({ ...ill, prediction: fixed.prediction }, simulations)).not.toEqual([]);
  expect(contradictions(ill, simulations)).toEqual([]);
});

// With leases every 10 s the status alone is the last sign of life of most nodes where it is posted every few ticks.
test.each([
  ['48s', '10s', '1s', '2s', 'kubelet-pause'],
  ['46s', '5s', '1s', '3s', 'node-pause'],
  ['30s', '10s', '2s', '15s', 'kubelet-stop'],
  ['50s', '10s', '10s', '5m', 'kubelet-pause'],
])(
  'a grace of %s, passes every %s, and a status posted at the first tick of %s after %s: windows hold the second grace',
  async (grace, period, update, report, kind) => {
    const text = `
name: few-ticks
profile:
  name: p
  userConfig:
    controllerManagerArgs: {node-monitor-grace-period: ${grace}, node-monitor-period: ${period}}
    kubeletConfiguration: {nodeStatusUpdateFrequency: ${update}, nodeStatusReportFrequency: ${report}}
cluster: {topology: single, kubernetes: v1.34}
workload: {replicas: 3}
phases: [{steady: 22s}, {fault: 90s, inject: [{kind: ${kind}, target: {nodes: [worker]}}]}, {recover: {within: 180s}}]
`;
    const plan = makePlan(checkScenario(text, 'few-ticks.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    const simulations = await simulated(plan, sampleOf(60, 300));
    expect(contradictions(plan, simulations)).toEqual([]);
    // Those of a status that is posted often are as late as that, and without the second grace they would be outside.
    const lateMs = (plan.prediction.notReadyAfterMs?.[1] ?? 0) - plan.profile.effective.nodeMonitorPeriodMs;
    if (report !== '5m')
      expect(simulations.filter(({ milestones }) => (milestones.notReady ?? 0) > lateMs + 1000).length).toBeGreaterThan(
        5,
      );
  },
);

const cutOf = (kind: string, stopSeconds: number, cut: string): Plan => {
  const text = `
name: late-heartbeat
profile: {name: p, nodeMonitorGracePeriod: 25s, nodeMonitorPeriod: 2s}
cluster: {kubernetes: v1.34}
load: {ratePerSecond: 1}
phases:
  - steady: 14s
  - fault: ${8 + stopSeconds}s
    inject:
      - {kind: ${kind}, target: {nodes: [worker2]}, after: 8s}
      - {target: {nodes: [worker2]}, lasts: 14s, ${cut}}
  - recover: {within: 180s}
`;
  return makePlan(checkScenario(text, 'late.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
};

test.each([
  ['kubelet-stop', 'kind: partition'],
  ['kubelet-pause', 'kind: netem, loss: {loss: 100}'],
  ['node-pause', 'kind: partition, direction: to'],
])(
  'a heartbeat that a cut held back arrives after %s began, so that nothing is certain of that: %s',
  async (kind, cut) => {
    const plan = cutOf(kind, 32, cut);
    const simulations = await simulated(plan, sampleOf(60, 300));
    expect(plan.prediction.flap).toBe('possible');
    const lost = simulations.filter(({ milestones }) => milestones.notReady !== null).length;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(simulations.length);
    expect(contradictions(plan, simulations)).toEqual([]);
    // It is once the kubelet is silent for long enough after the last that may arrive.
    const longer = cutOf(kind, 60, cut);
    expect(longer.prediction.flap).toBe('certain');
    expect(contradictions(longer, await simulated(longer, sampleOf(60, 300)))).toEqual([]);
  },
);

test('formulas and simulations never contradict each other, over random plans of every kind of fault', async () => {
  const said = { certain: 0, possible: 0, impossible: 0, 'no formula': 0 };
  const windows = new Map<string, number>();
  const held = (name: string): void => {
    windows.set(name, (windows.get(name) ?? 0) + 1);
  };
  const found: string[] = [];
  for (const kind of everyKind) {
    const seeds = Array.from({ length: plansOf(kind) }, (_, number) => everyKind.indexOf(kind) * 1000 + number);
    const starts = startingKinds.includes(kind) ? seeds : [];
    for (const plan of [
      ...seeds.map((seed) => randomPlan(seed, kind)),
      ...starts.map((seed) => briefStartPlan(seed, kind)),
    ]) {
      const { flap, noFormula = [] } = plan.prediction;
      said[noFormula.length > 0 ? 'no formula' : flap] += 1;
      const simulations = await simulated(plan, trials);
      expect(simulations).toHaveLength(trials);
      for (const one of contradictions(plan, simulations)) found.push(`${plan.scenario}, ${kind}: ${one}`);
      for (const { milestones, span, lost } of simulations) {
        for (const { link: milestone, fit } of calibrate(plan, milestones, span))
          if (fit === 'inside') held(`${kind} ${milestone}`);
        const { fit, window } = checkRequestsLost(plan, lost, span);
        if (fit === 'inside' && (window?.[1] ?? 0) > 0) held(`${kind} requestsLost`);
      }
    }
  }
  expect(found).toEqual([]);
  // Each answer is given often, and each window has held a time: nothing here is true for want of a case.
  expect(said).toEqual({
    certain: expect.any(Number),
    possible: expect.any(Number),
    impossible: expect.any(Number),
    'no formula': expect.any(Number),
  });
  for (const count of Object.values(said)) expect(count).toBeGreaterThan(sampleOf(4, 30));
  // By day a milestone may be met in few of the kinds, at night it is in each.
  const kinds = ['kubelet-pause', 'kubelet-stop', 'node-pause', 'node-stop', 'partition'];
  for (const milestone of ['notReady', 'lastNotReady', 'endpointLost', 'allReady'])
    expect
      .soft(kinds.filter((kind) => windows.has(`${kind} ${milestone}`)).length, milestone)
      .toBeGreaterThanOrEqual(sampleOf(3, kinds.length));
  for (const milestone of [
    'tainted',
    'endpointsEmpty',
    'refused',
    'evicted',
    'replaced',
    'lastRefused',
    'requestsLost',
  ])
    expect
      .soft([...windows.keys()].filter((one) => one.endsWith(` ${milestone}`)).length, milestone)
      .toBeGreaterThan(sampleOf(1, 2));
}, 300_000);

const planOf = (fault: string, durationSeconds: number): Plan => {
  const text = `name: one
profile: default
cluster: {kubernetes: v1.31}
phases:
  - steady: 20s
  - fault: ${durationSeconds}s
    inject: [{${fault}}]
  - recover: {within: 120s}
`;
  return makePlan(checkScenario(text, 'one.yaml').scenario, { kubernetesVersion: 'v1.31.0' });
};

describe('where there is no formula a plan says so, and neither impossible nor certain', () => {
  test.each([
    ['a loss of 100 %', 'kind: netem, target: {role: worker}, loss: {loss: 100}', 'netem-1', 20],
    ['a delay of 60 s', 'kind: latency, target: {role: worker}, delay: 60s', 'latency-1', 20],
    ['a stall of etcd', 'kind: etcd-pause', 'etcd-pause-1', 0],
    ['a dead single control plane', 'kind: node-stop, target: {role: control-plane}', 'node-stop-1', 0],
  ])('%s for 70 s', async (_, fault, id, lost) => {
    const plan = planOf(fault, 70);
    expect(plan.prediction).toMatchObject({ flap: 'possible', noFormula: [id], notReadyAfterMs: null });
    const simulations = await simulated(plan, 20);
    expect(simulations.filter(({ milestones }) => milestones.notReady !== null)).toHaveLength(lost);
  });

  test('a restart of kubelets has one: as a freeze, and the start beside', async () => {
    const restart = (seconds: number): Plan => planOf('kind: kubelet-stop, target: {role: worker}', seconds);
    const flaps = [10, 25, 70].map((seconds) => restart(seconds).prediction);
    expect(flaps.map(({ flap }) => flap)).toEqual(['impossible', 'possible', 'certain']);
    for (const { noFormula } of flaps) expect(noFormula).toBeUndefined();
  });
});

test('a pause of kubelets just after the judge of nodes was hit is not certain to cost a node', async () => {
  const text = `name: two
profile: default
cluster: {kubernetes: v1.31}
phases:
  - fault: 99s
    inject: [{kind: apiserver-pause}]
  - fault: 54s
    inject: [{kind: kubelet-pause, target: {role: worker}}]
  - recover: {within: 120s}
`;
  const plan = makePlan(checkScenario(text, 'two.yaml').scenario, { kubernetesVersion: 'v1.31.0' });
  expect(plan.prediction).toMatchObject({ flap: 'possible', noFormula: ['apiserver-pause-1', 'kubelet-pause-1'] });
});

test('a kubelet whose status alone is its heartbeat is heard soon after a cut: its second failure closes what is dead', async () => {
  const text = `name: three
profile: medium
cluster: {kubernetes: v1.13}
phases:
  - fault: 50s
    inject: [{kind: netem, target: {role: worker, count: 1}, loss: {loss: 100}}]
  - recover: {within: 90s}
`;
  const plan = makePlan(checkScenario(text, 'three.yaml').scenario, { kubernetesVersion: 'v1.13.0' });
  expect(plan.prediction.flap).toBe('impossible');
  const simulations = await simulated(plan, 20);
  expect(simulations.filter(({ milestones }) => milestones.notReady !== null)).toHaveLength(0);
});

test.each(['kubelet-pause', 'kubelet-stop', 'node-stop', 'node-pause', 'partition'])(
  'windows are narrow enough to be wrong: a controller with half a minute more of grace is outside of them, by %s',
  async (kind) => {
    const withGrace = (seconds: number): Plan => {
      const text = `name: four
profile: {name: p, nodeMonitorGracePeriod: ${seconds}s, evictionAfter: 10s}
cluster: {kubernetes: v1.34, workers: 3}
workload: {replicas: 3}
phases:
  - steady: 20s
  - fault: 150s
    inject: [{kind: ${kind}, target: {role: worker}}]
  - recover: {within: 90s}
`;
      return makePlan(checkScenario(text, 'four.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    };
    const [slow, quick] = [withGrace(70), withGrace(40)];
    const simulations = await simulated(slow, 4);
    const wrong = new Set(
      simulations.flatMap(({ milestones, span, lost }) => [
        ...calibrate({ ...slow, prediction: quick.prediction }, milestones, span).flatMap(({ link: milestone, fit }) =>
          fit === 'outside' ? [milestone] : [],
        ),
        ...(checkRequestsLost({ ...slow, prediction: quick.prediction }, lost, span).fit === 'outside'
          ? ['requestsLost']
          : []),
      ]),
    );
    const expected = ['notReady', 'lastNotReady', 'endpointLost', 'endpointsEmpty', 'refused'];
    expect([...wrong]).toEqual(
      expect.arrayContaining(kind.startsWith('node-') ? expected : [...expected, 'requestsLost']),
    );
    expect(contradictions(slow, simulations)).toEqual([]);
  },
);
