import { describe, expect, test } from 'vitest';
import { broughtWorkload, generatorPods, loadObjects } from '../../../src/backend/index.ts';
import { ownLabels } from '../../../src/guard/index.ts';
import { entrancesOf, entranceText, makePlan } from '../../../src/plan/index.ts';
import { assertLoadForContext, mapNodes, onCluster, placeLoad } from '../../../src/prepare/own-cluster/adapt.ts';
import { withGenerators } from '../../../src/prepare/own-cluster/cluster.ts';
import { readOwnClusterOptions } from '../../../src/prepare/own-cluster/options.ts';
import { beforeText, loadText } from '../../../src/prepare/own-cluster/text.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { controlPlane, survey, worker, workers } from '../../guard/surveys.ts';

const { scenario } = loadScenario('kubelet-pause-one');
const images = { image: 'node:24', workloadImage: 'agnhost:2', form: {} };

const placed = (nodes: Parameters<typeof survey>[0], chosen: readonly string[], replicas = 2, generators = 1) => {
  const seen = survey(nodes);
  const asked = { ...scenario, workload: { ...scenario.workload, replicas } };
  const plan = makePlan(withGenerators(onCluster(asked, seen), generators), { kubernetesVersion: 'v1.34.4' });
  return { plan, seen, ...placeLoad(plan, seen, chosen, mapNodes(plan, seen, chosen)) };
};

describe('a load in a cluster that somebody has', () => {
  test('comes from a worker that no fault hits; the pods are on those that are hit and as many more as there are replicas', () => {
    expect(placed([controlPlane, ...workers(5)], ['w03'])).toMatchObject({
      generators: [{ pod: 'load', node: 'w01', entrance: 'worker2' }],
      workloadNodes: ['w03', 'w01'],
    });
    expect(placed([controlPlane, ...workers(5)], ['w01'], 4)).toMatchObject({
      generators: [{ pod: 'load', node: 'w02', entrance: 'worker2' }],
      workloadNodes: ['w01', 'w02', 'w03', 'w04'],
    });
    // A pod that is evicted has to have a place.
    expect(placed([controlPlane, ...workers(5)], ['w01'], 1).workloadNodes).toEqual(['w01', 'w02']);
  });

  test('neither is on a worker that is cordoned, tainted, or runs another system', () => {
    const others = [
      worker('a', { taints: [{ key: 'dedicated', value: 'x', effect: 'NoSchedule' }] }),
      worker('b', { unschedulable: true }),
      worker('c', { os: 'windows' }),
      worker('d', { taints: [{ key: 'soft', value: '', effect: 'PreferNoSchedule' }] }),
    ];
    expect(placed([controlPlane, ...others, ...workers(1)], ['w01'], 9)).toMatchObject({
      generators: [{ pod: 'load', node: 'd', entrance: 'worker2' }],
      workloadNodes: ['w01', 'd'],
    });
    expect(() => placed([controlPlane, ...others.slice(0, 3), ...workers(1)], ['w01'])).toThrow(
      expect.objectContaining({ code: 'LOAD_POD_IMPOSSIBLE', exitCode: 75 }),
    );
    expect(() => placed([controlPlane, ...workers(1)], ['w01'])).toThrow(
      expect.objectContaining({ code: 'LOAD_POD_IMPOSSIBLE' }),
    );
  });

  test.each([
    [
      'it brings objects of its own, which are not made there',
      { workload: { ...scenario.workload, manifest: { objects: [] } } },
    ],
    [
      'its workload is a StatefulSet, which is not made there',
      { workload: { ...scenario.workload, kind: 'statefulset' } },
    ],
    [
      'it has a PodDisruptionBudget, which is not made there',
      { workload: { ...scenario.workload, podDisruptionBudget: { minAvailable: 1 } } },
    ],
    ['its pods need volumes, which are not made there', { workload: { ...scenario.workload, volume: {} } }],
    ['it asks for pods beside the workload', { cluster: { ...scenario.cluster, podsPerNode: 10 } }],
    [
      'its load comes through nodes that faults hit, and the generator is on none of these',
      { load: { ...scenario.load, through: 'target' } },
    ],
  ])('is refused where %s', (why, changes) => {
    expect(() => assertLoadForContext({ ...scenario, ...changes } as typeof scenario)).toThrow(
      expect.objectContaining({
        ...{ code: 'SCENARIO_NOT_FOR_CONTEXT', exitCode: 64 },
        message: `kubelet-pause-one cannot be run on a cluster of --context: ${why}.`,
      }),
    );
  });

  test('is not refused else', () => {
    expect(() => assertLoadForContext(scenario)).not.toThrow();
  });

  test('asks for nothing that Pod Security denies at its strictest, bears our labels, and is of the cluster alone', () => {
    const { plan, generators, workloadNodes } = placed([controlPlane, ...workers(3)], ['w01']);
    const load = { ...images, generators, workloadNodes, service: null };
    const [pod, ...others] = generatorPods(load, plan, 'run-1');
    if (pod === undefined) throw new Error('expected a pod');
    expect(others).toEqual([]);
    const { deployment, service } = broughtWorkload(load, plan, 'run-1');
    expect(loadObjects(load, plan, 'run-1')).toEqual([pod, service, deployment]);
    const restricted = {
      ...{ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    for (const { spec } of [pod, deployment.spec.template]) {
      for (const key of ['hostPID', 'hostNetwork', 'hostIPC']) expect(spec).not.toHaveProperty(key);
      expect(spec).toMatchObject({ automountServiceAccountToken: false });
      for (const container of spec?.containers ?? []) {
        expect(container.securityContext).toMatchObject(restricted);
        expect(container.securityContext).not.toHaveProperty('privileged');
        expect(container.ports ?? []).not.toContainEqual(expect.objectContaining({ hostPort: expect.anything() }));
      }
    }
    for (const { metadata } of [pod, deployment, service, deployment.spec.template]) {
      expect(metadata?.labels).toMatchObject({ ...ownLabels, 'skipbeat/run': 'run-1' });
    }
    expect(pod.spec).toMatchObject({ nodeName: 'w02', restartPolicy: 'Never' });
    expect(pod.spec?.volumes).toEqual([{ name: 'generator', emptyDir: { sizeLimit: '16Mi' } }]);
    // What it waits for, the phases, and what it is asked for after them.
    expect(pod.spec?.activeDeadlineSeconds).toBe(20 + 60 + 90 + 120 + 600);
    expect(service.spec).not.toHaveProperty('type');
    const terms = deployment.spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(terms.nodeSelectorTerms).toEqual(
      ['w01', 'w02'].map((name) => ({
        matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
      })),
    );
    // An API server takes 1.5 MB, a kernel 128 KiB of one variable.
    expect(pod.spec?.containers[0]?.env?.[0]?.value?.length).toBeLessThan(128 * 1024);
  });

  test('is printed before anything is written, object by object, with its rate and its rights; and not where nobody asks for it', () => {
    const { plan, seen, generators, workloadNodes } = placed([controlPlane, ...workers(3)], ['w01']);
    const option = { context: 'staging', loadFrom: 'pod', loadImage: 'node:24', workloadImage: 'agnhost:2' };
    const asked = readOwnClusterOptions(option);
    const load = asked.load === null ? null : { ...asked.load, generators, workloadNodes, service: null };
    const text = beforeText(seen, [], [], { ...asked, repeats: 1 }, loadText(plan, load, ['w01']));
    const from = text.findIndex((line) => line.startsWith('bring'));
    expect(text.slice(from, from + 5)).toEqual([
      'bring    Namespace skipbeat, where it is not there; it goes again at the end, and all of these with it',
      '         Deployment beat: 2 pods of agnhost:2 on w01, w02',
      '         Service beat, of the cluster alone',
      "         Pod load: the load's generator, on w02 (worker2 in the plan), which no fault hits, of node:24",
      'load     50 requests a second from there to the Service, from before the first phase to the end of the last',
    ]);
    expect(text.slice(text.indexOf("    get namespaces: to see the workload's namespace"))).toEqual([
      "    get namespaces: to see the workload's namespace",
      "    create namespaces: to make the workload's namespace",
      "    delete namespaces: to remove the workload's namespace again",
      '    create, list, delete deployments in skipbeat: to bring the workload',
      '    create, list, delete services in skipbeat: to give it an address',
      "    create, get, list, watch, delete pods in skipbeat: to run the load's generator, and see what becomes of the workload's pods",
      '    create, get pods/exec in skipbeat: to fetch the record of each request',
      "    list, watch endpointslices in skipbeat: to see the workload's endpoints",
      '    list, watch events in skipbeat: to see who evicts its pods',
    ]);
    const without = beforeText(
      seen,
      [],
      [],
      { ...readOwnClusterOptions({ context: 'staging' }), repeats: 1 },
      loadText(plan, null, ['w01']),
    );
    const rights = text.indexOf("    get namespaces: to see the workload's namespace");
    expect(without).toEqual([...text.slice(0, from), ...text.slice(from + 5, rights)]);
  });
});

describe('several generators', () => {
  const inZones = [
    controlPlane,
    ...workers(3, { zone: 'eu/a' }, 'a'),
    ...workers(2, { zone: 'eu/b' }, 'b'),
    ...workers(1, { zone: 'eu/c' }, 'c'),
  ];

  test('are each on a worker of its own that no fault hits, one of each zone in turn', () => {
    const { plan, generators, workloadNodes } = placed(inZones, ['a01'], 2, 4);
    expect(generators).toEqual([
      { pod: 'load', node: 'a02', entrance: 'worker2' },
      { pod: 'load-2', node: 'b01', entrance: 'worker3' },
      { pod: 'load-3', node: 'c01', entrance: 'worker4' },
      { pod: 'load-4', node: 'a03', entrance: 'worker5' },
    ]);
    expect(workloadNodes).toEqual(['a01', 'a02']);
    expect(plan.load).toMatchObject({ generators: 4 });
    expect(entrancesOf(plan)).toEqual(['worker2', 'worker3', 'worker4', 'worker5']);
    expect(entranceText(plan)).toBe('through worker2, worker3, worker4, worker5 in turn, which no fault touches');
  });

  test('are refused where there are too few such workers', () => {
    expect(() => placed(inZones, ['a01'], 2, 6)).toThrow(
      expect.objectContaining({
        ...{ code: 'LOAD_POD_IMPOSSIBLE', exitCode: 75 },
        message:
          '--load-pods 6: expected as many Linux workers that no fault hits, that are not cordoned and have no taint, one for each generator, found 5 of 7 nodes.',
      }),
    );
  });

  test('are printed pod by pod', () => {
    const { plan, generators, workloadNodes } = placed(inZones, ['a01'], 2, 2);
    const load = { ...images, generators, workloadNodes, service: null };
    expect(loadText(plan, load, ['a01']).slice(3)).toEqual([
      '         Pod load: a generator of the load, on a02 (worker2 in the plan), which no fault hits, of node:24',
      '         Pod load-2: a generator of the load, on b01 (worker3 in the plan), which no fault hits, of node:24',
      'load     50 requests a second from these 2 in turn to the Service, from before the first phase to the end of the last',
    ]);
  });

  test.each(['0', '21', '2.5', 'all'])('--load-pods %s is refused', (loadPods) => {
    expect(() => readOwnClusterOptions({ context: 'staging', loadFrom: 'pod', loadPods })).toThrow(
      expect.objectContaining({
        ...{ code: 'CONTEXT_OPTION_INVALID', exitCode: 64 },
        message: `--load-pods: expected a number of pods from 1 to 20, received "${loadPods}".`,
      }),
    );
  });

  test('--load-pods means nothing without a load from a pod', () => {
    expect(() => readOwnClusterOptions({ context: 'staging', loadPods: '2' })).toThrow(
      '--load-pods: expected --load-from pod beside it, received "2".',
    );
  });
});
