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
export const integerMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/**
 * The same moment on the run's clock, to the microsecond. The generator waits for this very number and the records
 * carry it, so no request was ever sent before it was due.
 * @param startedAtMs when request 0 is due, in ms since the run started
 */
export const dueOnRunClockMs = (startedAtMs: number, seq: number, ratePerSecond: number): number =>
  integerMicroseconds(startedAtMs + dueAtMs(seq, ratePerSecond));

/** The first request that is due after that moment: what was due before is under way, or late. */
export const nextSeqAfter = (nowMs: number, startedAtMs: number, ratePerSecond: number): number => {
  // The quotient is rounded, so that it may be one off.
  let seq = Math.max(0, Math.floor(((nowMs - startedAtMs) * ratePerSecond) / 1000) - 1);
  while (dueOnRunClockMs(startedAtMs, seq, ratePerSecond) <= nowMs) seq += 1;
  return seq;
};

/** The connection that request `seq` uses. */
export const connectionOf = (seq: number, choice: ConnectionChoice): 'fresh' | 'keep-alive' => {
  if (choice !== 'both') return choice;
  return seq % 2 === 0 ? 'fresh' : 'keep-alive';
};
