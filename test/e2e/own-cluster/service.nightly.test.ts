import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../src/library/index.ts';
import { defaultKubernetes, requireKind } from '../../../src/setup/index.ts';
import { makePlace, until } from '../support/harness.ts';
import { endOf, errorIn, passed, withoutRun } from '../support/said.ts';
import { documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;
let load: readonly string[];
let before: readonly string[];

/** What stands in the cluster before skipbeat comes: an application of somebody's, and Services that get no load. */
const application = (image: string): readonly object[] => {
  const meta = (name: string) => ({ name, namespace: 'shop', labels: { app: name } });
  const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec });
  const ports = [{ name: 'http', port: 8000, targetPort: 8080 }];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('web') },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            topologySpreadConstraints: [
              {
                ...{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' },
                labelSelector: { matchLabels: { app: 'web' } },
              },
            ],
            containers: [
              {
                ...{ name: 'web', image, args: ['netexec', '--http-port=8080'], ports: [{ containerPort: 8080 }] },
                readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    service('web', { selector: { app: 'web' }, ports }),
    service('headless', { selector: { app: 'web' }, ports, clusterIP: 'None' }),
    service('outside', { type: 'ExternalName', externalName: 'example.org' }),
    service('empty', { selector: { app: 'nobody' }, ports }),
  ];
};

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'own-service');
  const environment = await requireKind(defaultKubernetes);
  for (const object of application(environment.nodeImage.workloadImage)) await cluster.apply(object);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--namespace', 'shop', '--timeout', '120s');
  const named = await cluster.withLoad();
  load = named.filter((_, index) => named[index - 1] !== '--workload-image' && named[index] !== '--workload-image');
  before = await cluster.everything();
});
afterAll(async () => {
  await cluster?.remove();
  place.remove();
});

const on = (...args: readonly string[]): readonly string[] => [
  ...['--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed, ...load],
  ...args,
];

const unmeasured =
  "not measured: what is behind Service shop/web is not the run's: its endpoints are watched, its pods are not";

const asked = {
  load: { ratePerSecond: 50, connection: 'fresh', timeout: '1s' },
  expect: [{ figure: 'requests.refused', max: 0 }],
} as const;

test('a Service that may not get a load is refused by name, and nothing is written', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6, asked);
  const cases: readonly (readonly [string, string])[] = [
    ['shop/api', 'it is not there'],
    ['shop/web:80', 'it has no port 80; its ports: http 8000'],
    ['shop/headless', 'it has no address of its own (headless)'],
    ['shop/outside', 'it is of type ExternalName: what is behind it is not in this cluster'],
    ['shop/empty', 'it has no ready endpoint'],
    ['default/kubernetes', 'it selects no pods: its endpoints were written by somebody, and may be anywhere'],
  ];
  const { server, named } = cluster;
  for (const [service, found] of cases) {
    const [, namespace, name] = /^([^/]+)\/([^:]+)/.exec(service) ?? [];
    const ended = await cluster.start('run', scenario, ...on('--service', service)).child;
    expect([ended.exitCode, errorIn(ended)]).toEqual([
      75,
      `SERVICE_REFUSED  ${server}: expected a Service ${namespace}/${name} that may get a load, found:
  - ${found}
Try: kubectl ${named} --namespace ${namespace} get service,endpointslices --selector kubernetes.io/service-name=${name}   (or leave --service out)`,
    ]);
  }
  const ended = await cluster.start('run', scenario, ...on('--service', 'kube-system/kube-dns')).child;
  expect([ended.exitCode, errorIn(ended)]).toEqual([
    64,
    `CONTEXT_OPTION_INVALID  --service: expected a namespace that neither the cluster (kube-system, kube-public, kube-node-lease) nor skipbeat itself lives on, received "kube-system/kube-dns".
Try: choose a Service of an application of yours`,
  ]);
  expect(await cluster.everything()).toEqual(before);
});

/** A kubeconfig of somebody who has what `rbac` prints for a run with that Service, and no more. */
const withPrintedRights = async (): Promise<{ readonly kubeconfig: string; readonly remove: () => Promise<void> }> => {
  await cluster.kubectl('create', 'serviceaccount', 'runner', '--namespace=default');
  const asked = ['rbac', '--load', '--service', 'shop/web', '--settings', '--service-account', 'default:runner'];
  const { stdout } = await cluster.start(...asked).child;
  const file = join(place.folder, 'rbac.yaml');
  writeFileSync(file, stdout);
  await execa('docker', ['cp', file, `${cluster.node('control-plane')}:/kind/rbac.yaml`]);
  await cluster.kubectl('apply', '--filename=/kind/rbac.yaml');
  const token = await cluster.kubectl('create', 'token', 'runner', '--namespace=default');
  const config = readFileSync(cluster.kubeconfig, 'utf8').replace(/^( *)client-certificate-data: .*\n/m, '');
  const kubeconfig = join(place.folder, 'token.kubeconfig');
  writeFileSync(kubeconfig, config.replace(/^( *)client-key-data: .*$/m, `$1token: ${token}`));
  return {
    kubeconfig,
    remove: async () => {
      await cluster.kubectl('delete', '--filename=/kind/rbac.yaml');
      await cluster.kubectl('delete', 'serviceaccount', 'runner', '--namespace=default');
    },
  };
};

test('a run puts its load on a Service that stands there, with no more rights than rbac prints, changes nothing of it, and says which it was', async () => {
  const { kubeconfig, remove } = await withPrintedRights();
  const ready = await cluster.everything();
  const out = join(place.folder, 'service');
  const scenario = oneFault(place, 'kubelet-pause', 6, asked);
  const options = on('--service', 'shop/web:http', '--service-path', '/hostname').map((text) =>
    text === cluster.kubeconfig ? kubeconfig : text,
  );
  const run = await cluster.start('run', scenario, ...options, '--out', out).child;
  expect(endOf(run), run.all).toEqual(passed);
  expect(run.all).toMatch(/50 requests a second from there to Service shop\/web, which is not the run's: GET http:/);
  const { requests, pods, unknown, conditions } = documentOf(out);
  expect(conditions.workload).toEqual({
    replicas: 2,
    existingService: { namespace: 'shop', name: 'web', port: 8000, path: '/hostname' },
  });
  expect(requests.ok).toBeGreaterThan(50 * (3 + 6));
  expect(requests.ok).toBe(requests.offered);
  expect(pods).toMatchObject({ evicted: null, unavailableSeconds: null, stuckTerminating: null });
  expect(unknown.find(({ figure }: { figure: string }) => figure === 'pods.evicted').why).toBe(unmeasured);
  expect(await cluster.everything()).toEqual(ready);
  await remove();
  expect(await cluster.everything()).toEqual(before);
});

test('a program runs on it as the command line does, by the name of the context and its UID', async () => {
  const images = [...cluster.agent, ...load];
  const image = (option: string) => images[images.indexOf(option) + 1] ?? '';
  const { document, notes } = await run(oneFault(place, 'kubelet-pause', 6, asked), {
    outFolder: join(place.folder, 'program'),
    context: {
      ...{ name: cluster.context, kubeconfig: cluster.kubeconfig, clusterUid: cluster.uid },
      nodes: 'skipbeat.dev/faults=allowed',
      ...(cluster.agent.length === 0 ? {} : { agentImage: image('--agent-image') }),
      load: { image: image('--load-image'), service: 'shop/web', servicePath: '/hostname' },
    },
  });
  expect([document.backend, document.verdict, document.reasons]).toEqual(['cluster', 'pass', []]);
  expect(notes.join('\n')).toContain('Service shop/web');
  expect(await cluster.everything()).toEqual(before);
});

test('one that does not answer as the load counts an answer ends the run before its fault, and nothing is left', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6, asked);
  const options = on('--service', 'shop/web', '--service-path', '/echo?msg=gone&code=404');
  const run = await cluster.start('run', scenario, ...options, '--out', join(place.folder, 'silent')).child;
  expect([run.exitCode, run.all]).toEqual([75, expect.stringContaining('SERVICE_NOT_ANSWERING')]);
  expect(run.all).toContain('404');
  expect(await cluster.everything()).toEqual(before);
});

test('endpoints that a fault takes from it are seen, and an expectation of its pods is left open', async () => {
  const out = join(place.folder, 'lost');
  const expected = [
    { figure: 'nodes.notReadyTransitions', min: 1 },
    { figure: 'pods.evicted', max: 0 },
  ];
  const scenario = oneFault(place, 'kubelet-pause', 65, { ...asked, expect: expected });
  const run = cluster.start('run', scenario, ...on('--service', 'shop/web', '--service-path', '/'), '--out', out);
  const ended = await run.child;
  expect(endOf(ended), ended.all).toEqual([
    2,
    '  INCONCLUSIVE  neither pass nor fail: what was seen does not decide it',
  ]);
  const { timing, endpoints, reasons, nodes } = documentOf(out);
  expect(nodes.notReadyTransitions).toBe(1);
  expect(timing.firstEndpointLostMs).toBeGreaterThan(timing.firstNotReadyMs - 1000);
  expect(timing.firstEndpointsEmptyMs).toBeNull();
  expect(endpoints).toBeUndefined();
  expect(reasons).toEqual([`pods.evicted is not known: ${unmeasured}`]);
  await until(
    'the Service to have both endpoints',
    async () => {
      const ready = await cluster.kubectl(
        'get',
        'deployment',
        'web',
        '--namespace',
        'shop',
        '--output',
        'jsonpath={.status.readyReplicas}',
      );
      return ready === '2';
    },
    60_000,
  );
  expect(await cluster.everything()).toEqual(before);
});

const loadPhase = async (): Promise<string> =>
  cluster.kubectl('get', 'pod', 'load', '--namespace=skipbeat', '--output=jsonpath={.status.phase}');

test('a load that is left without a journal is refused by the next run, and goes once it has ended', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6, asked);
  const running = cluster.start('run', scenario, ...on('--service', 'shop/web'), '--out', join(place.folder, 'left'));
  await running.shown('answering the generator');
  running.child.kill('SIGKILL');
  await running.child;
  await cluster.kubectl('delete', 'namespace', 'skipbeat-agents');
  const reach = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfig];
  const cleanup = () => cluster.start('cleanup', ...reach, ...cluster.agent).child;
  const early = await cleanup();
  expect([early.exitCode, withoutRun(early.stdout)]).toEqual([
    75,
    `left    workload of RUN: no entry of the journal speaks of Namespace skipbeat, Pod load, and its Pod load has not ended: once that run has ended, run this again, or kubectl ${cluster.named} delete namespace skipbeat`,
  ]);
  const next = await cluster.start('run', scenario, ...on('--service', 'shop/web')).child;
  expect([next.exitCode, withoutRun(errorIn(next))]).toEqual([
    75,
    `WORKLOAD_LEFT  ${cluster.server}: expected nothing of another run in skipbeat, found Pod load of RUN.
Try: npm run skipbeat -- cleanup ${cluster.named}`,
  ]);
  await until('the load to end by itself', async () => /Succeeded|Failed/.test(await loadPhase()), 200_000);
  const cleaned = await cleanup();
  expect([cleaned.exitCode, withoutRun(cleaned.stdout)]).toEqual([
    0,
    'done    workload of RUN: no entry of the journal spoke of it: gone, and the pod of its load',
  ]);
  expect(await cluster.everything()).toEqual(before);
});
