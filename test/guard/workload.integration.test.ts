import { afterEach, beforeEach, expect, test } from 'vitest';
import { workloadNamespace } from '../../src/cluster/index.ts';
import { exitCodes, SkipbeatError } from '../../src/common/errors.ts';
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
  runLabel,
} from '../../src/guard/index.ts';
import { readClusterJournal } from '../../src/guard/journal/journal.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const namespacePath = `/api/v1/namespaces/${workloadNamespace}`;
const podsPath = `${namespacePath}/pods`;

const pod = {
  ...{
    apiVersion: 'v1',
    kind: 'Pod' as const,
    metadata: { name: 'load', labels: { ...ownLabels, [runLabel]: 'run-1' } },
  },
} satisfies GuestObject & { metadata: { labels: object } };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' as const, metadata: { ...pod.metadata, name: 'beat' } };

const confirm = () => Promise.resolve();
const remove = (run = 'run-1', more: { readonly emptyWithinMs?: number } = {}) =>
  removeWorkload(server.access, { run, confirm, ...more }, AbortSignal.timeout(60_000));
const nothing = { objects: null, namespace: null };

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
  expect(await remove('run-1', { emptyWithinMs: 3000 })).toEqual({
    ...{ objects: null, namespace: `the namespace ${workloadNamespace} stays: it holds ConfigMap somebody` },
  });
  expect([...server.objects.keys()].filter((path) => path.includes(`/${workloadNamespace}/`))).toEqual([
    `${namespacePath}/configmaps/somebody`,
  ]);
  server.objects.delete(`${namespacePath}/configmaps/somebody`);
  expect(await remove()).toEqual(nothing);
  expect(server.objects.has(namespacePath)).toBe(false);
  expect(await remove()).toEqual(nothing);
});

test('a namespace that was printed by rbac stays, without what was brought', async () => {
  server.put(namespacePath, { metadata: { labels: ownLabels } });
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  expect(await remove()).toEqual(nothing);
  expect([server.objects.has(namespacePath), server.objects.has(`${podsPath}/load`)]).toEqual([true, false]);
});

test('a namespace of that name of somebody else is refused by name, and nothing in it is touched', async () => {
  server.put(namespacePath, { metadata: { labels: { team: 'a' } } });
  server.put(`${podsPath}/load`, { kind: 'Pod', metadata: { labels: ownLabels } });
  const refusal = { code: 'NAMESPACE_NOT_OURS', exitCode: 75 };
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).rejects.toMatchObject(refusal);
  await expect(ensureWorkloadNamespace(server.access, 'run-1', signal)).rejects.toMatchObject(refusal);
  expect(await remove()).toEqual(nothing);
  expect(server.written).toEqual([]);
  expect(server.objects.has(`${podsPath}/load`)).toBe(true);
});

test('where somebody took the label of the namespace away, what the run brought goes all the same, and it is said', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  await createGuestObject(server.access, deployment, signal);
  const annotations = server.objects.get(namespacePath)?.metadata.annotations;
  server.put(namespacePath, { metadata: { annotations } });
  expect(await remove()).toEqual({
    objects: null,
    namespace: `the namespace ${workloadNamespace} stays: somebody has taken the label app.kubernetes.io/managed-by=skipbeat from it, so it is his`,
  });
  expect([...server.objects.keys()].filter((path) => path.includes(`/${workloadNamespace}/`))).toEqual([]);
  expect(server.objects.has(namespacePath)).toBe(true);
});

test('who may not list all that a namespace may hold leaves it, by name, and what was brought is gone', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  server.deny(`list leases in ${workloadNamespace}`);
  expect(await remove()).toEqual({
    objects: null,
    namespace:
      'the namespace skipbeat stays: whether it is empty is not known: expected the right to list leases in skipbeat, found: no right to list leases in skipbeat.',
  });
  expect([server.objects.has(`${podsPath}/load`), server.objects.has(namespacePath)]).toEqual([false, true]);
});

test('an object whose label somebody took away stays, by name', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  const theirs = { ...deployment, metadata: { name: 'beat', labels: { [runLabel]: 'run-1' } } };
  await createGuestObject(server.access, theirs, signal);
  expect(await remove()).toEqual({
    namespace: null,
    objects:
      'Deployment beat in skipbeat stays: somebody has taken the label app.kubernetes.io/managed-by=skipbeat away',
  });
  expect(server.objects.has(`${podsPath}/load`)).toBe(false);
});

test('what another run brought is left alone, and the namespace that it made', async () => {
  await ensureWorkloadNamespace(server.access, 'run-2', signal);
  await createGuestObject(
    server.access,
    { ...pod, metadata: { name: 'load', labels: { ...ownLabels, [runLabel]: 'run-2' } } } as GuestObject,
    signal,
  );
  const before = server.written.length;
  expect(await remove('run-1')).toEqual({
    ...{ objects: null, namespace: `the namespace ${workloadNamespace} stays: another run has made it: run-2` },
  });
  server.objects.delete(`${podsPath}/load`);
  await remove('run-1');
  expect(server.written.slice(before)).toEqual([]);
});

const page = [502, '<html>502 Bad Gateway</html>'] as const;

test('a page of a load balancer in the place of any answer leaves nothing behind', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  await createGuestObject(server.access, deployment, signal);
  const paged = new Set<string>();
  server.intercept((method, path) => {
    const asked = `${method} ${path}`;
    if (paged.has(asked)) return null;
    paged.add(asked);
    return page;
  });
  expect(await remove()).toEqual(nothing);
  expect([...paged]).toEqual(
    expect.arrayContaining([`GET ${namespacePath}`, `DELETE ${podsPath}/load`, `DELETE ${namespacePath}`]),
  );
  expect([...server.objects.keys()].filter((path) => path.startsWith(namespacePath))).toEqual([]);
});

test('who does not see what is in the namespace any more does not say what is there', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  server.put(`${namespacePath}/configmaps/somebody`, { metadata: { labels: { app: 'theirs' } } });
  let seen = 0;
  server.intercept((method, path) => {
    if (method !== 'GET' || path !== `${namespacePath}/configmaps`) return null;
    seen += 1;
    return seen > 1 ? page : null;
  });
  await expect(remove('run-1', { emptyWithinMs: 3000 })).rejects.toMatchObject({
    code: 'WAIT_TIMED_OUT',
    message: expect.stringContaining('HTTP 502'),
  });
  expect(seen).toBeGreaterThan(1);
});

test('who lost the hold between two deletions deletes no more', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await createGuestObject(server.access, pod, signal);
  await createGuestObject(server.access, deployment, signal);
  const before = server.written.length;
  let asked = 0;
  const lose = async () => {
    asked += 1;
    if (asked > 2) throw new SkipbeatError('HOLD_LOST', 'lost', { exitCode: exitCodes.environment });
  };
  const removing = removeWorkload(server.access, { run: 'run-1', confirm: lose }, signal);
  await expect(removing).rejects.toMatchObject({ code: 'HOLD_LOST' });
  expect(server.written.slice(before)).toEqual(['DELETE /apis/apps/v1/namespaces/skipbeat/deployments/beat']);
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
    message: `${server.url}: expected Pod load in skipbeat to be admitted, found: denied by policy only-our-registry.`,
  });
  expect(server.written).toEqual([]);
});

test('where the namespace is not there, admission is asked about that', async () => {
  await assertWorkloadAdmitted(server.access, [pod], signal);
  server.intercept((method, path) =>
    method === 'POST' && path === '/api/v1/namespaces' ? [403, { message: 'no new namespaces on Fridays' }] : null,
  );
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).rejects.toMatchObject({
    message: `${server.url}: expected the namespace skipbeat to be admitted, found: no new namespaces on Fridays.`,
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
  await expect(assertRights(server.access, signal, { load: 'workload' })).rejects.toMatchObject({
    ...{ code: 'RIGHT_MISSING', exitCode: 75 },
    message: `${server.url}: expected the rights of a run, found that one lacks:\n  - create deployments.apps in skipbeat, to bring the workload`,
    next: 'npm run skipbeat -- rbac --load | kubectl --context staging apply -f -   (by somebody who may grant them)',
  });
});

test('what another run left is refused by name before anything is made, with what takes it away', async () => {
  await ensureWorkloadNamespace(server.access, 'run-1', signal);
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).resolves.toBeUndefined();
  await createGuestObject(server.access, pod, signal);
  await createGuestObject(server.access, deployment, signal);
  const before = server.written.length;
  await expect(assertWorkloadAdmitted(server.access, [pod], signal)).rejects.toMatchObject({
    ...{ code: 'WORKLOAD_LEFT', exitCode: 75 },
    message: `${server.url}: expected nothing of another run in skipbeat, found Deployment beat, Pod load of run-1.`,
    next: 'npm run skipbeat -- cleanup --context staging',
  });
  expect(server.written.slice(before)).toEqual([]);
});
