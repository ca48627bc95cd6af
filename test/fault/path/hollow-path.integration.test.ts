import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { prepareRelays } from '../../../src/cluster/index.ts';
import type { CommandResult } from '../../../src/common/command.ts';
import { type ArmedFault, armFault, type FaultSite } from '../../../src/fault/index.ts';
import { findJournals, openJournal } from '../../../src/journal/index.ts';
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
import { checkScenario } from '../../../src/scenario/index.ts';
import type { EventBody } from '../../../src/timeline/index.ts';
import { withoutMeasures } from '../../support/evidence.ts';

const group = 'group-1';
const nodes = ['hollow-1', 'hollow-2'];
const none = { up: { delayMs: 0, jitterMs: 0 }, down: { delayMs: 0, jitterMs: 0 } };

let place: string;
let folder: string;
let server: ReturnType<typeof createServer>;
let agent: Agent;
let events: EventBody[];
let signal: AbortSignal;

const run = (command: NodeCommand): Promise<CommandResult> => containerExec(hostExec)(command);

/** What a node of kind prints of its network, as far as the fault reads it; rules are another test's. */
const survey = '10.9.0.2 10.9.0.1 eth0 0\n10.9.0.2 - 6443\n===\n# started 1\n';

const site = (): FaultSite => ({
  ...{ cluster: 'skipbeat-x', incarnation: 'a1', run: 'r' },
  nodes: [{ node: 'control-plane', container: 'skipbeat-x-control-plane', role: 'control-plane', address: '' }],
  hollow: [
    {
      ...{ group, nodes, folder },
      path: { container: 'skipbeat-x-control-plane', localPorts: { from: 20_000, count: 64 } },
    },
  ],
  exec: async (command) =>
    command.on === 'host'
      ? run(command)
      : {
          node: command.node,
          command: '',
          ...{ ended: 'exited', exitCode: 0, stderr: '', durationMs: 0 },
          stdout: command.argv.includes('survey') ? survey : '# started 1\n',
        },
  hold: startHold,
  host: hostExec,
});

/** One request over the connection that stands for kwok's. */
const ask = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const sentMs = performance.now();
    get({ port: hollowRelayPort(folder, group), path: '/version', agent, rejectUnauthorized: false }, (response) => {
      response.resume().once('end', () => resolve(performance.now() - sentMs));
    }).once('error', reject);
  });

const delays = async (): Promise<unknown> => {
  const { stdout } = await run(hollowRelayCommand(folder, group, null));
  return stdout.trim() === 'gone' ? 'gone' : (JSON.parse(stdout) as { readonly delays: unknown }).delays;
};

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-path-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
  folder = place;
  const [key, cert] = [join(place, 'key'), join(place, 'cert')];
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', cert, '-subj', '/CN=api.test'],
  ]);
  server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  prepareRelays(folder, 'a1', [{ name: group, nodes, isRelayed: true }], target);
  expect((await run(hollowCommand('start', folder, hollowRelay(group)))).exitCode).toBe(0);
  await expect.poll(() => hollowRelayPort(folder, group), { timeout: 30_000 }).toBeGreaterThan(0);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask();
  events = [];
  ({ signal } = new AbortController());
});
afterEach(async () => {
  agent.destroy();
  await run(hollowCommand('remove', folder, hollowRelay(group)));
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const planned = (seconds: number, options: string): PlannedFault => {
  const { scenario } = checkScenario(
    `name: a\nprofile: default\ncluster: {hollow: {nodes: 2}}\nphases: [{steady: 10s}, {fault: ${seconds}s, inject: [{kind: latency, target: {hollow: {share: 100}}, ${options}}]}]\n`,
    'x.yaml',
  );
  const phase = makePlan(scenario, { kubernetesVersion: 'v1.34.4' }).phases[1];
  const fault = phase?.kind === 'fault' ? phase.inject[0] : undefined;
  if (fault === undefined) throw new Error('a plan without its fault');
  return fault;
};

const arm = (fault: PlannedFault): Promise<ArmedFault> =>
  armFault({
    planned: fault,
    id: fault.occurrences[0]?.id ?? '',
    site: site(),
    journal: openJournal('a-run', null, null),
    record: (body) => events.push(body),
    signal,
  });

const proofs = (): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'fault.attested' && event.node === 'hollow-1' ? [`${event.moment} ${event.state}`] : [],
  );
const evidence = (): readonly string[] =>
  events.flatMap((event) => (event.type === 'fault.attested' ? [withoutMeasures(event.evidence)] : []));
/** One proof is that of both nodes of the group. */
const ofBoth = (...proof: readonly string[]): readonly string[] => proof.flatMap((text) => [text, text]);
const undone = () => events.filter((event) => event.type === 'fault.undone');
const left = (): number => findJournals().journals.flatMap(({ entries }) => entries).length;

describe('a slow way of kwok to its API server', () => {
  test('is delayed as asked, proved, and as before when its time is over', async () => {
    const armed = await arm(planned(6, 'delay: 200ms, jitter: 50ms'));
    expect(left()).toBe(1);
    expect(await delays()).toEqual(none);
    const active = await armed.inject();
    const slow = { delayMs: 200, jitterMs: 50 };
    expect(await delays()).toEqual({ up: slow, down: slow });
    expect(await ask()).toBeGreaterThanOrEqual(300);
    await active.hold();
    expect(proofs()).toEqual(['start present', 'end present']);
    expect(evidence()).toEqual(
      ofBoth(
        ...['start', 'end'].map(
          () =>
            'relay: N connections open, N kB up, N kB down; added N ms (asked 200 ± 50 ms) up, N ms (asked 200 ± 50 ms) down; canary N ms → N ms (asked +400 ms, seen +N ms)',
        ),
      ),
    );
    expect(await delays()).toEqual(none);
    expect(undone()).toEqual([
      expect.objectContaining({ undone: true, evidence: 'group-1: the relay of group-1 delays nothing' }),
    ]);
    expect(left()).toBe(0);
  });

  test('one way alone, and in steps', async () => {
    const armed = await arm(planned(8, 'delay: 400ms, direction: to, ramp: 2'));
    const active = await armed.inject();
    const plain = { delayMs: 0, jitterMs: 0 };
    expect(await delays()).toEqual({ up: { delayMs: 200, jitterMs: 0 }, down: plain });
    await active.hold();
    expect(events.filter(({ type }) => type === 'fault.grown')).toEqual([
      { type: 'fault.grown', fault: 'latency-1', step: 2, steps: 2 },
    ]);
    expect(proofs()).toEqual(['start present', 'end present']);
    const grown = (ms: number): string =>
      `relay: N connections open, N kB up, N kB down; added N ms (asked ${ms} ms) up, N ms (asked 0 ms) down; canary N ms → N ms (asked +${ms} ms, seen +N ms)`;
    expect(evidence()).toEqual(ofBoth(grown(200), grown(400)));
  });

  test('at its next step what waits keeps its time; at its end nothing waits', async () => {
    const slow = (delayMs: number) => ({ up: { delayMs, jitterMs: 0 }, down: none.down });
    await run(hollowRelayCommand(folder, group, slow(1500)));
    const waiting = ask();
    await run(hollowRelayCommand(folder, group, slow(60_000)));
    expect(await waiting).toBeGreaterThanOrEqual(1490);
    const endless = ask();
    await run(hollowRelayCommand(folder, group, none));
    expect(await endless).toBeLessThan(30_000);
  });

  test('that is longer than the fault is no proof; what waits is let go with the undo', async () => {
    const armed = await arm(planned(4, 'delay: 60s'));
    const active = await armed.inject();
    const answered = ask();
    await active.hold();
    expect(proofs()).toEqual(['start absent', 'end absent']);
    const nothing = 'nothing (asked 60000 ms)';
    expect(evidence()).toEqual(
      ofBoth(
        ...['start', 'end'].map(
          () =>
            `relay: N connections open, N kB up, N kB down; added ${nothing} up, ${nothing} down; no time for a canary: it takes longer than it may; the relay did not delay as asked`,
        ),
      ),
    );
    expect(await answered).toBeLessThan(30_000);
    expect(undone()).toEqual([expect.objectContaining({ undone: true })]);
  });

  test('whose relay is killed meanwhile is no proof, and undone', async () => {
    const armed = await arm(planned(6, 'delay: 100ms'));
    const active = await armed.inject();
    const holding = active.hold();
    await expect.poll(proofs, { timeout: 10_000 }).toEqual(['start present']);
    process.kill(hollowProcess(folder, hollowRelay(group))?.pid ?? Number.NaN, 'SIGKILL');
    await holding;
    expect(proofs()).toEqual(['start present', 'end absent']);
    expect(undone()).toEqual([
      expect.objectContaining({ evidence: 'group-1: the relay of group-1 is gone, and delays nothing', undone: true }),
    ]);
    expect([await delays(), left()]).toEqual(['gone', 0]);
  });

  test("is undone by its dead-man's switch", async () => {
    const undo = hollowRelayCommand(folder, group, none);
    const deadManSwitch = await armDeadManSwitch(undo, signal);
    const slow = { up: { delayMs: 5000, jitterMs: 0 }, down: { delayMs: 5000, jitterMs: 0 } };
    await run(hollowRelayCommand(folder, group, slow));
    expect(await delays()).toEqual(slow);
    await deadManSwitch.fire();
    expect(await delays()).toEqual(none);
  });

  test('is not begun where the API server does not answer through the relay', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.writeHead(503).end());
    await expect(arm(planned(6, 'delay: 100ms'))).rejects.toMatchObject({
      code: 'CANARY_UNANSWERED',
      message: `latency: expected https://127.0.0.1:${hollowRelayPort(folder, group)}/version to answer through the relay of group-1 before anything is done, found no answer. Nothing was touched.`,
    });
    expect([events, left()]).toEqual([[], 0]);
  });
});
