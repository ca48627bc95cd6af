import { expect, test } from 'vitest';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import { simulatePlan, simulationText } from '../../src/sweep/index.ts';
import type { WideSpread } from '../../src/sweep/types.ts';

const inOrder = ({ p1, p5, p50, p95, p99 }: WideSpread): boolean =>
  [p1, p5, p50, p95, p99].every((value, index, all) => value !== null && value >= (all[index - 1] ?? value));

const planOf = (name: string, overrides: readonly (readonly [string, unknown])[] = []): Plan => {
  const { scenario } = loadScenario(name, {
    overrides: overrides.map(([key, value]) => ({ origin: '--set', path: [key], value })),
    overrideProblems: [],
  });
  return makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
};

const pool = (workers: number) => ({ workers, heapBytes: 1e9 });

test('the simulation of a plan does not depend on the number of threads', async () => {
  const plan = planOf('tight-grace');
  expect(await simulatePlan(plan, 120, pool(1))).toEqual(await simulatePlan(plan, 120, pool(3)));
});

test('chances and times agree with the formulas: tight-grace is certain, default impossible', async () => {
  const plan = planOf('tight-grace');
  const tight = await simulatePlan(plan, 100, pool(2));
  const [earliest, latest] = plan.prediction.notReadyAfterMs ?? [0, 0];
  expect([tight.since, tight.notReady.count, tight.firstNotReadyMs.seen]).toEqual(['fault', 100, 100]);
  expect(tight.firstNotReadyMs.p5).toBeGreaterThanOrEqual(earliest);
  expect(tight.firstNotReadyMs.p95).toBeLessThanOrEqual(latest + 1000);
  expect(tight.firstRefusedMs?.p50).toBeGreaterThan(tight.firstNotReadyMs.p50 ?? 0);
  expect(tight.allReadyMs.p5).toBeGreaterThan(25_000);
  const mild = await simulatePlan(planOf('default'), 100, pool(2));
  expect([mild.notReady.count, mild.refused?.count]).toEqual([0, 0]);
  // 0 of 100: 1 - 0.05^(1/100).
  expect(mild.notReady.high).toBeCloseTo(0.0295, 4);
  expect(mild.firstNotReadyMs).toEqual({ seen: 0, p1: null, p5: null, p50: null, p95: null, p99: null });
  expect([tight.age, mild.requestsLost?.p99]).toEqual(['fresh', 0]);
});

test('the fault meets the heartbeats in any phase, as likely as another', async () => {
  // Checked each second, leases alone: NotReady comes 30 s to 31 s after the last lease, which is 0 s to 10.4 s old.
  const { notReady, firstNotReadyMs } = await simulatePlan(
    planOf('default', [
      ['profile', { nodeMonitorPeriod: '1s', nodeMonitorGracePeriod: '30s' }],
      [
        'phases',
        [{ steady: '30s' }, { fault: '60s', inject: [{ kind: 'kubelet-pause', target: { nodes: ['worker'] } }] }],
      ],
      ['expect', []],
    ]),
    200,
    pool(2),
  );
  expect(notReady.count).toBe(200);
  const { p5, p50, p95 } = firstNotReadyMs;
  // A tenth of a renewal on either side of what ages spread evenly give; one phase for all spans 3 s.
  expect(p5).toBeGreaterThan(19_600);
  expect(p5).toBeLessThan(22_000);
  expect(p50).toBeGreaterThan(24_300);
  expect(p50).toBeLessThan(26_300);
  expect(p95).toBeGreaterThan(29_000);
  expect(p95).toBeLessThan(31_100);
});

test('without a fault a profile that flaps by itself shows that it does', async () => {
  const overrides = [
    ['phases', [{ steady: '10m' }]],
    ['expect', []],
  ] as const;
  const flaps = await simulatePlan(planOf('tight-grace', overrides), 20, pool(1));
  expect(flaps.since).toBe('load');
  expect(flaps.notReady.count).toBeGreaterThan(0);
  const quiet = await simulatePlan(planOf('default', overrides), 20, pool(1));
  expect(quiet.notReady.count).toBe(0);
});

test('every milestone has its quantiles, in the order in which one leads to the next', async () => {
  const dead = planOf('dead-node', [['profile', 'fast']]);
  const simulation = await simulatePlan(dead, 60, pool(2));
  const { firstNotReadyMs, lastNotReadyMs, firstTaintedMs, firstEndpointLostMs } = simulation;
  const { firstEvictionMs, firstReplacementReadyMs, requestsLost } = simulation;
  for (const spread of [firstNotReadyMs, lastNotReadyMs, firstTaintedMs, firstEndpointLostMs]) {
    expect(spread.seen).toBe(60);
    expect(inOrder(spread)).toBe(true);
  }
  const medians = [firstNotReadyMs, firstEvictionMs, firstReplacementReadyMs].map(({ p50 }) => p50 ?? Number.NaN);
  expect(medians).toEqual(medians.toSorted((one, other) => one - other));
  // One of two pods is on the node that died: half of the requests are lost until its endpoint is gone.
  expect(requestsLost?.p50).toBeGreaterThan(100);
});

test('an old cluster is another than a fresh one: a status post may be the last sign of life, and NotReady comes later', async () => {
  const phases = [
    { steady: '30s' },
    { fault: '70s', inject: [{ kind: 'kubelet-pause', target: { role: 'worker' } }] },
    { recover: { within: '90s' } },
  ];
  const changes = [
    ['phases', phases],
    ['expect', []],
  ] as const;
  const fresh = planOf('default', changes);
  const old: Plan = { ...fresh, topology: { ...fresh.topology, age: 'old' } };
  const [young, aged] = await Promise.all([simulatePlan(fresh, 300, pool(1)), simulatePlan(old, 300, pool(1))]);
  expect([young.age, aged.age]).toEqual(['fresh', 'old']);
  // Kubelets that joined together renew together; in an old cluster each has a phase of its own, and the last comes later.
  const spread = ({ lastNotReadyMs, firstNotReadyMs }: typeof young): number =>
    (lastNotReadyMs.p50 ?? Number.NaN) - (firstNotReadyMs.p50 ?? Number.NaN);
  expect(spread(aged)).toBeGreaterThan(spread(young) + 1000);
});

test.each(['all', 'api-server'])(
  'of requests under netem with peer %s a simulation says what the model knows',
  async (peer) => {
    const simulation = await simulatePlan(
      planOf('network-delay', [
        [
          'phases',
          [
            { steady: '10s' },
            { fault: '20s', inject: [{ kind: 'netem', target: { role: 'worker' }, loss: { loss: 30 }, peer }] },
            { recover: { within: '90s' } },
          ],
        ],
      ]),
      10,
      pool(1),
    );
    const { refused, firstRefusedMs, lastRefusedMs, requestsLost, notReady } = simulation;
    const ofRequests = [refused, firstRefusedMs, lastRefusedMs, requestsLost];
    const text = simulationText(simulation);
    expect(notReady.trials).toBe(10);
    if (peer === 'all') {
      expect(ofRequests).toEqual([null, null, null, null]);
      expect(text).toBe(`
Predicted by 10 simulations, nothing was run (seed 1)
  chance of                                 seen, and the 95 % interval
  a node NotReady                      0 %  0 of 10: at most 26 %
  a node NotReady by its own word      0 %  0 of 10: at most 26 %
  a pod evicted                        0 %  0 of 10: at most 26 %
  a request refused                unknown  no simulation has it
  no recovery in time                  0 %  0 of 10: at most 26 %

  seconds since the first fault  p1  p5  p50  p95  p99  seen in

  in no run: first node NotReady, last node NotReady, first NoExecute taint,
             first endpoint lost, no endpoint left, first pod evicted, first
             replacement Ready, all nodes Ready again

  unknown: first refused, last refused, requests lost, for a fault acts on the
           packets of clients, which the model does not simulate
`);
    } else {
      const never = { p1: null, p5: null, p50: null, p95: null, p99: null, seen: 0 };
      const none = { p1: 0, p5: 0, p50: 0, p95: 0, p99: 0, seen: 10 };
      expect(ofRequests).toMatchObject([{ count: 0, trials: 10, share: 0 }, never, never, none]);
      expect(text).toBe(`
Predicted by 10 simulations, nothing was run (seed 1)
  chance of                             seen, and the 95 % interval
  a node NotReady                  0 %  0 of 10: at most 26 %
  a node NotReady by its own word  0 %  0 of 10: at most 26 %
  a pod evicted                    0 %  0 of 10: at most 26 %
  a request refused                0 %  0 of 10: at most 26 %
  no recovery in time              0 %  0 of 10: at most 26 %

  seconds since the first fault  p1  p5  p50  p95  p99  seen in
  requests lost                   0   0    0    0    0

  in no run: first node NotReady, last node NotReady, first NoExecute taint,
             first endpoint lost, no endpoint left, first refused, first pod
             evicted, first replacement Ready, all nodes Ready again, last
             refused
`);
    }
  },
);
