import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startLoad } from '../../src/load/index.ts';
import { integerMicroseconds } from '../../src/load/schedule.ts';
import { countOf, expectConserved, record } from './support/recording.ts';
import { type Behaviour, startServer } from './support/servers.ts';

test('a stop ends the schedule at once but waits for what is in flight', async () => {
  const server = await startServer(() => 'hang');
  const { load, records } = await record(server.port);
  await expect.poll(() => server.requests()).toBeGreaterThan(5);
  const summary = await server.releaseUntil(load.stop());
  expectConserved(records, summary, 200);
  expect(countOf(records, 'ok')).toBe(summary.offered);
  expect(server.requests()).toBe(summary.offered);
});

test('a second stop returns what the first did, during and after it', async () => {
  const server = await startServer(() => 'answer');
  const { load, until } = await record(server.port);
  await until((so) => so.length > 0);
  const [first, second] = await Promise.all([load.stop(), load.stop()]);
  expect(second).toBe(first);
  expect(await load.stop()).toBe(first);
});

test('a stop right after the start still accounts for every request', async () => {
  const server = await startServer(() => 'answer');
  const { load, records } = await record(server.port);
  const summary = await load.stop();
  expectConserved(records, summary, 200);
  expect(server.requests()).toBe(summary.offered);
});

test('a load that nobody stops ends its schedule at the upper bound', async () => {
  const server = await startServer(() => 'answer');
  const { load, records, until } = await record(server.port, { ratePerSecond: 100, maxDurationMs: 100 });
  await until((so) => so.length === 10);
  const summary = await load.stop();
  expect(summary.offered).toBe(10);
  expect(summary.endedAtMs).toBe(integerMicroseconds(summary.startedAtMs + 100));
  expectConserved(records, summary, 100);
});

test('times count from the start of the run, not of the load', async () => {
  const server = await startServer(() => 'answer');
  const runStartNs = process.hrtime.bigint() - 3_600_000_000_000n;
  const { load, records, until } = await record(server.port, { runStartNs });
  await until((so) => so.length > 0);
  const summary = await load.stop();
  expect(summary.startedAtMs).toBeGreaterThanOrEqual(3_600_000);
  expect(records[0]?.dueMs).toBe(summary.startedAtMs);
});

test('a listener that throws ends the load, and both stop and failed say why', async () => {
  const server = await startServer(() => 'answer');
  const full = new Error('ENOSPC: no space left on device, write');
  const load = await startLoad({
    targets: [{ host: '127.0.0.1', port: server.port, path: '/' }],
    ratePerSecond: 200,
    connection: 'fresh',
    timeoutMs: 20_000,
    runStartNs: process.hrtime.bigint(),
    maxDurationMs: 60_000,
    onBatch: () => {
      throw full;
    },
  });
  const failure = {
    code: 'LOAD_LISTENER_FAILED',
    message: 'What records the requests failed: ENOSPC: no space left on device, write',
    cause: full,
  };
  await expect(load.failed).rejects.toMatchObject(failure);
  await expect(load.stop()).rejects.toMatchObject(failure);
});

test('whatever the server does and whenever the load is stopped, no request is lost or invented', async () => {
  const behaviour = fc.constantFrom<Behaviour>(
    'answer',
    'unavailable',
    'hang',
    'hangInBody',
    'reset',
    'resetInBody',
    'close',
    'closeInBody',
    'garbage',
    'garbageInBody',
    'upgrade',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(behaviour, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('fresh', 'keep-alive', 'both'),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(150),
      async (sequence, connection, maxInFlight, stopAfterMs) => {
        let answers = 0;
        const server = await startServer((request) => {
          const chosen = sequence[request % sequence.length] ?? 'answer';
          if (chosen === 'answer') answers += 1;
          return chosen;
        });
        const { load, records } = await record(server.port, {
          ratePerSecond: 300,
          connection,
          maxInFlight,
          timeoutMs: 100,
        });
        await delay(stopAfterMs);
        const summary = await load.stop();
        expectConserved(records, summary, 300);
        expect(countOf(records, 'ok')).toBeLessThanOrEqual(answers);
        const sent = records.filter((one) => one.sentMs !== null).length;
        expect(server.requests()).toBeLessThanOrEqual(sent);
        expect(countOf(records, 'dropped')).toBe(summary.offered - sent);
      },
    ),
    { numRuns: 15 },
  );
});
