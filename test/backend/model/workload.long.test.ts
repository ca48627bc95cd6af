import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../../src/backend/model/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { record } from './support/runs.ts';

/** A node that is silent for 150 s on a cluster that gives nodes up after 20 s. */
const planOf = (workload: string, kubernetes = 'v1.34.4', faultSeconds = 150) =>
  makePlan(
    checkScenario(
      `name: lost
profile: {name: g20, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 20s, evictionAfter: 10s, evictionBy: tolerations}
cluster: {kubernetes: ${kubernetes}}
workload: ${workload}
load: {ratePerSecond: 10}
phases:
  - steady: 20s
  - fault: ${faultSeconds}s
    inject: [{kind: node-stop, target: {nodes: [worker2]}}]
  - recover: {within: 120s}
`,
      'lost.yaml',
    ).scenario,
    { kubernetesVersion: kubernetes },
  );

const runOf = async (workload: string, kubernetes?: string, faultSeconds?: number) => {
  const plan = planOf(workload, kubernetes, faultSeconds);
  const { events, requests } = record(configOfPlan(plan));
  const document = await judge(plan, events, requests);
  const startMs = events.find(({ type }) => type === 'fault.injected')?.atMs ?? 0;
  const pods = events.flatMap((event) => (event.type === 'pod' ? [{ ...event, atMs: event.atMs - startMs }] : []));
  return { plan, document, pods: pods.filter(({ atMs }) => atMs > 0) };
};

const changesOf = (pods: Awaited<ReturnType<typeof runOf>>['pods']): readonly string[] =>
  pods.map(({ pod, change }) => `${pod} ${change}`);

describe('a Deployment whose node is lost', () => {
  test('has its pod anew while the old one is stuck Terminating', async () => {
    const { pods, document } = await runOf('{replicas: 2}');
    const deleting = pods.find(({ change }) => change === 'deleting');
    const made = pods.find(({ change }) => change === 'seen');
    const gone = pods.find(({ change }) => change === 'gone');
    expect((made?.atMs ?? 0) - (deleting?.atMs ?? 0)).toBeLessThan(100);
    expect(gone?.atMs).toBeGreaterThan(150_000);
    expect(document.pods.stuckTerminating).toBe(1);
  });
});

describe('a StatefulSet whose node is lost', () => {
  test('has no pod in its place until the kubelet is back and ends the old one', async () => {
    const { pods, document, plan } = await runOf('{replicas: 2, kind: statefulset}');
    const gone = pods.find(({ change }) => change === 'gone');
    const made = pods.find(({ change }) => change === 'seen');
    expect(gone?.atMs).toBeGreaterThan(150_000);
    expect(made?.pod).toBe(gone?.pod);
    expect(made?.atMs).toBeGreaterThanOrEqual(gone?.atMs ?? 0);
    expect(document.pods.stuckTerminating).toBe(1);
    expect(document.pods.unavailableSeconds).toBeGreaterThan(120);
    expect(plan.warnings.join()).toBe(
      'a StatefulSet makes a pod anew only once the old one is gone: one on an unreachable node stays Terminating until its kubelet is back, or somebody taints the node out-of-service (v1.26 and later),v1.34.4 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
    );
    expect(plan.prediction.lastRefusedAfterUndoMs).toBeNull();
  });

  test('makes its pods in order: none before those before it are Ready', () => {
    const { events } = record(configOfPlan(planOf('{replicas: 3, kind: statefulset}')));
    const first = events.flatMap((event) => (event.type === 'pod' ? [event] : [])).slice(0, 6);
    expect(changesOf(first)).toEqual([
      'beat-0 seen',
      'beat-0 ready',
      'beat-1 seen',
      'beat-1 ready',
      'beat-2 seen',
      'beat-2 ready',
    ]);
  });

  test('with a grace of nothing has it at once, for a pod that is deleted is gone', async () => {
    const { pods, document } = await runOf('{replicas: 2, kind: statefulset, terminationGracePeriod: 0s}');
    const gone = pods.find(({ change }) => change === 'gone');
    const made = pods.find(({ change }) => change === 'seen');
    expect(gone?.atMs).toBeLessThan(60_000);
    expect((made?.atMs ?? 0) - (gone?.atMs ?? 0)).toBeLessThan(100);
    expect(document.pods.stuckTerminating).toBe(0);
  });
});

describe('tolerations of the pods’ own', () => {
  const evictedMs = async (workload: string) =>
    (await runOf(workload)).pods.find(({ evicted }) => evicted)?.atMs ?? null;

  test('count instead of what admission writes, in the model and by formula', async () => {
    const plain = await evictedMs('{replicas: 2}');
    const longer = await evictedMs('{replicas: 2, tolerations: {unreachable: 40s}}');
    expect(Math.round(((longer ?? 0) - (plain ?? 0)) / 1000)).toBe(30);
    const windowOf = (workload: string) => planOf(workload).prediction.evictionAfterMs ?? [0, 0];
    const [earliestMs, latestMs] = windowOf('{replicas: 2, tolerations: {unreachable: 40s}}');
    expect(earliestMs - windowOf('{replicas: 2}')[0]).toBe(30_000);
    expect(longer).toBeGreaterThan(earliestMs);
    expect(longer).toBeLessThan(latestMs);
  });

  test('without an end keep the pod: it is not evicted, and no formula says that it is', async () => {
    expect(await evictedMs('{replicas: 2, tolerations: {unreachable: forever, not-ready: forever}}')).toBeNull();
    expect(
      planOf('{replicas: 2, tolerations: {unreachable: forever, not-ready: forever}}').prediction.evictionAfterMs,
    ).toBeNull();
  });

  test('of not-ready alone do not count for an unreachable node', async () => {
    expect(await evictedMs('{replicas: 2, tolerations: {not-ready: forever}}')).toBe(await evictedMs('{replicas: 2}'));
  });

  test('mean nothing to pod-eviction-timeout, which is said', () => {
    const { scenario } = checkScenario(
      `name: a
profile: {name: g, evictionAfter: 10s}
cluster: {kubernetes: v1.20}
workload: {tolerations: {unreachable: 40s}}
phases: [{steady: 1s}]
`,
      'a.yaml',
    );
    expect(makePlan(scenario, { kubernetesVersion: 'v1.20.2' }).warnings).toEqual([
      'pods are evicted by pod-eviction-timeout, which ignores their tolerations',
    ]);
  });
});

test('a PodDisruptionBudget changes nothing of an eviction, which is said', async () => {
  const without = await runOf('{replicas: 2}');
  const budgeted = await runOf('{replicas: 2, podDisruptionBudget: {minAvailable: 2}}');
  expect(changesOf(budgeted.pods)).toEqual(changesOf(without.pods));
  expect(budgeted.plan.warnings.join()).toBe(
    'the PodDisruptionBudget holds no eviction of a lost node’s pods: controllers delete them, and do not ask the eviction API,v1.34.4 has kubernetes#100277: pods with a readiness probe become NotReady when their kubelet is restarted (fixed in v1.35.0)',
  );
});

test('a node that boots has its pods Ready the later, the more seldom they are probed', async () => {
  const readyAgainMs = async (workload: string): Promise<number> =>
    (await runOf(workload, 'v1.34.4', 60)).document.pods.unavailableSeconds ?? 0;
  const often = await readyAgainMs('{replicas: 2, tolerations: {unreachable: forever, not-ready: forever}}');
  const seldom = await readyAgainMs(
    '{replicas: 2, tolerations: {unreachable: forever, not-ready: forever}, readiness: {period: 30s}}',
  );
  expect(seldom).toBeGreaterThan(often + 1);
});

test('what a workload cannot be is refused where it stands', () => {
  const problems = (workload: string): readonly string[] => {
    try {
      planOf(workload);
    } catch (thrown) {
      return (thrown as Error).message.split('\n');
    }
    return [];
  };
  expect(problems('{kind: daemonset, terminationGracePeriod: 1500ms, tolerations: {unreachable: never}}')).toEqual([
    'lost.yaml:4:18: workload.kind: expected one of deployment, statefulset, received "daemonset"',
    'lost.yaml:4:53: workload.terminationGracePeriod: expected whole seconds, such as 10s',
    'lost.yaml:4:88: workload.tolerations.unreachable: expected a duration in whole seconds such as 10s, or forever, received "never"',
  ]);
  expect(problems('{podDisruptionBudget: {minAvailable: 1, maxUnavailable: 1}}')).toEqual([
    'lost.yaml:4:33: workload.podDisruptionBudget: expected exactly one of minAvailable, maxUnavailable, received both',
  ]);
});
