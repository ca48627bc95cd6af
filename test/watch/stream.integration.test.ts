import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Lease } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadClient } from '../../src/cluster/index.ts';
import { openContext } from '../../src/cluster/reach/access.ts';
import { createAsk } from '../../src/cluster/reach/api.ts';
import { createBlindness } from '../../src/watch/reach/blindness.ts';
import { leasesPath } from '../../src/watch/reach/preflight.ts';
import { followStream } from '../../src/watch/reach/stream.ts';
import { leaseSight, type Sighting } from '../../src/watch/seen/sighting.ts';
import { type ApiServer, context, startApiServer } from './api-server.ts';

let folder: string;
let api: ApiServer;
let stopping: AbortController;
let seen: Sighting[];
let waiting: Set<() => void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-leases-'));
  api = await startApiServer(['a']);
  stopping = new AbortController();
  seen = [];
  waiting = new Set();
});
afterEach(async () => {
  stopping.abort();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const take = (sighting: Sighting): void => {
  seen.push(sighting);
  for (const probe of waiting) probe();
};

const until = (holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const probe = (): void => {
      if (holds()) resolve();
    };
    waiting.add(probe);
    probe();
  });

const types = (): readonly string[] => seen.map(({ type }) => type);

const follow = async () => {
  const kubeconfig = api.kubeconfig(join(folder, 'kubeconfig'));
  const access = openContext(await loadClient(), { context, kubeconfig, env: {} });
  const blind = createBlindness('leases', take, (thrown) => {
    throw thrown;
  });
  const nowMs = (): number => Math.round(performance.now());
  const sight = (object: object) => leaseSight(object as V1Lease);
  const handlers = {
    listed: (objects: readonly object[], atMs: number) => take({ type: 'leases', leases: objects.map(sight), atMs }),
    changed: (object: object, atMs: number) => take({ type: 'lease', lease: sight(object), atMs }),
    deleted: () => undefined,
  };
  const options = { access, nowMs, blind, handlers, signal: stopping.signal, quietMs: 200 };
  const ask = createAsk(access);
  let asked = 0;
  const counted: typeof ask = (...args) => {
    asked += 1;
    for (const probe of waiting) probe();
    return ask(...args);
  };
  return {
    ...(await followStream({ ...options, resource: 'leases', path: leasesPath, ask: counted })),
    asked: () => asked,
  };
};

test('a stream that hangs is blind from what it brought last on, until the leases are listed anew', async () => {
  await follow();
  await api.watched(1);
  api.renew('a');
  await until(() => seen.length === 2);
  api.hangWatches();
  api.renew('a');
  await until(() => seen.length === 5);
  expect(types()).toEqual(['leases', 'lease', 'blind', 'leases', 'sighted']);
  expect(seen[2]).toMatchObject({ source: 'leases', reason: 'the watch of leases hangs', atMs: seen[1]?.atMs });
  await api.watched(1);
  api.renew('a');
  await until(() => seen.length === 6);
  expect(types().at(-1)).toBe('lease');
});

test('where nobody renews, that is so however often it is asked, and the stream stays', async () => {
  const { asked, done } = await follow();
  await api.watched(1);
  await until(() => asked() >= 3);
  expect(types()).toEqual(['leases']);
  api.renew('a');
  await until(() => seen.length === 2);
  expect(types()).toEqual(['leases', 'lease']);
  stopping.abort();
  await done;
});

const forbidden = { status: 403, message: 'User "x" cannot list leases' };
const unanswered = `GET ${leasesPath}: HTTP 403, User "x" cannot list leases`;

test('where nobody tells whether it hangs it is blind, by name, until it is known; then it is opened anew', async () => {
  await follow();
  await api.watched(1);
  api.renew('a');
  await until(() => seen.length === 2);
  api.refuse('list', leasesPath, forbidden);
  api.hangWatches();
  api.renew('a');
  await until(() => seen.length >= 4);
  expect(seen.slice(2)).toEqual(
    seen.slice(2).map(() => expect.objectContaining({ type: 'blind', reason: unanswered })),
  );
  expect(seen[2]?.atMs).toBe(seen[1]?.atMs);
  api.allow('list', leasesPath);
  await until(() => types().at(-1) === 'sighted');
  expect(types().slice(-3)).toEqual(['blind', 'leases', 'sighted']);
  expect(seen.at(-3)).toMatchObject({ reason: 'the watch of leases hangs', atMs: seen[1]?.atMs });
});

test('where nobody tells, what it brings says that it lives: it is not opened anew, and what comes then is of blind time', async () => {
  await follow();
  await api.watched(1);
  api.refuse('list', leasesPath, forbidden);
  await until(() => seen.length >= 2);
  expect(seen[1]).toMatchObject({ type: 'blind', reason: unanswered, atMs: seen[0]?.atMs });
  api.renew('a');
  await until(() => types().includes('lease'));
  expect(types().slice(types().indexOf('sighted'))).toEqual(['sighted', 'lease']);
  expect(types().filter((type) => type === 'leases')).toHaveLength(1);
});

test('what may be held back is blind until it is proved that nothing is', async () => {
  const { markUnproven } = await follow();
  await api.watched(1);
  markUnproven('this process did not run', 5);
  expect(seen[1]).toMatchObject({ type: 'blind', reason: 'this process did not run', atMs: 5 });
  await until(() => seen.length === 3);
  expect(types()).toEqual(['leases', 'blind', 'sighted']);
});

test.each([
  ['hangs', 'the watch of leases hangs'],
  ['cannot be proved', unanswered],
])('a watch that %s at the end is blind from what it brought last on', async (how, reason) => {
  const { prove } = await follow();
  await api.watched(1);
  api.renew('a');
  await until(() => seen.length === 2);
  if (how === 'hangs') {
    api.hangWatches();
    api.renew('a');
  } else api.refuse('list', leasesPath, forbidden);
  await prove();
  expect(seen[2]).toMatchObject({ type: 'blind', reason, atMs: seen[1]?.atMs });
});
