import { parentPort, workerData } from 'node:worker_threads';
import { SkipbeatError } from '../common/errors.ts';
import { endSleepsOnTime, sleepUntil } from '../common/host/precise-sleep.ts';
import { createRunClock } from './run-clock.ts';
import { dueOnRunClockMs, nextSeqAfter } from './schedule.ts';

// Wakes the generator's thread whenever a request is due, to a tenth of a millisecond: a timer of Node counts whole ones.
// It sleeps in a futex, which a thread that serves sockets cannot, and never asks whether it is time yet.

export type PacerPlan = {
  readonly runStartNs: bigint;
  readonly ratePerSecond: number;
  /** 1 from when the generator was woken, or sleeps by itself, until it checks what is due: one message is on its way at most. */
  readonly woken: Int32Array;
};

/** The only message to the pacer, sent once it is ready: when request 0 is due. It goes on until it is ended. */
export type ToPacer = { readonly startedAtMs: number };

/**
 * From 4,000 requests a second on only every second one is looked after: there the generator is nearly always awake by
 * itself or sleeps by itself, and each check costs as much as a third of a request. One that is left out is a fourth of a
 * millisecond late at most by it.
 */
const minSleepMs = 0.25;

if (parentPort === null) throw new SkipbeatError('LOAD_NO_PARENT', 'src/load/pacer.ts runs only as a worker thread.');
const port = parentPort;
const { runStartNs, ratePerSecond, woken } = workerData as PacerPlan;
const nowMs = createRunClock(runStartNs);

endSleepsOnTime();
port.once('message', ({ startedAtMs }: ToPacer) => {
  let seq = 0;
  for (;;) {
    const dueMs = dueOnRunClockMs(startedAtMs, seq, ratePerSecond);
    sleepUntil(dueMs, nowMs);
    // Before the generator is woken: what becomes due after that it may not see, however late this thread goes on.
    const wokenMs = nowMs();
    if (Atomics.exchange(woken, 0, 1) === 0) port.postMessage(null);
    seq = nextSeqAfter(Math.max(wokenMs, dueMs + minSleepMs), startedAtMs, ratePerSecond);
  }
});
// Ready: what was loaded till now is not loaded while a request is due.
port.postMessage(null);
