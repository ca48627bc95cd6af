import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareOnContext } from '../../../src/prepare/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';
import { type StandIn, startStandIn } from '../../guard/api-server.ts';
import { installChaosMesh } from '../../guard/chaos-mesh/cluster.ts';

let server: StandIn;
let folder: string;
let printed: string[];

beforeEach(async () => {
  server = await startStandIn();
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-chaos-'));
  printed = [];
  server.put('/api/v1/namespaces/skipbeat-agents', {});
  setApiServers('10.0.0.2');
  const labels = { 'skipbeat.dev/faults': 'allowed' };
  for (const name of ['w01', 'w02', 'w03', 'w04']) {
    server.put(`/api/v1/nodes/${name}`, {
      metadata: { labels, creationTimestamp: '2026-01-01T00:00:00Z' },
      status: {
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
        nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
      },
    });
  }
});

/** The API servers, as the cluster itself names them. */
const setApiServers = (...addresses: readonly string[]): void => {
  server.put('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes', {
    endpoints: [{ addresses }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });
};

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const prepare = (direction: string, more: object = {}) => {
  const { scenario } = loadScenario('partition');
  const phases = scenario.phases.map((phase) =>
    phase.kind === 'fault' ? { ...phase, inject: phase.inject.map((fault) => ({ ...fault, direction })) } : phase,
  );
  const uid = server.objects.get('/api/v1/namespaces/kube-system')?.metadata.uid ?? '';
  return prepareOnContext(
    { ...scenario, phases } as typeof scenario,
    {
      ...{ context: 'staging', kubeconfig: server.kubeconfig(join(folder, 'kubeconfig')), nodes: 'w01' },
      ...{ clusterUid: uid, injector: 'chaos-mesh', ...more },
    },
    { notify: (line) => printed.push(line.trim()), ask: null },
  );
};

/** Lines that were printed: from the one that begins so up to another, or to the last. */
const between = (from: string, to: string | null): readonly string[] => {
  const first = printed.findIndex((line) => line.startsWith(from));
  return printed.slice(first, to === null ? undefined : printed.indexOf(to, first));
};

test('before anything is written each object, its rights and what nobody knows is printed', async () => {
  installChaosMesh(server);
  server.deny('get deployments in chaos-mesh');
  await prepare('to');
  const [before, rights] = [between('Chaos Mesh is asked', 'on w01, for 25s:'), between('with the rights to', null)];
  // Its name has a random tail.
  expect(before.map((line) => line.replaceAll(/\b[0-9a-f]{6}\b/g, 'TAIL'))).toEqual([
    "Chaos Mesh is asked for each fault by a NetworkChaos; DEVICE is the node's own towards the API servers, which the node reads, and the server that its kubelet asks is one of externalTargets, too:",
    ...['---', 'apiVersion: chaos-mesh.org/v1alpha1', 'kind: NetworkChaos', 'metadata:', 'name: TAIL-partition-1'],
    ...['namespace: skipbeat-agents', 'labels:', 'app.kubernetes.io/managed-by: skipbeat'],
    ...['skipbeat/run: partition-TAIL', 'spec:', 'mode: all', 'selector:', 'namespaces:', '- skipbeat-agents'],
    ...['pods:', 'skipbeat-agents:', '- act-TAIL-partition-1', 'action: partition', 'direction: to'],
    ...['externalTargets:', '- 10.0.0.2:6443', 'device: DEVICE', 'duration: 45000ms'],
    'Chaos Mesh takes away, when it ends, the queue at the root of every device of the node: a node with another than the kernel gave is refused',
    "what Chaos Mesh's controller allows is not known: expected the right to get deployments.apps/chaos-controller-manager in chaos-mesh, found: no right to get deployments in chaos-mesh.",
  ]);
  // Those of every run are another test's.
  expect(rights.slice(-3)).toEqual([
    'create, get, delete networkchaos in skipbeat-agents: to ask Chaos Mesh for a fault, see what becomes of it, and take it back',
    'get deployments in chaos-mesh: to see what Chaos Mesh allows before it is asked',
    'without the right to get deployments.apps/chaos-controller-manager in chaos-mesh: what it is for (to see what Chaos Mesh allows before it is asked) stays unknown',
  ]);
  expect(server.written).toEqual([]);
});

test.each([
  [
    'a cluster without Chaos Mesh',
    () => undefined,
    'to',
    ': nothing was written, for\n  - expected the CustomResourceDefinition networkchaos.chaos-mesh.org of chaos-mesh.org/v1alpha1, found no chaos-mesh.org: Chaos Mesh is not installed',
    75,
  ],
  [
    'a controller that does not allow it',
    () => installChaosMesh(server, { ALLOW_HOST_NETWORK_TESTING: 'false' }),
    'to',
    ": nothing was written, for\n  - expected ALLOW_HOST_NETWORK_TESTING of chaos-controller-manager to be true, found false: it refuses pods with the node's network, which an agent has (controllerManager.allowHostNetworkTesting of its chart)",
    75,
  ],
  [
    'a fault that it has not',
    () => installChaosMesh(server),
    'both',
    ', partition-1: expected direction: to, or traffic: all, received direction: both of control traffic: of what comes in it knows no port of the sender.',
    64,
  ],
])('%s is refused by name, and nothing is written', async (_, set, direction, message, exitCode) => {
  set();
  await expect(prepare(direction)).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_REFUSED', exitCode },
    message: `--injector chaos-mesh${message}`,
  });
  expect(server.written).toEqual([]);
});

test('where API servers have addresses of IPv6 alone Chaos Mesh is refused; where the cluster names none, that is said', async () => {
  installChaosMesh(server);
  setApiServers('fd00::2');
  await expect(prepare('to')).rejects.toMatchObject({
    code: 'CHAOS_MESH_REFUSED',
    message:
      '--injector chaos-mesh: nothing was written, for\n  - expected API servers with IPv4 addresses, which are all that Chaos Mesh knows, found fd00::2',
  });
  setApiServers();
  await prepare('to');
  expect(between('agent    ', 'on w01, for 25s:').slice(1)).toEqual([
    'the cluster names no API server: which ones Chaos Mesh is asked about is known to the node alone',
  ]);
});

test('a right that lacks is named, with the command that prints it', async () => {
  installChaosMesh(server);
  server.deny('delete networkchaos in skipbeat-agents');
  await expect(prepare('to')).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75 },
    message: `${server.url}: expected the rights of a run, found that one lacks:
  - delete networkchaos.chaos-mesh.org in skipbeat-agents, to ask Chaos Mesh for a fault, see what becomes of it, and take it back`,
    next: `npm run skipbeat -- rbac --injector chaos-mesh | kubectl --context staging --kubeconfig ${join(folder, 'kubeconfig')} apply -f -   (by somebody who may grant them)`,
  });
});
