import { describe, expect, test } from 'vitest';
import { loadObjects } from '../../../src/backend/index.ts';
import type { ServicePlace } from '../../../src/guard/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { mapNodes, onCluster, placeLoad } from '../../../src/prepare/own-cluster/adapt.ts';
import { assertServiceLoad, assertServiceTime, onService } from '../../../src/prepare/own-cluster/cluster.ts';
import { readOwnClusterOptions } from '../../../src/prepare/own-cluster/options.ts';
import { beforeText, loadKind, loadText } from '../../../src/prepare/own-cluster/text.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { controlPlane, survey, workers } from '../../guard/surveys.ts';

const { scenario } = loadScenario('kubelet-pause-one');
const option = { context: 'staging', loadFrom: 'pod', service: 'shop/web' };

const place: ServicePlace = {
  ...{ namespace: 'shop', name: 'web', uid: 'uid-1', host: '10.96.0.7', port: 80, portName: '', addressType: 'IPv4' },
  ...{ ready: 3, nodes: ['w01', 'w02'] },
};

const planned = (path: string | null, changes: Partial<typeof scenario> = {}, hit = 'w01') => {
  const seen = survey([controlPlane, ...workers(3)]);
  const choice = { namespace: 'shop', name: 'web', port: null, path };
  const adapted = onService(onCluster({ ...scenario, ...changes }, seen), place, choice);
  const plan = makePlan(adapted, { kubernetesVersion: 'v1.34.4' });
  const asked = readOwnClusterOptions({ ...option, loadImage: 'node:24' });
  const where = placeLoad(plan, seen, [hit], mapNodes(plan, seen, [hit]));
  if (asked.load === null) throw new Error('a load was asked for');
  return { plan, seen, asked, load: { ...asked.load, service: place, ...where } };
};

describe('a load on a Service that stands there', () => {
  test('takes the place of the workload: of pods, endpoints and requests nothing is predicted, of nodes what it was', () => {
    const { plan } = planned('/healthz');
    expect(plan.workload).toEqual({
      replicas: 3,
      existingService: { namespace: 'shop', name: 'web', port: 80, path: '/healthz' },
    });
    const own = makePlan(onCluster(scenario, survey([controlPlane, ...workers(3)])), { kubernetesVersion: 'v1.34.4' });
    const { prediction } = plan;
    expect(prediction).toEqual({
      ...own.prediction,
      ...{ evictionAfterMs: null, endpointLostAfterMs: null, endpointsEmptyAfterMs: null, refusedAfterMs: null },
      ...{ replacedAfterMs: null, lastRefusedAfterUndoMs: null, requestsLost: null },
    });
    expect([prediction.notReadyAfterMs, prediction.allReadyAfterUndoMs]).toEqual([
      [39_600, 60_000],
      [0, 10_400],
    ]);
    expect(plan.warnings).toEqual([
      'where the pods of a Service are that stood there before, and who makes them anew, is not known: no window of endpoints, evictions or requests is predicted',
    ]);
  });

  test('asks what is said, else what the scenario says, else /', () => {
    const manifest = { service: 'x', path: '/ready', targetPort: 80, selector: { app: 'x' }, objects: [] };
    const paths = [
      planned('/healthz', { workload: { replicas: 2, manifest } }),
      planned(null, { workload: { replicas: 2, manifest } }),
      planned(null),
    ].map(({ plan }) => plan.workload.existingService?.path);
    expect(paths).toEqual(['/healthz', '/ready', '/']);
  });

  test('brings its generator alone', () => {
    const { load, plan } = planned(null);
    expect(loadObjects(load, plan, 'run-1').map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
      ['Pod', 'load'],
    ]);
    expect(load.workloadNodes).toEqual([]);
  });

  test('is printed before anything is written, with its bounds, its nodes and its rights', () => {
    const { load, plan, seen, asked } = planned('/healthz');
    const text = beforeText(seen, [], [], { ...asked, repeats: 1 }, loadText(plan, load, ['w01']));
    const from = text.findIndex((line) => line.startsWith('bring'));
    expect(text.slice(from, from + 6)).toEqual([
      'bring    Namespace skipbeat, where it is not there; it goes again at the end, and the pod with it',
      "         Pod load: the load's generator, on w02 (worker2 in the plan), which no fault hits, of node:24",
      "load     50 requests a second from there to Service shop/web, which is not the run's: GET http://10.96.0.7:80/healthz",
      '         for 4m50s at most, 1000 under way at most; nothing of the Service is changed, and no workload is brought',
      '         before the load once where it answers, and at most 80 times where it does not',
      '         3 ready endpoints, on w01, w02; of these w01 is hit',
    ]);
    expect(text.slice(text.indexOf('with the rights to') + 1)).toEqual([
      '    get, list, watch nodes: to see which nodes there are, which may be hit, and what becomes of them',
      "    get namespaces: to know the cluster by the UID of kube-system, and the agents' namespace",
      "    create namespaces: to make the agents' namespace",
      "    delete namespaces: to remove the agents' namespace again",
      '    get endpointslices in default: to know where the API servers are, whatever their nodes are labelled',
      "    list, watch leases in kube-node-lease: to see the nodes' heartbeats",
      '    create leases in skipbeat-agents: to hold the cluster, so that no other run does',
      '    get, update, delete leases in skipbeat-agents: to renew the hold, and let go',
      '    create, list, delete configmaps in skipbeat-agents: to keep the journal of what is to be undone',
      '    create, get, list, delete pods in skipbeat-agents: to run an agent on each node that is hit',
      '    get pods/log in skipbeat-agents: to fetch what an agent recorded',
      '    create, get pods/exec in skipbeat-agents: to give an agent its moment, and fetch what it recorded',
      '    list pods in kube-system: to read nodeMonitorGracePeriod where the control plane is in pods',
      "    get nodes/proxy: to read the kubelets' settings; it opens all of a kubelet's API, commands in pods too",
      "    get namespaces: to see the workload's namespace",
      "    create namespaces: to make the workload's namespace",
      "    delete namespaces: to remove the workload's namespace again",
      '    list deployments in skipbeat: to see that nothing of the run is left',
      '    list services in skipbeat: to see that nothing of the run is left',
      "    create, get, list, delete pods in skipbeat: to run the load's generator",
      '    create, get pods/exec in skipbeat: to fetch the record of each request',
      '    get services in shop: to know the address of the Service that gets the load',
      "    list, watch endpointslices in shop: to see the Service's endpoints",
    ]);
    expect(loadText(plan, load, ['w03']).at(-1)).toBe(
      '         3 ready endpoints, on w01, w02; none is known to be on a node that is hit',
    );
    expect(loadKind(asked)).toEqual({ service: { namespace: 'shop', name: 'web', port: null, path: null } });
  });

  test('is never more than is said, whatever the scenario asks for', () => {
    const asks = (load: Partial<typeof scenario.load>) => () =>
      assertServiceLoad({ ...scenario, load: { ...scenario.load, ...load } });
    expect(asks({ ratePerSecond: 200 })).not.toThrow();
    for (const load of [{ ratePerSecond: 201 }, { ratePerSecond: 1000 }, { through: 'target' } as const]) {
      expect(asks(load)).toThrow(expect.objectContaining({ code: 'SCENARIO_NOT_FOR_CONTEXT', exitCode: 64 }));
    }
    // Two minutes beside the phases.
    const lasting =
      (durationMs: number, repeats = 1) =>
      () =>
        assertServiceTime(scenario, { phases: [{ kind: 'steady', name: 'steady', durationMs }], repeats });
    expect(lasting(3_600_000 - 120_000)).not.toThrow();
    expect(lasting(3_600_000 - 119_999)).toThrow(
      expect.objectContaining({
        code: 'SCENARIO_NOT_FOR_CONTEXT',
        message:
          'kubelet-pause-one cannot be run on a cluster of --context: its load may last 1h0.001s, and a Service of --service gets one for at most 1h.',
      }),
    );
    expect(lasting(600_000, 5)).not.toThrow();
    expect(lasting(600_000, 6)).toThrow(
      'its load may last 1h12m in its 6 repeats, and a Service of --service gets one',
    );
  });

  test('of several repeats it is printed before: how often each node is hit, and for how long the Service is asked in each', () => {
    const { load, plan, seen, asked } = planned('/healthz', { repeats: 5 });
    const text = beforeText(seen, [], [], { ...asked, repeats: plan.repeats }, loadText(plan, load, ['w01']));
    expect(text.filter((line) => /repeats/.test(line))).toEqual([
      'repeats  5, one after another: each of these nodes is hit as often, and nobody is asked in between',
      '         for 4m50s at most in each of 5 repeats, 1000 under way at most; nothing of the Service is changed, and no workload is brought',
    ]);
  });
});

test.each([
  ['--service:', { loadFrom: 'auto' }],
  ['--service-path:', { loadFrom: 'auto', service: undefined, servicePath: '/a' }],
  ['--service-path:', { service: undefined, servicePath: '/a' }],
  ['--service-path:', { servicePath: 'a' }],
  ['--service:', { service: 'web' }],
  ['--service:', { service: 'kube-system/kube-dns' }],
  ['--workload-image:', { workloadImage: 'agnhost:2' }],
] as const)('%s is refused where it cannot be so: %j', (flag, changes) => {
  const { service, ...rest } = { ...option, ...changes };
  expect(() => readOwnClusterOptions(service === undefined ? rest : { ...rest, service })).toThrow(
    expect.objectContaining({
      ...{ code: 'CONTEXT_OPTION_INVALID', exitCode: 64 },
      message: expect.stringMatching(new RegExp(`^${flag}`)),
    }),
  );
});
