import { afterEach, beforeEach, expect, test } from 'vitest';
import { chaosMeshObstacles, networkChaosOf } from '../../../src/guard/index.ts';
import { type StandIn, startStandIn } from '../api-server.ts';
import { controller, group, groupsWith, installChaosMesh } from './cluster.ts';

let server: StandIn;
const { signal } = new AbortController();
const object = networkChaosOf({ action: 'partition' }, { id: 'a-1', run: 'run-1', pod: 'act-a-1', durationMs: 1000 });
const ask = () => chaosMeshObstacles(server.access, [object], signal);
const nothing = { problems: [], unknown: [] };

beforeEach(async () => {
  server = await startStandIn();
  server.put('/api/v1/namespaces/skipbeat-agents', {});
});
afterEach(() => server.close());

test('where Chaos Mesh is ready and allows it, nothing is in the way, and nothing was written', async () => {
  installChaosMesh(server);
  expect([await ask(), server.written]).toEqual([nothing, []]);
});

test('where it is not installed, or is of another version, that is all that is said', async () => {
  const kind = 'expected the CustomResourceDefinition networkchaos.chaos-mesh.org of chaos-mesh.org/v1alpha1, found';
  expect((await ask()).problems).toEqual([`${kind} no chaos-mesh.org: Chaos Mesh is not installed`]);
  server.put('/apis', { groups: groupsWith('v1', 'v1beta1') });
  expect((await ask()).problems).toEqual([`${kind} chaos-mesh.org of v1, v1beta1 without it`]);
  server.put('/apis', { groups: groupsWith('v1', 'v1alpha1') });
  server.put(group, { resources: [{ name: 'podchaos' }] });
  expect((await ask()).problems).toEqual([`${kind} chaos-mesh.org of v1, v1alpha1 without it`]);
});

test('as its chart installs it by default it refuses the network of a node', async () => {
  installChaosMesh(server, { ALLOW_HOST_NETWORK_TESTING: 'false' });
  expect(await ask()).toEqual({
    ...nothing,
    problems: [
      "expected ALLOW_HOST_NETWORK_TESTING of chaos-controller-manager to be true, found false: it refuses pods with the node's network, which an agent has (controllerManager.allowHostNetworkTesting of its chart)",
    ],
  });
});

test('one that acts in another namespace alone, or in annotated ones alone, is in the way', async () => {
  installChaosMesh(server, { CLUSTER_SCOPED: 'false', TARGET_NAMESPACE: 'shop', ENABLE_FILTER_NAMESPACE: 'true' });
  expect((await ask()).problems).toEqual([
    'expected chaos-controller-manager to act in skipbeat-agents, found that it acts in shop alone (clusterScoped and controllerManager.targetNamespace of its chart)',
    'expected the annotation chaos-mesh.org/inject=enabled of namespace skipbeat-agents, without which chaos-controller-manager does nothing in it (controllerManager.enableFilterNamespace of its chart), found none',
  ]);
  installChaosMesh(server, { ENABLE_FILTER_NAMESPACE: 'true' });
  server.put('/api/v1/namespaces/skipbeat-agents', {
    metadata: { annotations: { 'chaos-mesh.org/inject': 'enabled' } },
  });
  expect(await ask()).toEqual(nothing);
});

test('a controller without a ready pod is in the way; of one that is elsewhere, or may not be seen, it is said that it is not known', async () => {
  installChaosMesh(server, {}, 0);
  expect((await ask()).problems).toEqual(['expected a ready pod of chaos-controller-manager, found none']);
  server.objects.delete(controller);
  const what = "what Chaos Mesh's controller allows is not known: ";
  expect(await ask()).toEqual({
    ...nothing,
    unknown: [`${what}there is no Deployment chaos-controller-manager in chaos-mesh`],
  });
  installChaosMesh(server);
  server.deny('get deployments in chaos-mesh');
  expect((await ask()).unknown).toEqual([
    `${what}expected the right to get deployments.apps/chaos-controller-manager in chaos-mesh, found: no right to get deployments in chaos-mesh.`,
  ]);
});

test.each([
  [
    'a schema that does not know a field',
    400,
    'NetworkChaos in version "v1alpha1" cannot be handled: unknown field "spec.externalTargets"',
  ],
  ['a webhook that refuses', 403, 'admission webhook "vauth.kb.io" denied the request: not authorized'],
  ['a webhook that cannot be asked', 500, 'Internal error occurred: failed calling webhook "vnetworkchaos.kb.io"'],
])('%s is in the way, in its own words', async (_, code, message) => {
  installChaosMesh(server);
  server.intercept((method) => (method === 'POST' ? [code, { kind: 'Status', code, message }] : null));
  expect((await ask()).problems).toEqual([`expected the API server to take NetworkChaos a-1, found ${message}`]);
});

test('where the namespace of agents is not there yet, nobody can be asked about an object in it', async () => {
  installChaosMesh(server);
  const status = { kind: 'Status', code: 404, message: 'namespaces not found', details: { kind: 'namespaces' } };
  server.intercept((method) => (method === 'POST' ? [404, status] : null));
  expect(await ask()).toEqual({
    ...nothing,
    unknown: ['whether the API server takes NetworkChaos a-1 is known once the run has made skipbeat-agents'],
  });
});

test('a right that lacks is named', async () => {
  installChaosMesh(server);
  server.deny('create networkchaos in skipbeat-agents');
  await expect(ask()).rejects.toMatchObject({
    code: 'RIGHT_MISSING',
    message:
      'expected the right to create networkchaos.chaos-mesh.org in skipbeat-agents, found: no right to create networkchaos in skipbeat-agents.',
  });
});
