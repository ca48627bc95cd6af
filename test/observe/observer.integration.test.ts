// A server of our own stands in for the API server, for a real one cannot be made to hang at a chosen request.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startObserver } from '../../src/observe/index.ts';
import type { EventBody } from '../../src/timeline/index.ts';

let server: Server;
let calledOff: AbortController;
/** Paths that are never answered. */
let hangs: (url: URL) => boolean;
let asked: number;

beforeEach(async () => {
  calledOff = new AbortController();
  asked = 0;
  hangs = (url) => url.searchParams.get('watch') === 'true' || url.pathname === '/readyz';
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    asked += 1;
    if (hangs(url)) return;
    if (url.pathname === '/readyz') response.statusCode = 500;
    const items = url.pathname === '/api/v1/nodes' ? [{ metadata: { name: 'skipbeat-x-worker', uid: '1' } }] : [];
    response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  calledOff.abort();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const start = (record: (body: EventBody) => void, failed: (thrown: unknown) => void) => {
  const config = new client.KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'x', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
    { name: 'x' },
  );
  const startedAt = performance.now();
  return startObserver({
    workload: {},
    access: { client, config },
    cluster: 'skipbeat-x',
    kubernetesVersion: 'v1.34.4',
    nowMs: () => performance.now() - startedAt,
    record,
    failed,
    signal: calledOff.signal,
  });
};
const ignore = (): void => undefined;

test('stops at once where no request is answered any more', async () => {
  const notes: EventBody[] = [];
  const observer = await start((body) => notes.push(body), ignore);
  while (asked < 11) await once(server, 'request');
  await observer.stop();
  expect(notes.filter(({ type }) => type === 'note')).toEqual([]);
});

test('is called off while the first list hangs', async () => {
  hangs = () => true;
  const starting = expect(start(ignore, ignore)).rejects.toThrow('enough');
  await once(server, 'request');
  calledOff.abort(new Error('enough'));
  await starting;
});

test('passes on to the run what a handler threw, and so does its stop', async () => {
  hangs = (url) => url.searchParams.get('watch') === 'true';
  const failure = Promise.withResolvers<unknown>();
  const observer = await start((body) => {
    if (body.type === 'api.silent') throw new Error('no room for it');
  }, failure.resolve);
  hangs = () => true;
  await expect(failure.promise).resolves.toMatchObject({ message: 'no room for it' });
  await expect(observer.stop()).rejects.toThrow('no room for it');
});

test('records who leads at first sight and whenever it changes, not whenever a Lease is renewed', async () => {
  const lease = (holder: string, leaseTransitions: number, resourceVersion: string) => ({
    metadata: { namespace: 'kube-system', name: 'kube-controller-manager', resourceVersion },
    spec: { holderIdentity: `skipbeat-x-${holder}_1f`, leaseTransitions, renewTime: resourceVersion },
  });
  const changes = [
    lease('control-plane', 0, '2'),
    lease('control-plane2', 1, '3'),
    lease('control-plane2', 1, '4'),
    lease('control-plane2', 3, '5'),
  ];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isLeases = url.pathname.endsWith('/leases');
    if (url.searchParams.get('watch') !== 'true') {
      const items = isLeases ? [lease('control-plane', 0, '1')] : [];
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
    } else if (isLeases && url.searchParams.get('resourceVersion') === '1') {
      for (const object of changes) response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
    }
  });
  const seen: EventBody[] = [];
  const all = Promise.withResolvers<void>();
  const observer = await start((body) => {
    if (body.type === 'leader') seen.push(body);
    if (body.type === 'leader' && body.transitions === 3) all.resolve();
  }, ignore);
  await all.promise;
  await observer.stop();
  expect(seen).toMatchObject([
    { component: 'kube-controller-manager', node: 'control-plane', transitions: 0 },
    { node: 'control-plane2', transitions: 1 },
    { node: 'control-plane2', transitions: 3 },
  ]);
});

test('a node that went while the API server had forgotten what was seen last is there no more', async () => {
  const node = (name: string) => ({ metadata: { name: `skipbeat-x-${name}`, uid: name } });
  let lists = 0;
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isNodes = url.pathname === '/api/v1/nodes';
    if (url.searchParams.get('watch') !== 'true') {
      lists += isNodes ? 1 : 0;
      const items = lists === 1 ? [node('worker'), node('worker2')] : [node('worker')];
      const metadata = { resourceVersion: isNodes ? String(lists) : '1' };
      response.end(JSON.stringify({ metadata, items: isNodes ? items : [] }));
    } else if (isNodes && url.searchParams.get('resourceVersion') === '1') {
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: { code: 410, message: 'too old resource version' } })}\n`,
      );
    }
  });
  const observer = await start(ignore, ignore);
  await expect.poll(() => lists).toBeGreaterThan(1);
  await expect.poll(() => [...observer.now().nodes.keys()]).toEqual(['worker']);
  await observer.stop();
});
