/** Which connections the requests of a load use. `both`: the rate is the total, even requests fresh, odd ones keep-alive. */
export type ConnectionChoice = 'fresh' | 'keep-alive' | 'both';

/**
 * When request `seq` is due, in ms after the load starts, whatever became of the requests before it.
 * Pure: it touches no clock, so its test needs no timers.
 * @param seq counts from 0
 * @param ratePerSecond more than 0
 */
export const dueAtMs = (seq: number, ratePerSecond: number): number => (seq * 1000) / ratePerSecond;

/** To the microsecond, as every time in a record is: sums of such times compare equal when they are. */
export const wholeMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/**
 * The same moment on the run's clock, to the microsecond. The generator waits for this very number and the records
 * carry it, so no request was ever sent before it was due.
 * @param startedAtMs when request 0 is due, in ms since the run started
 */
export const dueOnRunClockMs = (startedAtMs: number, seq: number, ratePerSecond: number): number =>
  wholeMicroseconds(startedAtMs + dueAtMs(seq, ratePerSecond));

/** The connection that request `seq` uses. */
export const connectionOf = (seq: number, choice: ConnectionChoice): 'fresh' | 'keep-alive' => {
  if (choice !== 'both') return choice;
  return seq % 2 === 0 ? 'fresh' : 'keep-alive';
};

/** How the generator waits: `timer` gives the core away, `nap` blocks its thread for under 2.5 ms, `poll` looks at the sockets again at once. */
export type Wait = { readonly how: 'timer' | 'nap'; readonly ms: number } | { readonly how: 'poll' };

/** A timer of Node counts whole milliseconds of a cached clock and fires up to about one early or late. */
const timerSlackMs = 1.5;
/** A futex wakes some 0.06 ms after it was asked to (Linux timer slack, then scheduling). */
const napSlackMs = 0.15;
/** A healthy service nearby answers within this; until then its response is stamped without delay. */
const promptMs = 0.5;
/** Afterwards a response is stamped up to this and the futex's slack late, and a service that hangs costs no whole core. */
const shortNapMs = 0.1;

/**
 * What to do until the next request is due.
 * @param remainingMs until then; positive
 * @param inFlight requests whose sockets may speak at any moment
 * @param idleMs since a request was last sent or ended
 */
export const waitFor = (remainingMs: number, inFlight: number, idleMs: number): Wait => {
  const timerMs = Math.floor(remainingMs - timerSlackMs);
  if (timerMs >= 1) return { how: 'timer', ms: timerMs };
  const napMs = remainingMs - napSlackMs;
  if (napMs <= 0) return { how: 'poll' };
  if (inFlight === 0) return { how: 'nap', ms: napMs };
  return idleMs < promptMs ? { how: 'poll' } : { how: 'nap', ms: Math.min(napMs, shortNapMs) };
};
