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

test('before anything is written each object, its rights and what nobody knows is printed', async () => {
  installChaosMesh(server);
  server.deny('get deployments in chaos-mesh');
  await prepare('to');
  expect(printed).toEqual(
    expect.arrayContaining([
      'kind: NetworkChaos',
      'action: partition',
      '- 10.0.0.2:6443',
      'duration: 45000ms',
      'create, get, delete networkchaos in skipbeat-agents: to ask Chaos Mesh for a fault, see what becomes of it, and take it back',
      expect.stringMatching(/^what Chaos Mesh's controller allows is not known: expected the right to get deployments/),
      expect.stringMatching(/^without the right to get deployments\.apps\/chaos-controller-manager in chaos-mesh: /),
    ]),
  );
  expect(server.written).toEqual([]);
});

test.each([
  ['a cluster without Chaos Mesh', () => undefined, 'to', /no chaos-mesh\.org: Chaos Mesh is not installed$/, 75],
  [
    'a controller that does not allow it',
    () => installChaosMesh(server, { ALLOW_HOST_NETWORK_TESTING: 'false' }),
    'to',
    /expected ALLOW_HOST_NETWORK_TESTING of chaos-controller-manager to be true, found false/,
    75,
  ],
  ['a fault that it has not', () => installChaosMesh(server), 'both', /expected direction: to, or traffic: all/, 64],
])('%s is refused by name, and nothing is written', async (_, set, direction, message, exitCode) => {
  set();
  await expect(prepare(direction)).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_REFUSED', exitCode },
    message: expect.stringMatching(message),
  });
  expect(server.written).toEqual([]);
});

test('where API servers have addresses of IPv6 alone Chaos Mesh is refused; where the cluster names none, that is said', async () => {
  installChaosMesh(server);
  setApiServers('fd00::2');
  await expect(prepare('to')).rejects.toMatchObject({
    code: 'CHAOS_MESH_REFUSED',
    message: expect.stringMatching(/expected API servers with IPv4 addresses, .*, found fd00::2$/),
  });
  setApiServers();
  await prepare('to');
  expect(printed).toContain(
    'the cluster names no API server: which ones Chaos Mesh is asked about is known to the node alone',
  );
});

test('a right that lacks is named, with the command that prints it', async () => {
  installChaosMesh(server);
  server.deny('delete networkchaos in skipbeat-agents');
  await expect(prepare('to')).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75 },
    message: expect.stringContaining('delete networkchaos.chaos-mesh.org in skipbeat-agents'),
    next: expect.stringContaining('rbac --injector chaos-mesh'),
  });
});
