import type { Clock } from './clock.ts';
import { hold, type Process } from './process.ts';

/** What a task waits for: it is handed the way to go on, to be called once. */
export type Wait = (resume: (value: unknown) => void) => void;

/**
 * Something that goes on over virtual time, written as one piece: `yield` what it waits for, `yield*` another task. Each step
 * goes through every task between the first one and what is waited for, so that what runs often waits for itself.
 */
export type Task<T = void> = Generator<Wait, T, unknown>;

/** Starts a task; it ends quietly at its next step once `alive` no longer holds. */
export const start = (task: Task<unknown>, alive: () => boolean): void => {
  const step = (value: unknown): void => {
    if (!alive()) return;
    const { done, value: wait } = task.next(value);
    if (done !== true) (wait as Wait)(step);
  };
  step(undefined);
};

type Sleeper = { readonly process: Process; readonly resume: (value: undefined) => void };

const wake = (sleeper: Sleeper): void => {
  if (sleeper.process.frozen) hold(sleeper.process, wake, sleeper);
  else sleeper.resume(undefined);
};

/** Until then on the clock of a process: one that is frozen by then goes on when it is thawed. */
export const pause =
  (clock: Clock, process: Process, forUs: number): Wait =>
  (resume) =>
    clock.at(clock.now() + forUs, wake, { process, resume });

/** A `pause` as a task of its own. */
export function* sleep(clock: Clock, process: Process, forUs: number): Task {
  yield pause(clock, process, forUs);
}
