import { expect, test } from 'vitest';
import { actsOf } from '../../../src/agent/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { assertForInjector, chaosMeshText, networkChaosObjects } from '../../../src/prepare/own-cluster/chaos-mesh.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { actOptions, planned } from '../../agent/prepared.ts';
import { crdProblems } from '../../guard/chaos-mesh/crd.ts';

const planOf = (direction: string) => {
  const { scenario } = loadScenario('partition');
  const phases = scenario.phases.map((phase) =>
    phase.kind === 'fault' ? { ...phase, inject: phase.inject.map((fault) => ({ ...fault, direction })) } : phase,
  );
  const changed = { ...scenario, phases } as typeof scenario;
  return { scenario: changed, plan: makePlan(changed, { kubernetesVersion: 'v1.34.4' }) };
};
const check = (direction: string, maxMs: number, injector: 'agent' | 'chaos-mesh' = 'chaos-mesh') => {
  const { scenario, plan } = planOf(direction);
  return () => assertForInjector(scenario, plan, { injector, maxMs });
};

test('a fault that NetworkChaos has not is refused by name, and is none of an agent’s concern', () => {
  expect(check('both', 600_000)).toThrow(
    expect.objectContaining({
      code: 'CHAOS_MESH_REFUSED',
      exitCode: 64,
      message:
        '--injector chaos-mesh, partition-1: expected direction: to, or traffic: all, received direction: both of control traffic: of what comes in it knows no port of the sender.',
    }),
  );
  expect(check('both', 600_000, 'agent')).not.toThrow();
  expect(check('to', 600_000)).not.toThrow();
});

test('the object lasts for the fault and the time in which it may begin, and never longer than was agreed to', () => {
  expect(check('to', 45_000)).not.toThrow();
  expect(check('to', 44_999)).toThrow(
    expect.objectContaining({
      code: 'SCENARIO_NOT_FOR_CONTEXT',
      message:
        'partition cannot be run on a cluster of --context: with --injector chaos-mesh partition-1 may begin up to 20s late, so that its object lasts 45s, and --max-duration is 44.999s.',
    }),
  );
});

test('what is printed before is the object itself, with what only the node knows in capitals', async () => {
  const fault = { ...planned('partition'), direction: 'to' } as ReturnType<typeof planned>;
  const acts = await actsOf(fault, { ...actOptions, id: 'a1b2c3-partition-1', injector: 'chaos-mesh' });
  const apiServerPlaces = [
    { address: '10.0.0.2', port: 6443 },
    { address: 'fd00::2', port: 6443 },
  ];
  const objects = networkChaosObjects(acts, { apiServerPlaces }, 'partition-a1b2c3');
  expect(objects.flatMap(crdProblems)).toEqual([]);
  expect(chaosMeshText(objects).map((line) => line.trim())).toEqual([
    "Chaos Mesh is asked for each fault by a NetworkChaos; DEVICE is the node's own towards the API servers, which the node reads, and the server that its kubelet asks is one of externalTargets, too:",
    ...['---', 'apiVersion: chaos-mesh.org/v1alpha1', 'kind: NetworkChaos', 'metadata:', 'name: a1b2c3-partition-1'],
    ...['namespace: skipbeat-agents', 'labels:', 'app.kubernetes.io/managed-by: skipbeat'],
    ...['skipbeat/run: partition-a1b2c3', 'spec:', 'mode: all', 'selector:', 'namespaces:', '- skipbeat-agents'],
    ...['pods:', 'skipbeat-agents:', '- act-a1b2c3-partition-1', 'action: partition', 'direction: to'],
    ...['externalTargets:', '- 10.0.0.2:6443', 'device: DEVICE', 'duration: 80000ms'],
    'Chaos Mesh takes away, when it ends, the queue at the root of every device of the node: a node with another than the kernel gave is refused',
  ]);
  expect(networkChaosObjects(await actsOf(fault, actOptions), { apiServerPlaces }, 'x')).toEqual([]);
  expect(chaosMeshText([])).toEqual([]);
});
