import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../../common/errors.ts';
import { cacheDir, stateDir } from '../../common/host/paths.ts';
import { type EnvironmentCheck, notReady, ready } from '../check.ts';

/**
 * Free space in bytes that is asked for. A build from nothing took 8.7 GB at its largest: Go's module cache (2.4, kept),
 * its build cache (3.3), programs, root file systems and images. Five nodes and a run's folder stay below 2 GB.
 */
export const diskNeeded = { build: 12e9, run: 2e9 } as const;

/** What one file system has left, by a path on it. */
export type FreeSpace = { readonly path: string; readonly freeBytes: number };

/** `spaces`: where images and builds go. `closed`: folders of ours that this user cannot write to. */
export type Disk = { readonly spaces: readonly FreeSpace[]; readonly closed: readonly string[] };

/** Checks our folders, and at the engine's where it is on this machine. What is kept as state takes next to nothing. */
export const probeDisk = async (engineRoot: string | null): Promise<Disk> => {
  const ours = [cacheDir(), stateDir()];
  const open = await Promise.all(ours.map(async (folder) => isOpen((await freeSpace(folder)).path)));
  const places = [cacheDir(), ...(engineRoot === null ? [] : [engineRoot])];
  return { spaces: await Promise.all(places.map(freeSpace)), closed: ours.filter((_, index) => open[index] !== true) };
};

const isOpen = (path: string): Promise<boolean> =>
  access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

/** A folder that is not there yet, or not to be seen, lies on the file system of the nearest one that is. */
const freeSpace = async (path: string): Promise<FreeSpace> => {
  try {
    const { bavail, bsize } = await statfs(path);
    return { path, freeBytes: bavail * bsize };
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes(errnoOf(error) ?? '') || dirname(path) === path) throw error;
    return freeSpace(dirname(path));
  }
};

/** Pure: the check, from what is free and what is needed. The fullest file system decides. */
export const judgeDisk = ({ spaces, closed }: Disk, neededBytes: number): EnvironmentCheck => {
  if (closed.length > 0) {
    const fix = 'set SKIPBEAT_CACHE_DIR and SKIPBEAT_STATE_DIR to folders of your own';
    return notReady('disk', 'broken', `this user cannot write to ${closed.join(' and ')}`, fix);
  }
  const fullest = spaces.reduce((a, b) => (b.freeBytes < a.freeBytes ? b : a));
  const free = `${gigabytes(fullest.freeBytes)} free`;
  const needed = gigabytes(neededBytes);
  return fullest.freeBytes >= neededBytes
    ? ready('disk', `${free}, ${needed} needed`)
    : notReady('disk', 'broken', `${needed} needed`, 'docker system df', `${free} in ${fullest.path}`);
};

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
