import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanUpContext } from '../../src/cleanup/index.ts';
import {
  namespaceLabels,
  networkChaosOf,
  openClusterJournal,
  ownLabels,
  recoverWithinMs,
} from '../../src/guard/index.ts';
import { type StandIn, startStandIn } from '../guard/api-server.ts';
import { chaosStatus, installChaosMesh, objects } from '../guard/chaos-mesh/cluster.ts';

const { signal } = new AbortController();
const id = 'a1b2c3-partition-1';
const entries = '/api/v1/namespaces/skipbeat-agents/configmaps';
let server: StandIn;
let folder: string;
let made: string[];

beforeEach(async () => {
  server = await startStandIn();
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-cleanup-'));
  made = [];
  server.put('/api/v1/namespaces/skipbeat-agents', {
    metadata: { labels: namespaceLabels, annotations: { 'skipbeat.dev/created-by-run': 'run-1' } },
  });
  installChaosMesh(server);
  const { uid } = server.put('/api/v1/nodes/w01', {
    status: { conditions: [], nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux' } },
  }).metadata;
  const act = { id, node: 'w01', kind: 'partition', lengthMs: 30_000, maxMs: 600_000, apply: ['EVIL'], undo: ['EVIL'] };
  await openClusterJournal(server.access, 'run-1').add(
    { ...act, injector: 'chaos-mesh' },
    { uid, machine: { id: null, uuid: null } },
    signal,
  );
  const object = networkChaosOf({ action: 'partition' }, { id, run: 'run-1', pod: `act-${id}`, durationMs: 50_000 });
  server.put(`${objects}/${id}`, object);
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const line = (step: string, code: number): string =>
  JSON.stringify({ step, beganMs: 100, clockMs: 100, code, out: '', err: '' });
const undone = (last: string): string =>
  [line('found', 3), line('undo', 0), line('undone', 3), line(last, 0)].join('\n');
/** Whether files are to stay on the node by which a later undo knows what is of the fault. */
const keeps = (pod: string | undefined): boolean => pod?.includes('"kept"]') === true;
const ended = { phase: 'Succeeded', containerStatuses: [{ name: 'agent', state: { terminated: { exitCode: 0 } } }] };

/** What stands for a kubelet and for Chaos Mesh, which takes its object back or not. */
const live = (isTakenBack: () => boolean, isRefused: () => boolean = () => false): void =>
  server.intercept((method, path, body) => {
    if (path === `${objects}/${id}` && isRefused()) return [403, { kind: 'Status', code: 403, reason: 'Forbidden' }];
    if (method === 'POST' && path.endsWith('/pods')) made.push(JSON.stringify(body));
    if (path.endsWith('/log')) return [200, undone(keeps(made.at(-1)) ? 'kept' : 'cleared')];
    const found = server.objects.get(path);
    if (method === 'DELETE' && path === `${objects}/${id}` && !isTakenBack()) return [200, found];
    if (method !== 'GET' || found === undefined) return null;
    if (path.includes('/pods/')) return [200, { ...found, status: ended }];
    if (path !== `${objects}/${id}`) return null;
    const metadata = { ...found.metadata, finalizers: ['chaos-mesh/records'] };
    return [200, { ...found, metadata, status: chaosStatus(`skipbeat-agents/act-${id}`, 'Injected') }];
  });

const clean = async (withinMs = recoverWithinMs) => {
  const acts: string[] = [];
  const kubeconfig = server.kubeconfig(join(folder, 'kubeconfig'));
  const isClean = await cleanUpContext({
    ...{ context: 'staging', kubeconfig, env: {}, agentImage: 'agent:1', dryRun: false },
    ...{ recoverWithinMs: withinMs, signal },
    notify: ({ what, name, outcome, detail }) => acts.push(`${what} ${name} ${outcome}: ${detail}`),
    waiting: (text) => acts.push(text),
  });
  return { isClean, acts };
};

test('of a dead run its NetworkChaos goes first, then its node is undone by this program’s own commands, and all of it goes', async () => {
  live(() => true);
  const { isClean, acts } = await clean();
  expect([isClean, acts[0]]).toEqual([
    true,
    'fault partition on w01 of run-1 done: it stood no more, verified on its node; its NetworkChaos is gone',
  ]);
  expect(made).toEqual([expect.stringMatching(/^(?!.*EVIL).*CHAOS-/)]);
  expect([...server.objects.keys()].filter((path) => path.includes('skipbeat'))).toEqual([]);
});

test('one that Chaos Mesh does not take back is named; its node is undone all the same, and its entry stays', async () => {
  live(() => false);
  const { isClean, acts } = await clean(1000);
  expect(isClean).toBe(false);
  const stays =
    'Expected Chaos Mesh to take back NetworkChaos a1b2c3-partition-1 in skipbeat-agents within 1 s, found that it is there still: AllInjected True, AllRecovered False, Paused False, Selected True, skipbeat-agents/act-a1b2c3-partition-1 Injected (Apply Succeeded at 2026-11-28T12:00:01Z).';
  expect(acts.slice(0, 2)).toEqual([
    `${stays} It is asked for again, now that the node is as before`,
    `fault partition on w01 of run-1 failed: ${stays}`,
  ]);
  expect(made.map(keeps)).toEqual([true]);
  expect([...server.objects.keys()].filter((path) => path.startsWith(`${entries}/`))).toHaveLength(1);
});

test('one that goes only once its node is undone: what is of it is remembered there until it is gone, and the node is undone again', async () => {
  live(
    () => true,
    () => made.length === 0,
  );
  const { isClean, acts } = await clean();
  expect([isClean, acts[1]]).toEqual([
    true,
    'fault partition on w01 of run-1 done: it stood no more, verified on its node; its NetworkChaos is gone',
  ]);
  expect(made.map(keeps)).toEqual([true, false]);
});

test('an object that bears the label of skipbeat no more is left alone, by name', async () => {
  live(() => true);
  server.put(`${objects}/${id}`, { metadata: { labels: { ...ownLabels, 'app.kubernetes.io/managed-by': 'shop' } } });
  const { isClean, acts } = await clean();
  expect([isClean, acts[1]]).toEqual([
    false,
    'fault partition on w01 of run-1 failed: Expected Chaos Mesh to take back NetworkChaos a1b2c3-partition-1 in skipbeat-agents within 45 s, found that it is there still: it bears the label of skipbeat no more, and is left alone.',
  ]);
  expect(server.objects.has(`${objects}/${id}`)).toBe(true);
});
