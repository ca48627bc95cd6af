import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  awaitInjected,
  createNetworkChaos,
  networkChaosOf,
  recoverWithinMs,
  removeNetworkChaos,
} from '../../../src/guard/index.ts';
import { type StandIn, startStandIn } from '../api-server.ts';
import { chaosStatus, installChaosMesh, objects } from './cluster.ts';

let server: StandIn;
const { signal } = new AbortController();
const pod = 'skipbeat-agents/act-a-1';
const object = networkChaosOf({ action: 'partition' }, { id: 'a-1', run: 'run-1', pod: 'act-a-1', durationMs: 1000 });
const create = () => createNetworkChaos(server.access, object, signal);
const injected = (withinMs: number) => awaitInjected(server.access, 'a-1', withinMs, signal);
const remove = (withinMs = recoverWithinMs) => removeNetworkChaos(server.access, 'a-1', withinMs, signal);

const set = (changes: object): void => {
  const before = server.objects.get(`${objects}/a-1`);
  server.put(`${objects}/a-1`, { ...before, ...changes });
};

beforeEach(async () => {
  server = await startStandIn();
  server.put('/api/v1/namespaces/skipbeat-agents', {});
  installChaosMesh(server);
});
afterEach(() => server.close());

test('it is injected once Chaos Mesh says so of that one pod, with the time', async () => {
  await create();
  const waiting = injected(20_000);
  set({ status: chaosStatus(pod, 'Not Injected/Wait') });
  setTimeout(() => set({ status: chaosStatus(pod, 'Injected') }), 700);
  expect(await waiting).toBe(
    'AllInjected True, AllRecovered False, Paused False, Selected True, skipbeat-agents/act-a-1 Injected (Apply Succeeded at 2026-11-28T12:00:01Z)',
  );
});

test.each([
  ['says nothing', {}, 'no condition and no record'],
  [
    'fails, with its reason',
    { status: chaosStatus(pod, 'Not Injected', 'cannot find daemonIP on node worker') },
    'AllInjected False, AllRecovered True, Paused False, Selected True, skipbeat-agents/act-a-1 Not Injected (Apply Failed at 2026-11-28T12:00:01Z: cannot find daemonIP on node worker)',
  ],
  [
    'acts on another pod',
    { status: chaosStatus('shop/web', 'Injected') },
    'AllInjected True, AllRecovered False, Paused False, Selected True, shop/web Injected (Apply Succeeded at 2026-11-28T12:00:01Z)',
  ],
])('one that %s is not injected', async (_, changes, found) => {
  await create();
  set(changes);
  await expect(injected(600)).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_NOT_INJECTED', exitCode: 75 },
    message: `Expected Chaos Mesh to say that NetworkChaos a-1 is injected into skipbeat-agents/act-a-1, and nothing else, within 0.6 s, found ${found}.`,
  });
});

test('one that somebody deletes is not waited for', async () => {
  await create();
  server.objects.delete(`${objects}/a-1`);
  await expect(injected(60_000)).rejects.toMatchObject({
    message:
      'Expected Chaos Mesh to say that NetworkChaos a-1 is injected into skipbeat-agents/act-a-1, and nothing else, within 60 s, found that somebody has deleted it.',
  });
});

/** What a controller does: the object stays, marked, until its finalizer is taken away. */
const keepUntil = (isRecovered: () => boolean): void =>
  server.intercept((method, path) => {
    if (method === 'DELETE' && path === `${objects}/a-1` && !isRecovered()) {
      set({ status: chaosStatus(pod, 'Injected/Wait') });
      return [200, { kind: 'NetworkChaos', ...server.objects.get(path) }];
    }
    if (isRecovered()) server.objects.delete(`${objects}/a-1`);
    return null;
  });

test('it is gone once Chaos Mesh has taken its finalizer away, and a second time there is nothing to do', async () => {
  await create();
  set({ metadata: { ...server.objects.get(`${objects}/a-1`)?.metadata, finalizers: ['chaos-mesh/records'] } });
  let recovered = false;
  keepUntil(() => recovered);
  setTimeout(() => {
    recovered = true;
  }, 700);
  expect(await remove()).toBe(
    'AllInjected False, AllRecovered False, Paused False, Selected True, skipbeat-agents/act-a-1 Injected/Wait (Apply Succeeded at 2026-11-28T12:00:01Z); its finalizer chaos-mesh/records was taken away',
  );
  expect(await remove()).toBe('it was gone');
});

test('one that nobody had taken up goes at once, and says so', async () => {
  await create();
  expect(await remove()).toBe('no condition and no record; it went without a finalizer: nobody had taken it up');
});

test('one that stays is named, with what it says of itself', async () => {
  await create();
  keepUntil(() => false);
  await expect(remove(600)).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_NOT_RECOVERED', exitCode: 75 },
    message:
      'Expected Chaos Mesh to take back NetworkChaos a-1 in skipbeat-agents within 0.6 s, found that it is there still: AllInjected False, AllRecovered False, Paused False, Selected True, skipbeat-agents/act-a-1 Injected/Wait (Apply Succeeded at 2026-11-28T12:00:01Z).',
  });
});

test('of a dead run it is removed by its name, and never one that bears the label of skipbeat no more', async () => {
  await create();
  expect(await remove()).toBe('no condition and no record; it went without a finalizer: nobody had taken it up');
  expect(await remove()).toBe('it was gone');
  server.put(`${objects}/a-1`, { metadata: { labels: {} } });
  await expect(remove()).rejects.toMatchObject({
    message:
      'Expected Chaos Mesh to take back NetworkChaos a-1 in skipbeat-agents within 45 s, found that it is there still: it bears the label of skipbeat no more, and is left alone.',
  });
  expect(server.objects.has(`${objects}/a-1`)).toBe(true);
});

test('what the API server does not take is said in its own words', async () => {
  const message = 'admission webhook "vnetworkchaos.kb.io" denied the request: duration is invalid';
  server.intercept((method) => (method === 'POST' ? [403, { kind: 'Status', code: 403, message }] : null));
  await expect(create()).rejects.toMatchObject({
    ...{ code: 'CHAOS_MESH_REFUSED', exitCode: 75 },
    message: `expected the API server to take NetworkChaos a-1, found ${message}.`,
  });
});

test('an API server that fails within, as where its etcd is late, has not said that it did not take it', async () => {
  const message = 'etcdserver: request timed out';
  server.intercept((method) => (method === 'POST' ? [500, { kind: 'Status', code: 500, message }] : null));
  await expect(create()).rejects.toMatchObject({
    ...{ code: 'API_UNREACHABLE', exitCode: 75 },
    message: `${server.url}: expected the answer of an API server, found HTTP 500 to create networkchaos.chaos-mesh.org in skipbeat-agents: ${message}.`,
  });
});
