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
