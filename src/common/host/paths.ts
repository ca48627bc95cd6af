import { homedir } from 'node:os';
import { join } from 'node:path';

const underHome = (variable: string, fallback: string): string => {
  const set = process.env[variable];
  return set !== undefined && set !== '' ? set : join(homedir(), fallback);
};

/** What can be made again: kind's program, build inputs, the engine's log and pid. `SKIPBEAT_CACHE_DIR` moves it. */
export const cacheDir = (): string =>
  process.env.SKIPBEAT_CACHE_DIR || join(underHome('XDG_CACHE_HOME', '.cache'), 'skipbeat');

/** What must survive a crash: the undo journal and our clusters' kubeconfigs. `SKIPBEAT_STATE_DIR` moves it. */
export const stateDir = (): string =>
  process.env.SKIPBEAT_STATE_DIR || join(underHome('XDG_STATE_HOME', '.local/state'), 'skipbeat');
