import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareRelays } from '../../../src/cluster/index.ts';
import type { CommandResult } from '../../../src/common/command.ts';
import { type FaultSite, faultKind } from '../../../src/fault/index.ts';
import {
  armDeadManSwitch,
  containerExec,
  hollowCommand,
  hollowProcess,
  hollowRelay,
  hollowRelayCommand,
  hollowRelayPort,
  hostExec,
  type NodeCommand,
  startHold,
} from '../../../src/node/index.ts';
import { makePlan, type PlannedFault } from '../../../src/plan/index.ts';
import type { RelayCounts } from '../../../src/relay/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { withoutMeasures } from '../../support/evidence.ts';

const group = 'group-1';
const nodes = ['hollow-1', 'hollow-2'];
const container = 'skipbeat-x-control-plane';
const [gateway, address] = ['10.76.0.1', '10.76.0.2'];
const device = `cut-${process.pid}`;
const localPorts = { from: 20_000, count: 64 };

/** An API server, as far as it is asked, in a network namespace of its own, which stands for its node and ends with it. */
const server = `
const [key, cert] = ['key', 'cert'].map((name) => require('node:fs').readFileSync(name));
require('node:https').createServer({ key, cert }, (_, response) => response.end('{}')).listen(6443, '0.0.0.0');
`;

const startServer = () =>
  execa('unshare', ['--net', process.execPath, '--eval', server], { cwd: folder, reject: false });

let folder: string;
let apiServer: ReturnType<typeof startServer>;
let agent: Agent;
let signal: AbortSignal;

const run = (command: NodeCommand): Promise<CommandResult> => containerExec(hostExec)(command);

/** In the namespace of the API server, what else would be run in its container. */
const there = (command: NodeCommand): NodeCommand =>
  command.on === 'host'
    ? command
    : {
        ...command,
        on: 'host',
        argv: ['nsenter', `--net=/proc/${apiServer.pid}/ns/net`, '--', ...command.argv],
      };

/** What a node of kind prints of its network, with the real rules of the namespace. */
const survey = async (): Promise<CommandResult> => {
  const listed = await run(there({ node: container, argv: ['iptables-save', '--counters'], timeoutMs: 10_000 }));
  return { ...listed, stdout: `${address} ${gateway} eth0 0\n${address} - 6443\n===\n# started 1\n${listed.stdout}` };
};

const site = (): FaultSite => ({
  ...{ cluster: 'skipbeat-x', incarnation: 'a1', run: 'r' },
  nodes: [{ node: 'control-plane', container, role: 'control-plane', address }],
  hollow: [{ group, nodes, folder, path: { container, localPorts } }],
  exec: (command) => (command.argv.includes('survey') ? survey() : run(there(command))),
  hold: startHold,
  host: hostExec,
});

/** One request over the connection that stands for kwok's. */
const ask = (): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ port: hollowRelayPort(folder, group), path: '/version', agent, rejectUnauthorized: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });

const counts = async (): Promise<RelayCounts> => {
  const { stdout } = await run(hollowRelayCommand(folder, group, null));
  return (JSON.parse(stdout) as { readonly counts: RelayCounts }).counts;
};

const planned = (): PlannedFault => {
  const { scenario } = checkScenario(
    'name: a\nprofile: default\ncluster: {hollow: {nodes: 2}}\nphases: [{steady: 10s}, {fault: 30s, inject: [{kind: partition, target: {hollow: {share: 100}}}]}]\n',
    'x.yaml',
  );
  const phase = makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).phases[1];
  const fault = phase?.kind === 'fault' ? phase.inject[0] : undefined;
  if (fault === undefined) throw new Error('a plan without its fault');
  return fault;
};

const ip = (argv: string): Promise<unknown> => execa('ip', argv.split(' '));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-cut-'));
  await execa(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', 'key', '-out', 'cert', '-subj', '/CN=api.test'],
    ],
    { cwd: folder },
  );
  apiServer = startServer();
  await expect
    .poll(async () => (await execa('readlink', [`/proc/${apiServer.pid}/ns/net`])).stdout, { timeout: 30_000 })
    .not.toBe((await execa('readlink', ['/proc/self/ns/net'])).stdout);
  await ip(`link add ${device} type veth peer name eth0 netns ${apiServer.pid}`);
  await ip(`address add ${gateway}/24 dev ${device}`);
  await ip(`link set ${device} up`);
  for (const argv of [`address add ${address}/24 dev eth0`, 'link set eth0 up'])
    await execa('nsenter', [`--net=/proc/${apiServer.pid}/ns/net`, 'ip', ...argv.split(' ')]);
  prepareRelays(folder, 'a1', [{ name: group, nodes, isRelayed: true }], { host: address, port: 6443 });
  expect((await run(hollowCommand('start', folder, hollowRelay(group)))).exitCode).toBe(0);
  await expect
    .poll(() => hollowProcess(folder, hollowRelay(group)) !== null && hollowRelayPort(folder, group), {
      timeout: 30_000,
    })
    .toBeGreaterThan(0);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await expect.poll(() => ask().catch(() => null), { timeout: 30_000 }).toBe(200);
  ({ signal } = new AbortController());
});
afterEach(async () => {
  agent.destroy();
  await run(hollowCommand('remove', folder, hollowRelay(group)));
  // A namespace ends some time after its last process, and the pair of devices with it.
  await ip(`link delete ${device}`);
  apiServer.kill('SIGKILL');
  await apiServer;
  rmSync(folder, { recursive: true });
});

/** The fault of the group, as it would be armed. */
const prepared = async () => {
  const { prepare, verifyUndone } = faultKind('partition');
  const { nodes: made } = await prepare(planned(), site(), signal);
  const [fault] = made;
  if (fault === undefined || fault.apply === null || made.length !== 1) throw new Error('expected one fault');
  const { apply, undo, attest, covers } = fault;
  return {
    covers,
    undo,
    apply: () => run(there(apply)),
    attest: () => attest(site().exec, signal),
    isUndone: () => verifyUndone(undo)(site().exec, signal),
  };
};

describe('a way of kwok to its API server that is cut', () => {
  test('is proved from both sides, and what was asked meanwhile is answered once it is undone', async () => {
    const fault = await prepared();
    expect(fault.covers).toEqual(nodes);
    expect((await fault.attest()).state).toBe('absent');
    expect((await fault.apply()).exitCode).toBe(0);
    const waiting = ask();
    const proof = await fault.attest();
    // Whether one went out meanwhile is up to the kernel's timers.
    expect({ ...proof, evidence: withoutMeasures(proof.evidence).replace(', OUTPUT N', '') }).toEqual({
      state: 'present',
      evidence:
        '2 of 2 rules; packets dropped: INPUT N; canary through the relay not answered; nothing came down to it',
    });
    expect(await fault.isUndone()).toMatchObject({ state: 'present' });
    expect((await run(there(fault.undo))).exitCode).toBe(0);
    expect(await fault.isUndone()).toMatchObject({ state: 'absent' });
    // The connection stood all the while: its sender tries again with pauses that have doubled.
    expect(await waiting).toBe(200);
    expect((await fault.attest()).state).toBe('absent');
  });

  test("is undone by its dead-man's switch", async () => {
    const fault = await prepared();
    const deadManSwitch = await armDeadManSwitch(there(fault.undo), signal);
    await fault.apply();
    expect((await fault.attest()).state).toBe('present');
    await deadManSwitch.fire();
    expect(await fault.isUndone()).toMatchObject({ state: 'absent' });
    expect(await ask()).toBe(200);
  });

  test('is knocked at no longer by who has given up, nor keeps a port', async () => {
    const fault = await prepared();
    await fault.apply();
    const before = (await counts()).open;
    const sockets = Array.from({ length: 20 }, () =>
      connect({ host: '127.0.0.1', port: hollowRelayPort(folder, group) }),
    );
    await expect.poll(async () => (await counts()).open, { timeout: 10_000 }).toBe(before + 20);
    for (const socket of sockets) socket.end();
    await expect.poll(async () => (await counts()).open, { timeout: 10_000 }).toBe(before);
    const knocking = await execa('ss', ['--tcp', '--numeric', '--no-header', 'state', 'syn-sent', 'dst', address]);
    expect(knocking.stdout).toBe('');
    await run(there(fault.undo));
  });
});

test('without a connection of kwok through the relay nothing is cut', async () => {
  agent.destroy();
  await expect.poll(async () => (await counts()).open, { timeout: 10_000 }).toBe(0);
  await expect(prepared()).rejects.toMatchObject({
    code: 'FAULT_NOT_INJECTED',
    message: 'partition: expected a connection of kwok through the relay of group-1, found none.',
  });
});
