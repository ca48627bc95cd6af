import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { countOf, expectConserved, record } from './support/recording.ts';

/** Answers as a server that keeps connections, and ends each at once after all. */
const startEnding = async (): Promise<number> => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

// At that rate the generator sleeps between an answer and the next request, with its sockets.
const ratePerSecond = 100;

test('what a server did to a pooled connection while the generator slept is seen before a request goes on it', async () => {
  const port = await startEnding();
  const { load, records, until } = await record(port, { connection: 'keep-alive', ratePerSecond });
  await until((so) => so.length >= 30);
  const summary = await load.stop();
  expectConserved(records, summary, ratePerSecond);
  // Where it is not seen, every second request goes on a connection that is gone. On a busy machine an end may come late.
  expect(countOf(records, 'ok')).toBeGreaterThan(summary.offered * 0.75);
});
