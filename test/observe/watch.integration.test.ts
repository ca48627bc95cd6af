// A server of our own stands in for the API server here, for a real one cannot be made to forget a resourceVersion or
// to break a stream at a chosen moment. That the watches work against a real one is shown by every run on kind.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type WatchHandlers, watchResource } from '../../src/observe/watch.ts';
import type { WatchedResource } from '../../src/timeline/index.ts';

type Notified = readonly [what: string, detail: string];

let server: Server;
let streams: { resourceVersion: string; response: ServerResponse }[];
let refuseWatchWith: number | null;
let hangs: boolean;
let throwsOn: string | null;
let lists: number;
let item: object | null;
let stopping: AbortController;
let notified: Notified[];
let waiting: Set<() => void>;
let silentMs: number;
let gapMs: number;
let listedAtMs: number;
let gaps: Parameters<WatchHandlers['gap']>[0][];

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });

beforeEach(async () => {
  streams = [];
  refuseWatchWith = null;
  hangs = false;
  throwsOn = null;
  lists = 0;
  item = object('a', '7');
  notified = [];
  gaps = [];
  waiting = new Set();
  stopping = new AbortController();
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.searchParams.get('watch') !== 'true') {
      lists += 1;
      response.end(JSON.stringify({ metadata: { resourceVersion: String(lists * 100) }, items: [item] }));
      item ??= object('a', '7');
      for (const probe of waiting) probe();
      return;
    }
    if (refuseWatchWith !== null) {
      response.statusCode = refuseWatchWith;
      refuseWatchWith = null;
      response.end('{}');
      return;
    }
    if (!hangs) response.flushHeaders();
    streams.push({ resourceVersion: url.searchParams.get('resourceVersion') ?? '', response });
    for (const probe of waiting) probe();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  stopping.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const until = (holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const probe = (): void => {
      if (!holds()) return;
      waiting.delete(probe);
      resolve();
    };
    waiting.add(probe);
    probe();
  });

const notify = (what: string, detail: string): void => {
  notified.push([what, detail]);
  if (what === throwsOn) throw new Error(`cannot take ${detail}`);
  for (const probe of waiting) probe();
};

const begin = (silenceMs?: number, resource: WatchedResource = 'nodes') => {
  const config = new client.KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'x', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'x' },
  );
  const startedAt = performance.now();
  return watchResource({
    access: { client, config },
    resource,
    path: '/api/v1/nodes',
    nowMs: () => performance.now() - startedAt,
    signal: stopping.signal,
    ...(silenceMs === undefined ? {} : { silenceMs }),
    handlers: {
      listed: (objects, atMs) => {
        listedAtMs = atMs;
        notify('listed', objects.map((one) => one.metadata?.name).join());
      },
      changed: (one) => notify('changed', `${one.metadata?.name}@${one.metadata?.resourceVersion}`),
      deleted: (one) => notify('deleted', one.metadata?.name ?? ''),
      lost: (reason, atMs, fromMs) => {
        silentMs = atMs - fromMs;
        notify('lost', reason);
      },
      gap: (gap) => {
        const { fromMs, toMs, how, reason } = gap;
        gaps.push(gap);
        gapMs = toMs - fromMs;
        notify('gap', `${how}${toMs >= fromMs ? '' : ' backwards'}: ${reason}`);
      },
    },
  });
};

const send = (index: number, type: string, body: object): void => {
  streams[index]?.response.write(`${JSON.stringify({ type, object: body })}\n`);
};

describe('watchResource', () => {
  test('lists first, then emits each change as it comes, from the version of the list on', async () => {
    await begin();
    expect(notified).toEqual([['listed', 'a']]);
    await until(() => streams.length === 1);
    expect(streams[0]?.resourceVersion).toBe('100');
    send(0, 'MODIFIED', object('a', '101'));
    send(0, 'ADDED', object('b', '102'));
    send(0, 'DELETED', object('a', '103'));
    await until(() => notified.length === 4);
    expect(notified.slice(1)).toEqual([
      ['changed', 'a@101'],
      ['changed', 'b@102'],
      ['deleted', 'a'],
    ]);
  });

  test('a stream that ends is resumed where it was, and the time between is emitted as a gap', async () => {
    await begin();
    await until(() => streams.length === 1);
    send(0, 'BOOKMARK', object('', '150'));
    send(0, 'MODIFIED', object('a', '151'));
    await until(() => notified.length === 2);
    streams[0]?.response.end();
    await until(() => notified.length === 4);
    expect(streams[1]?.resourceVersion).toBe('151');
    expect(notified.slice(2)).toEqual([
      ['lost', 'the stream ended'],
      ['gap', 'resumed: the stream ended'],
    ]);
    expect(lists).toBe(1);
  });

  test.each([
    [
      'in the stream',
      () => send(0, 'ERROR', { code: 410, message: 'too old resource version' }),
      'the stream ended with 410: too old resource version',
    ],
    [
      'when it is resumed',
      () => {
        refuseWatchWith = 410;
      },
      'HTTP 410 for the watch of /api/v1/nodes',
    ],
  ])('a version that was forgotten, answered %s, makes it list anew, and the gap says so', async (_, forget, why) => {
    await begin();
    await until(() => streams.length === 1);
    forget();
    streams[0]?.response.end();
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(lists).toBe(2);
    expect(streams.at(-1)?.resourceVersion).toBe('200');
    expect(notified.filter(([what]) => what === 'listed')).toHaveLength(2);
    expect(notified.at(-1)?.[1]).toBe(`relisted: ${why}`);
  });

  test('a version that is found to be forgotten once the stream is open again was blind all the while, and came not just late', async () => {
    await begin();
    await until(() => streams.length === 1);
    send(0, 'MODIFIED', object('a', '101'));
    await until(() => notified.length === 2);
    // API servers answer 200, and say so in the stream (k8s.io/apiserver, cacher.go: newErrWatcher).
    refuseWatchWith = 500;
    streams[0]?.response.destroy();
    await until(() => streams.length === 2);
    send(1, 'ERROR', { code: 410, message: 'too old resource version' });
    streams[1]?.response.end();
    await until(() => gaps.length === 2);
    expect(notified.map(([what]) => what)).toEqual(['listed', 'changed', 'lost', 'gap', 'lost', 'listed', 'gap']);
    expect(gaps.map(({ how }) => how)).toEqual(['resumed', 'relisted']);
    expect(gaps[1]?.fromMs).toBe(gaps[0]?.fromMs);
  });

  test('so is one that is found to be forgotten after a stream that was opened meanwhile and ended before it brought anything', async () => {
    await begin();
    await until(() => streams.length === 1);
    send(0, 'MODIFIED', object('a', '101'));
    await until(() => notified.length === 2);
    streams[0]?.response.destroy();
    await until(() => gaps.length === 1);
    refuseWatchWith = 410;
    streams[1]?.response.end();
    await until(() => gaps.length === 2);
    expect(gaps.map(({ how }) => how)).toEqual(['resumed', 'relisted']);
    expect(gaps[1]?.fromMs).toBe(gaps[0]?.fromMs);
  });

  test('one that stood for a while, quiet as all was, has brought what was before it', async () => {
    await begin();
    await until(() => streams.length === 1);
    send(0, 'MODIFIED', object('a', '101'));
    await until(() => notified.length === 2);
    streams[0]?.response.destroy();
    await until(() => gaps.length === 1);
    const { response } = streams[1] ?? {};
    setTimeout(() => {
      refuseWatchWith = 410;
      response?.end();
    }, 1300);
    await until(() => gaps.length === 2);
    expect(gaps[1]?.fromMs).toBeGreaterThan((gaps[0]?.toMs ?? Number.NaN) + 1000);
  });

  test('the first stream, too, which ended at once: then nothing is known to have come since the list', async () => {
    await begin();
    const firstMs = listedAtMs;
    await until(() => streams.length === 1);
    refuseWatchWith = 410;
    streams[0]?.response.end();
    await until(() => gaps.length === 1);
    expect(gaps).toMatchObject([{ how: 'relisted', fromMs: firstMs }]);
  });

  test('where the first stream is refused, nothing was seen live since the list', async () => {
    refuseWatchWith = 500;
    await begin();
    const firstMs = listedAtMs;
    await until(() => gaps.length === 1);
    expect(gaps).toMatchObject([{ how: 'resumed', fromMs: firstMs }]);
  });

  test.each([
    ['a change', (): void => send(1, 'MODIFIED', object('a', '101'))],
    ['a bookmark', (): void => send(1, 'BOOKMARK', object('', '101'))],
  ])('what a stream brought before that, %s, shows that it went on', async (_, bring) => {
    await begin();
    await until(() => streams.length === 1);
    streams[0]?.response.destroy();
    await until(() => streams.length === 2);
    bring();
    send(1, 'ERROR', { code: 410, message: 'too old resource version' });
    streams[1]?.response.end();
    await until(() => gaps.length === 2);
    expect(gaps[1]?.fromMs).toBeGreaterThanOrEqual(gaps[0]?.toMs ?? Number.NaN);
  });

  test.each([
    ['a Status instead of a change', '{"kind":"Status","apiVersion":"v1","status":"Failure","code":504}'],
    ['null', 'null'],
    ['an ERROR without its object', '{"type":"ERROR"}'],
    ['a change without its object', '{"type":"MODIFIED"}'],
    ['a change of nothing that has a name', '{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"8"}}}'],
    ['a type that nobody knows', '{"type":"MOVED","object":{"metadata":{"name":"a","resourceVersion":"8"}}}'],
  ])('%s on the stream is lost time, with the line as its reason, and all is listed anew', async (_, line) => {
    await begin();
    await until(() => streams.length === 1);
    send(0, 'MODIFIED', object('a', '101'));
    streams[0]?.response.write(`${line}\n`);
    send(0, 'MODIFIED', object('a', '102'));
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified.slice(1)).toEqual([
      ['changed', 'a@101'],
      ['lost', `the stream brought what is no change: ${line}`],
      ['listed', 'a'],
      ['gap', `relisted: the stream brought what is no change: ${line}`],
    ]);
    expect(streams[1]?.resourceVersion).toBe('200');
    send(1, 'MODIFIED', object('a', '201'));
    await until(() => notified.at(-1)?.[1] === 'a@201');
  });

  test('a list of things without a name is none, and is asked for again', async () => {
    item = null;
    const { done } = await begin();
    expect(lists).toBe(2);
    expect(notified).toEqual([['listed', 'a']]);
    stopping.abort();
    await done;
  });

  test('a stream that says nothing any more was blind from what it said last, not from when that was noticed', async () => {
    await begin(400);
    await until(() => streams.length === 1);
    send(0, 'MODIFIED', object('a', '101'));
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified.slice(1, 4)).toEqual([
      ['changed', 'a@101'],
      ['lost', 'nothing was received for 0.4 s'],
      ['gap', 'resumed: nothing was received for 0.4 s'],
    ]);
    expect(silentMs).toBeGreaterThan(350);
    expect(gapMs).toBeGreaterThanOrEqual(silentMs);
  });

  test('of events there are no bookmarks: a stream that is silent stands as long as a list has nothing more', async () => {
    await begin(400, 'events');
    await until(() => streams.length === 1);
    await until(() => lists === 3);
    item = object('a', '401');
    send(0, 'MODIFIED', item);
    await until(() => notified.length === 2);
    streams[0]?.response.end();
    await until(() => notified.length === 4);
    expect(notified).toEqual([
      ['listed', 'a'],
      ['changed', 'a@401'],
      ['lost', 'the stream ended'],
      ['gap', 'resumed: the stream ended'],
    ]);
  });

  test('it goes on from the version of that list: an older one the API server may have forgotten', async () => {
    await begin(400, 'events');
    await until(() => lists === 2);
    streams[0]?.response.end();
    await until(() => streams.length === 2);
    expect(Number(streams[1]?.resourceVersion)).toBeGreaterThanOrEqual(200);
  });

  test('where the list has what the silent stream did not bring, it was blind since the last list that had no more', async () => {
    await begin(400, 'events');
    await until(() => lists === 2);
    item = object('a', '8');
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified).toEqual([
      ['listed', 'a'],
      ['lost', 'nothing was received for 0.4 s'],
      ['gap', 'resumed: nothing was received for 0.4 s'],
    ]);
    // The list that was asked for after 0.4 s found nothing, the one after 0.8 s and a second's grace for what is on its way.
    expect(silentMs).toBeGreaterThan(1350);
    expect(Number(streams[1]?.resourceVersion)).toBe(200);
  });

  test('a stream of events that nobody answers is no silent one: it is asked for anew, whatever a list says', async () => {
    hangs = true;
    await begin(200, 'events');
    await until(() => streams.length === 2);
    expect(notified).toEqual([
      ['listed', 'a'],
      ['lost', 'nothing was received for 0.2 s'],
    ]);
  });

  test('where a list lacks what the silent stream brought, it has not brought that this is gone', async () => {
    await begin(1000, 'events');
    await until(() => streams.length === 1);
    item = object('b', '8');
    send(0, 'ADDED', item);
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified.slice(1)).toEqual([
      ['changed', 'b@8'],
      ['lost', 'nothing was received for 1 s'],
      ['gap', 'resumed: nothing was received for 1 s'],
    ]);
  });

  test('where nobody answers the list, the stream is given up', async () => {
    await begin(200, 'events');
    await until(() => streams.length === 1);
    item = null;
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified.slice(1)).toEqual([
      ['lost', 'nothing was received for 0.2 s'],
      ['gap', 'resumed: nothing was received for 0.2 s'],
    ]);
  });

  test('a server that refuses for a while makes one gap, emitted when the watch stands again', async () => {
    await begin();
    await until(() => streams.length === 1);
    refuseWatchWith = 500;
    streams[0]?.response.destroy();
    await until(() => streams.length === 2);
    await until(() => notified.some(([what]) => what === 'gap'));
    expect(notified.map(([what]) => what)).toEqual(['listed', 'lost', 'gap']);
    expect(streams[1]?.resourceVersion).toBe('100');
  });

  test('ends when its signal fires', async () => {
    const { done } = await begin();
    await until(() => streams.length === 1);
    stopping.abort();
    await done;
    expect(notified).toEqual([['listed', 'a']]);
  });

  test('ends at once when its signal fires while nobody answers', async () => {
    hangs = true;
    const { done } = await begin();
    await until(() => streams.length === 1);
    stopping.abort();
    await done;
  });

  test.each(['changed', 'deleted', 'gap'])('what a handler throws is its end (%s)', async (what) => {
    throwsOn = what;
    const { done } = await begin();
    const ended = expect(done).rejects.toThrow('cannot take');
    await until(() => streams.length === 1);
    if (what === 'gap') streams[0]?.response.end();
    else send(0, what === 'changed' ? 'MODIFIED' : 'DELETED', object('a', '101'));
    await ended;
  });

  test('what the handler of the first list throws is not tried again', async () => {
    throwsOn = 'listed';
    await expect(begin()).rejects.toThrow('cannot take a');
    expect(lists).toBe(1);
  });
});
