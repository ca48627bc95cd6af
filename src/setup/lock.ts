import { join } from 'node:path';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { cacheDir } from '../common/host/paths.ts';
import { skipbeat } from '../common/invocation.ts';
import { type Lock, takeLock } from '../node/index.ts';

/**
 * Holds this user's set-up for one process at a time.
 * @returns what lets it go, and says where it was lost
 * @throws SkipbeatError SETUP_RUNNING (exit 75) while another process holds it, LOCK_FOREIGN, LOCK_IMPOSSIBLE (75)
 */
export const lockSetup = async (): Promise<Lock> => {
  const file = join(cacheDir(), 'setup.lock');
  const lock = await takeLock(file, String(process.pid));
  if ('release' in lock) return lock;
  throw new SkipbeatError('SETUP_RUNNING', `Another set-up is at work (process ${lock.heldBy}); ${file} says so.`, {
    exitCode: exitCodes.environment,
    next: `${skipbeat('setup')}, when that one has ended`,
  });
};

/** A set-up that lost its lock changes nothing more: another may be at work. */
export const setupLockLost = ({ reason }: AbortSignal): SkipbeatError =>
  new SkipbeatError('SETUP_RUNNING', `Expected to set up alone to the end. ${messageOf(reason)}`, {
    exitCode: exitCodes.environment,
    cause: reason,
    next: `${skipbeat('setup')}  again; end no process named skipbeat-lock, and delete no lock`,
  });
