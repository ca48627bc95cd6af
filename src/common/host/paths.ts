import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** null also of one that is set to nothing: a path of no letters would be the folder that somebody happens to stand in. */
const setTo = (variable: string): string | null => process.env[variable] || null;

const underHome = (variable: string, fallback: string): string => setTo(variable) ?? join(homedir(), fallback);

/** What can be made again: kind's program, build inputs, the engine's log and pid. `SKIPBEAT_CACHE_DIR` moves it. */
export const cacheDir = (): string =>
  setTo('SKIPBEAT_CACHE_DIR') ?? join(underHome('XDG_CACHE_HOME', '.cache'), 'skipbeat');

/** What must survive a crash: the undo journal and our clusters' kubeconfigs. `SKIPBEAT_STATE_DIR` moves it. */
export const stateDir = (): string =>
  setTo('SKIPBEAT_STATE_DIR') ?? join(underHome('XDG_STATE_HOME', '.local/state'), 'skipbeat');

/** Everybody may make files in it, and nobody but their owners deletes them. @see inode(7), "sticky bit" */
const openToAll = 0o1777;

/**
 * What all users of a machine see and may write to: the same folder for each of them, whatever their own TMPDIR says.
 * `SKIPBEAT_LOCK_DIR` moves it, for all of them or for none. Debian has /run/lock for that, elsewhere root alone may write to it.
 * @see https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch05s09.html
 */
export const lockDir = (): string => {
  const moved = setTo('SKIPBEAT_LOCK_DIR');
  if (moved !== null) return moved;
  const status = statSync('/run/lock', { throwIfNoEntry: false });
  const isOpen = status?.isDirectory() === true && (status.mode & openToAll) === openToAll;
  return isOpen ? '/run/lock' : '/tmp';
};
