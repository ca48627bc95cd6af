import { describe, expect, test } from 'vitest';
import { hitBy, makePlan } from '../../../src/plan/index.ts';
import { assertForContext, assertShort, mapNodes, onCluster } from '../../../src/prepare/own-cluster/adapt.ts';
import { readOwnClusterOptions } from '../../../src/prepare/own-cluster/options.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { controlPlane, survey, worker, workers } from '../../guard/surveys.ts';

const { scenario } = loadScenario('kubelet-pause-one');
const refused = (code: string) => expect.objectContaining({ code, exitCode: 64 });

describe('a scenario on a cluster that somebody has', () => {
  test('is of its version, and has as many nodes as it has', () => {
    const adapted = onCluster(scenario, survey([controlPlane, ...workers(7)], { serverVersion: 'v1.33.5' }));
    expect(adapted.cluster).toEqual({
      ...{ topology: 'single', kubernetes: 'v1.33', controlPlanes: 1, workers: 7, apiServerPort: null },
    });
    const plan = makePlan(adapted, { kubernetesVersion: 'v1.33.5' });
    expect([plan.kubernetesVersion, [...hitBy(plan)]]).toEqual(['v1.33.5', ['worker']]);
  });

  test('has no control plane where the cluster shows none', () => {
    const adapted = onCluster(scenario, survey(workers(3)));
    expect([adapted.cluster.topology, adapted.cluster.controlPlanes]).toEqual(['managed', 0]);
    expect(makePlan(adapted, { kubernetesVersion: 'v1.34.4' }).topology.controlPlanes).toBe(0);
  });

  test('hits the nodes that were chosen, under the names of the plan; the others go by their names', () => {
    const seen = survey([worker('c'), controlPlane, worker('a'), worker('b')]);
    const plan = makePlan(onCluster(scenario, seen), { kubernetesVersion: 'v1.34.4' });
    expect([...mapNodes(plan, seen, ['b'])]).toEqual([
      ['control-plane', 'cp'],
      ['worker', 'b'],
      ['worker2', 'a'],
      ['worker3', 'c'],
    ]);
  });

  test('is refused where it hits a worker that is not there, or a control plane', () => {
    const hits = (...nodes: string[]) => ({
      ...scenario,
      phases: scenario.phases.map((phase) =>
        phase.kind === 'fault'
          ? { ...phase, inject: phase.inject.map((fault) => ({ ...fault, target: { nodes } })) }
          : phase,
      ),
    });
    const seen = survey([controlPlane, ...workers(3)]);
    for (const nodes of [['worker4'], ['worker', 'control-plane']])
      expect(() => onCluster(hits(...nodes), seen)).toThrow(refused('SCENARIO_NOT_FOR_CONTEXT'));
  });

  test.each(['dead-node', 'master-load', 'etcd-pause', 'apiserver-latency', 'storm-1000', 'ha-leader-loss'])(
    'is refused by name where no agent makes it: %s',
    (name) => {
      expect(() => assertForContext(loadScenario(name).scenario)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/_NOT_FOR_CONTEXT$/), exitCode: 64 }),
      );
    },
  );

  test('is refused where it has no fault, and not where it is repeated', () => {
    expect(() => assertForContext({ ...scenario, repeats: 3 })).not.toThrow();
    expect(() => assertForContext({ ...scenario, phases: scenario.phases.slice(0, 1) })).toThrow(
      refused('SCENARIO_NOT_FOR_CONTEXT'),
    );
    expect(() => assertForContext(scenario)).not.toThrow();
  });

  test('is refused where a fault stands for longer than was agreed to', () => {
    const plan = makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
    expect(() => assertShort(scenario, plan, 59_999)).toThrow(refused('SCENARIO_NOT_FOR_CONTEXT'));
    expect(() => assertShort(scenario, plan, 60_000)).not.toThrow();
  });
});

describe('options of a run on a cluster that somebody has', () => {
  test('have bounds where nothing is said', () => {
    expect(readOwnClusterOptions({ context: 'staging' })).toEqual({
      injector: 'agent',
      ...{ context: 'staging', kubeconfig: null, uid: null, maxNodes: 1, maxMs: 600_000, choice: null },
      agentImage: expect.stringMatching(/^registry\.k8s\.io\/e2e-test-images\/agnhost:2\.56@sha256:[0-9a-f]{64}$/),
      load: null,
    });
  });

  test.each([
    ['--context', { context: '' }, 'expected the name of a context of the kubeconfig, received ""'],
    ['--injector', { injector: 'litmus' }, 'expected agent or chaos-mesh, received "litmus"'],
    ['--injector', { injector: '' }, 'expected agent or chaos-mesh, received ""'],
    ['--max-nodes', { maxNodes: '0' }, 'expected a number of nodes from 1 to 999, received "0"'],
    ['--max-nodes', { maxNodes: '1.5' }, 'expected a number of nodes from 1 to 999, received "1.5"'],
    ['--max-nodes', { maxNodes: '-1' }, 'expected a number of nodes from 1 to 999, received "-1"'],
    ['--max-duration', { maxDuration: 'ever' }, 'expected a duration above 0s, up to 60m, received "ever"'],
    ['--max-duration', { maxDuration: '0s' }, 'expected a duration above 0s, up to 60m, received "0s"'],
    ['--max-duration', { maxDuration: '61m' }, 'expected a duration above 0s, up to 60m, received "61m"'],
    ['--agent-image', { agentImage: 'a b' }, 'expected the reference of an image, received "a b"'],
    ['--agent-image', { agentImage: '--privileged' }, 'expected the reference of an image, received "--privileged"'],
    ['--agent-image', { agentImage: '' }, 'expected the reference of an image, received ""'],
    [
      '--load-image',
      { loadFrom: 'pod', loadImage: '--privileged' },
      'expected the reference of an image, received "--privileged"',
    ],
    [
      '--workload-image',
      { loadFrom: 'pod', workloadImage: 'a b' },
      'expected the reference of an image, received "a b"',
    ],
    ['--load-image', { loadImage: 'node:24' }, 'expected --load-from pod beside it, received "node:24"'],
    ['--workload-image', { workloadImage: 'agnhost' }, 'expected --load-from pod beside it, received "agnhost"'],
    ['--load-from', { loadFrom: 'host' }, 'expected pod on a cluster of --context, or nothing, received "host"'],
    [
      '--load-from',
      { loadFrom: 'container' },
      'expected pod on a cluster of --context, or nothing, received "container"',
    ],
  ])('refuse what they cannot be: %s %o', (option, values, why) => {
    expect(() => readOwnClusterOptions({ context: 'staging', ...values })).toThrow(
      expect.objectContaining({
        code: 'CONTEXT_OPTION_INVALID',
        exitCode: 64,
        message: `${option}: ${why}.`,
      }),
    );
  });
});
