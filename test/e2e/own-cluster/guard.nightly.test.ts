import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClusterAccess, loadClient, openContext } from '../../../src/cluster/index.ts';
import {
  admissionPod,
  assertPodSecurity,
  assertRights,
  holdCluster,
  surveyCluster,
  watchGuards,
} from '../../../src/guard/index.ts';
import { makePlace } from '../support/harness.ts';
import { withoutRun } from '../support/said.ts';
import { asked, documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
const { signal } = new AbortController();
let cluster: OwnCluster;
let admin: ClusterAccess;

const accessOf = async (kubeconfig: string): Promise<ClusterAccess> =>
  openContext(await loadClient(), { context: cluster.context, kubeconfig, env: {} });

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'guard');
  admin = await accessOf(cluster.kubeconfig);
}, 600_000);
afterAll(async () => {
  await cluster?.remove();
  place.remove();
}, 120_000);

const applied = async (yaml: string): Promise<void> => {
  const argv = [
    'exec',
    '--interactive',
    cluster.node('control-plane'),
    'kubectl',
    '--kubeconfig',
    '/etc/kubernetes/admin.conf',
  ];
  await execa('docker', [...argv, 'apply', '--filename', '-'], { input: yaml });
};

const agents = (...args: readonly string[]): Promise<string> =>
  cluster.kubectl('--namespace', 'skipbeat-agents', ...args);

/** A kubeconfig whose token has what \`rbac\` prints, and nothing else. */
const restrictedKubeconfig = async (): Promise<string> => {
  await cluster.kubectl('create', 'namespace', 'ci');
  await cluster.kubectl('create', 'serviceaccount', 'skipbeat', '--namespace', 'ci');
  const { stdout } = await cluster.start('rbac', '--load', '--service-account', 'ci:skipbeat').child;
  await applied(stdout);
  const token = await cluster.kubectl('create', 'token', 'skipbeat', '--namespace', 'ci');
  const file = join(place.folder, 'least');
  const { config, client } = admin;
  const own = new client.KubeConfig();
  const user = config.getCurrentUser()?.name ?? '';
  own.loadFromOptions({
    clusters: config.getClusters(),
    contexts: config.getContexts(),
    users: [{ name: user, token }],
    currentContext: '',
  });
  writeFileSync(file, own.exportConfig());
  return file;
};

const removeRights = async (): Promise<void> => {
  await cluster.kubectl('delete', 'namespace', 'ci', 'skipbeat-agents', 'skipbeat', '--ignore-not-found');
  await cluster.kubectl('delete', 'clusterrole,clusterrolebinding', 'skipbeat-run');
  for (const namespace of ['default', 'kube-node-lease']) {
    await cluster.kubectl('delete', 'role,rolebinding', 'skipbeat-run', '--namespace', namespace);
  }
};

test('a control plane is known by its API server, though nothing of its labels and taints says so', async () => {
  const name = cluster.node('control-plane');
  const role = 'node-role.kubernetes.io/control-plane';
  const controlPlane = async () =>
    (await surveyCluster(admin, signal)).nodes.find((node) => node.name === name)?.controlPlane;
  expect(await controlPlane()).toBe(`it bears ${role}`);
  await cluster.kubectl('label', 'node', name, `${role}-`);
  await cluster.kubectl('taint', 'node', name, `${role}-`);
  expect(await controlPlane()).toMatch(/^an API server answers at \d+\.\d+\.\d+\.\d+, its address$/);
  await cluster.kubectl('label', 'node', name, `${role}=`);
  await cluster.kubectl('taint', 'node', name, `${role}:NoSchedule`);
});

test('what rbac prints is enough for a run, and a right that is taken from it is named', async () => {
  const before = await cluster.everything();
  const kubeconfig = await restrictedKubeconfig();
  try {
    const restricted = await accessOf(kubeconfig);
    expect((await assertRights(restricted, signal, { load: 'workload' })).map(({ right }) => right)).toEqual([
      'list pods in kube-system',
      'get nodes/proxy',
    ]);
    const scenario = oneFault(place, 'kubelet-pause', 8, asked);
    const load = await cluster.withLoad();
    const out = join(place.folder, 'least-out');
    const run = ['run', scenario, '--context', cluster.context, '--kubeconfig', kubeconfig, ...cluster.allowed];
    const { exitCode, all } = await cluster.start(...run, ...load, '--out', out).child;
    const [fault] = documentOf(out).faults;
    expect(fault, all).toMatchObject({ kind: 'kubelet-pause', attested: true, undone: true });
    expect(exitCode, all).toBe(0);

    const role = JSON.parse(await agents('get', 'role', 'skipbeat-run', '--output', 'json'));
    const [taken] = role.rules[3].resources;
    const remove = JSON.stringify([{ op: 'remove', path: '/rules/3' }]);
    await agents('patch', 'role', 'skipbeat-run', '--type', 'json', '--patch', remove);
    const written = await cluster.everything();
    await expect(assertRights(restricted, signal)).rejects.toMatchObject({
      ...{ code: 'RIGHT_MISSING', exitCode: 75 },
      message: expect.stringContaining(`create ${taken} in skipbeat-agents, to`),
    });
    const refused = await cluster.start(...run).child;
    expect([refused.exitCode, refused.all]).toEqual([75, expect.stringContaining('RIGHT_MISSING')]);
    expect(await cluster.everything()).toEqual(written);
  } finally {
    await removeRights();
  }
  await expect.poll(() => cluster.everything(), { timeout: 60_000, interval: 2000 }).toEqual(before);
}, 300_000);

test('a namespace with restricted Pod Security refuses the agent before anything is made', async () => {
  await cluster.kubectl('create', 'namespace', 'skipbeat-agents');
  await cluster.kubectl('label', 'namespace', 'skipbeat-agents', 'pod-security.kubernetes.io/enforce=restricted');
  const before = await cluster.everything();
  const refusal = {
    code: 'POD_SECURITY_REFUSED',
    message: expect.stringContaining('violates PodSecurity "restricted:latest"'),
  };
  await expect(assertPodSecurity(admin, signal, admissionPod('agent'))).rejects.toMatchObject(refusal);
  await expect(holdCluster(admin, { run: 'run-1', pod: admissionPod('agent'), signal })).rejects.toMatchObject(refusal);
  expect(await cluster.everything()).toEqual(before);
  await cluster.kubectl('delete', 'namespace', 'skipbeat-agents');
  expect(await assertPodSecurity(admin, signal, admissionPod('agent'))).toBe('namespace');
});

test('one run at a time; what it made goes with it, unless somebody put something in', async () => {
  const before = await cluster.everything();
  const first = await holdCluster(admin, { run: 'run-1', pod: admissionPod('agent'), signal });
  await expect(holdCluster(admin, { run: 'run-2', pod: admissionPod('agent'), signal })).rejects.toMatchObject({
    code: 'CLUSTER_HELD',
  });
  await first.confirm(signal);
  await agents('create', 'secret', 'generic', 'someone');
  expect(await first.release(signal)).toBe('the namespace skipbeat-agents stays: it holds Secret someone');
  await agents('delete', 'secret', 'someone');
  const second = await holdCluster(admin, { run: 'run-2', pod: admissionPod('agent'), signal });
  expect(await second.release(signal)).toBeNull();
  expect(await cluster.everything()).toEqual(before);
}, 120_000);

const cleanup = async (...more: readonly string[]) =>
  cluster.start('cleanup', '--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.agent, ...more)
    .child;

/** What is said of a run that holds the cluster, but for the seconds since. */
const held = (run: string, who: string): string =>
  `left    run ${run}: holds ${cluster.context} (${who}, … s ago); a run undoes what it did when it ends. Where none is alive:  kubectl ${cluster.named} --namespace skipbeat-agents delete lease skipbeat`;
const withoutSeconds = (text: string): string => withoutRun(text).replace(/\d+ s ago/, '… s ago');

const gone = 'done    namespace skipbeat-agents: gone, and the hold with it';

const anotherMachine = {
  ...{ pid: 1, startTicks: '1', bootId: 'b', machineId: 'm', host: 'another-machine', pidNamespace: null },
};

test('of another machine’s run only the API server’s clock says whether it lives', async () => {
  const before = await cluster.everything();
  const hold = await holdCluster(admin, { run: 'run-1', pod: admissionPod('agent'), signal });
  const owner = `skipbeat.dev/owner=${JSON.stringify(anotherMachine)}`;
  await agents('annotate', 'lease', 'skipbeat', '--overwrite', owner);
  const live = await cleanup();
  expect([live.exitCode, withoutSeconds(live.stdout)]).toEqual([75, held('run-1', 'process 1 on another-machine')]);
  const renewTime = new Date(Date.now() - 70_000).toISOString().replace('Z', '000Z');
  await agents('patch', 'lease', 'skipbeat', '--patch', JSON.stringify({ spec: { renewTime } }));
  const finished = await cleanup();
  expect([finished.exitCode, finished.stdout]).toEqual([0, gone]);
  await expect(hold.confirm(signal)).rejects.toMatchObject({ code: 'HOLD_LOST' });
  await hold.release(signal);
  expect(await cluster.everything()).toEqual(before);
}, 120_000);

test('a drain and a node that falls by itself end a run, and no other begins meanwhile', async () => {
  const before = await cluster.everything();
  const other = cluster.node('worker2');
  const survey = await surveyCluster(admin, signal);
  const refused = async (why: string): Promise<void> => {
    const scenario = oneFault(place, 'kubelet-pause', 8);
    const run = ['run', scenario, '--context', cluster.context, '--kubeconfig', cluster.kubeconfig, ...cluster.allowed];
    const { exitCode, all } = await cluster.start(...run).child;
    expect([exitCode, all]).toEqual([75, expect.stringContaining(why)]);
  };
  const drained = watchGuards(admin, survey);
  await cluster.kubectl('cordon', other);
  await expect.poll(() => drained.tripped.aborted, { timeout: 20_000 }).toBe(true);
  drained.dispose();
  const ended = (why: string): string => `${cluster.context}: the run was ended, for no fault of it explains ${why}.`;
  expect(drained.tripped.reason).toMatchObject({ message: ended(`cordoned nodes: ${other}`) });
  await refused(`expected no cordoned node, for one is a drain under way, found ${other}`);
  await cluster.kubectl('uncordon', other);

  const fallen = watchGuards(admin, survey);
  fallen.hit([cluster.node('worker')]);
  await execa('docker', ['exec', other, 'systemctl', 'stop', 'kubelet']);
  try {
    await expect.poll(() => fallen.tripped.aborted, { timeout: 120_000 }).toBe(true);
    fallen.dispose();
    const message = ended(`nodes that are not Ready, on which no fault is: ${other}`);
    expect(fallen.tripped.reason).toMatchObject({ code: 'GUARD_TRIPPED', message });
    await refused(`expected every node Ready, found ${other} (Ready is Unknown, NodeStatusUnknown)`);
  } finally {
    await execa('docker', ['exec', other, 'systemctl', 'start', 'kubelet']);
  }
  await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  await expect.poll(() => cluster.everything(), { timeout: 120_000, interval: 2000 }).toEqual(before);
}, 400_000);

test('an API server that is away for a minute ends a run, which takes its Lease away once it is back', async () => {
  const before = await cluster.everything();
  const survey = await surveyCluster(admin, signal);
  const hold = await holdCluster(admin, { run: 'run-1', pod: admissionPod('agent'), signal });
  const guards = watchGuards(admin, survey);
  const apiServer = (name: string) =>
    execa('docker', ['exec', cluster.node('control-plane'), 'pkill', `-${name}`, '--full', '^kube-apiserver']);
  await apiServer('STOP');
  try {
    await expect.poll(() => guards.tripped.aborted, { timeout: 60_000 }).toBe(true);
    await expect.poll(() => hold.lost.aborted, { timeout: 90_000 }).toBe(true);
  } finally {
    await apiServer('CONT');
  }
  expect(guards.tripped.reason).toMatchObject({ code: 'GUARD_TRIPPED', exitCode: 2 });
  expect(hold.lost.reason).toMatchObject({ code: 'HOLD_LOST' });
  guards.dispose();
  await expect.poll(() => hold.release(signal).catch(() => 'not yet'), { timeout: 60_000, interval: 2000 }).toBeNull();
  await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  await expect.poll(() => cluster.everything(), { timeout: 60_000, interval: 2000 }).toEqual(before);
}, 300_000);

test('killed while its fault keeps every pod from starting, a run is finished by cleanup; what is forged is not followed', async () => {
  const before = await cluster.everything();
  const scenario = oneFault(place, 'kubelet-stop', 40);
  const run = cluster.start(
    'run',
    scenario,
    '--context',
    cluster.context,
    '--kubeconfig',
    cluster.kubeconfig,
    ...cluster.allowed,
  );
  await run.shown('fault');
  await expect
    .poll(
      () =>
        execa('docker', ['exec', cluster.node('worker'), 'systemctl', 'is-active', 'kubelet'], { reject: false }).then(
          ({ stdout }) => stdout,
        ),
      {
        timeout: 60_000,
      },
    )
    .toBe('inactive');
  const live = await cleanup();
  const who = `process ${run.child.pid} on ${hostname()}`;
  expect([live.exitCode, withoutSeconds(live.stdout)]).toEqual([75, held('RUN', who)]);
  run.child.kill('SIGKILL');
  await run.child;

  await applied(
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'entry.json': '{"act": {"undo": ["reboot"]}}' } },
      metadata: {
        ...{ name: 'forged', namespace: 'skipbeat-agents' },
        labels: { 'app.kubernetes.io/managed-by': 'skipbeat' },
      },
    }),
  );
  const dry = await cleanup('--dry-run');
  expect(dry.stdout).toMatch(/^would {3}fault kubelet-stop on .*-worker of /m);
  const ended = await cleanup();
  // Its agent undoes it or its timer, whichever comes first.
  const lines = withoutRun(ended.stdout).replace("its node's own timer had undone it", 'it stood no more').split('\n');
  expect(lines.filter((line) => /^\S+ +fault /.test(line))).toEqual([
    `done    fault kubelet-stop on ${cluster.node('worker')} of RUN: it stood no more, verified on its node`,
  ]);
  expect(ended.stdout).toMatch(/^FAILED {2}journal forged: its entry is of another form: .*delete configmap forged$/m);
  expect(ended.exitCode).toBe(75);
  await agents('delete', 'configmap', 'forged');
  const again = await cleanup();
  expect([again.exitCode, again.stdout.split('\n').at(-1)]).toEqual([0, gone]);
  expect((await cleanup()).stdout).toBe('nothing to clean up');
  await cluster.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  await expect.poll(() => cluster.everything(), { timeout: 60_000, interval: 2000 }).toEqual(before);
}, 600_000);
