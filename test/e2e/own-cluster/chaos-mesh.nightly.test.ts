// A kind cluster with the CustomResourceDefinition of Chaos Mesh itself, and nothing else of it: its images cannot be had here. Where a test needs its
// controller and its daemon, the test stands in for both: it writes the status that the controller writes, and runs on the node what the daemon runs.
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { chaosDaemon } from '../../agent/chaos-daemon.ts';
import { chaosStatus } from '../../guard/chaos-mesh/cluster.ts';
import { crdText } from '../../guard/chaos-mesh/crd.ts';
import { makePlace, until } from '../support/harness.ts';
import { errorIn, withoutRun } from '../support/said.ts';
import { documentOf, makeOwnCluster, type OwnCluster, oneFault } from './cluster.ts';

const place = makePlace();
const namespace = 'skipbeat-agents';
let cluster: OwnCluster;

const inWorker = async (script: string): Promise<string> =>
  (await execa('docker', ['exec', cluster.node('worker'), 'bash', '-c', script])).stdout;

/** Rules of every variant, queues and sets of the worker, without counters. */
const network = (): Promise<string> =>
  inWorker(
    '{ for one in iptables-legacy-save iptables-nft-save; do $one 2> /dev/null | grep -e "^-A" | grep -v -e "-A \\(KUBE\\|CNI\\|KIND\\)-"; done; tc qdisc show dev eth0; ls /run/sets 2> /dev/null; } | sort',
  );

beforeAll(async () => {
  cluster = await makeOwnCluster(place, 'chaos');
  await cluster.apply(parse(crdText()));
  await cluster.kubectl('wait', '--for=condition=Established', 'crd/networkchaos.chaos-mesh.org', '--timeout=60s');
  await cluster.kubectl('create', 'namespace', 'chaos-mesh');
  const { stdout } = await cluster.start('rbac', '--injector', 'chaos-mesh').child;
  for (const document of parseAllDocuments(stdout)) await cluster.apply(document.toJS());
  // A network of kind's has IPv6, too, and Chaos Mesh has not: the kubelet is to know the API server's name by IPv4 alone.
  const plane = cluster.node('control-plane');
  const addresses = '{range .status.addresses[?(@.type=="InternalIP")]}{.address}{"\\n"}{end}';
  const internal = await cluster.kubectl('get', 'node', plane, '--output', `jsonpath=${addresses}`);
  const address = internal.split('\n').find((one) => one.includes('.'));
  await inWorker(`echo '${address} ${plane}' >> /etc/hosts; systemctl restart kubelet`);
  // A node of kind has no ipset(8).
  await inWorker(chaosDaemon('none', true, '/usr/local/sbin'));
}, 600_000);
afterAll(async () => {
  await cluster?.remove();
  place.remove();
}, 120_000);

const out = (name: string): string => join(place.folder, name);
const scenario = (): string =>
  oneFault(place, 'partition', 20, {
    phases: [
      { steady: '3s' },
      { fault: '20s', inject: [{ kind: 'partition', target: { nodes: ['worker'] }, direction: 'to' }] },
      { recover: { within: '90s' } },
    ],
  });
const run = (name: string) =>
  cluster.start('run', scenario(), ...cluster.on(...cluster.allowed), '--injector', 'chaos-mesh', '--out', out(name));

type Item = { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } };

const items = async (): Promise<readonly Item[]> =>
  JSON.parse(await cluster.kubectl('--namespace', namespace, 'get', 'networkchaos', '--output', 'json')).items;

/** The name of the one that a run writes, once it is there. */
const written = async (): Promise<string> => {
  await until('a NetworkChaos to be there', async () => (await items()).length === 1, 120_000);
  return (await items())[0]?.metadata.name ?? '';
};

const patch = (name: string, object: object): Promise<string> =>
  cluster.kubectl(
    ...['--namespace', namespace, 'patch', 'networkchaos', name],
    ...['--type', 'merge', '--patch', JSON.stringify(object)],
  );

const report = (name: string, phase: string): Promise<string> =>
  patch(name, {
    metadata: { finalizers: ['chaos-mesh/records'] },
    status: { ...chaosStatus(`${namespace}/act-${name}`, phase), instances: {} },
  });

/** Stands in for the controller and the daemon until the one object is gone. @returns its name */
const actAsChaosMesh = async (): Promise<string> => {
  const name = await written();
  const daemon = chaosDaemon(name, true, '/usr/local/sbin');
  await inWorker(`${daemon}inject_partition OUTPUT`);
  await report(name, 'Injected');
  const isAsked = async (): Promise<boolean> => (await items())[0]?.metadata.deletionTimestamp !== undefined;
  await until('the NetworkChaos to be deleted', isAsked, 120_000);
  await inWorker(`${daemon}recover`);
  await patch(name, { metadata: { finalizers: null } });
  return name;
};

/** What cleanup says of faults: of one a node's own timer undoes it or its agent, whichever comes first. */
const faultsIn = ({ stdout }: { readonly stdout: string }): readonly string[] =>
  withoutRun(stdout)
    .replace("its node's own timer had undone it", 'it stood no more')
    .split('\n')
    .filter((line) => /^\S+ +fault /.test(line));
const ended = (): string =>
  `done    fault partition on ${cluster.node('worker')} of RUN: it stood no more, verified on its node; its NetworkChaos is gone`;

test('where no controller acts, the run ends within a bound, says that nothing was injected, and leaves nothing', async () => {
  const [before, rules] = [await cluster.everything(), await network()];
  const began = performance.now();
  const nobody = await run('nobody').child;
  expect(performance.now() - began).toBeLessThan(240_000);
  expect([nobody.exitCode, errorIn(nobody).replaceAll(/\b[0-9a-f]{6}-partition-1\b/g, 'ID')]).toEqual([
    75,
    `CHAOS_MESH_NOT_INJECTED  Expected Chaos Mesh to say that NetworkChaos ID is injected into ${namespace}/act-ID, and nothing else, within 20 s, found no condition and no record.
Try: look at the log of chaos-controller-manager, and whether chaos-daemon runs on the node; or leave --injector out
What was seen until then: ${out('nobody')}/`,
  ]);
  expect(documentOf(out('nobody')).verdict).toBe('inconclusive');
  expect(await items()).toEqual([]);
  expect(await network()).toBe(rules);
  expect(await cluster.everything()).toEqual(before);
}, 300_000);

test('a partition that Chaos Mesh makes, as far as that can be stood in for, is proved on the node and by its status, and all of it goes', async () => {
  const [before, rules] = [await cluster.everything(), await network()];
  const running = run('made');
  await actAsChaosMesh();
  const { exitCode, all } = await running.child;
  const [fault] = documentOf(out('made')).faults;
  expect(fault, all).toMatchObject({ kind: 'partition', targets: ['worker'], attested: true, undone: true });
  expect(JSON.stringify(fault.evidence)).toMatch(/3 of 3 rules; .* not answered; Chaos Mesh: AllInjected True/);
  expect(exitCode, all).toBe(0);
  expect(await network()).toBe(rules);
  expect(await cluster.everything()).toEqual(before);
}, 300_000);

test('a status that says injected is no proof where nothing stands on the node; an object that is not taken back is named, and cleanup finishes', async () => {
  const [before, rules] = [await cluster.everything(), await network()];
  const running = run('said');
  const name = await written();
  await report(name, 'Injected');
  const { exitCode, all } = await running.child;
  expect([exitCode, all]).toEqual([75, expect.stringContaining('CHAOS_MESH_NOT_RECOVERED')]);
  expect(documentOf(out('said')).verdict).toBe('inconclusive');
  expect(await network()).toBe(rules);
  const clean = () => cluster.start('cleanup', ...cluster.on(...cluster.agent)).child;
  const first = await clean();
  expect([first.exitCode, first.all]).toEqual([75, expect.stringContaining(`NetworkChaos ${name}`)]);
  await patch(name, { metadata: { finalizers: null } });
  const second = await clean();
  expect([second.exitCode, faultsIn(second)], second.all).toEqual([0, [ended()]]);
  expect(await cluster.everything()).toEqual(before);
}, 600_000);

test('of a run that is killed in the fault the node ends it by itself, and cleanup takes the object away', async () => {
  const [before, rules] = [await cluster.everything(), await network()];
  const running = run('killed');
  const name = await written();
  await inWorker(`${chaosDaemon(name, true, '/usr/local/sbin')}inject_partition OUTPUT`);
  await report(name, 'Injected');
  running.child.kill('SIGKILL');
  await running.child;
  const isOver = async (): Promise<boolean> => (await network()) === rules;
  await until('the node to end it', isOver, 90_000);
  await patch(name, { metadata: { finalizers: null } });
  const cleaned = await cluster.start('cleanup', ...cluster.on(...cluster.agent)).child;
  expect([cleaned.exitCode, faultsIn(cleaned)], cleaned.all).toEqual([0, [ended()]]);
  expect(await items()).toEqual([]);
  expect(await cluster.everything()).toEqual(before);
}, 600_000);
