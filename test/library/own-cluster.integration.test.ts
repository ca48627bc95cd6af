import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OwnCluster, openCluster, type RunOptions, run } from '../../src/library/index.ts';
import { type StandIn, startStandIn } from '../guard/api-server.ts';

let server: StandIn;
let folder: string;
let context: OwnCluster;

beforeEach(async () => {
  server = await startStandIn();
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-library-context-'));
  for (const [name, labels] of [
    ['cp', { 'node-role.kubernetes.io/control-plane': '' }],
    ['w01', { pool: 'chaos' }],
    ['w02', {}],
    ['w03', {}],
  ] as const) {
    server.put(`/api/v1/nodes/${name}`, {
      metadata: { labels, creationTimestamp: '2026-01-01T00:00:00Z' },
      status: {
        conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
        nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' },
      },
    });
  }
  const uid = server.objects.get('/api/v1/namespaces/kube-system')?.metadata.uid ?? '';
  const kubeconfig = server.kubeconfig(join(folder, 'kubeconfig'));
  context = { name: 'staging', kubeconfig, nodes: 'w01', clusterUid: uid };
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const outFolder = (): string => join(folder, 'out');

/** A run that is refused before anything is written, there or here. */
const refused = async (options: RunOptions, error: object): Promise<void> => {
  await expect(run('kubelet-pause-one', { outFolder: outFolder(), ...options })).rejects.toMatchObject(error);
  expect([server.written, existsSync(outFolder())]).toEqual([[], false]);
};

test.each([
  ['a context that is not there', { name: 'production' }, 'CONTEXT_UNKNOWN', 64],
  ['no context, though there is a current one', { name: '' }, 'CONTEXT_OPTION_INVALID', 64],
  ['the UID of another cluster', { clusterUid: 'other' }, 'CLUSTER_NOT_CONFIRMED', 64],
  ['no UID', { clusterUid: '' }, 'CLUSTER_NOT_CONFIRMED', 64],
  ['a control plane', { nodes: 'cp' }, 'TARGETS_REFUSED', 75],
  ['more nodes than there may be', { maxNodes: 0 }, 'CONTEXT_OPTION_INVALID', 64],
  ['a fault that stands for longer than was agreed to', { maxDuration: '10s' }, 'SCENARIO_NOT_FOR_CONTEXT', 64],
  ['a Service of the cluster itself', { load: { service: 'kube-system/kube-dns' } }, 'CONTEXT_OPTION_INVALID', 64],
  ['a Service that is not there', { load: { service: 'shop/web' } }, 'SERVICE_REFUSED', 75],
] as const)('is refused as on the command line, and nothing is written: %s', async (_, changes, code, exitCode) => {
  await refused({ context: { ...context, ...changes } }, { code, exitCode });
});

test('a run on it takes neither another backend nor the cluster of openCluster', async () => {
  const message = (what: string) => `context: expected a run on that cluster, received ${what}, too.`;
  const code = 'CONTEXT_OPTION_INVALID';
  await refused({ context, backend: 'kind' }, { code, message: message('backend') });
  await refused({ context, backend: 'model' }, { code, message: message('backend') });
  await refused({ context, loadFrom: 'host' }, { code, message: message('loadFrom') });
  await using cluster = openCluster();
  await expect(cluster.run('kubelet-pause-one', { context })).rejects.toMatchObject({
    code,
    message: message('openCluster'),
  });
});

test('a right that lacks is named, after all that is asked was taken over', async () => {
  server.deny('create pods in skipbeat');
  await refused(
    { context: { ...context, load: { image: 'node:24' } } },
    {
      code: 'RIGHT_MISSING',
      message: `${server.url}: expected the rights of a run, found that one lacks:
  - create pods in skipbeat, to run the load's generator, and see what becomes of the workload's pods`,
    },
  );
});
