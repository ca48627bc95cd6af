import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import {
  admissionPod,
  agentNamespace,
  assertPodSecurity,
  holdCluster,
  namespaceLabels,
  readLeftovers,
  surveyCluster,
} from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from './api-server.ts';

let server: StandIn;
const { signal } = new AbortController();
const namespacePath = `/api/v1/namespaces/${agentNamespace}`;
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases/skipbeat`;

beforeEach(async () => {
  server = await startStandIn();
});
afterEach(() => server.close());

const hold = (run: string) => holdCluster(server.access, { run, pod: admissionPod('agent'), signal });
const lease = () =>
  server.objects.get(leasePath) as unknown as {
    metadata: { annotations: Record<string, string>; resourceVersion: string };
    spec: { renewTime: string; acquireTime: string; holderIdentity: string };
  };

test('a hold is a Lease with the server’s time; it makes the namespace, and takes both away again', async () => {
  server.setAheadMs(-7_200_000);
  const mine = await hold('run-1');
  expect(server.objects.get(namespacePath)?.metadata).toMatchObject({
    labels: namespaceLabels,
    annotations: { 'skipbeat.dev/created-by-run': 'run-1' },
  });
  expect(Math.abs(Date.parse(lease().spec.renewTime) - server.nowMs())).toBeLessThan(5000);
  const { holder } = await surveyCluster(server.access, signal);
  expect(holder).toMatchObject({
    run: 'run-1',
    isLive: true,
    who: `process ${process.pid} on ${hostname()}`,
  });
  expect(await mine.release(signal)).toBeNull();
  expect(await mine.release(signal)).toBeNull();
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([false, false]);
});

test('a namespace that was there before stays', async () => {
  server.put(namespacePath, { metadata: { labels: namespaceLabels } });
  const mine = await hold('run-1');
  expect(await mine.release(signal)).toBeNull();
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([true, false]);
});

test('a namespace that a run made stays while something else is in it, and that is said', async () => {
  const first = await hold('run-1');
  server.put(`${namespacePath}/configmaps/kube-root-ca.crt`, {});
  const groups = ['coordination.k8s.io/v1', 'metrics.k8s.io/v1beta1', 'external.metrics.k8s.io/v1beta1'];
  server.put('/apis', { groups: groups.map((groupVersion) => ({ versions: [{ groupVersion }] })) });
  server.put(`${namespacePath}/configmaps/someone`, {});
  expect(await first.release(signal)).toBe('the namespace skipbeat-agents stays: it holds ConfigMap someone');
  server.objects.delete(`${namespacePath}/configmaps/someone`);
  // Of a kind that is in a version alone which its group does not prefer.
  const acme = [{ groupVersion: 'acme.io/v1' }, { groupVersion: 'acme.io/v1alpha1' }];
  server.put('/apis', { groups: [{ preferredVersion: acme[0], versions: acme }] });
  const kindOf = (name: string, kind: string) => ({ name, kind, namespaced: true, verbs: ['list'] });
  server.put('/apis/acme.io/v1', { resources: [kindOf('bigpods', 'Big')] });
  server.put('/apis/acme.io/v1alpha1', { resources: [kindOf('bigpods', 'Big'), kindOf('thingpods', 'Thing')] });
  server.put('/apis/acme.io/v1alpha1/namespaces/skipbeat-agents/thingpods/precious', {});
  const other = await hold('run-3');
  expect(await other.release(signal)).toBe('the namespace skipbeat-agents stays: it holds Thing precious');
  server.objects.delete('/apis/acme.io/v1alpha1/namespaces/skipbeat-agents/thingpods/precious');
  const second = await hold('run-2');
  expect(await second.release(signal)).toBeNull();
  expect(server.objects.has(namespacePath)).toBe(false);
});

test('a second run is refused by name, and has written nothing', async () => {
  const mine = await hold('run-1');
  const before = server.written.length;
  const refused = await hold('run-2').catch((thrown: unknown) => thrown as SkipbeatError);
  expect(refused).toMatchObject({ code: 'CLUSTER_HELD', exitCode: 75, next: 'wait until it has ended' });
  expect('message' in refused && refused.message.replace(/\d s ago/, 'SECONDS ago')).toBe(
    `${server.url}: expected a cluster that no other run holds, found run-1 (process ${process.pid} on ${hostname()}), renewed SECONDS ago.`,
  );
  expect(server.written.slice(before)).toEqual([`POST ${leasePath.slice(0, leasePath.lastIndexOf('/'))}`]);
  expect(lease().spec.holderIdentity).toBe('run-1');
  await mine.release(signal);
});

const owner = (changes: object) =>
  JSON.stringify({
    ...{ pid: 7, startTicks: '1', bootId: 'b', machineId: 'm', host: 'far-away', pidNamespace: null },
    ...changes,
  });

test.each([
  ['that was not renewed within its duration', 64_000, {}, false],
  ['that was renewed just within it', 58_000, {}, true],
  ['whose time is still to come', -600_000, {}, true],
] as const)('a hold %s, by the server’s clock', async (_, silentMs, changes, isLive) => {
  server.setAheadMs(3_600_000);
  server.put(leasePath, {
    metadata: { annotations: { 'skipbeat.dev/owner': owner(changes) }, labels: { 'skipbeat/run': 'run-1' } },
    spec: {
      holderIdentity: 'run-1',
      leaseDurationSeconds: 60,
      renewTime: new Date(server.nowMs() - silentMs).toISOString(),
    },
  });
  expect((await surveyCluster(server.access, signal)).holder).toMatchObject({ isLive, who: 'process 7 on far-away' });
});

test('a Lease that says neither who holds it nor when it was renewed is live', async () => {
  server.put(leasePath, { spec: {} });
  expect((await surveyCluster(server.access, signal)).holder).toEqual({
    ...{ run: 'a run without a name', who: null, isLive: true, silentMs: null },
  });
});

test('what somebody wrote into a Lease cannot speak to the terminal', async () => {
  server.put(leasePath, { spec: { holderIdentity: 'run\n\u001b[2Jevil' } });
  expect((await surveyCluster(server.access, signal)).holder?.run).toBe('run??[2Jevil');
});

test('a hold is renewed on demand; one that somebody took is lost, and what he holds is left alone', async () => {
  const mine = await hold('run-1');
  const { acquireTime } = lease().spec;
  const [first] = [lease().metadata.resourceVersion];
  await mine.confirm(signal);
  expect(lease().metadata.resourceVersion).not.toBe(first);
  expect(lease().spec.acquireTime).toBe(acquireTime);
  server.put(leasePath, { spec: { holderIdentity: 'run-2' } });
  await expect(mine.confirm(signal)).rejects.toMatchObject({
    code: 'HOLD_LOST',
    exitCode: 75,
    message: `${server.url}: expected this run to hold the cluster, found that run-2 holds it.`,
  });
  expect(mine.lost.reason).toMatchObject({ code: 'HOLD_LOST' });
  await mine.release(signal);
  expect(lease().spec.holderIdentity).toBe('run-2');
});

test('who lets go and did not know that somebody took the cluster over says so, and leaves all that he has', async () => {
  const mine = await hold('run-1');
  await mine.assertOwn(signal);
  server.put(leasePath, { spec: { holderIdentity: 'run-2' } });
  const before = server.written.length;
  await expect(mine.assertOwn(signal)).rejects.toMatchObject({ code: 'HOLD_LOST' });
  expect(mine.lost.aborted).toBe(true);
  expect(await mine.release(signal)).toBe(
    'what this run left in skipbeat-agents is up to whoever holds the cluster now',
  );
  expect(server.written.slice(before)).toEqual([]);
});

test('a run that lets go of a cluster that somebody took over meanwhile ends with that', async () => {
  const mine = await hold('run-1');
  server.put(leasePath, { spec: { holderIdentity: 'run-2' } });
  await expect(mine.release(signal)).rejects.toMatchObject({ code: 'HOLD_LOST' });
  expect([server.objects.has(namespacePath), lease().spec.holderIdentity]).toEqual([true, 'run-2']);
});

test('a hold whose Lease is gone is lost', async () => {
  const mine = await hold('run-1');
  server.objects.delete(leasePath);
  await expect(mine.confirm(signal)).rejects.toMatchObject({
    message: `${server.url}: expected this run to hold the cluster, found that its Lease is gone.`,
  });
  await mine.release(signal);
});

test('a renewal whose answer was lost on its way is no loss', async () => {
  const mine = await hold('run-1');
  let isFirst = true;
  server.intercept((method, path, body) => {
    if (method !== 'PUT' || !isFirst) return null;
    isFirst = false;
    server.put(path, body as object);
    return 'cut';
  });
  await expect(mine.confirm(signal)).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  await mine.confirm(signal);
  expect(mine.lost.aborted).toBe(false);
  expect(await mine.release(signal)).toBeNull();
  expect(server.objects.has(leasePath)).toBe(false);
});

test.each([
  ['namespace', '/api/v1/namespaces'],
  ['Lease', `/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases`],
])('a %s that was made without an answer is removed again', async (_, made) => {
  server.intercept((method, path) => (method === 'POST' && path === made ? 'lost' : null));
  await expect(hold('run-1')).rejects.toMatchObject({ code: 'API_UNREACHABLE' });
  expect(server.written).toContain(`POST ${made}`);
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([false, false]);
});

test('where it is not known whether something was made, that is said', async () => {
  server.intercept((_, path) => (server.objects.has(leasePath) ? 'cut' : path.endsWith('/leases') ? 'lost' : null));
  await expect(hold('run-1')).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    message: expect.stringContaining(`\nWhat was made in ${agentNamespace}, if anything, stays: `),
  });
});

test('a Lease that somebody on the way asked for twice is this run’s', async () => {
  server.intercept((method, path, body) => {
    if (method !== 'POST' || !path.endsWith('/leases')) return null;
    server.put(leasePath, body as object);
    return null;
  });
  const mine = await hold('run-1');
  expect(await mine.release(signal)).toBeNull();
  expect(server.objects.has(leasePath)).toBe(false);
});

test('what is answered in the place of the API server is no answer: nothing is gone by it, and nothing done', async () => {
  const mine = await hold('run-1');
  for (const answer of [
    [404, 'no such page'],
    [200, '<html>log in</html>'],
    [409, ''],
  ] as const) {
    server.intercept((method) => (method === 'DELETE' ? answer : null));
    expect(await mine.release(signal).catch((thrown: unknown) => thrown)).toMatchObject({
      code: 'API_UNREACHABLE',
      message: `${server.url}: expected the answer of an API server, found HTTP ${answer[0]} to delete leases.coordination.k8s.io/skipbeat in ${agentNamespace}, which is not an API server's own.`,
    });
  }
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([true, true]);
  server.intercept(() => null);
  expect(await mine.release(signal)).toBeNull();
});

test.each([
  // As Teleport says it, and as Karmada does: the way to an API server is closed, and nothing is known of any object.
  ['of no object', { reason: 'NotFound', message: 'kubernetes cluster "staging" not found' }],
  ['of another object', { reason: 'NotFound', message: 'no', details: { name: 'staging', kind: 'clusters' } }],
  ['of another name', { reason: 'NotFound', message: 'no', details: { name: 'other', kind: 'leases' } }],
  ['of another namespace', { reason: 'NotFound', message: 'no', details: { name: 'other', kind: 'namespaces' } }],
  ['of nothing that can be read', { reason: 'NotFound', message: 'no', details: 'leases' }],
])('a Status with 404 %s says nothing of what was asked for', async (_, said) => {
  const mine = await hold('run-1');
  for (const verb of ['GET', 'DELETE']) {
    server.intercept((method) => (method === verb ? [404, { kind: 'Status', code: 404, ...said }] : null));
    await expect(mine.release(signal)).rejects.toMatchObject({
      code: 'API_UNREACHABLE',
      message: expect.stringContaining(`which is not an API server's own: ${said.message}.`),
    });
  }
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([true, true]);
  server.intercept(() => null);
  expect(await mine.release(signal)).toBeNull();
});

test('no list is not there: a Status with 404 to one says nothing of what it would hold', async () => {
  server.put(namespacePath, {});
  const status = { kind: 'Status', code: 404, message: 'no', details: { name: 'configmaps', kind: 'namespaces' } };
  server.intercept((_, path) => (path.endsWith('/configmaps') ? [404, status] : null));
  await expect(readLeftovers(server.access, signal)).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    message: expect.stringContaining(
      "HTTP 404 to list configmaps in skipbeat-agents, which is not an API server's own",
    ),
  });
});

test('pages of a load balancer between two answers end no waiting for what is going', async () => {
  const mine = await hold('run-1');
  let [isDeleted, pages] = [false, 0];
  server.intercept((method, path) => {
    if (path !== namespacePath) return null;
    isDeleted ||= method === 'DELETE';
    if (method !== 'GET' || !isDeleted || pages === 2) return null;
    pages += 1;
    return [502, '<html>502 Bad Gateway</html>'];
  });
  expect(await mine.release(signal)).toBeNull();
  expect([pages, server.objects.has(namespacePath)]).toEqual([2, false]);
});

const forbidden = (message: string) => [403, { kind: 'Status', code: 403, message }] as const;
const notAdmitted = (found: string): string =>
  `${server.url}: expected a privileged pod in skipbeat-agents to be admitted, found: ${found}.`;
const violates = 'pods "skipbeat-admission" is forbidden: violates PodSecurity "restricted:latest": privileged';

test('admission is asked by dry runs alone', async () => {
  expect(await assertPodSecurity(server.access, signal, admissionPod('agent'))).toBe('namespace');
  server.put(namespacePath, {});
  expect(await assertPodSecurity(server.access, signal, admissionPod('agent'))).toBe('pod');
  expect(server.written).toEqual([]);
});

test('what admission refuses is refused, with its words, and nothing is made', async () => {
  server.put(namespacePath, {});
  server.intercept((method, path) => (method === 'POST' && path.endsWith('/pods') ? forbidden(violates) : null));
  await expect(assertPodSecurity(server.access, signal, admissionPod('agent'))).rejects.toMatchObject({
    ...{ code: 'POD_SECURITY_REFUSED', exitCode: 75, message: notAdmitted(violates) },
  });
  await expect(hold('run-1')).rejects.toMatchObject({ code: 'POD_SECURITY_REFUSED' });
  expect(server.written).toEqual([]);
});

test('a namespace that was made, and in which admission then refuses the pod, is removed again', async () => {
  server.intercept((method, path) =>
    method === 'POST' && path.endsWith('/pods') && server.objects.has(namespacePath) ? forbidden(violates) : null,
  );
  await expect(hold('run-1')).rejects.toMatchObject({ code: 'POD_SECURITY_REFUSED' });
  expect(server.objects.has(namespacePath)).toBe(false);
});

test('a webhook that refuses with 404 does not say that the namespace is not there', async () => {
  server.put(namespacePath, {});
  const message = 'admission webhook "x" denied the request: no such team';
  server.intercept((method, path) =>
    method === 'POST' && path.endsWith('/pods') ? [404, { kind: 'Status', code: 404, message }] : null,
  );
  await expect(assertPodSecurity(server.access, signal, admissionPod('agent'))).rejects.toMatchObject({
    ...{ code: 'POD_SECURITY_REFUSED', message: expect.stringContaining(message) },
  });
});

test('a webhook that cannot run dry leaves it unknown, which is a refusal', async () => {
  server.put(namespacePath, {});
  const message = 'admission webhook "x" does not support dry run';
  server.intercept((method, path) => (method === 'POST' && path.endsWith('/pods') ? [400, { message }] : null));
  await expect(assertPodSecurity(server.access, signal, admissionPod('agent'))).rejects.toMatchObject({
    message: notAdmitted(message),
  });
});
