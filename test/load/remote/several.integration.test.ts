import { expect, type TestContext, test } from 'vitest';
import type { SkipbeatError } from '../../../src/common/errors.ts';
import {
  type NamedGenerator,
  type RemoteChannel,
  type RemoteClock,
  remoteGenerator,
  startSeveral,
} from '../../../src/load/index.ts';
import { startDialogue } from '../../../src/node/index.ts';
import type { RequestRecord } from '../../../src/timeline/index.ts';
import { expectConserved } from '../support/recording.ts';
import { startServer } from '../support/servers.ts';

const program = new URL('../../../src/load/remote/remote.ts', import.meta.url).pathname;
const entrances = ['worker2', 'worker3', 'worker4'] as const;

type Way = ReturnType<typeof startDialogue>;
const near = (way: Way): RemoteChannel => way;

const startedAll = async (
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  connection: 'fresh' | 'both',
  wayOf: (way: Way, index: number) => RemoteChannel = near,
  among: readonly string[] = entrances,
) => {
  const server = await startServer(() => 'answer');
  const dialogues = among.map(() => startDialogue([process.execPath, program]));
  onTestFinished(async () => {
    await Promise.all(dialogues.map((dialogue) => dialogue.end(1000)));
  });
  const named = among.map((entrance, index): NamedGenerator => {
    const dialogue = dialogues[index];
    if (dialogue === undefined) throw new Error('expected a program for each');
    return { entrance, generator: remoteGenerator(wayOf(dialogue, index)) };
  });
  const records: RequestRecord[] = [];
  const clocks: [string, string, RemoteClock][] = [];
  const load = await startSeveral(
    named,
    {
      targets: among.map((entrance) => ({ host: '127.0.0.1', port: server.port, path: '/', entrance })),
      ...{ ratePerSecond: 200, connection, timeoutMs: 5000, maxDurationMs: 60_000 },
      runStartNs: process.hrtime.bigint(),
      onBatch: (batch) => records.push(...batch),
    },
    (...clock) => clocks.push(clock),
  );
  return { load, records, clocks, dialogues };
};

/** Where it does not matter how many they are: each is a process. */
const two = entrances.slice(0, 2);

const places = (records: readonly RequestRecord[]) =>
  records.toSorted((a, b) => a.seq - b.seq).map(({ entrance }) => entrance);

test.for([
  ['fresh', (seq: number) => entrances[seq % 3]],
  ['both', (seq: number) => entrances[Math.floor(seq / 2) % 3]],
] as const)(
  'three generators keep one schedule of %s connections, each its own requests, and all of them are there once',
  async ([connection, entranceAt], context) => {
    const { load, records, clocks } = await startedAll(context, connection);
    await expect.poll(() => records.length, { timeout: 20_000 }).toBeGreaterThan(100);
    const summary = await load.stop();
    expectConserved(
      records.toSorted((a, b) => a.endedMs - b.endedMs),
      summary,
      200,
    );
    expect(places(records)).toEqual(records.map((_, seq) => entranceAt(seq)));
    const shared = { shared: true, offsetNs: 0n, errorMs: 0 };
    for (const moment of ['start', 'end']) {
      const own = clocks.filter(([, at]) => at === moment).map(([entrance, , clock]) => [entrance, clock]);
      expect(own.toSorted()).toEqual(entrances.map((entrance) => [entrance, shared]));
    }
    expect(await load.stop()).toBe(summary);
  },
);

test('where one of them dies the load fails by name, as inconclusive', async (context) => {
  const { load, records, dialogues } = await startedAll(context, 'fresh', near, two);
  await expect.poll(() => records.length, { timeout: 20_000 }).toBeGreaterThan(10);
  const ended = dialogues[1]?.end(0);
  await expect(load.failed).rejects.toMatchObject({ code: 'LOAD_CONTAINER_DIED', exitCode: 2 });
  await expect(load.stop()).rejects.toMatchObject({ code: 'LOAD_CONTAINER_DIED' });
  await ended;
});

/** What comes back over it comes later. */
const slow = (way: Way, afterMs: (line: string) => number): RemoteChannel => ({
  ...way,
  onLine: (take) => way.onLine((line) => void setTimeout(take, afterMs(line), line)),
});

// These wait for most of their time.
test.concurrent('over a long way the first request is due later, when all of them are there', async (context) => {
  const begunMs = performance.now();
  const { load, records } = await startedAll(context, 'fresh', (way) => slow(way, () => 170), two);
  // 20 times for the clock, and 20 times once more.
  expect(performance.now() - begunMs).toBeGreaterThan(2 * 20 * 170 + 1000);
  await context.expect.poll(() => records.length, { timeout: 20_000 }).toBeGreaterThan(10);
  expect((await load.stop()).offered).toBeGreaterThanOrEqual(records.length);
});

test.concurrent('where one of them says too late that it is there, there is no load', async (context) => {
  const late = (line: string): number => (line.includes('"started"') ? 9000 : 0);
  const started = startedAll(context, 'fresh', (way, index) => (index === 1 ? slow(way, late) : way), two);
  const stuck = await started.catch((thrown: unknown) => thrown as SkipbeatError);
  expect(stuck).toMatchObject({ code: 'LOAD_WORKER_STUCK', exitCode: 2 });
  expect('message' in stuck && stuck.message.replace(/\d+ ms/, 'TIME')).toBe(
    'Expected all load generators to be there before their first request was due, found the last of them TIME after it.',
  );
});
