import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadClient } from '../../src/cluster/index.ts';
import { openContext } from '../../src/watch/reach/access.ts';
import { createAsk } from '../../src/watch/reach/api.ts';
import { createBlindness } from '../../src/watch/reach/blindness.ts';
import { followLeases } from '../../src/watch/reach/leases.ts';
import type { Sighting } from '../../src/watch/seen/sighting.ts';
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
  for (const look of waiting) look();
};

const until = (holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (holds()) resolve();
    };
    waiting.add(look);
    look();
  });

const types = (): readonly string[] => seen.map(({ type }) => type);

const follow = async () => {
  const kubeconfig = api.kubeconfig(join(folder, 'kubeconfig'));
  const access = openContext(await loadClient(), { context, kubeconfig, env: {} });
  const blind = createBlindness('leases', take, (thrown) => {
    throw thrown;
  });
  const nowMs = (): number => Math.round(performance.now());
  const options = { access, nowMs, take, blind, signal: stopping.signal, quietMs: 200 };
  const ask = createAsk(access);
  let asked = 0;
  const counted: typeof ask = (...args) => {
    asked += 1;
    for (const look of waiting) look();
    return ask(...args);
  };
  return { ...(await followLeases({ ...options, ask: counted })), asked: () => asked };
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
