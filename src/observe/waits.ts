import { exitCodes, SkipbeatError } from '../common/errors.ts';
import type { Observed } from './state.ts';

export type Waits = {
  /** Something was seen: every wait checks anew. */
  readonly changed: () => void;
  /**
   * Resolves as soon as `missing` finds nothing missing, checking anew whenever anything was seen and at least every
   * `everyMs` (1 s), for some conditions come with time alone.
   * @throws SkipbeatError NOT_SEEN_IN_TIME (exit 2) with what was still missing; the signal's reason when it fires
   */
  readonly until: (
    what: string,
    missing: (observed: Observed) => string | null,
    options: {
      readonly timeoutMs: number;
      readonly everyMs?: number;
      readonly signal: AbortSignal;
      readonly next?: string;
    },
  ) => Promise<void>;
};

/** Waits on what the watches see, instead of on the clock. */
export const createWaits = (now: () => Observed): Waits => {
  const waiters = new Set<() => void>();
  return {
    changed: () => {
      for (const check of [...waiters]) check();
    },
    until: (what, missing, { timeoutMs, everyMs = 1000, signal, next }) =>
      new Promise<void>((resolve, reject) => {
        const finish = (end: () => void): void => {
          waiters.delete(check);
          clearInterval(ticker);
          clearTimeout(limit);
          signal.removeEventListener('abort', onAbort);
          end();
        };
        const check = (): void => {
          if (missing(now()) === null) finish(resolve);
        };
        const onAbort = (): void => finish(() => reject(signal.reason));
        const onLimit = (): void => {
          const still = missing(now());
          const error = new SkipbeatError(
            'NOT_SEEN_IN_TIME',
            `Timed out after ${timeoutMs} ms waiting for ${what}. Last seen: ${still ?? 'nothing missing'}.`,
            { exitCode: exitCodes.inconclusive, ...(next === undefined ? {} : { next }) },
          );
          finish(() => (still === null ? resolve() : reject(error)));
        };
        const ticker = setInterval(check, everyMs);
        const limit = setTimeout(onLimit, timeoutMs);
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(check);
        if (signal.aborted) onAbort();
        else check();
      }),
  };
};
