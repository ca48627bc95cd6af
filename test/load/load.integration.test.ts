import { expect, test } from 'vitest';
import { integerMicroseconds } from '../../src/load/schedule.ts';
import type { RequestRecord } from '../../src/timeline/index.ts';
import { countOf, expectConserved, record } from './support/recording.ts';
import { type Behaviour, refusingPort, startServer } from './support/servers.ts';

type Expected = Pick<RequestRecord, 'outcome' | 'status' | 'code'>;

// Only what hangs waits for its timeout; for the rest it is so long that a busy machine does not reach it.
const hangMs = 300;
const expectations: Readonly<Record<Behaviour, Expected>> = {
  answer: { outcome: 'ok', status: 200, code: null },
  answerUntilClose: { outcome: 'ok', status: 200, code: null },
  redirect: { outcome: 'ok', status: 302, code: null },
  unavailable: { outcome: 'httpError', status: 503, code: null },
  hang: { outcome: 'timeout', status: null, code: 'TIMEOUT_RESPONSE' },
  hangInBody: { outcome: 'timeout', status: 200, code: 'TIMEOUT_RESPONSE' },
  reset: { outcome: 'reset', status: null, code: 'ECONNRESET' },
  resetInBody: { outcome: 'reset', status: 200, code: 'ECONNRESET' },
  close: { outcome: 'reset', status: null, code: 'ECONNRESET' },
  closeInBody: { outcome: 'reset', status: 200, code: 'ECONNRESET' },
  garbage: { outcome: 'otherError', status: null, code: 'HPE_INVALID_CONSTANT' },
  garbageInBody: { outcome: 'otherError', status: 200, code: 'HPE_INVALID_CHUNK_SIZE' },
  upgrade: { outcome: 'otherError', status: null, code: 'NO_RESPONSE' },
};

const endingsOf = (records: readonly RequestRecord[]): readonly Expected[] =>
  records.map(({ outcome, status, code }) => ({ outcome, status, code }));

for (const [behaviour, expected] of Object.entries(expectations) as [Behaviour, Expected][]) {
  test.each(['fresh', 'keep-alive'] as const)(
    `a server that does "${behaviour}" is seen as ${expected.outcome} on %s connections`,
    async (connection) => {
      const server = await startServer(() => behaviour);
      const timeoutMs = expected.outcome === 'timeout' ? hangMs : 20_000;
      const { load, records } = await record(server.port, { connection, timeoutMs, maxDurationMs: 50 });
      // 200 a second for 50 ms: ten, however late this machine is.
      await expect.poll(() => server.requests(), { timeout: 20_000 }).toBe(10);
      const summary = await load.stop();
      expect(summary.offered).toBe(10);
      expectConserved(records, summary, 200);
      expect(endingsOf(records)).toEqual(Array.from({ length: 10 }, () => expected));
      expect(new Set(records.map((one) => one.connection))).toEqual(new Set([connection]));
    },
  );
}

test('a port at which nobody listens refuses', async () => {
  const { load, records, until } = await record(await refusingPort(), { connection: 'both' });
  await until((so) => so.length >= 10);
  const summary = await load.stop();
  expectConserved(records, summary, 200);
  expect(countOf(records, 'refused')).toBe(summary.offered);
  expect(new Set(records.map((one) => one.code))).toEqual(new Set(['ECONNREFUSED']));
});

test('of several targets each is asked in turn, and one that refuses keeps nothing from the others', async () => {
  const server = await startServer(() => 'answer');
  const { load, records, until } = await record(server.port, {
    connection: 'both',
    targets: [
      { host: '127.0.0.1', port: server.port, path: '/', entrance: 'worker' },
      { host: '127.0.0.1', port: await refusingPort(), path: '/', entrance: 'worker2' },
    ],
  });
  await until((so) => so.length >= 12);
  expectConserved(records, await load.stop(), 200);
  const through = (entrance: string) => records.filter((one) => one.entrance === entrance);
  expect(new Set(through('worker').map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  expect(new Set(through('worker2').map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  for (const entrance of ['worker', 'worker2'])
    expect(new Set(through(entrance).map(({ connection }) => connection)).size).toBe(2);
});

/** What a server receives of a request on a connection of its own. */
const headOf = (host: string, port: number): readonly string[] => [
  ...['GET / HTTP/1.1', `Host: ${host}:${port}`, 'User-Agent: skipbeat', 'Connection: close'],
];

test('IPv6 works as IPv4 does', async () => {
  const server = await startServer(() => 'answer', '::1');
  const { load, records, until } = await record(server.port, { host: '::1' });
  await until((so) => so.length >= 5);
  expectConserved(records, await load.stop(), 200);
  expect(countOf(records, 'ok')).toBe(server.requests());
  expect(server.heads[0]?.split('\r\n')).toEqual(headOf('[::1]', server.port));
});

test('each fresh request has a TCP connection of its own and asks to close it', async () => {
  const server = await startServer(() => 'answer');
  const { load, until } = await record(server.port);
  await until((so) => so.length >= 20);
  const { offered } = await load.stop();
  expect(server.requests()).toBe(offered);
  expect(server.connections()).toBe(offered);
  for (const head of server.heads) expect(head.split('\r\n')).toEqual(headOf('127.0.0.1', server.port));
});

test('with both kinds the rate is the total: the fresh half opens connections, the other half shares its own', async () => {
  const server = await startServer(() => 'answer');
  const { load, records, until } = await record(server.port, { connection: 'both', maxInFlight: 2 });
  await until((so) => so.length >= 40);
  const summary = await load.stop();
  expectConserved(records, summary, 200);
  const fresh = records.filter((one) => one.connection === 'fresh');
  expect(fresh.length).toBe(Math.ceil(summary.offered / 2));
  expect(fresh.every((one) => one.seq % 2 === 0)).toBe(true);
  // At most two in flight: the keep-alive half needs no more than two connections.
  const freshSent = fresh.filter((one) => one.sentMs !== null).length;
  expect(server.connections()).toBeGreaterThan(freshSent);
  expect(server.connections()).toBeLessThanOrEqual(freshSent + 2);
});

test('a pooled connection that the server ends under a request is a reset, and nothing is sent again', async () => {
  const server = await startServer((_request, onConnection) => (onConnection === 0 ? 'answer' : 'reset'));
  const { load, records, until } = await record(server.port, { connection: 'keep-alive' });
  await until((so) => countOf(so, 'reset') >= 5);
  const summary = await load.stop();
  expectConserved(records, summary, 200);
  expect(countOf(records, 'ok') + countOf(records, 'reset')).toBe(summary.offered);
  expect(server.requests()).toBe(summary.offered);
});

test('a server that never answers does not slow the schedule', async () => {
  const server = await startServer(() => 'hang');
  const { load, records, until } = await record(server.port, { timeoutMs: hangMs, maxDurationMs: 500 });
  await until((so) => so.length === 100);
  const summary = await load.stop();
  expect(summary).toEqual({
    offered: 100,
    startedAtMs: summary.startedAtMs,
    endedAtMs: integerMicroseconds(summary.startedAtMs + 500),
  });
  expectConserved(records, summary, 200);
  expect(countOf(records, 'timeout')).toBe(100);
});

test('beyond the limit of requests in flight a due request is dropped, recorded and never sent', async () => {
  const server = await startServer(() => 'hang');
  const { load, records, until } = await record(server.port, { maxInFlight: 2 });
  await until((so) => countOf(so, 'dropped') >= 10);
  // What was dropped by now was dropped beside two that hang.
  expect(countOf(records, 'ok')).toBe(0);
  const summary = await server.releaseUntil(load.stop());
  expectConserved(records, summary, 200);
  const dropped = records.filter((one) => one.outcome === 'dropped');
  for (const one of dropped) expect(one).toMatchObject({ sentMs: null, status: null, code: 'IN_FLIGHT_LIMIT' });
  // Once the two were answered, and before the stop arrived, a few more may have found their place.
  expect(dropped.map((one) => one.seq)).toEqual(expect.arrayContaining([2, 3, 4, 5, 6, 7, 8, 9]));
  expect(server.requests()).toBe(summary.offered - dropped.length);
  expect(countOf(records, 'ok')).toBe(server.requests());
});
