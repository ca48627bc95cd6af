import { errnoOf, messageOf } from '../common/errors.ts';
import { sleepUntil } from '../common/wait.ts';
import type { FaultRamp } from './fault.ts';

/** A ramp under way. */
export type Growth = {
  /** Why it stopped before its last step; null while it has not. */
  readonly broken: () => string | null;
  /** Lets no further step begin, and waits for the one that has begun. Safe twice. */
  readonly stop: () => Promise<void>;
  /** Resolves when no further step comes: after the last, or after what stopped it. Never rejects. */
  readonly ended: Promise<void>;
};

/** When each step after the first is due, in ms from the start: the time in all is split evenly between the steps. */
export const stepsDueMs = (steps: number, lengthMs: number): readonly number[] =>
  Array.from({ length: steps - 1 }, (_, index) => ((index + 1) * lengthMs) / steps);

/**
 * Lets a fault that stands at its first step grow, over the time that it stands.
 * @param beganMs when it began to stand, on the clock of `performance.now()`
 * @param grown called after each step once every node is at it
 */
export const growFault = (
  ramp: Pick<FaultRamp, 'steps' | 'to'>,
  { beganMs, lengthMs }: { readonly beganMs: number; readonly lengthMs: number },
  grown: (step: number) => void,
  signal: AbortSignal,
): Growth => {
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  let broken: string | null = null;
  const grow = async (): Promise<void> => {
    for (const [index, dueMs] of stepsDueMs(ramp.steps, lengthMs).entries()) {
      await sleepUntil(beganMs + dueMs, either);
      await ramp.to(index + 2, either);
      grown(index + 2);
    }
  };
  const ended = grow().catch((thrown: unknown) => {
    const isAbort = thrown === either.reason || errnoOf(thrown) === 'ABORT_ERR';
    if (!isAbort) broken = messageOf(thrown);
  });
  return {
    broken: () => broken,
    stop: () => {
      stopped.abort();
      return ended;
    },
    ended,
  };
};
