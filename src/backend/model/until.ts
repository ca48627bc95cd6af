import type { Clock } from './engine/clock.ts';
import { pollUs } from './engine/constants.ts';
import type { Task } from './engine/task.ts';
import type { Observed } from './observer.ts';

/** What is missing, in words; these are made where they are asked for, or are there. */
export type Missing = string | (() => string);

/** Waits until nothing is missing. @returns what still was when the time was up, or null */
export type Until = (missing: () => Missing | null, withinUs: number) => Task<string | null>;

/**
 * Asks at every change that is observed, and `pollUs` after the last time.
 *
 * It is no generator within a function that is called once a run: V8 makes a map in its old space for each such one, which keeps
 * all that the run had through every scavenge.
 */
function* waitUntil(
  clock: Clock,
  observed: Observed,
  missing: () => Missing | null,
  withinUs: number,
): Task<string | null> {
  const limitUs = clock.now() + withinUs;
  let found: Missing | null = null;
  let askedUs = 0;
  let isOver = false;
  /** One at a time, however often something changes: it is put off to when the last of the waits is over. */
  let isSet = false;
  const ask = (): boolean => {
    found = missing();
    return found === null || clock.now() >= limitUs;
  };
  const said = (): string | null => (typeof found === 'function' ? found() : found);
  if (ask()) return said();
  // Of thousands of changes each is asked about here, and the task goes on only when it has what it waits for.
  yield (resume) => {
    const askAgain = (): void => {
      isOver = ask();
      if (!isOver) {
        wait();
        return;
      }
      observed.onChange(null);
      resume(undefined);
    };
    const poll = (): void => {
      isSet = false;
      if (isOver) return;
      const dueUs = Math.min(limitUs, askedUs + pollUs);
      if (clock.now() < dueUs) set(dueUs);
      else askAgain();
    };
    const set = (dueUs: number): void => {
      isSet = true;
      clock.at(dueUs, poll, undefined, askedUs);
    };
    const wait = (): void => {
      askedUs = clock.now();
      if (!isSet) set(Math.min(limitUs, askedUs + pollUs));
    };
    observed.onChange(askAgain);
    wait();
  };
  return said();
}

export const createUntil =
  (clock: Clock, observed: Observed): Until =>
  (missing, withinUs) =>
    waitUntil(clock, observed, missing, withinUs);
