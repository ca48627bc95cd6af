import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf } from '../errors.ts';

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Makes a folder and those above it that are missing; one that is there is fine. Unlike the recursive mkdir of Node it
 * ends where a file system answers ENOENT inside a folder that is there, as /proc does.
 * @throws what mkdir(2) says of the first folder that cannot be made
 */
export const makeFolder = (path: string, mode = 0o777): void => {
  const folder = resolve(path);
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (thrown) {
    // Another process may have been faster.
    if (errnoOf(thrown) !== 'EEXIST' || !isFolder(folder)) throw thrown;
  }
};

/**
 * A folder by its one name, whichever links lead to it; what of it is gone, or on a disk that does not answer, as it was
 * written: the folder of one run keeps no other from being found.
 */
export const realFolder = (path: string): string => {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch (thrown) {
    if (errnoOf(thrown) === null) throw thrown;
    return dirname(full) === full ? full : join(realFolder(dirname(full)), basename(full));
  }
};

/**
 * Whether nothing is there. False also where a link or a file on the way leads nowhere, as one does to a disk that is not
 * mounted: what is behind it is not known.
 */
export const isAbsent = (path: string): boolean => {
  const full = resolve(path);
  try {
    lstatSync(full);
    return false;
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') return false;
  }
  return dirname(full) === full || isFolder(dirname(full)) || isAbsent(dirname(full));
};
