import { describe, expect, test } from 'vitest';
import { lossesByZone } from '../../src/plan/cluster/zones.ts';
import { makePlan } from '../../src/plan/index.ts';
import { evictionIntervalMs } from '../../src/profile/index.ts';
import { beyondRealClusters, checkScenario } from '../../src/scenario/index.ts';

const scenarioOf = (cluster: string, target: string, workload = '{replicas: 2}') =>
  checkScenario(
    `name: a
profile: {name: g20, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 20s, evictionAfter: 10s, evictionBy: tolerations}
cluster: ${cluster}
workload: ${workload}
phases: [{steady: 20s}, {fault: 300s, inject: [{kind: kubelet-pause, target: ${target}}]}, {recover: {within: 90s}}]
`,
    'a.yaml',
  ).scenario;

const planOf = (cluster: string, target: string, kubernetesVersion = 'v1.34.4') =>
  makePlan(scenarioOf(cluster, target), { kubernetesVersion });

/** How often a zone with silent nodes gives one up, in ms; null: nobody is evicted. */
const intervalOf = (cluster: string, target: string): number | null => {
  const { topology, phases, profile } = planOf(cluster, target);
  const lost = phases.flatMap((phase) =>
    phase.kind === 'fault' ? phase.inject.flatMap(({ targets }) => targets) : [],
  );
  const zones = lossesByZone(topology, lost);
  return evictionIntervalMs(profile.effective, { nodes: 0, paused: 0, zones });
};

const disruptionsIn = ({ warnings }: ReturnType<typeof planOf>): readonly string[] =>
  warnings.filter((warning) => warning.includes('disruption'));

describe('zones', () => {
  test('nodes are dealt out in turn, control planes first', () => {
    const cluster = { controlPlanes: 1, workers: 6, zones: 3 };
    expect(lossesByZone(cluster, ['worker', 'worker4', 'worker2'])).toEqual([
      { paused: 0, nodes: 3 },
      { paused: 2, nodes: 2 },
      { paused: 1, nodes: 2 },
    ]);
  });

  test('that have no node are none', () => {
    expect(lossesByZone({ controlPlanes: 0, workers: 2, zones: 5 }, [])).toHaveLength(2);
  });

  test('a zone that is down among others loses its pods as ever', () => {
    const plan = planOf('{workers: 8, zones: 3}', '{nodes: [worker2, worker5, worker8]}');
    expect(disruptionsIn(plan)).toEqual([]);
    expect(intervalOf('{workers: 8, zones: 3}', '{nodes: [worker2, worker5, worker8]}')).toBe(10_000);
  });

  test('the same nodes of one zone are no disruption either, more of them are one', () => {
    expect(disruptionsIn(planOf('{workers: 8}', '{nodes: [worker2, worker5, worker8]}'))).toEqual([]);
    const plan = planOf('{workers: 8}', '{role: worker, count: 6}');
    expect(disruptionsIn(plan)).toEqual([
      'with 6 of 9 nodes silent in phase fault the controller may see a partial disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
    ]);
    expect(intervalOf('{workers: 8}', '{role: worker, count: 6}')).toBeNull();
  });

  test('a zone of which three of four are down evicts nobody, whatever the other is like', () => {
    const plan = planOf('{workers: 7, zones: 2}', '{nodes: [worker, worker3, worker5]}');
    expect(disruptionsIn(plan)).toEqual([
      'with 3 of 4 nodes of zone 2 silent in phase fault the controller may see a partial disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
    ]);
    expect(intervalOf('{workers: 7, zones: 2}', '{nodes: [worker, worker3, worker5]}')).toBeNull();
  });

  test('a large zone that is partly down gives up a node every 100 s', () => {
    const plan = planOf('{workers: 99}', '{role: worker, count: 60}');
    expect(disruptionsIn(plan)).toEqual([
      'with 60 of 100 nodes silent in phase fault the controller may see a partial disruption, in which it gives up one node of the zone every 100.0 s',
    ]);
    expect(intervalOf('{workers: 99}', '{role: worker, count: 60}')).toBe(100_000);
  });

  test('one node alone is all of them', () => {
    expect(disruptionsIn(planOf('{topology: managed, workers: 1}', '{role: worker}'))).toEqual([
      'with 1 of 1 node silent in phase fault the controller may see a full disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
    ]);
  });

  test('where every zone is down nobody is evicted', () => {
    const plan = planOf('{topology: managed, workers: 4, zones: 2}', '{role: worker}');
    expect(disruptionsIn(plan)).toEqual([
      'with 4 of 4 nodes silent in phase fault the controller may see a full disruption, in which it evicts nobody (from v1.34 on perhaps from one node)',
    ]);
    expect(intervalOf('{topology: managed, workers: 4, zones: 2}', '{role: worker}')).toBeNull();
  });
});

describe('pods beside the workload', () => {
  const evictionOf = (version: string, pods: number) =>
    planOf(`{kubernetes: ${version}, podsPerNode: ${pods}}`, '{nodes: [worker2]}', `${version}.0`).prediction
      .evictionAfterMs;

  test('to v1.33 the eviction waits until all of them are marked, two requests each, 20 a second once 30 are spent', () => {
    // 6 + 2 · (6 + pods + 2 replicas) requests: 22 without, 122 with 50.
    const [earliestMs, latestMs] = evictionOf('v1.33', 0) ?? [0, 0];
    expect(evictionOf('v1.33', 50)).toEqual([earliestMs, latestMs + ((122 - 30) / 20) * 1000]);
  });

  test('from v1.34 on it does not', () => {
    expect(evictionOf('v1.34', 50)).toEqual(evictionOf('v1.34', 0));
  });
});

describe('what no real cluster can be', () => {
  test('is named, all of it', () => {
    expect(
      beyondRealClusters(
        scenarioOf('{topology: managed, workers: 500, podsPerNode: 60}', '{role: worker}', '{replicas: 51}'),
      ),
    ).toBe(
      'cluster.topology: expected single or ha, for kind makes a node of every control plane, received managed; ' +
        'cluster.workers: expected at most 20 on a real cluster, received 500; ' +
        'workload.replicas: expected at most 50 on a real cluster, received 51; ' +
        'cluster.podsPerNode: expected at most 50 on a real cluster, received 60',
    );
    expect(beyondRealClusters(scenarioOf('{workers: 20, podsPerNode: 50, zones: 50}', '{role: worker}'))).toBeNull();
  });
});

describe('a cluster whose control plane is no node', () => {
  const problem = (cluster: string, target: string): string => {
    try {
      scenarioOf(cluster, target);
    } catch (thrown) {
      return (thrown as Error).message;
    }
    return '';
  };

  test('has workers, and no leader and no control plane to be hit', () => {
    expect(problem('{topology: managed, workers: 0}', '{nodes: [worker]}')).toBe(
      'a.yaml:3:39: cluster.workers: expected 1 or more where no control plane is a node, received 0\na.yaml:5:87: phases[1].inject[0].target.nodes[0]: expected a node of this topology, one of , received "worker"',
    );
    expect(problem('{topology: managed}', '{role: control-plane}')).toBe(
      'a.yaml:5:85: phases[1].inject[0].target.role: expected a role that the topology has, received control-plane: this topology has 0 control-planes',
    );
    expect(problem('{topology: managed}', '{leader: kube-scheduler}')).toBe(
      'a.yaml:5:78: phases[1].inject[0].target.role: expected a role that the topology has, received control-plane: this topology has 0 control-planes',
    );
  });

  test('a node that is lost mutes no API server', () => {
    expect(planOf('{topology: managed}', '{nodes: [worker]}').topology.controlPlanes).toBe(0);
  });
});

test('a zone that goes down as a whole over several passes is given an empty bucket to v1.33: its first taint may come a token later', () => {
  const tainted = (kubernetes: string, zone: string) =>
    makePlan(
      checkScenario(
        `name: a
profile: default
cluster: {kubernetes: ${kubernetes}, workers: 2, hollow: {nodes: 20, zones: 4}}
phases: [{steady: 40s}, {fault: 120s, inject: [{kind: kubelet-pause, target: {hollow: ${zone}}}]}, {recover: {within: 300s}}]
`,
        'a.yaml',
      ).scenario,
      { kubernetesVersion: `${kubernetes}.0` },
    ).prediction.taintedAfterMs?.[1];
  const [entire, part] = [tainted('v1.27', '{zone: b}'), tainted('v1.27', '{count: 2}')];
  expect((entire ?? 0) - (part ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect(tainted('v1.34', '{zone: b}')).toBe(tainted('v1.34', '{count: 2}'));
});
