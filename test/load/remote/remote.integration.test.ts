import { expect, onTestFinished, test } from 'vitest';
import { type RemoteClock, remoteGenerator } from '../../../src/load/index.ts';
import { startDialogue } from '../../../src/node/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { expectConserved } from '../support/recording.ts';
import { refusingPort, startServer } from '../support/servers.ts';

const program = new URL('../../../src/load/remote/remote.ts', import.meta.url).pathname;

/** The generator as its container runs it: a program of its own, spoken to over its input and output. */
const remote = () => {
  const dialogue = startDialogue([process.execPath, program]);
  onTestFinished(async () => {
    await dialogue.end(1000);
  });
  return { dialogue, generator: remoteGenerator(dialogue) };
};

const plan = (...ports: readonly number[]) =>
  ({
    targets: ports.map((port) => ({ host: '127.0.0.1', port, path: '/', entrance: `at ${port}` })),
    ratePerSecond: 200,
    connection: 'fresh',
    timeoutMs: 1000,
    runStartNs: process.hrtime.bigint(),
    maxDurationMs: 60_000,
  }) as const;

const until = (records: readonly RequestRecord[], count: number): Promise<void> =>
  expect.poll(() => records.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);

test('a generator in another program keeps the same records, on the clock of its owner', async () => {
  const [server, refusing] = [await startServer(() => 'answer'), await refusingPort()];
  const { dialogue, generator } = remote();
  const records: RequestRecord[] = [];
  const clocks: [string, RemoteClock][] = [];
  const asked = plan(server.port, refusing);
  const load = await generator.start({
    ...asked,
    onBatch: (batch) => records.push(...batch),
    onClock: (moment, clock) => clocks.push([moment, clock]),
  });
  await until(records, 20);
  const summary = await load.stop();
  const nowMs = Number(process.hrtime.bigint() - asked.runStartNs) / 1e6;
  expectConserved(records, summary, 200);
  expect(records.length).toBe(summary.offered);
  for (const { entrance, outcome, endedMs } of records) {
    expect(outcome).toBe(entrance === `at ${refusing}` ? 'refused' : 'ok');
    expect(endedMs).toBeLessThan(nowMs);
  }
  // One kernel, one clock.
  expect(clocks).toEqual(['start', 'end'].map((moment) => [moment, { shared: true, offsetNs: 0n, errorMs: 0 }]));
  expect(await dialogue.end(5000)).toBe('exit code 0');
});

test('one that dies in the middle fails the load by name, as inconclusive, and its end is reported', async () => {
  const server = await startServer(() => 'answer');
  const { dialogue, generator } = remote();
  const records: RequestRecord[] = [];
  const load = await generator.start({ ...plan(server.port), onBatch: (batch) => records.push(...batch) });
  await until(records, 5);
  const ended = dialogue.end(0);
  await expect(load.failed).rejects.toMatchObject({ code: 'LOAD_CONTAINER_DIED', exitCode: 2 });
  await expect(load.stop()).rejects.toMatchObject({ code: 'LOAD_CONTAINER_DIED' });
  expect(await ended).toBe('SIGKILL');
});

test('one that never starts says so', async () => {
  const dialogue = startDialogue([process.execPath, '--eval', 'console.error("no room"); process.exit(3)']);
  await expect(remoteGenerator(dialogue).clock()).rejects.toMatchObject({
    message: "The load generator's container ended (exit code 3: no room); its figures are incomplete.",
  });
});

test('what records the requests and throws fails the load', async () => {
  const server = await startServer(() => 'answer');
  const load = await remote().generator.start({
    ...plan(server.port),
    onBatch: () => {
      throw new Error('the disk is full');
    },
  });
  await expect(load.failed).rejects.toThrow('the disk is full');
});
