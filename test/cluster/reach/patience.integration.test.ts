// An API server that has too much to do says so by 429, and when to ask again.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createSend, loadClient, withinLimit } from '../../../src/cluster/index.ts';

const { signal } = new AbortController();
let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** @param busy of the first answers the headers, each of a 429 */
const serve = async (...busy: readonly Record<string, string>[]) => {
  const asked: string[] = [];
  server = createServer((request, response) => {
    request.resume();
    const headers = busy[asked.length];
    asked.push(request.method ?? '');
    response.writeHead(headers === undefined ? 200 : 429, { 'content-type': 'application/json', ...headers });
    response.end('{"kind":"Status","message":"too many requests, please try again later"}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const client = await loadClient();
  const config = new client.KubeConfig();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  return { access: { client, config }, asked };
};

const soon = { 'retry-after': '1' };

test.each(['GET', 'POST', 'DELETE'] as const)('%s is sent again when it is to be, and taken', async (method) => {
  const { access, asked } = await serve(soon, soon);
  const body = method === 'GET' ? {} : { body: {} };
  const { status } = await createSend(access)({ method, path: '/x', ...body }, { timeoutMs: 100_000, signal });
  expect([status, asked]).toEqual([200, [method, method, method]]);
});

test('a call of the client library likewise', async () => {
  const { access, asked } = await serve(soon);
  const api = access.config.makeApiClient(access.client.CoreV1Api);
  await withinLimit({ client: access.client, signal, timeoutMs: 100_000 }, (options) =>
    api.deleteNamespacedPod({ namespace: 'n', name: 'p' }, options),
  );
  expect(asked).toEqual(['DELETE', 'DELETE']);
});

test.each([
  ['that does not say when', {}],
  ['that says a time which is not there', { 'retry-after': '3600' }],
  ['that says what is no number of seconds', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
])('one %s is the answer', async (_, headers) => {
  const { access, asked } = await serve(headers);
  const { status } = await createSend(access)({ method: 'GET', path: '/x' }, { timeoutMs: 100_000, signal });
  expect([status, asked]).toEqual([429, ['GET']]);
});

test('who is interrupted meanwhile sends no more', async () => {
  const { access, asked } = await serve({ 'retry-after': '50' });
  const ending = new AbortController();
  const sending = createSend(access)({ method: 'DELETE', path: '/x' }, { timeoutMs: 100_000, signal: ending.signal });
  await expect.poll(() => asked).toHaveLength(1);
  setTimeout(() => ending.abort(new Error('interrupted')), 300);
  await expect(sending).rejects.toThrow('interrupted');
  expect(asked).toEqual(['DELETE']);
});
