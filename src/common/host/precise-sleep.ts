import { readlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../errors.ts';

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Stops the whole thread, its event loop too, until that clock says so: to microseconds, where a timer of Node counts whole ms.
 * @param nowMs the clock
 */
export const sleepUntil = (atMs: number, nowMs: () => number): void => {
  for (let restMs = atMs - nowMs(); restMs > 0; restMs = atMs - nowMs()) Atomics.wait(cell, 0, 0, restMs);
};

/** Where /proc is not there, is not this thread's, or is for reading only. */
const withoutSlack = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS']);

/**
 * Linux lets every sleep of an ordinary thread end 50 µs late, so that it can wake several at once (prctl(2),
 * PR_SET_TIMERSLACK); this thread's sleeps end on time from now on. Elsewhere, or where it may not say so, nothing changes.
 */
export const endSleepsOnTime = (): void => {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/${basename(readlinkSync('/proc/thread-self'))}/timerslack_ns`, '1');
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === null || !withoutSlack.has(errno)) throw thrown;
  }
};
