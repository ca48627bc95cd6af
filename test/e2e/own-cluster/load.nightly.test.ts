import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePlace, until } from '../support/harness.ts';
import { endOf, errorIn, passed, withoutRun } from '../support/said.ts';
import { asked, documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;
let before: readonly string[];

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'own-load');
  before = await cluster.everything();
});
afterAll(async () => {
  await cluster?.remove();
  place.remove();
});

const out = (name: string): string => join(place.folder, name);

const withLoad = async (name: string, seconds = 15) => {
  const load = await cluster.withLoad();
  const scenario = oneFault(place, 'kubelet-pause', seconds, asked);
  return cluster.start('run', scenario, ...cluster.on(...cluster.allowed, ...load), '--out', out(name));
};

test('with a load from inside, requests, endpoints and pods are measured, and nothing of it is left', async () => {
  const run = await (await withLoad('load', 6)).child;
  expect(endOf(run), run.all).toEqual(passed);
  const { requests, pods, endpoints, unknown } = documentOf(out('load'));
  expect(requests).toMatchObject({ refused: 0, timeout: 0, dropped: 0, byEntrance: { worker2: expect.anything() } });
  // 50 a second for at least the phases.
  expect(requests.ok).toBeGreaterThan(50 * (3 + 6));
  expect(requests.ok).toBe(requests.offered);
  expect(pods).toMatchObject({ evicted: 0, stuckTerminating: 0 });
  expect(endpoints).not.toBeNull();
  expect(unknown).toEqual([]);
  expect(await cluster.everything()).toEqual(before);
});

test('where the API server is away for seconds, no record of a load from inside is lost', async () => {
  const running = await withLoad('load-api-away');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  const plane = cluster.node('control-plane');
  await execa('docker', ['pause', plane]);
  await cluster.inWorker('sleep 4').finally(() => execa('docker', ['unpause', plane]));
  const ended = await running.child;
  expect(endOf(ended), ended.all).toEqual(passed);
  const { requests } = documentOf(out('load-api-away'));
  expect(requests.ok).toBe(requests.offered);
  expect(await cluster.everything()).toEqual(before);
});

test("where the load's pod is deleted in the fault, the run is inconclusive, and nothing is left", async () => {
  const running = await withLoad('load-deleted');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  await cluster.kubectl('delete', 'pod', 'load', '--namespace=skipbeat', '--force', '--grace-period=0');
  const ended = await running.child;
  expect([ended.exitCode, ended.all]).toEqual([2, expect.stringContaining('LOAD_CONTAINER_DIED')]);
  expect(await cluster.standsStill()).toBe(false);
  expect(await cluster.everything()).toEqual(before);
});

test('a namespace of somebody else in which the workload would be is refused by name, and nothing is written', async () => {
  await cluster.kubectl('create', 'namespace', 'skipbeat');
  await until(
    'its service account',
    async () => (await cluster.kubectl('get', 'serviceaccounts', '--namespace=skipbeat')).includes('default'),
    30_000,
  );
  const withNamespace = await cluster.everything();
  const ended = await (await withLoad('load-namespace')).child;
  expect([ended.exitCode, errorIn(ended)]).toEqual([
    75,
    `NAMESPACE_NOT_OURS  ${cluster.server}: expected no namespace skipbeat of somebody else, for the workload is brought there, found one without the label app.kubernetes.io/managed-by=skipbeat.
Try: kubectl ${cluster.named} get all --namespace skipbeat`,
  ]);
  expect(await cluster.everything()).toEqual(withNamespace);
  await cluster.kubectl('delete', 'namespace', 'skipbeat');
  expect(await cluster.everything()).toEqual(before);
});

test('a workload whose image cannot be had is refused with what the kubelet says, and nothing is left', async () => {
  const load = (await cluster.withLoad()).with(-1, 'nobody.invalid/none:1');
  const scenario = oneFault(place, 'kubelet-pause', 15, asked);
  const ended = await cluster.start(
    'run',
    scenario,
    ...cluster.on(...cluster.allowed, ...load),
    '--out',
    out('no-image'),
  ).child;
  expect([ended.exitCode, ended.all]).toEqual([75, expect.stringMatching(/WORKLOAD_NOT_READY .*nobody\.invalid/)]);
  expect(await cluster.everything()).toEqual(before);
});

test('a harness that is killed with its load leaves what cleanup takes away', async () => {
  const running = await withLoad('load-killed');
  await running.shown('armed on worker');
  running.child.kill('SIGKILL');
  await running.child;
  await until('the kubelet to run', async () => !(await cluster.standsStill()), 60_000);
  expect(await cluster.kubectl('get', 'pods', '--namespace=skipbeat', '--output=name')).toContain('pod/load');
  const cleaned = await cluster.start('cleanup', ...cluster.on(), ...cluster.agent).child;
  const lines = withoutRun(cleaned.stdout).split('\n');
  expect([cleaned.exitCode, lines.filter((line) => line.includes(' workload '))], cleaned.all).toEqual([
    0,
    ['done    workload of RUN: gone, and the pod of its load'],
  ]);
  await until('the node to be as before', async () => !(await cluster.standsStill()), 60_000);
  expect(await cluster.everything()).toEqual(before);
});
