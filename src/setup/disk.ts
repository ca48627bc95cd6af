import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { cacheDir } from '../common/paths.ts';
import { type EnvironmentCheck, notReady, ready } from './check.ts';

/**
 * Free space in bytes that is asked for. A build from nothing took 8.7 GB at its largest: Go's module cache (2.4, kept),
 * its build cache (3.3), programs, root file systems and images. Five nodes and a run's folder stay below 2 GB.
 */
export const diskNeeded = { build: 12e9, run: 2e9 } as const;

/** What one file system has left, by a path on it. */
export type FreeSpace = { readonly path: string; readonly freeBytes: number };

/** Free space where images and builds go: the cache folder, and the engine's folder where it is on this machine. */
export const lookAtDisk = async (engineRoot: string | null): Promise<readonly FreeSpace[]> => {
  const paths = [cacheDir(), ...(engineRoot === null ? [] : [engineRoot])];
  return Promise.all(paths.map(freeSpace));
};

/** A folder that is not there yet will be made on the file system of the nearest one that is. */
const freeSpace = async (path: string): Promise<FreeSpace> => {
  try {
    const { bavail, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize };
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return freeSpace(dirname(path));
  }
};

/** Pure: the check, from what is free and what is needed. The fullest file system decides. */
export const judgeDisk = (spaces: readonly FreeSpace[], neededBytes: number): EnvironmentCheck => {
  const fullest = spaces.reduce((a, b) => (b.freeBytes < a.freeBytes ? b : a));
  const free = `${gigabytes(fullest.freeBytes)} free`;
  const needed = gigabytes(neededBytes);
  return fullest.freeBytes >= neededBytes
    ? ready('disk', `${free}, ${needed} needed`)
    : notReady('disk', 'broken', `${needed} needed`, 'docker system df', `${free} in ${fullest.path}`);
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
