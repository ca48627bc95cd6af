import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { LoadPlan } from '../../src/load/options.ts';
import { supervise } from '../../src/load/supervise.ts';
import { startServer } from './support/servers.ts';

const start =
  "const { parentPort } = require('node:worker_threads'); parentPort.postMessage({ type: 'started', startedAtMs: 1 });";

/** A thread that breaks its contract in one way. */
const worker = (code: string): Worker => {
  const made = new Worker(code, { eval: true });
  onTestFinished(async () => {
    await made.terminate();
  });
  return made;
};

const noBatch = (): void => expect.unreachable();

test('a thread that fails before it starts is an error of the start', async () => {
  await expect(supervise(worker("throw new Error('no memory')"), 1000, noBatch)).rejects.toMatchObject({
    code: 'LOAD_WORKER_DIED',
    message: "The load generator's thread failed: no memory; its figures are incomplete.",
    exitCode: 70,
  });
});

test('a thread that throws midway surfaces through failed and through stop, before or after it is asked', async () => {
  const load = await supervise(
    worker(`${start} parentPort.once('message', () => { throw new Error('no memory'); });`),
    20_000,
    noBatch,
  );
  const died = { message: "The load generator's thread failed: no memory; its figures are incomplete." };
  await expect(load.stop()).rejects.toMatchObject(died);
  await expect(load.failed).rejects.toMatchObject(died);
  await expect(load.stop()).rejects.toMatchObject(died);
});

test('a failure that nobody listens to does not end the process', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const thread = worker(`${start} setImmediate(() => process.exit(3));`);
  // Listened for before the start is awaited: the thread may have ended by the time its start is known.
  const exited = once(thread, 'exit');
  const load = await supervise(thread, 1000, noBatch);
  await exited;
  // Node reports a rejection without a handler once the microtasks of the turn have run.
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
  await expect(load.failed).rejects.toMatchObject({
    message: "The load generator's thread ended by itself (exit code 3); its figures are incomplete.",
  });
});

test('a thread that does not heed a stop is ended and reported', async () => {
  const thread = worker(`${start} setInterval(() => undefined, 1000);`);
  const exited = once(thread, 'exit');
  const load = await supervise(thread, 50, noBatch);
  await expect(load.stop()).rejects.toMatchObject({
    code: 'LOAD_WORKER_STUCK',
    message: "The load generator's thread did not end within 50 ms of the stop; its figures are incomplete.",
  });
  await exited;
});

test('the real thread, ended in the middle of a load, is a failure and not a short load', async () => {
  const server = await startServer(() => 'answer');
  const plan: LoadPlan = {
    targets: [{ host: '127.0.0.1', port: server.port, path: '/' }],
    ratePerSecond: 200,
    connection: 'fresh',
    timeoutMs: 20_000,
    runStartNs: process.hrtime.bigint(),
    maxDurationMs: 60_000,
  };
  const thread = new Worker(new URL('../../src/load/worker.ts', import.meta.url), { workerData: plan, execArgv: [] });
  let batches = 0;
  const load = await supervise(thread, 20_000, () => {
    batches += 1;
  });
  await expect.poll(() => batches).toBeGreaterThan(0);
  await thread.terminate();
  await expect(load.failed).rejects.toMatchObject({ code: 'LOAD_WORKER_DIED' });
  await expect(load.stop()).rejects.toMatchObject({ code: 'LOAD_WORKER_DIED' });
});
