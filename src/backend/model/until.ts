import type { Clock } from './engine/clock.ts';
import { pollUs } from './engine/constants.ts';
import type { Task } from './engine/task.ts';
import type { Observed } from './observer.ts';

/** Waits until nothing is missing. @returns what still was when the time was up, or null */
export type Until = (missing: () => string | null, withinUs: number) => Task<string | null>;

/** Asks at every change that is observed, and `pollUs` after the last time. */
export const createUntil = (clock: Clock, observed: Observed): Until =>
  function* (missing: () => string | null, withinUs: number): Task<string | null> {
    const limitUs = clock.now() + withinUs;
    let goOn: (() => void) | null = null;
    let askedUs = 0;
    /** One at a time, however often something changes: it is put off to when the last of the waits is over. */
    let isSet = false;
    const poll = (): void => {
      isSet = false;
      const dueUs = Math.min(limitUs, askedUs + pollUs);
      if (goOn === null) return;
      if (clock.now() < dueUs) set(dueUs);
      else goOn();
    };
    const set = (dueUs: number): void => {
      isSet = true;
      clock.at(dueUs, poll, undefined, askedUs);
    };
    for (;;) {
      const found = missing();
      if (found === null || clock.now() >= limitUs) return found;
      yield (resume) => {
        const once = (): void => {
          if (goOn !== once) return;
          goOn = null;
          resume(undefined);
        };
        goOn = once;
        askedUs = clock.now();
        observed.onChange(once);
        if (!isSet) set(Math.min(limitUs, askedUs + pollUs));
      };
    }
  };
