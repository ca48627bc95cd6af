import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { countOf, expectConserved, record } from './support/recording.ts';
import { startServer } from './support/servers.ts';

test('files that this process may not open are not failures of the service: those requests are dropped, by name', async () => {
  const server = await startServer(() => 'hang');
  const script = fileURLToPath(new URL('./support/starved-process.ts', import.meta.url));
  const command = `ulimit -n 60 && exec "$0" "$@"`;
  const { stdout } = await execa('bash', [
    '--norc',
    '-c',
    command,
    process.execPath,
    script,
    String(server.port),
    '200',
  ]);
  const { offered, sent, endings } = JSON.parse(stdout) as {
    readonly offered: number;
    readonly sent: number;
    readonly endings: Readonly<Record<string, number>>;
  };
  expect(offered).toBe(200);
  expect(Object.keys(endings).sort()).toEqual(['dropped EMFILE', 'timeout TIMEOUT_RESPONSE']);
  expect(endings['timeout TIMEOUT_RESPONSE']).toBe(sent);
  expect(endings['dropped EMFILE']).toBe(offered - sent);
});

/** Connections of this machine's clients to that port which still hold their own port (TIME_WAIT is 06). @see proc_net_tcp */
const waiting = (port: number): readonly string[] => {
  const remote = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to = '', state]) => to.endsWith(`:${remote}`) && state === '06')
    .map(([, from = '']) => from);
};

/** Read before a load: a port that a server gets may have been a client's, whose own server still remembers it. */
const waitingSince = (port: number): (() => number) => {
  const before = new Set(waiting(port));
  return () => waiting(port).filter((from) => !before.has(from)).length;
};

test.each([
  ['closes as it was asked to', () => createServer((_request, response) => response.end('ok'))],
  [
    'never closes',
    () =>
      createServer((request, response) => {
        response.shouldKeepAlive = true;
        request.socket.setKeepAlive(true);
        response.end('ok');
      }),
  ],
])('a load on a server that %s uses up no port: at 1,000 a second it can go on for ever', async (_, make) => {
  const server = make();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const waitingNow = waitingSince(port);
  const { load, records } = await record(port, { ratePerSecond: 1000, maxDurationMs: 2000 });
  await expect.poll(() => countOf(records, 'ok'), { timeout: 30_000 }).toBe(2000);
  expectConserved(records, await load.stop(), 1000);
  // Who was not closed is waited for a second, then reset.
  await expect.poll(() => server.listening && waitingNow(), { timeout: 5000 }).toBe(0);
});

test('nor does one on a server that hangs: who was given up on is reset', async () => {
  const server = await startServer(() => 'hang');
  const waitingNow = waitingSince(server.port);
  const { load, records } = await record(server.port, { timeoutMs: 300, maxDurationMs: 500 });
  await expect.poll(() => countOf(records, 'timeout'), { timeout: 30_000 }).toBe(100);
  expectConserved(records, await load.stop(), 200);
  expect(waitingNow()).toBe(0);
});
