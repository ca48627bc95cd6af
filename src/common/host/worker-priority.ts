import { constants, getPriority, setPriority } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { errnoOf } from '../errors.ts';

/** A thread that is to act on time though everything else on the machine wants its CPU, too. */
const highPriority = constants.priority.PRIORITY_HIGH;

/**
 * Starts a worker whose thread goes before ordinary ones. On Linux a thread has a priority of its own and takes it over
 * from the one that starts it, so this thread has it for that moment alone. Only a user who may raise priorities gets
 * that; for others, and elsewhere, the worker is like any.
 * @param make starts the worker at once, as `new Worker` does
 */
export const startWithPriority = (make: () => Worker): Worker => {
  const before = getPriority();
  if (!raise()) return make();
  try {
    return make();
  } finally {
    setPriority(before);
  }
};

const raise = (): boolean => {
  if (process.platform !== 'linux' || getPriority() <= highPriority) return false;
  try {
    setPriority(highPriority);
    return true;
  } catch (thrown) {
    const { info } = thrown as { info?: { code?: unknown } };
    if (errnoOf(info) === 'EACCES' || errnoOf(info) === 'EPERM') return false;
    throw thrown;
  }
};
