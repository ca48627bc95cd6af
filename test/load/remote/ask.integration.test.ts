import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { serveGenerator } from '../../../src/load/remote/serve.ts';

let server: Server;
const received: string[] = [];
afterEach(() => {
  received.length = 0;
  server.closeAllConnections();
  server.close();
});

const listen = async (answer: RequestListener): Promise<number> => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      received.push(`${request.method} ${request.url} ${body}`.trim());
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
};

/** What a generator says of one request beside the load. */
const ask = async (port: number, form: object): Promise<unknown> => {
  const answered = Promise.withResolvers<unknown>();
  const take = serveGenerator((line) => answered.resolve(JSON.parse(line)), answered.reject);
  take(JSON.stringify({ type: 'ask', target: { host: '127.0.0.1', port, path: '/x', entrance: 'w', ...form } }));
  return answered.promise;
};

const post = { method: 'POST', body: 'a=1' };

test('what may change something is sent once, and its answer is waited for, later than that to a GET', async () => {
  const port = await listen((_, response) => void delay(700).then(() => response.end('ok')));
  expect(await ask(port, post)).toEqual({ type: 'asked', problem: null, isSent: true });
  expect(received).toEqual(['POST /x a=1']);
  expect(await ask(port, {})).toEqual({ type: 'asked', problem: 'nothing within 0.3 s', isSent: true });
});

test('whatever is answered, it is known that it was sent', async () => {
  const port = await listen((_, response) => response.writeHead(503).end());
  expect(await ask(port, post)).toEqual({ type: 'asked', problem: 'HTTP 503', isSent: true });
});

test('where no connection comes about nothing was sent', async () => {
  const port = await listen((_, response) => response.end());
  server.close();
  expect(await ask(port, post)).toEqual({
    ...{ type: 'asked', isSent: false },
    problem: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
  expect(received).toEqual([]);
});

test('a connection that is broken off after it was sent may have brought it', async () => {
  const port = await listen((request) => void request.socket.destroy());
  expect(await ask(port, post)).toEqual({ type: 'asked', problem: 'socket hang up', isSent: true });
  expect(received).toHaveLength(1);
});
