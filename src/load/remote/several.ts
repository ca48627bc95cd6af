import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { LoadOptions } from '../load.ts';
import type { LoadSummary } from '../protocol.ts';
import { integerMicroseconds } from '../schedule.ts';
import type { Load } from '../supervise.ts';
import type { RemoteClock, RemoteGenerator } from './remote-load.ts';

/** A generator of several, by the node that its requests enter through. */
export type NamedGenerator = { readonly entrance: string; readonly generator: RemoteGenerator };

/** Beside the time that reading the clocks takes, word of the first request goes out so long before it: code is warm in a fraction of it. */
const startLeadMs = 4000;

/** Word of the end goes out so long before it: over `exec` it takes some milliseconds. */
const stopLeadMs = 1000;

const notTogether = (summaries: readonly LoadSummary[], named: readonly NamedGenerator[]): SkipbeatError => {
  const ends = summaries.map(({ endedAtMs }, index) => `${named[index]?.entrance} at ${endedAtMs.toFixed(0)} ms`);
  return new SkipbeatError(
    'LOAD_WORKER_STUCK',
    `Expected all load generators to end their schedule at one moment, found ${ends.join(', ')}: some got it too late.`,
    { exitCode: exitCodes.inconclusive },
  );
};

/** How long it takes to read the clock of each: over a long way to a cluster some seconds. */
const readingMs = async (named: readonly NamedGenerator[]): Promise<number> => {
  const fromMs = performance.now();
  await Promise.all(named.map(({ generator }) => generator.clock()));
  return performance.now() - fromMs;
};

/** One that begins late sends what was due before all at once: what that makes of latencies would not be the cluster's. */
const notInTime = (lateMs: number): SkipbeatError =>
  new SkipbeatError(
    'LOAD_WORKER_STUCK',
    `Expected all load generators to be there before their first request was due, found the last of them ${lateMs.toFixed(0)} ms after it.`,
    { exitCode: exitCodes.inconclusive },
  );

/**
 * Starts one load that several generators share: request i is due when it would be of one alone, on the run's clock, and goes
 * from the generator at the place of its target. Records of all come to one listener.
 * @param options `targets` has one of each generator, in the same order; `maxInFlight` is of all together
 * @param onClock receives each generator's clock just before the load and just before its end
 * @returns once request 0 is due @throws SkipbeatError LOAD_INVALID (exit 64); LOAD_WORKER_STUCK (exit 2) where one was not there in time; what a generator's start throws
 */
export const startSeveral = async (
  named: readonly NamedGenerator[],
  options: LoadOptions,
  onClock: (entrance: string, moment: 'start' | 'end', clock: RemoteClock) => void,
): Promise<Load> => {
  const { runStartNs, maxInFlight } = options;
  const nowMs = (): number => Number(process.hrtime.bigint() - runStartNs) / 1e6;
  const takesMs = await readingMs(named);
  // Each reads it once more, and that may take longer by a half.
  const startAtMs = integerMicroseconds(nowMs() + startLeadMs + 1.5 * takesMs);
  const own = maxInFlight === undefined ? {} : { maxInFlight: Math.max(1, Math.floor(maxInFlight / named.length)) };
  const loads = await Promise.all(
    named.map(({ entrance, generator }, index) =>
      generator.start({
        ...options,
        ...own,
        share: { index },
        startAtMs,
        onClock: (moment, clock) => onClock(entrance, moment, clock),
      }),
    ),
  );
  const leftMs = startAtMs - nowMs();
  if (leftMs <= 0) {
    await Promise.allSettled(loads.map(({ stop }) => stop()));
    throw notInTime(-leftMs);
  }
  await delay(leftMs);
  const end = async (): Promise<LoadSummary> => {
    const atMs = integerMicroseconds(nowMs() + stopLeadMs);
    const summaries = await Promise.all(loads.map(({ stop }) => stop(atMs)));
    const endedAtMs = Math.max(...summaries.map((summary) => summary.endedAtMs));
    if (summaries.some((summary) => summary.endedAtMs !== endedAtMs)) throw notTogether(summaries, named);
    return { offered: summaries.reduce((sum, { offered }) => sum + offered, 0), startedAtMs: startAtMs, endedAtMs };
  };
  const failed = Promise.race(loads.map((load) => load.failed));
  // A failure is kept for whoever asks, and must not end the process where nobody does.
  failed.catch(() => undefined);
  let ending: Promise<LoadSummary> | null = null;
  return {
    failed,
    stop: () => {
      ending ??= end();
      return ending;
    },
  };
};
