import { expect, test } from 'vitest';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { loadScenario, scenarioNames } from '../../../src/scenario/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { notAsShipped } from '../../../tools/ci/night/shipped.ts';

const version = 'v1.34.4';

const planOf = (name: string, sets: Readonly<Record<string, unknown>>): Plan => {
  const overrides = Object.entries({ 'cluster.kubernetes': version, ...sets }).map(([path, value]) => ({
    origin: `--set ${path}`,
    path: path.split('.'),
    value,
  }));
  return makePlan(loadScenario(name, { overrides }).scenario, { kubernetesVersion: version });
};

/** What a night says of a run of that plan. */
const said = async (name: string, sets: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> =>
  notAsShipped('tonight/cell', [await judge(planOf(name, sets), [], [])]);

test.each(scenarioNames())('%s as it is here is as it is here', async (name) => {
  expect(await said(name)).toEqual([]);
});

const another = 'tonight/cell: expected fast as it is here, found another one: ';

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ['another reading', { reading: 'equivalent' }, /^profile: here fast \(literal\): .*; found fast \(equivalent\): /],
  ['another profile', { profile: 'slow' }, /^profile: here fast \(literal\): .*; found slow \(literal\): /],
  ['other replicas', { 'workload.replicas': 1 }, /^workload: here 2 replicas; found 1 replica$/],
  ['more workers', { 'cluster.workers': 5 }, /^topology: here .*; found .* \+ 5 workers$/],
  ['another load', { 'load.ratePerSecond': 5 }, /^load: here 50 requests\/s .*; found 5 requests\/s /],
  ['a longer time limit', { 'load.timeout': '5s' }, /^load: here .* timeout 1s; found .* timeout 5s$/],
  [
    'no fault',
    { phases: [{ steady: '60s' }], expect: [{ figure: 'requests.refused', max: 0 }] },
    /^phases: here .*kubelet-pause.*; found steady 1m$/,
  ],
  ['less expected', { expect: [{ figure: 'durationMs', min: 1 }] }, /^expectations: here .*; found durationMs ≥ 1$/],
])('a run with %s is of another one, by name', async (_, sets, text) => {
  const [first = '', ...others] = await said('fast', sets);
  expect(first.startsWith(another)).toBe(true);
  const texts = [first, ...others].map((one) => one.slice(another.length));
  expect(texts.filter((one) => text.test(one))).toHaveLength(1);
});

test('each difference is said once, of however many runs', async () => {
  const run = await judge(planOf('fast', { 'workload.replicas': 1 }), [], []);
  expect(notAsShipped('f', [run, run])).toEqual([
    'f: expected fast as it is here, found another one: workload: here 2 replicas; found 1 replica',
  ]);
});

test('a scenario that is none of this checkout is held against none', async () => {
  const run = await judge(planOf('fast', { 'workload.replicas': 1 }), [], []);
  expect(notAsShipped('f', [{ ...run, scenario: 'own' }])).toEqual([]);
});

test('what an older skipbeat did not write down is not on record, and differs', async () => {
  const { conditions: _, ...run } = await judge(planOf('fast', {}), [], []);
  const of = [
    'profile: here fast (literal): kube-controller-manager node-monitor-period 2s, kube-controller-manager node-monitor-grace-period 20s, kube-apiserver default-not-ready-toleration-seconds 30, kube-apiserver default-unreachable-toleration-seconds 30, kubelet nodeStatusUpdateFrequency 4s',
    'load: here 50 requests/s through untouched, fresh, timeout 1s',
    'workload: here 2 replicas',
    'phases: here steady 30s, fault 24.3s (kubelet-pause on worker, worker2), recover within 1m30s',
  ];
  expect(notAsShipped('f', [run])).toEqual(
    of.map((one) => `f: expected fast as it is here, found another one: ${one}; found not on record`),
  );
});

test('a version for which it cannot be made says so', async () => {
  const run = await judge(planOf('fast', {}), [], []);
  expect(notAsShipped('f', [{ ...run, kubernetesVersion: 'v1.99.0' }])).toEqual([
    expect.stringMatching(/^f: expected fast as it is here, which cannot be planned on v1\.99\.0: /),
  ]);
});
