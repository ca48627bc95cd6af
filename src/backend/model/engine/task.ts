import type { Clock } from './clock.ts';
import { hold, type Process } from './process.ts';

/** What a task waits for: it is handed the way to go on, to be called once. */
export type Wait = (resume: (value: unknown) => void) => void;

/** Something that goes on over virtual time, written as one piece: `yield*` what it waits for. */
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

/** Waits on the clock of a process: one that is frozen then goes on when it is thawed. */
export function* sleep(clock: Clock, process: Process, forUs: number): Task {
  yield (resume) => {
    const wake = (): void => (process.frozen ? hold(process, wake, undefined) : resume(undefined));
    clock.at(clock.now() + forUs, wake, undefined);
  };
}
