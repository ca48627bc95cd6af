import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadClient, openContext } from '../../src/cluster/index.ts';
import {
  agentNamespace,
  assertRights,
  chooseTargets,
  entryName,
  namespaceLabels,
  ownLabels,
  readNodeChoice,
  runLabel,
  runLabelOf,
  surveyCluster,
} from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const inAgents = (group: string, resource: string): string => `/${group}/namespaces/${agentNamespace}/${resource}`;

beforeEach(async () => {
  server = await startStandIn();
});
afterEach(() => server.close());

const addNode = (name: string, status: object = {}): void => {
  server.put(`/api/v1/nodes/${name}`, {
    status: {
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
      nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
      ...status,
    },
  });
};

test('a cluster is read, and nothing is written', async () => {
  addNode('w01');
  addNode('cp', { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] });
  server.setAheadMs(3_600_000);
  const found = await surveyCluster(server.access, signal);
  expect(found).toMatchObject({
    ...{ context: 'staging', clusterName: 'staging-eu', serverVersion: 'v1.34.4', holder: null, unfinished: [] },
    uid: server.objects.get('/api/v1/namespaces/kube-system')?.metadata.uid,
    nodes: [
      { name: 'w01', controlPlane: null },
      { name: 'cp', controlPlane: 'an API server answers at 10.0.0.2, its address' },
    ],
  });
  expect(Math.abs(found.nowMs - server.nowMs())).toBeLessThan(5000);
  expect(server.written).toEqual([]);
});

test('a list of nodes that has no end ends', async () => {
  server.intercept((_, path) =>
    path === '/api/v1/nodes' ? [200, { kind: 'NodeList', metadata: { continue: 'a' }, items: [] }] : null,
  );
  await expect(surveyCluster(server.access, signal)).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    message: expect.stringContaining('found a list of nodes that goes on with itself.'),
  });
});

test('runs that left entries in the journal are named, each once', async () => {
  server.put(`/api/v1/namespaces/${agentNamespace}`, { metadata: { labels: namespaceLabels } });
  for (const act of ['a', 'b']) {
    server.put(inAgents('api/v1', `configmaps/${entryName('run-1', act)}`), {
      metadata: { labels: { ...ownLabels, [runLabel]: runLabelOf('run-1') } },
    });
  }
  server.put(inAgents('api/v1', 'configmaps/kube-root-ca.crt'), {});
  expect((await surveyCluster(server.access, signal)).unfinished).toEqual(['run-1']);
});

test.each([
  ['list nodes', 'expected the right to list nodes, found: no right to list nodes.'],
  [
    'get endpointslices in default',
    'expected the right to get endpointslices.discovery.k8s.io/kubernetes in default, found: no right to get endpointslices in default.',
  ],
] as const)('without the right to %s it says so', async (right, message) => {
  server.deny(right);
  await expect(surveyCluster(server.access, signal)).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75, message },
  });
});

test.each([
  ['a node of another form', () => server.put('/api/v1/nodes/w01', { spec: { unschedulable: 'perhaps' } })],
  ['no version', () => server.put('/version', { gitVersion: 'unknown' })],
  [
    'no addresses of API servers',
    () => server.objects.delete('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes'),
  ],
] as const)('what cannot be read is no survey: %s', async (_, change) => {
  change();
  await expect(surveyCluster(server.access, signal)).rejects.toMatchObject({ code: 'API_UNREACHABLE', exitCode: 75 });
});

test('all rights that lack are named at once, with what each is for; those for settings come back', async () => {
  server.put(`/api/v1/namespaces/${agentNamespace}`, {});
  server.deny('get nodes/proxy');
  expect(await assertRights(server.access, signal)).toEqual([
    {
      right: 'get nodes/proxy',
      why: "read the kubelets' settings; it opens all of a kubelet's API, commands in pods too",
    },
  ]);
  server.deny('create pods in skipbeat-agents');
  server.deny('watch nodes');
  await expect(assertRights(server.access, signal)).rejects.toMatchObject({
    ...{
      code: 'RIGHT_MISSING',
      exitCode: 75,
      next: 'npm run skipbeat -- rbac | kubectl --context staging apply -f -   (by somebody who may grant them)',
    },
    message: [
      `${server.url}: expected the rights of a run, found that 2 lack:`,
      '  - watch nodes, to see which nodes there are, which may be hit, and what becomes of them',
      '  - create pods in skipbeat-agents, to run an agent on each node that is hit',
    ].join('\n'),
  });
  expect(server.written).toEqual([]);
});

test('the right to make the namespace is needed where it is not there', async () => {
  server.deny('create namespaces');
  await expect(assertRights(server.access, signal)).rejects.toMatchObject({
    code: 'RIGHT_MISSING',
    message: `${server.url}: expected the rights of a run, found that one lacks:\n  - create namespaces, to make the agents' namespace`,
  });
});

test('a kubeconfig that was named is named in what to type next: another file may have another cluster by that context', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'skipbeat-survey-'));
  try {
    const kubeconfig = server.kubeconfig(join(folder, 'kube config'));
    const access = openContext(await loadClient(), { context: 'staging', kubeconfig, env: {} });
    const named = `--context staging --kubeconfig '${kubeconfig}'`;
    addNode('w01');
    const survey = await surveyCluster(access, signal);
    const options = { choice: readNodeChoice('kubernetes.io/os!=windows'), wanted: 1, maxNodes: 1 };
    expect(() => chooseTargets(survey, options)).toThrow(
      expect.objectContaining({
        next: `kubectl ${named} label node w01 skipbeat.dev/faults=allowed   (where its owner agrees)`,
      }),
    );
    server.deny('list nodes');
    await expect(surveyCluster(access, signal)).rejects.toMatchObject({
      next: `kubectl ${named} auth can-i list nodes`,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
