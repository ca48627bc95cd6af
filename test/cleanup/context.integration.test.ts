import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CleanupAct, cleanUpContext } from '../../src/cleanup/index.ts';
import {
  agentNamespace,
  entryName,
  namespaceLabels,
  openClusterJournal,
  ownLabels,
  recoverWithinMs,
  runLabel,
  runLabelOf,
} from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from '../guard/api-server.ts';

const { signal } = new AbortController();
const namespacePath = `/api/v1/namespaces/${agentNamespace}`;
const leasePath = `/apis/coordination.k8s.io/v1/namespaces/${agentNamespace}/leases/skipbeat`;

let server: StandIn;
let folder: string;
let kubeconfig: string;
let waited: string[];

const setNode = (name: string, labels: Record<string, string> = {}, machine: object = {}): string =>
  server.put(`/api/v1/nodes/${name}`, {
    metadata: { labels },
    status: { conditions: [], nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux', ...machine } },
  }).metadata.uid;

const act = (node: string, id = 'a1-kubelet-pause-1', kind = 'kubelet-pause') => ({
  ...{ id, node, kind, lengthMs: 30_000, maxMs: 600_000 },
  ...{ apply: ['sh', '-c', 'EVIL apply'], undo: ['sh', '-c', 'EVIL undo'] },
});

const add = (run: string, node: string, uid: string, id?: string, kind?: string) => {
  const on = { uid, machine: { id: 'm1', uuid: 'u1' } };
  return openClusterJournal(server.access, run).add(act(node, id, kind), on, signal);
};

beforeEach(async () => {
  server = await startStandIn();
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-cleanup-'));
  kubeconfig = server.kubeconfig(join(folder, 'kubeconfig'));
  waited = [];
  server.put(namespacePath, {
    metadata: { labels: namespaceLabels, annotations: { 'skipbeat.dev/created-by-run': 'run-1' } },
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const line = (step: string, clockMs: number, code: number): string =>
  JSON.stringify({ step, beganMs: clockMs, clockMs, code, out: '', err: '' });
const undone = (found: number, ...before: readonly string[]): string =>
  [...before, line('found', 100, found), line('undo', 110, 0), line('undone', 120, 3), line('cleared', 130, 0)].join(
    '\n',
  );

/** What stands for a kubelet: pods end at once, and have printed this. @returns the pods that were made */
const setKubelet = (log: string): readonly { readonly spec: { readonly nodeName: string } }[] => {
  const made: { spec: { nodeName: string } }[] = [];
  server.intercept((method, path, body) => {
    if (method === 'POST' && path.endsWith('/pods')) made.push(body as (typeof made)[number]);
    if (path.endsWith('/log')) return [200, log];
    const pod = server.objects.get(path);
    if (method !== 'GET' || pod === undefined || !path.includes('/pods/')) return null;
    const status = {
      phase: 'Succeeded',
      containerStatuses: [{ name: 'agent', state: { terminated: { exitCode: 0 } } }],
    };
    return [200, { ...pod, status }];
  });
  return made;
};

const clean = async (changes: { dryRun?: boolean } = {}): Promise<{ clean: boolean; acts: readonly CleanupAct[] }> => {
  const acts: CleanupAct[] = [];
  const isClean = await cleanUpContext({
    ...{ context: 'staging', kubeconfig, env: {}, agentImage: 'agent:1', dryRun: false },
    ...{ recoverWithinMs, signal, ...changes },
    notify: (each) => acts.push(each),
    waiting: (text) => waited.push(text),
  });
  return { clean: isClean, acts };
};

const deadLease = (changes: object = {}) =>
  server.put(leasePath, {
    metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } },
    spec: { holderIdentity: 'run-1', leaseDurationSeconds: 60, renewTime: '2026-01-01T00:00:00.000000Z', ...changes },
  });

test('what a dead run left is undone on its node by this program’s own commands, and all of it goes', async () => {
  deadLease();
  await add('run-1', 'w01', setNode('w01'));
  server.put(`${namespacePath}/pods/act-a1-kubelet-pause-1`, {
    metadata: { labels: ownLabels },
    spec: { nodeName: 'w01' },
  });
  const made = setKubelet(undone(0));
  expect(await clean()).toEqual({
    clean: true,
    acts: [
      {
        what: 'fault',
        name: 'kubelet-pause on w01 of run-1',
        outcome: 'done',
        detail: 'undone now, and verified on its node',
      },
      { what: 'agent', name: 'act-a1-kubelet-pause-1', outcome: 'done', detail: 'deleted from w01' },
      {
        what: 'namespace',
        name: 'skipbeat-agents',
        outcome: 'done',
        detail: 'gone, and the hold with it',
      },
    ],
  });
  expect(made.map(({ spec }) => spec.nodeName)).toEqual(['w01']);
  expect(JSON.stringify(made)).toContain('kill -s CONT');
  expect(JSON.stringify(made)).not.toContain('EVIL');
  expect([...server.objects.keys()].filter((path) => path.includes(agentNamespace))).toEqual([]);
  expect(await clean()).toEqual({ clean: true, acts: [] });
});

test.each([
  ['before it is held', (): boolean => true, []],
  [
    'as it is held',
    (): boolean => JSON.stringify(server.objects.get(leasePath)).includes('cleanup-'),
    [`PUT ${leasePath}`, `DELETE ${leasePath}`],
  ],
])('of a cluster that another one takes the place of %s nothing is undone', async (_, isOther, written) => {
  deadLease();
  await add('run-1', 'w01', setNode('w01'));
  const before = server.written.length;
  let count = 0;
  server.intercept((_method, path) => {
    if (path !== '/api/v1/namespaces/kube-system') return null;
    count += 1;
    const uid = count > 1 && isOther() ? 'another' : undefined;
    return uid === undefined
      ? null
      : [200, { kind: 'Namespace', metadata: { uid, creationTimestamp: '2026-01-01T00:00:00Z' } }];
  });
  await expect(clean()).rejects.toMatchObject({
    ...{ code: 'HOLD_LOST', exitCode: 75 },
    message: expect.stringContaining('found another cluster: kube-system has the UID another, and had '),
  });
  expect(server.written.slice(before)).toEqual(written);
});

test('the workload of a dead run goes after its acts, with the pod of its load, and nothing that is not ours', async () => {
  deadLease();
  const place = '/api/v1/namespaces/skipbeat';
  server.put(place, { metadata: { labels: ownLabels, annotations: { 'skipbeat.dev/created-by-run': 'run-1' } } });
  server.put(`${place}/pods/load`, {
    metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } },
    spec: { nodeName: 'w02' },
  });
  server.put(`${place}/services/beat`, { metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } } });
  server.put('/apis/apps/v1/namespaces/skipbeat/deployments/beat', {
    metadata: { labels: { ...ownLabels, [runLabel]: 'run-1' } },
  });
  await openClusterJournal(server.access, 'run-1').addWorkload(signal);
  await add('run-1', 'w01', setNode('w01'));
  setKubelet(undone(0));
  const { clean: isClean, acts } = await clean();
  expect([isClean, acts.map(({ what, name, outcome }) => [what, name, outcome])]).toEqual([
    true,
    [
      ['fault', 'kubelet-pause on w01 of run-1', 'done'],
      ['workload', 'of run-1', 'done'],
      ['namespace', 'skipbeat-agents', 'done'],
    ],
  ]);
  expect([...server.objects.keys()].filter((path) => path.includes('skipbeat'))).toEqual([]);
});

test('a workload goes whatever became of the label of its namespace; what somebody took over is named, and its entry stays', async () => {
  deadLease();
  const place = '/api/v1/namespaces/skipbeat';
  const labels = { ...ownLabels, [runLabel]: 'run-1' };
  server.put(place, { metadata: { annotations: { 'skipbeat.dev/created-by-run': 'run-1' } } });
  server.put(`${place}/pods/load`, { metadata: { labels } });
  server.put(`${place}/services/beat`, { metadata: { labels: { [runLabel]: 'run-1' } } });
  server.put(`${place}/services/other`, { metadata: { labels: { ...ownLabels, [runLabel]: 'run-2' } } });
  await openClusterJournal(server.access, 'run-1').addWorkload(signal);
  const first = await clean();
  expect([first.clean, first.acts[0]]).toEqual([
    false,
    {
      ...{ what: 'workload', name: 'of run-1', outcome: 'failed' },
      detail: `Service beat in skipbeat stays: somebody has taken the label app.kubernetes.io/managed-by=skipbeat away; delete it once nobody needs it, then run this again: kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat delete deployments,services,pods --selector skipbeat/run=run-1`,
    },
  ]);
  expect(first.acts[1]).toMatchObject({ what: 'workload', name: 'of run-2', outcome: 'done' });
  expect(server.objects.has(`${place}/pods/load`)).toBe(false);
  server.objects.delete(`${place}/services/beat`);
  const second = await clean();
  expect([second.clean, second.acts[0]?.detail]).toEqual([
    true,
    'gone, and the pod of its load; the namespace skipbeat stays: somebody has taken the label app.kubernetes.io/managed-by=skipbeat from it, so it is his',
  ]);
  expect([`${place}/services/other`, place].map((path) => server.objects.has(path))).toEqual([false, true]);
});

describe('a workload that no entry speaks of', () => {
  const place = '/api/v1/namespaces/skipbeat';
  const run = '2026-11-24T08:03:11-kubelet-pause-one-of-a-name-that-is-too-long-for-a-label-abc123';
  const labels = { ...ownLabels, [runLabel]: runLabelOf(run) };
  const leave = (pod: object) => {
    server.objects.delete(namespacePath);
    server.put(place, { metadata: { labels: ownLabels, annotations: { 'skipbeat.dev/created-by-run': run } } });
    server.put('/apis/apps/v1/namespaces/skipbeat/deployments/beat', { metadata: { labels } });
    server.put(`${place}/pods/load`, { metadata: { labels }, spec: { activeDeadlineSeconds: 600 }, ...pod });
  };
  const ended = { status: { phase: 'Failed' } };
  const left = (why: string) => ({
    ...{ what: 'workload', name: `of ${run}`, outcome: 'left' },
    detail: `no entry of the journal speaks of Namespace skipbeat, Deployment beat, Pod load, and ${why}: once that run has ended, run this again, or kubectl --context staging --kubeconfig ${kubeconfig} delete namespace skipbeat`,
  });

  test('goes by its labels once its load has ended and nobody holds the cluster, though the agents’ namespace is gone', async () => {
    leave(ended);
    expect(await clean()).toEqual({
      clean: true,
      acts: [
        {
          ...{ what: 'workload', name: `of ${run}`, outcome: 'done' },
          detail: 'no entry of the journal spoke of it: gone, and the pod of its load',
        },
      ],
    });
    expect([...server.objects.keys()].filter((path) => path.includes('skipbeat'))).toEqual([]);
    expect(await clean()).toEqual({ clean: true, acts: [] });
  });

  test('goes beside what a dead run left, and what is not ours stays', async () => {
    leave(ended);
    server.put(namespacePath, {
      metadata: { labels: namespaceLabels, annotations: { 'skipbeat.dev/created-by-run': 'run-1' } },
    });
    deadLease();
    server.put(place, { metadata: { labels: ownLabels } });
    server.put(`${place}/services/theirs`, { metadata: { labels: { app: 'theirs' } } });
    const { clean: isClean, acts } = await clean();
    expect([isClean, acts.map(({ what, name, outcome }) => [what, name, outcome])]).toEqual([
      true,
      [
        ['workload', `of ${runLabelOf(run)}`, 'done'],
        ['namespace', 'skipbeat-agents', 'done'],
      ],
    ]);
    expect([...server.objects.keys()].filter((path) => path.includes('skipbeat'))).toEqual([
      ...[place, `${place}/services/theirs`],
    ]);
  });

  test('is left, and nothing is written, while the pod of its load may still be asked by its run', async () => {
    for (const phase of ['Running', 'Pending', 'Unknown']) {
      leave({ status: { phase } });
      expect(await clean()).toEqual({ clean: false, acts: [left('its Pod load has not ended')] });
    }
    expect(server.written).toEqual([]);
    // A kubelet that is gone says nothing of its end; its deadline does.
    server.setAheadMs(661_000);
    expect((await clean()).clean).toBe(true);
  });

  test('is left where a run holds the cluster', async () => {
    leave(ended);
    server.put(namespacePath, { metadata: { labels: namespaceLabels } });
    deadLease({ renewTime: new Date(server.nowMs() - 5000).toISOString() });
    expect(await clean()).toMatchObject({ clean: false, acts: [{ what: 'run', name: 'run-1', outcome: 'left' }] });
    expect(server.written).toEqual([]);
  });

  test('is named by a dry run, which writes nothing', async () => {
    leave(ended);
    expect(await clean({ dryRun: true })).toEqual({
      clean: true,
      acts: [
        {
          ...{ what: 'workload', name: `of ${run}`, outcome: 'would' },
          detail:
            'no entry of the journal speaks of Namespace skipbeat, Deployment beat, Pod load: would be removed, as its labels say whose it is',
        },
      ],
    });
    expect(server.written).toEqual([]);
  });

  test('is left by whoever may not hold the cluster, or may not look for it, and that is said', async () => {
    leave(ended);
    server.deny('create namespaces');
    expect(await clean()).toEqual({
      clean: false,
      acts: [
        left(
          'the cluster cannot be held: expected the right to create namespaces, found: no right to create namespaces.',
        ),
      ],
    });
    server.deny('list pods in skipbeat');
    expect(await clean()).toMatchObject({
      clean: true,
      acts: [
        {
          outcome: 'left',
          detail: 'not known: expected the right to list pods in skipbeat, found: no right to list pods in skipbeat.',
        },
      ],
    });
    expect([...server.objects.keys()].filter((path) => path.includes('skipbeat'))).toHaveLength(3);
  });
});

test('that the node’s own timer had undone it is said', async () => {
  await add('run-1', 'w01', setNode('w01'));
  setKubelet(undone(3, line('applied', 10, 0), line('timer', 90, 0)));
  const { acts } = await clean();
  expect(acts[0]?.detail).toBe("its node's own timer had undone it, verified on its node");
});

test('a dry run writes nothing', async () => {
  deadLease();
  await add('run-1', 'w01', setNode('w01'));
  const before = server.written.length;
  expect(await clean({ dryRun: true })).toEqual({
    clean: true,
    acts: [
      {
        what: 'fault',
        name: 'kubelet-pause on w01 of run-1',
        outcome: 'would',
        detail: 'would be undone on its node, and verified there',
      },
      { what: 'namespace', name: 'skipbeat-agents', outcome: 'would', detail: 'would go, if nothing else is in it' },
    ],
  });
  expect(server.written.slice(before)).toEqual([]);
});

/** What is said, but for the times in it. */
const timeless = (detail = ''): string => detail.replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

test.each([
  [
    'whose Node is gone',
    null,
    "its Node is gone: its entry would stay until the node's own timer is through, at TIME at the latest, and would go after that, not verified",
  ],
  [
    'whose Node is another machine',
    {},
    "its Node is another machine now: its entry would stay until the node's own timer is through, at TIME at the latest, and would go after that, not verified",
  ],
  [
    'of what is a control plane by now',
    { 'node-role.kubernetes.io/control-plane': '' },
    'w01 is of the control plane (it bears node-role.kubernetes.io/control-plane), which no run hits: its entry would stay',
  ],
])('a dry run promises no undo of an act %s, nor that its agent goes', async (_, labels, detail) => {
  const machine = { machineID: 'm2', systemUUID: 'u2' };
  const uid = labels === null ? 'gone' : setNode('w01', labels, machine);
  await add('run-1', 'w01', Object.keys(labels ?? {}).length > 0 ? uid : 'uid-of-before');
  const agent = 'act-a1-kubelet-pause-1';
  server.put(`${namespacePath}/pods/${agent}`, { metadata: { labels: ownLabels }, spec: { nodeName: 'w01' } });
  const { clean: isClean, acts } = await clean({ dryRun: true });
  expect(isClean).toBe(false);
  expect(acts.slice(0, 2).map((one) => ({ ...one, detail: timeless(one.detail) }))).toEqual([
    { what: 'fault', name: 'kubelet-pause on w01 of run-1', outcome: 'would', detail },
    { what: 'agent', name: agent, outcome: 'left', detail: 'on w01, for its act is not undone' },
  ]);
});

test('a dry run promises no undo of a kind that no agent makes', async () => {
  await add('run-1', 'w01', setNode('w01'), 'a1', 'node-stop');
  const { clean: isClean, acts } = await clean({ dryRun: true });
  expect(isClean).toBe(false);
  expect(acts[0]).toMatchObject({
    ...{ what: 'fault', outcome: 'would' },
    detail: 'no agent makes node-stop: nothing is run for it: its entry would stay',
  });
});

test('a dry run knows that the timer of a Node that is gone is through', async () => {
  await add('run-1', 'w01', 'uid-of-before');
  server.setAheadMs(throughMs + 5000);
  const { clean: isClean, acts } = await clean({ dryRun: true });
  expect(isClean).toBe(true);
  expect(timeless(acts[0]?.detail)).toBe(
    'its Node is gone; its own timer was due at TIME at the latest: its entry would go, not verified',
  );
});

test('of an entry of what is a control plane by now it is said when its fault is over, and what to type then', async () => {
  const uid = setNode('w01', { 'node-role.kubernetes.io/control-plane': '' });
  const began = Date.now();
  await add('run-1', 'w01', uid);
  const { detail = '' } = (await clean()).acts[0] ?? {};
  const said =
    /^w01 is of the control plane \(.*\), which no run hits: nothing is run there\. Its own timer undoes the fault, at (\S+) at the latest; look at the node after that, and once it is as it should be: (.*)$/.exec(
      detail,
    );
  expect(Date.parse(said?.[1] ?? '') - began).toBeGreaterThan(throughMs - 1500);
  expect(said?.[2]).toBe(
    `kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat-agents delete configmap ${entryName('run-1', 'a1-kubelet-pause-1')}`,
  );
});

test('an entry of a time to come whose Node is gone waits for no timer: it is said what to type', async () => {
  server.setAheadMs(86_400_000);
  await add('run-1', 'w01', 'uid-of-before');
  server.setAheadMs(0);
  const seen =
    "its Node is gone, and by the API server's clock its entry was written at a time to come, TIME: when its own timer is due is not known";
  const dry = await clean({ dryRun: true });
  expect([dry.clean, dry.acts[0]?.outcome]).toEqual([false, 'would']);
  expect(timeless(dry.acts[0]?.detail)).toBe(`${seen}: its entry would stay`);
  const { clean: isClean, acts } = await clean();
  expect([isClean, acts[0]?.outcome]).toEqual([false, 'failed']);
  expect(timeless(acts[0]?.detail)).toBe(
    `${seen}; look at the machine, and once that is as it should be: kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat-agents delete configmap ${entryName('run-1', 'a1-kubelet-pause-1')}`,
  );
});

test('a live owner is left alone by name, and nothing is written', async () => {
  deadLease({ renewTime: new Date(server.nowMs() - 5000).toISOString() });
  await add('run-1', 'w01', setNode('w01'));
  const before = server.written.length;
  const { clean: isClean, acts } = await clean();
  expect(isClean).toBe(false);
  expect(acts.map((each) => ({ ...each, detail: each.detail.replace(/\b[4-9] s ago/, 'SECONDS ago') }))).toEqual([
    {
      ...{ what: 'run', name: 'run-1', outcome: 'left' },
      detail: `holds staging-eu (somebody, SECONDS ago); a run undoes what it did when it ends. Where none is alive:  kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat-agents delete lease skipbeat`,
    },
  ]);
  expect(server.written.slice(before)).toEqual([]);
});

test('an owner whose clock is an hour off is live while it renews: the server’s clock counts', async () => {
  server.setAheadMs(3_600_000);
  deadLease({ renewTime: new Date(server.nowMs() - 5000).toISOString() });
  expect((await clean()).acts).toMatchObject([{ what: 'run', outcome: 'left' }]);
});

/** The length of the act, and all that is around it. */
const throughMs = 30_000 + 240_000;

test.each([
  ['is gone', null, 'its Node is gone'],
  ['is another machine', { machineID: 'm2', systemUUID: 'u2' }, 'its Node is another machine now'],
  ['is a clone of its disk', { machineID: 'm1', systemUUID: 'u2' }, 'its Node is another machine now'],
  ['does not say which machine it is', {}, 'its Node was made anew, of which machine is not known'],
])('a Node that %s proves nothing: the entry stays until its own timer is through', async (_, machine, seen) => {
  const began = Date.now();
  await add('run-1', 'w01', 'uid-of-before');
  if (machine !== null) setNode('w01', {}, machine);
  const made = setKubelet(undone(0));
  const early = await clean();
  expect(early.clean).toBe(false);
  const { detail = '', ...about } = early.acts[0] ?? {};
  expect({ ...about, detail: timeless(detail) }).toEqual({
    ...{ what: 'fault', name: 'kubelet-pause on w01 of run-1', outcome: 'failed' },
    detail: `${seen}, and the machine may stand all the same with the fault on it: its own timer is due at TIME at the latest. The entry of w01 stays until then; run cleanup again after that`,
  });
  const dueMs = Date.parse(/ due at (\S+) /.exec(detail)?.[1] ?? '');
  // The entry's time is that of a Date header, in whole seconds.
  expect(dueMs - began).toBeGreaterThan(throughMs - 1500);
  expect(server.objects.has(`${namespacePath}/configmaps/${entryName('run-1', 'a1-kubelet-pause-1')}`)).toBe(true);

  server.setAheadMs(dueMs - Date.now() + 2000);
  expect(await clean()).toMatchObject({
    clean: true,
    acts: [
      {
        ...{ what: 'fault', outcome: 'done' },
        detail: `${seen}; its own timer was due at ${new Date(dueMs).toISOString()} at the latest; not verified`,
      },
      { what: 'namespace', outcome: 'done' },
    ],
  });
  expect(made).toEqual([]);
});

test.each([
  ['its own machine', { machineID: 'm1', systemUUID: 'u1' }],
  ['its own machine, as far as it says', { machineID: 'm1' }],
])('a Node that was made anew on %s is undone there', async (_, machine) => {
  await add('run-1', 'w01', 'uid-of-before');
  setNode('w01', {}, machine);
  const made = setKubelet(undone(0));
  expect(await clean()).toMatchObject({
    clean: true,
    acts: [{ what: 'fault', outcome: 'done', detail: 'undone now, and verified on its node' }, { what: 'namespace' }],
  });
  expect(made.map(({ spec }) => spec.nodeName)).toEqual(['w01']);
});

test.each([
  [
    'of the control plane',
    'cp',
    'kubelet-pause',
    'cp is of the control plane (it bears node-role.kubernetes.io/control-plane), which no run hits: nothing is run there. Its own timer undoes the fault, at TIME at the latest; look at the node after that, and once it is as it should be',
  ],
  [
    'of a kind that no agent makes',
    'w01',
    'node-stop',
    'no agent makes node-stop: nothing is run for it; look at its node, and once that is as it should be',
  ],
] as const)('an entry %s is not followed: no pod is made, and it stays', async (_, node, kind, problem) => {
  const uid = setNode(node, node === 'cp' ? { 'node-role.kubernetes.io/control-plane': '' } : {});
  await add('run-1', node, uid, 'a1', kind);
  const made = setKubelet(undone(0));
  const { clean: isClean, acts } = await clean();
  expect(isClean).toBe(false);
  const forget = `kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat-agents delete configmap ${entryName('run-1', 'a1')}`;
  expect(acts.map((one) => ({ ...one, detail: timeless(one.detail) }))).toMatchObject([
    { what: 'fault', outcome: 'failed', detail: `${problem}: ${forget}` },
    {
      what: 'namespace',
      detail: `the namespace skipbeat-agents stays: it holds ConfigMap ${entryName('run-1', 'a1')}`,
    },
  ]);
  expect(made).toEqual([]);
  expect(server.objects.has(leasePath)).toBe(false);
});

test('a forged entry is named and left, and the others are finished', async () => {
  await add('run-1', 'w01', setNode('w01'));
  server.put(`${namespacePath}/configmaps/forged`, {
    metadata: { labels: ownLabels },
    data: { 'entry.json': '{"act":{"undo":["sh","-c","evil"]}}' },
  });
  const made = setKubelet(undone(3));
  const { clean: isClean, acts } = await clean();
  expect(isClean).toBe(false);
  expect(acts.map(({ what, name, outcome }) => [what, name, outcome])).toEqual([
    ['fault', 'kubelet-pause on w01 of run-1', 'done'],
    ['journal', 'forged', 'failed'],
    ['namespace', 'skipbeat-agents', 'left'],
  ]);
  expect(acts[1]?.detail).toBe(
    `its entry is of another form: version: nothing of it is run; look at it, and delete it once every node is as it should be: kubectl --context staging --kubeconfig ${kubeconfig} --namespace skipbeat-agents delete configmap forged`,
  );
  expect(made).toHaveLength(1);
});

test('what is not proved to be undone keeps its entry, and the agent that may still undo it', async () => {
  await add('run-1', 'w01', setNode('w01'));
  server.put(`${namespacePath}/pods/act-a1-kubelet-pause-1`, {
    metadata: { labels: ownLabels },
    spec: { nodeName: 'w01' },
  });
  setKubelet([line('found', 100, 0), line('undo', 110, 0), line('undone', 120, 0)].join('\n'));
  const { clean: isClean, acts } = await clean();
  expect(isClean).toBe(false);
  expect(acts.map(({ what, outcome }) => [what, outcome])).toEqual([
    ['fault', 'failed'],
    ['agent', 'left'],
    ['namespace', 'left'],
  ]);
  expect(server.objects.has(`${namespacePath}/configmaps/${entryName('run-1', 'a1-kubelet-pause-1')}`)).toBe(true);
});

const states = {
  'its namespace': () => undefined,
  'its Lease': () => {
    deadLease();
  },
  'the entry of an act': async () => {
    deadLease();
    await add('run-1', 'w01', setNode('w01'));
  },
  'its Lease taken away by hand': async () => {
    await add('run-1', 'w01', setNode('w01'));
  },
  'the agent’s pod': async () => {
    deadLease();
    await add('run-1', 'w01', setNode('w01'));
    server.put(`${namespacePath}/pods/act-a1-kubelet-pause-1`, {
      metadata: { labels: ownLabels },
      spec: { nodeName: 'w01' },
    });
  },
  'the pod alone, its entry done': () => {
    server.put(`${namespacePath}/pods/act-a1-kubelet-pause-1`, {
      metadata: { labels: ownLabels },
      spec: { nodeName: 'w01' },
    });
  },
} as const;

test.each(Object.entries(states))(
  'killed when it had made %s, nothing of it is left after cleanup',
  async (_, leave) => {
    setKubelet(undone(3));
    await leave();
    expect((await clean()).clean).toBe(true);
    expect([...server.objects.keys()].filter((path) => path.includes(agentNamespace))).toEqual([]);
  },
);

test('an image that no node can have is an error at once, not a kubelet that stands still', async () => {
  await add('run-1', 'w01', setNode('w01'));
  server.intercept((method, path) => {
    const pod = server.objects.get(path);
    if (method !== 'GET' || pod === undefined || !path.includes('/pods/')) return null;
    const waiting = { reason: 'ErrImagePull', message: 'no such image' };
    return [200, { ...pod, status: { phase: 'Pending', containerStatuses: [{ name: 'agent', state: { waiting } }] } }];
  });
  const { clean: isClean, acts } = await clean();
  expect(isClean).toBe(false);
  expect(acts[0]).toMatchObject({
    outcome: 'failed',
    detail: "Expected the agent's pod to run on w01, found ErrImagePull: no such image. Nothing was done there by it.",
  });
  expect(waited).toEqual([]);
});

test('a namespace that no run has made stays', async () => {
  server.put(namespacePath, { metadata: { labels: namespaceLabels } });
  deadLease();
  expect(await clean()).toEqual({
    clean: true,
    acts: [
      {
        what: 'namespace',
        name: 'skipbeat-agents',
        outcome: 'done',
        detail: 'let go; it stays, for no run has made it',
      },
    ],
  });
  expect([server.objects.has(namespacePath), server.objects.has(leasePath)]).toEqual([true, false]);
});

test('where nothing of ours is, nothing is said and nothing is written', async () => {
  server.objects.delete(namespacePath);
  expect(await clean()).toEqual({ clean: true, acts: [] });
  server.put(namespacePath, { metadata: { labels: namespaceLabels } });
  expect(await clean()).toEqual({ clean: true, acts: [] });
  expect(server.written).toEqual([]);
});
