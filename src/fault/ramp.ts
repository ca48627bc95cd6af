import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf, messageOf } from '../common/errors.ts';
import type { FaultRamp } from './fault.ts';

/** A ramp under way. */
export type Growth = {
  /** Why it stopped before its last step; null while it has not. */
  readonly broken: () => string | null;
  /** Lets no further step begin, and waits for the one that has begun. Safe twice. */
  readonly stop: () => Promise<void>;
};

/** When each step after the first is due, in ms from the start: the time in all is split evenly between the steps. */
export const stepsDueMs = (steps: number, lengthMs: number): readonly number[] =>
  Array.from({ length: steps - 1 }, (_, index) => ((index + 1) * lengthMs) / steps);

/** Lets a fault that stands at its first step grow, over the time that it stands. */
export const growFault = (ramp: FaultRamp, lengthMs: number, signal: AbortSignal): Growth => {
  const stopped = new AbortController();
  const either = AbortSignal.any([signal, stopped.signal]);
  const startedAtMs = performance.now();
  let broken: string | null = null;
  const grow = async (): Promise<void> => {
    for (const [index, dueMs] of stepsDueMs(ramp.steps, lengthMs).entries()) {
      await delay(Math.max(0, startedAtMs + dueMs - performance.now()), undefined, { signal: either });
      await ramp.to(index + 2, either);
    }
  };
  const ended = grow().catch((thrown: unknown) => {
    const told = thrown === either.reason || errnoOf(thrown) === 'ABORT_ERR';
    if (!told) broken = messageOf(thrown);
  });
  return {
    broken: () => broken,
    stop: () => {
      stopped.abort();
      return ended;
    },
  };
};
