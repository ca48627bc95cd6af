import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kernelHasNetem } from '../../../tools/test-tools/test-kernel.ts';
import { clusterName, containers, makePlace, skipbeat, until } from '../support/harness.ts';
import { endOf, errorIn, passed, withoutRun } from '../support/said.ts';
import { documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
let cluster: OwnCluster;
let before: readonly string[];

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'own-night');
  before = await cluster.everything();
});
afterAll(async () => {
  await cluster?.remove();
  place.remove();
});

const out = (name: string): string => join(place.folder, name);
const run = (scenario: string, name: string) =>
  cluster.start('run', scenario, ...cluster.on(...cluster.allowed), '--out', out(name));
const notReady = { expect: [{ figure: 'nodes.notReadyTransitions', min: 1 }] };

test('the same scenario finds the same of its nodes on a cluster of kind and on one that is only known by its kubeconfig', async () => {
  const [own, kind] = [out('own'), out('kind')];
  const onContext = await run('kubelet-pause-one', 'own').child;
  expect(endOf(onContext), onContext.all).toEqual(passed);
  const name = clusterName('as-own');
  const onKind = await skipbeat(place, [
    'run',
    'kubelet-pause-one',
    '--backend',
    'kind',
    '--cluster',
    name,
    '--out',
    kind,
  ]);
  expect(endOf(onKind), onKind.all).toEqual(passed);
  expect(await containers(name)).toEqual([]);
  const seen = [own, kind].map((folder) => {
    const { verdict, faults, nodes, settings, calibration } = documentOf(folder);
    const [{ kind: fault, targets, attested, undone, askedMs }] = faults;
    const fits = calibration
      .filter(({ link: milestone }: { link: string }) => ['notReady', 'allReady'].includes(milestone))
      .map(({ link: milestone, fit }: { link: string; fit: string }) => [milestone, fit]);
    return {
      ...{ verdict, fault, targets, attested, undone, askedMs, fits },
      ...{ notReady: nodes.notReadyTransitions, unrecovered: nodes.unrecovered, attestedSettings: settings.attested },
    };
  });
  expect(seen[0]).toEqual(seen[1]);
  expect(await cluster.everything()).toEqual(before);
});

test('a kubelet that is stopped, which nobody can exec through, is started again by its agent', async () => {
  const ended = await run(oneFault(place, 'kubelet-stop', 20), 'stopped').child;
  expect(endOf(ended), ended.all).toEqual(passed);
  expect(documentOf(out('stopped')).faults).toMatchObject([
    { kind: 'kubelet-stop', targets: ['worker'], attested: true, undone: true },
  ]);
  expect(await cluster.everything()).toEqual(before);
});

test('where the agent itself is killed in the fault, the node undoes at its time, though timers of systemd begin anew, and the run is inconclusive', async () => {
  const running = run(oneFault(place, 'kubelet-pause', 20), 'agent-killed');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  await cluster.inWorker('for file in /run/skipbeat-agent/*/agent.pid; do kill -s KILL "$(cat "$file")"; done');
  await cluster.inWorker('sleep 12; systemctl daemon-reload');
  const ended = await running.child;
  expect([ended.exitCode, ended.all]).toEqual([2, expect.stringContaining('no proof from worker just before')]);
  expect(await cluster.standsStill()).toBe(false);
  expect(documentOf(out('agent-killed')).faults).toMatchObject([
    {
      attested: false,
      undone: true,
      evidence: expect.arrayContaining([expect.stringContaining("by the node's own timer")]),
    },
  ]);
  const [fault] = documentOf(out('agent-killed')).faults;
  expect((fault?.endMs ?? 0) - (fault?.startMs ?? 0)).toBeLessThan(22_000);
  expect(await cluster.everything()).toEqual(before);
});

test("where the agent's pod is deleted in the fault, the node undoes all the same, and nothing is left", async () => {
  const running = run(oneFault(place, 'kubelet-pause', 20), 'pod-deleted');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  await cluster.kubectl('delete', 'pods', '--namespace=skipbeat-agents', '--all', '--force', '--grace-period=0');
  const ended = await running.child;
  expect(ended.all).not.toContain('UNDO_FAILED');
  expect(await cluster.standsStill()).toBe(false);
  expect(documentOf(out('pod-deleted')).faults).toMatchObject([{ undone: true }]);
  expect(await cluster.everything()).toEqual(before);
});

test('a run that is interrupted in the fault waits for the end of it, and leaves nothing', async () => {
  const running = run(oneFault(place, 'kubelet-pause', 20), 'interrupted');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  running.child.kill('SIGINT');
  const ended = await running.child;
  expect([ended.exitCode, await cluster.standsStill()]).toEqual([130, false]);
  expect(ended.all).toContain('stands to its own end');
  expect(errorIn(ended)).toBe(
    `INTERRUPTED  Interrupted by SIGINT; everything this run did was undone.\nWhat was seen until then: ${out('interrupted')}/`,
  );
  expect(await cluster.everything()).toEqual(before);
});

const rules = async (): Promise<string> =>
  (await cluster.inWorker('{ iptables-save; ip6tables-save; } | grep "^-A" | grep -v -E "^-A (KUBE|CNI|KIND)-"'))
    .stdout;
const isCutOff = async (): Promise<boolean> => (await rules()).includes('skipbeat-agent-');

test('a worker cuts itself off from the API server for longer than the grace, is declared NotReady, and undoes it by itself', async () => {
  const [was, ended] = [await rules(), await run(oneFault(place, 'partition', 60, notReady), 'partition').child];
  expect(endOf(ended), ended.all).toEqual(passed);
  expect(documentOf(out('partition')).faults).toMatchObject([
    { kind: 'partition', targets: ['worker'], attested: true, undone: true },
  ]);
  expect(await rules()).toBe(was);
  expect(await cluster.everything()).toEqual(before);
});

test('a harness and an agent that are both killed leave a node that is cut off, and that undoes it at its time', async () => {
  const was = await rules();
  const running = run(oneFault(place, 'partition', 20), 'partition-killed');
  await running.shown('armed on worker');
  await until('the worker to be cut off', isCutOff, 30_000);
  running.child.kill('SIGKILL');
  await running.child;
  await cluster.inWorker('for file in /run/skipbeat-agent/*/agent.pid; do kill -s KILL "$(cat "$file")"; done');
  const cleaned = await cluster.start('cleanup', ...cluster.on(), ...cluster.agent).child;
  const lines = withoutRun(cleaned.stdout).split('\n');
  expect([cleaned.exitCode, lines.filter((line) => line.includes(' fault '))], cleaned.all).toEqual([
    0,
    [
      `done    fault partition on ${cluster.node('worker')} of RUN: its node's own timer had undone it, verified on its node`,
    ],
  ]);
  expect(await rules()).toBe(was);
  expect(await cluster.everything()).toEqual(before);
});

test('a worker without what a partition takes refuses it by name, and nothing is left', async () => {
  await cluster.inWorker('mv "$(command -v curl)" /root/curl');
  try {
    const ended = await run(oneFault(place, 'partition', 20), 'partition-refused').child;
    expect([ended.exitCode, ended.stderr]).toEqual([
      75,
      expect.stringMatching(/FAULT_NOT_ON_NODE[\s\S]*found no curl/),
    ]);
  } finally {
    await cluster.inWorker('mv /root/curl /usr/bin/curl');
  }
  expect(await cluster.everything()).toEqual(before);
});

test('a worker delays its way to the API server by its own kernel, or refuses by name where that has no netem', async () => {
  const slow = { kind: 'latency', target: { nodes: ['worker'] }, delay: '200ms' };
  const phases = [{ steady: '3s' }, { fault: '30s', inject: [slow] }, { recover: { within: '90s' } }];
  const ended = await run(oneFault(place, 'latency', 30, { phases }), 'latency').child;
  if (await kernelHasNetem(new AbortController().signal)) {
    expect(documentOf(out('latency')).faults, ended.all).toMatchObject([{ attested: true, undone: true }]);
  } else {
    expect([ended.exitCode, ended.stderr]).toEqual([
      75,
      expect.stringMatching(/FAULT_NOT_ON_NODE[\s\S]*expected a kernel with sch_netem/),
    ]);
  }
  expect(await cluster.everything()).toEqual(before);
});

test.each([
  ['before its agent has armed anything', 'cluster '],
  ['when its agent is armed', 'armed on worker'],
])('a harness that is killed %s leaves what cleanup takes away', async (_, shown) => {
  const running = run(oneFault(place, 'kubelet-pause', 20), `killed-${shown.length}`);
  await running.shown(shown);
  running.child.kill('SIGKILL');
  await running.child;
  await until('the kubelet to run', async () => !(await cluster.standsStill()), 60_000);
  const cleaned = await cluster.start('cleanup', ...cluster.on(), ...cluster.agent).child;
  expect([cleaned.exitCode, cleaned.all]).toEqual([0, expect.any(String)]);
  await until('the node to be as before', async () => !(await cluster.standsStill()), 60_000);
  expect(await cluster.everything()).toEqual(before);
});

test('where the API server is away in the fault, the node undoes by itself, and the run proves nothing', async () => {
  const running = run(oneFault(place, 'kubelet-pause', 20), 'api-away');
  await running.shown('armed on worker');
  await until('the kubelet to stand still', cluster.standsStill, 30_000);
  const plane = cluster.node('control-plane');
  await execa('docker', ['pause', plane]);
  try {
    await until('the kubelet to go on', async () => !(await cluster.standsStill()), 60_000);
  } finally {
    await execa('docker', ['unpause', plane]);
  }
  const ended = await running.child;
  expect(ended.exitCode).not.toBe(0);
  const cleaned = await cluster.start('cleanup', ...cluster.on(), ...cluster.agent).child;
  expect([cleaned.exitCode, cleaned.all]).toEqual([0, expect.any(String)]);
  expect(await cluster.everything()).toEqual(before);
});

test('a token that lacks one right is refused by the name of that right, and nothing is written', async () => {
  await cluster.kubectl('create', 'serviceaccount', 'runner', '--namespace=default');
  const { stdout } = await cluster.start('rbac', '--settings', '--service-account', 'default:runner').child;
  const file = out('rbac.yaml');
  writeFileSync(file, stdout.replace(/^( *resources: \["pods\/exec"\])$/m, '    resources: ["pods/attach"]'));
  expect(readFileSync(file, 'utf8')).toContain('pods/attach');
  await execa('docker', ['cp', file, `${cluster.node('control-plane')}:/kind/rbac.yaml`]);
  await cluster.kubectl('apply', '--filename=/kind/rbac.yaml');
  const token = await cluster.kubectl('create', 'token', 'runner', '--namespace=default');
  const config = readFileSync(cluster.kubeconfig, 'utf8').replace(/^( *)client-certificate-data: .*\n/m, '');
  const kubeconfig = out('token.kubeconfig');
  writeFileSync(kubeconfig, config.replace(/^( *)client-key-data: .*$/m, `$1token: ${token}`));
  const withToken = await cluster.everything();
  const scenario = oneFault(place, 'kubelet-pause', 20);
  const args = ['--context', cluster.context, '--kubeconfig', kubeconfig, ...cluster.allowed];
  const ended = await cluster.start('run', scenario, ...args).child;
  const why = 'to give an agent its moment, and fetch what it recorded';
  expect([ended.exitCode, errorIn(ended)]).toEqual([
    75,
    `RIGHT_MISSING  ${cluster.server}: expected the rights of a run, found that 2 lack:
  - create pods/exec in skipbeat-agents, ${why}
  - get pods/exec in skipbeat-agents, ${why}
Try: npm run skipbeat -- rbac | kubectl --context ${cluster.context} --kubeconfig ${kubeconfig} apply -f -   (by somebody who may grant them)`,
  ]);
  expect(await cluster.everything()).toEqual(withToken);
  await cluster.kubectl('delete', '--filename=/kind/rbac.yaml');
  await cluster.kubectl('delete', 'serviceaccount', 'runner', '--namespace=default');
  expect(await cluster.everything()).toEqual(before);
});

test('a namespace with restricted Pod Security is refused before anything is made', async () => {
  await cluster.kubectl('create', 'namespace', 'skipbeat-agents');
  await cluster.kubectl('label', 'namespace', 'skipbeat-agents', 'pod-security.kubernetes.io/enforce=restricted');
  await until(
    'its service account',
    async () => (await cluster.kubectl('get', 'serviceaccounts', '--namespace=skipbeat-agents')).includes('default'),
    30_000,
  );
  const withNamespace = await cluster.everything();
  const ended = await run(oneFault(place, 'kubelet-pause', 20), 'restricted').child;
  expect([ended.exitCode, ended.stderr]).toEqual([75, expect.stringContaining('POD_SECURITY_REFUSED')]);
  expect(await cluster.everything()).toEqual(withNamespace);
  await cluster.kubectl('delete', 'namespace', 'skipbeat-agents');
  expect(await cluster.everything()).toEqual(before);
});

test('repeats run one after another on the same node, each at a place of its own in its heartbeat, and nothing is left', async () => {
  const scenario = oneFault(place, 'kubelet-pause', 6);
  const options = [...cluster.on(...cluster.allowed), '--repeats', '3', '--out', out('repeats')];
  const { exitCode, all } = await cluster.start('run', scenario, ...options).child;
  expect(exitCode, all).toBe(0);
  const { repeats, backend } = documentOf(out('repeats'));
  expect([backend, repeats.length]).toEqual(['cluster', 3]);
  const placed = String(all).match(/every lease renewed; [\d.]+ s after worker renewed its lease/g) ?? [];
  expect(new Set(placed).size).toBe(3);
  expect(await cluster.everything()).toEqual(before);
});
