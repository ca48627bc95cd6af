// A cluster made by plain kind, known by its kubeconfig alone. Its further nodes are objects without machines: this test
// posts their statuses and renews their leases, so that the real controllers find silent what it lets go silent.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadClient, openAccess } from '../../src/cluster/index.ts';
import { defaultKubernetes, type KindEnvironment, requireKind } from '../../src/setup/index.ts';
import type { WatchDocument } from '../../src/watch/index.ts';
import { watchDocumentShape } from '../../src/watch/shapes.ts';
import { clusterName, makePlace, start, until } from './support/harness.ts';

const place = makePlace();
// Without our prefix: nobody's of skipbeat.
const cluster = clusterName('watch').replace(/^skipbeat-/, 'others-');
const kubeconfig = join(place.folder, 'kubeconfig');
const graceMs = 20_000;
const renewEveryMs = 2500;

type Ready = { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string };
const well: Ready = { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' };

/** What a kubelet does for its node, as long as it is let. */
const createKubelets = async () => {
  const access = openAccess(await loadClient(), kubeconfig, null);
  const core = access.config.makeApiClient(access.client.CoreV1Api);
  const leases = access.config.makeApiClient(access.client.CoordinationV1Api);
  const namespace = 'kube-node-lease';
  const silent = new Set<string>();
  const post = async (name: string, { status, reason, message }: Ready, since: Date): Promise<void> => {
    const body = await core.readNode({ name });
    const conditions = [
      { type: 'Ready', status, reason, message, lastHeartbeatTime: new Date(), lastTransitionTime: since },
    ];
    // The controller writes to it, too: whatever version it is of by now.
    const { resourceVersion: _version, ...metadata } = body.metadata ?? {};
    await core.replaceNodeStatus({ name, body: { ...body, metadata, status: { ...body.status, conditions } } });
  };
  const renew = async (name: string): Promise<void> => {
    const body = await leases.readNamespacedLease({ name, namespace });
    const renewTime = new access.client.V1MicroTime();
    await leases.replaceNamespacedLease({ name, namespace, body: { ...body, spec: { ...body.spec, renewTime } } });
  };
  const add = async (name: string, zone: string): Promise<void> => {
    await core.createNode({ body: { metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } } });
    await post(name, well, new Date());
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: (4 * renewEveryMs) / 1000,
      renewTime: new access.client.V1MicroTime(),
    };
    await leases.createNamespacedLease({ namespace, body: { metadata: { name, namespace }, spec } });
  };
  const names: string[] = [];
  let isOver = false;
  const follow = async (): Promise<void> => {
    while (!isOver) {
      const startedAt = performance.now();
      await Promise.all(names.filter((name) => !silent.has(name)).map(renew));
      await delay(Math.max(0, renewEveryMs - (performance.now() - startedAt)));
    }
  };
  let following: Promise<void> = Promise.resolve();
  return {
    begin: async (all: Readonly<Record<string, string>>) => {
      for (const [name, zone] of Object.entries(all)) {
        await add(name, zone);
        names.push(name);
      }
      following = follow();
    },
    end: () => {
      isOver = true;
      return following;
    },
    post,
    silence: (...those: readonly string[]) => {
      for (const name of those) silent.add(name);
    },
    wake: async (...those: readonly string[]) => {
      for (const name of those) silent.delete(name);
      await Promise.all(those.map((name) => post(name, well, new Date())));
    },
    readyOf: async (name: string) => {
      const { status } = await core.readNode({ name });
      return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    },
    remove: (name: string) => core.deleteNode({ name }),
  };
};

let environment: KindEnvironment;
let kubelets: Awaited<ReturnType<typeof createKubelets>>;

beforeAll(async () => {
  const config = join(place.folder, 'kind.yaml');
  const patch = `kind: ClusterConfiguration\ncontrollerManager:\n  extraArgs:\n    node-monitor-grace-period: ${graceMs / 1000}s\n`;
  writeFileSync(
    config,
    JSON.stringify({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      nodes: [{ role: 'control-plane', kubeadmConfigPatches: [patch] }],
    }),
  );
  environment = await requireKind(defaultKubernetes);
  const image = environment.nodeImage.reference;
  const args = ['--name', cluster, '--image', image, '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m'];
  await execa(environment.kind.path, ['create', 'cluster', ...args]);
  kubelets = await createKubelets();
  await kubelets.begin({ stable: 'a', short: 'a', word: 'a', one: 'b', two: 'b', gone: 'b' });
}, 600_000);
afterAll(async () => {
  await kubelets?.end();
  await execa(environment.kind.path, ['delete', 'cluster', '--name', cluster, '--kubeconfig', kubeconfig]);
  place.remove();
}, 120_000);

const document = (out: string): WatchDocument =>
  watchDocumentShape.parse(JSON.parse(readFileSync(join(out, 'watch.json'), 'utf8')));

test('every NotReady of a cluster that is somebody’s is found with its cause, and the grace is inferred', async () => {
  const out = join(place.folder, 'out');
  // The real node renews every 10 s, which is more than half of this grace.
  const margin = ['--margin', '43%'];
  const args = ['watch', '--context', `kind-${cluster}`, '--kubeconfig', kubeconfig, '--out', out, ...margin];
  const watch = start(place, args, { DOCKER_HOST: 'tcp://127.0.0.1:1' });
  await watch.shown('Ready 7 of 7');
  await delay(3 * renewEveryMs);

  const marked = (name: string, status: string) =>
    until(`${name} is ${status}`, async () => (await kubelets.readyOf(name)) === status, 60_000);
  kubelets.silence('one', 'two', 'gone');
  await kubelets.post(
    'word',
    { status: 'False', reason: 'KubeletNotReady', message: 'container runtime is down' },
    new Date(),
  );
  for (const name of ['one', 'two', 'gone']) await marked(name, 'Unknown');
  await kubelets.remove('gone');
  await kubelets.wake('one', 'two', 'word');
  kubelets.silence('short');
  await delay(graceMs * 0.6);
  await kubelets.wake('short');
  kubelets.silence('one');
  await marked('one', 'Unknown');
  await kubelets.wake('one');
  await watch.shown('one Ready again');
  await delay(3 * renewEveryMs);
  watch.child.kill('SIGINT');
  const { exitCode, all } = await watch.child;
  expect(exitCode, all).toBe(130);

  const seen = document(out);
  expect(seen.notReadyTimes.map(({ node, cause, endedBy }) => [node, cause, endedBy]).sort()).toEqual([
    ['gone', 'silence', 'deleted'],
    ['one', 'silence', 'ready'],
    ['one', 'silence', 'ready'],
    ['two', 'silence', 'ready'],
    ['word', 'kubelet', 'ready'],
  ]);
  expect(seen.notReadyTimes.find(({ node }) => node === 'word')?.message).toBe('container runtime is down');
  const silences = seen.notReadyTimes.filter(({ cause }) => cause === 'silence');
  for (const { silentMs, zone } of silences) {
    expect(zone).toBe('b');
    expect(silentMs).toBeGreaterThan(graceMs);
    expect(silentMs).toBeLessThan(graceMs + 12_000);
  }
  expect(Math.max(...silences.map(({ togetherInZone }) => togetherInZone))).toBe(3);
  expect(seen.settings.nodeMonitorGracePeriod).toMatchObject({ ms: graceMs, source: 'manifest' });
  const { n, atLeastMs, atMostMs, contradictory } = seen.settings.inferredGrace;
  expect([n, contradictory]).toEqual([4, false]);
  expect(atLeastMs).toBeLessThanOrEqual(graceMs);
  expect(atMostMs).toBeGreaterThanOrEqual(graceMs);
  expect((atMostMs ?? 0) - (atLeastMs ?? 0)).toBeLessThan(13_000);
  expect(seen.nearMisses.count).toBeGreaterThanOrEqual(1);
  const near = seen.longestSilences.find(({ node, notReady }) => node === 'short' && !notReady);
  expect(near?.ms).toBeGreaterThan(graceMs * 0.6);
  expect(near?.ms).toBeGreaterThan(seen.nearMisses.overMs ?? Number.NaN);
  expect(seen.blind.count).toBe(0);
  const stable = seen.byNode.find(({ node }) => node === 'stable');
  expect(stable).toMatchObject({ renewPeriodMs: renewEveryMs, notReadyMs: 0, zone: 'a', kubelet: null });
  expect(stable?.gapsByArrival.maxMs).toBeLessThan(graceMs / 2);
  const machine = seen.byNode.find(({ node }) => node === `${cluster}-control-plane`);
  expect(machine?.kubelet).toMatchObject({ nodeLeaseDurationSeconds: 40 });
});
