import { readFileSync } from 'node:fs';
import { errnoOf } from '../common/errors.ts';

/** Which boot of which kernel this is: processes that read the same one share its monotonic clock. null: it does not say. */
export const bootId = (): string | null => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'EACCES') return null;
    throw thrown;
  }
};
