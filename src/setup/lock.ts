import { join } from 'node:path';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { cacheDir } from '../common/host/paths.ts';
import { skipbeat } from '../common/invocation.ts';
import { takeLock } from '../node/index.ts';

/**
 * Holds this user's set-up for one process at a time.
 * @returns what lets it go
 * @throws SkipbeatError SETUP_RUNNING (exit 75) while another process holds it, LOCK_IMPOSSIBLE (75)
 */
export const lockSetup = async (): Promise<() => Promise<void>> => {
  const file = join(cacheDir(), 'setup.lock');
  const lock = await takeLock(file, String(process.pid));
  if ('release' in lock) return lock.release;
  throw new SkipbeatError('SETUP_RUNNING', `Another set-up is at work (process ${lock.heldBy}); ${file} says so.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat('setup')}, when that one has ended`,
  });
};
