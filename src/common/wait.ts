import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, messageOf, SkipbeatError } from './errors.ts';
import { counted } from './text/counted.ts';

/** Resolves at a moment of `performance.now()`, at once where it is past. @throws the abort's error when the signal fires */
export const sleepUntil = async (atMs: number, signal?: AbortSignal): Promise<void> => {
  await delay(Math.max(0, atMs - performance.now()), undefined, signal === undefined ? {} : { signal });
};

/**
 * Waits between two rounds of what is done again and again: until the time is over, or the signal fires, whichever is first.
 * Whoever waits asks the signal next.
 * @param ref false: does not keep the process alive
 */
export const pause = async (
  ms: number,
  signal: AbortSignal,
  { ref = true }: { readonly ref?: boolean } = {},
): Promise<void> => {
  await delay(ms, undefined, { signal, ref }).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
};

/**
 * What cannot be ended from here is waited for until the signal fires; what it comes to after that is nobody's.
 * @throws the signal's reason when it fires; what the other one was rejected with
 */
export const unlessAborted = async <T>(other: Promise<T>, signal: AbortSignal): Promise<T> => {
  const fired = Promise.withResolvers<never>();
  const onAbort = (): void => fired.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([other, fired.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/** What one probe found: the thing waited for, or a sentence on what was seen instead. */
export type PollResult<T> = { readonly found: T } | { readonly seen: string };

export type WaitOptions = {
  readonly timeoutMs: number;
  /** Pause between the end of one probe and the start of the next. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** The command that helps when the wait fails. */
  readonly next?: string;
};

/**
 * Polls until the probe finds it; the error holds what was seen last. The probe's signal fires at the time limit too,
 * so that a hung probe cannot outlive the wait; a probe that throws counts as a failed attempt and is reported.
 * @throws SkipbeatError WAIT_TIMED_OUT (exit 2) after `timeoutMs`; the signal's reason when it fires
 */
export const waitUntil = async <T>(
  what: string,
  probe: (signal: AbortSignal) => Promise<PollResult<T>>,
  { timeoutMs, everyMs, signal, next }: WaitOptions,
): Promise<T> => {
  const startedAtMs = performance.now();
  // It takes whole ms alone.
  const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
  const either = AbortSignal.any([signal, limit]);
  let attempts = 0;
  let failed = 0;
  let lastFailure: unknown;
  let lastSeen: { text: string; atMs: number } | null = null;
  while (!either.aborted) {
    attempts += 1;
    try {
      const result = await probe(either);
      if ('found' in result) return result.found;
      lastSeen = { text: result.seen, atMs: performance.now() };
    } catch (thrown) {
      if (thrown instanceof SkipbeatError) throw thrown;
      if (either.aborted) break;
      failed += 1;
      lastFailure = thrown;
    }
    await pause(everyMs, either);
  }
  signal.throwIfAborted();
  const seen =
    lastSeen === null
      ? 'Nothing was seen.'
      : `Last seen ${((performance.now() - lastSeen.atMs) / 1000).toFixed(1)} s ago: ${lastSeen.text}.`;
  const failures = failed === 0 ? '' : `, ${failed} of them failed (${messageOf(lastFailure)})`;
  throw new SkipbeatError(
    'WAIT_TIMED_OUT',
    `Timed out after ${Math.round(performance.now() - startedAtMs)} ms waiting for ${what}.\n${seen} ${counted(attempts, 'attempt')}${failures}.`,
    { exitCode: exitCodes.inconclusive, cause: lastFailure, ...(next === undefined ? {} : { next }) },
  );
};
