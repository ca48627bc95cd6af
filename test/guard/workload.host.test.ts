import { afterEach, beforeEach, expect, test } from 'vitest';
import { workloadNamespace } from '../../src/cluster/index.ts';
import {
  agentNamespace,
  assertRights,
  assertWorkloadAdmitted,
  createGuestObject,
  ensureWorkloadNamespace,
  entryName,
  type GuestObject,
  namespaceLabels,
  openClusterJournal,
  ownLabels,
  removeWorkload,
} from '../../src/guard/index.ts';
import { readClusterJournal } from '../../src/guard/journal/journal.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const namespacePath = `/api/v1/namespaces/${workloadNamespace}`;
const podsPath = `${namespacePath}/pods`;

const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod' as const, metadata: { name: 'load', labels: { ...ownLabels } } },
} satisfies GuestObject & { metadata: { labels: object } };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' as const, metadata: { ...pod.metadata, name: 'beat' } };

beforeEach(async () => {
  server = await startStandIn();
});
afterEach(() => server.close());

test('what a run brought goes with its namespace, and nothing that is not ours', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  await createGuestObject(server.access, deployment, signal);
  expect(server.objects.get(namespacePath)?.metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  server.put(`${namespacePath}/configmaps/somebody`, { metadata: { labels: { app: 'theirs' } } });
  expect(await removeWorkload(server.access, AbortSignal.timeout(60_000))).toBe(
    `the namespace ${workloadNamespace} stays: it holds ConfigMap somebody`,
  );
  expect([...server.objects.keys()].filter((path) => path.includes(`/${workloadNamespace}/`))).toEqual([
    `${namespacePath}/configmaps/somebody`,
  ]);
  server.objects.delete(`${namespacePath}/configmaps/somebody`);
  expect(await removeWorkload(server.access, signal)).toBeNull();
  expect(server.objects.has(namespacePath)).toBe(false);
  expect(await removeWorkload(server.access, signal)).toBeNull();
}, 60_000);

test('a namespace that was printed by rbac stays, without what was brought', async () => {
  server.put(namespacePath, { metadata: { labels: ownLabels } });
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  expect(await removeWorkload(server.access, signal)).toBeNull();
  expect([server.objects.has(namespacePath), server.objects.has(`${podsPath}/load`)]).toEqual([true, false]);
});

test('a namespace of that name of somebody else is refused by name, and nothing in it is touched', async () => {
  server.put(namespacePath, { metadata: { labels: { team: 'a' } } });
  server.put(`${podsPath}/load`, { kind: 'Pod', metadata: { labels: ownLabels } });
  const refusal = { code: 'NAMESPACE_NOT_OURS', exitCode: 75 };
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).rejects.toMatchObject(refusal);
  await expect(ensureWorkloadNamespace(server.access, 'run-1', signal)).rejects.toMatchObject(refusal);
  expect(await removeWorkload(server.access, signal)).toBeNull();
  expect(server.written).toEqual([]);
  expect(server.objects.has(`${podsPath}/load`)).toBe(true);
});

test('what admission minds of an object is said before anything is written', async () => {
  server.put(namespacePath, { metadata: { labels: ownLabels } });
  server.intercept((method, path, body) =>
    method === 'POST' && path === podsPath && (body as GuestObject).kind === 'Pod'
      ? [403, { message: 'denied by policy only-our-registry' }]
      : null,
  );
  await expect(assertWorkloadAdmitted(server.access, [deployment, pod], signal)).rejects.toMatchObject({
    ...{ code: 'WORKLOAD_NOT_ADMITTED', exitCode: 75 },
    message: expect.stringContaining('Pod load in skipbeat to be admitted, found: denied by policy only-our-registry'),
  });
  expect(server.written).toEqual([]);
});

test('where the namespace is not there, admission is asked about that', async () => {
  await assertWorkloadAdmitted(server.access, [pod], signal);
  server.intercept((method, path) =>
    method === 'POST' && path === '/api/v1/namespaces' ? [403, { message: 'no new namespaces on Fridays' }] : null,
  );
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).rejects.toMatchObject({
    message: expect.stringContaining('no new namespaces on Fridays'),
  });
  expect(server.written).toEqual([]);
});

test('that a workload is brought stands in the journal, which is no act of any node', async () => {
  server.put(`/api/v1/namespaces/${agentNamespace}`, { metadata: { labels: namespaceLabels } });
  const written = await openClusterJournal(server.access, 'run-1').addWorkload(signal);
  expect(written.name).toBe(entryName('run-1', 'workload'));
  const [found] = await readClusterJournal(server.access, signal);
  expect(found).toMatchObject({ entry: null, problem: null, workload: { run: 'run-1', owner: { pid: process.pid } } });
  const path = `/api/v1/namespaces/${agentNamespace}/configmaps`;
  const copy = server.objects.get(`${path}/${written.name}`);
  server.put(`${path}/copied`, copy ?? {});
  expect((await readClusterJournal(server.access, signal)).find(({ name }) => name === 'copied')).toMatchObject({
    ...{ workload: null, entry: null, problem: 'its name is not that of its run and act' },
  });
  await written.done(signal);
});

test('the rights of a load are asked for where there is one, and nowhere else', async () => {
  server.put(namespacePath, { metadata: { labels: ownLabels } });
  server.deny('create deployments in skipbeat');
  expect(await assertRights(server.access, signal)).toEqual([]);
  await expect(assertRights(server.access, signal, { load: true })).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75, next: expect.stringContaining('rbac --load') },
    message: expect.stringContaining('create deployments.apps in skipbeat, to bring the workload'),
  });
});
