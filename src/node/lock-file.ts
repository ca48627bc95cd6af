import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isAbsent, isFolder, makeFolder } from '../common/host/folder.ts';
import { lockDir } from '../common/host/paths.ts';

const elsewhere = 'choose another with SKIPBEAT_STATE_DIR or --out';
const elsewhereForAll = 'choose another for all users of the machine with SKIPBEAT_LOCK_DIR';

/** What helps, by what the system said; without any of these it is the program that is missing. @see man 2 open */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'free space on that disk (df -h, df -i)',
  EDQUOT: 'free space on that disk, or have the quota raised',
  EROFS: `let that folder be one that can be written, or ${elsewhere}`,
  EACCES: `run it as the user whose folder that is, or ${elsewhere}`,
  EPERM: `run it as the user whose folder that is, or ${elsewhere}`,
  ENOENT: 'look where that folder, or a link on the way to it, has gone',
  ENOTDIR: 'look at the folder: a file, or a link that leads nowhere, stands where one is expected',
  ELOOP: 'look at the folder: a link on the way to it leads back to itself',
};

const remedyOf = (file: string, code: string): string | undefined => {
  const isOfMachine = dirname(file) === lockDir();
  return isOfMachine ? remedies[code]?.replace(elsewhere, elsewhereForAll) : remedies[code];
};

export const lockImpossible = (file: string, found: string, next = 'install util-linux'): SkipbeatError =>
  new SkipbeatError('LOCK_IMPOSSIBLE', `${file}: expected a file that flock(1) can lock, found: ${found}.`, {
    exitCode: exitCodes.environment,
    next,
  });

/** It is neither written to nor deleted: somebody put it there, for what we cannot know. */
export const lockForeign = (file: string, found: string): SkipbeatError =>
  new SkipbeatError('LOCK_FOREIGN', `${file}: expected a lock of skipbeat or nothing, found ${found}.`, {
    exitCode: exitCodes.environment,
    next: `look at  ls -ld ${quoteArgument(file)}  and move it away: skipbeat leaves it as it is`,
  });

export const foreignText = 'a file with a text that names no process';

const kinds = [
  ['isSymbolicLink', 'a symbolic link'],
  ['isDirectory', 'a folder'],
  ['isFIFO', 'a named pipe'],
  ['isSocket', 'a socket'],
] as const;

/** Why what stands there is no lock of ours, whoever has it; null where it may be. */
const whyForeign = (status: Stats): string | null => {
  if (!status.isFile()) return kinds.find(([is]) => status[is]())?.[1] ?? 'a device';
  return status.nlink > 1 ? `a file that has ${status.nlink} names` : null;
};

/** Whose locks a file holds: those of one user, or of all users of a machine, who take turns with whoever's file is there. */
export type LockUsers = 'oneUser' | 'allUsers';

/** Whoever may read a file may lock it. @see flock(2) */
const fileMode = 0o644;

type Opened = { readonly descriptor: number; readonly status: Stats; readonly isNew: boolean };

/**
 * Opens what stands there, and nothing that a link leads to; never waits. null where nothing does.
 * @param isNew makes it, and opens nothing that is there
 * @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75)
 */
export const openLock = (file: string, access: number, isNew: boolean, users: LockUsers = 'oneUser'): Opened | null => {
  let descriptor: number;
  try {
    const found = isNew ? null : whyForeign(lstatSync(file));
    if (found !== null) throw lockForeign(file, found);
    const only = constants.O_NOFOLLOW | constants.O_NONBLOCK;
    descriptor = openSync(file, access | only | (isNew ? constants.O_CREAT | constants.O_EXCL : 0), fileMode);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (thrown instanceof SkipbeatError || code === null) throw thrown;
    // Its folder is asked, for the file itself may be there again by now.
    const folder = dirname(file);
    if (isNew ? code === 'EEXIST' : code === 'ENOENT' && (isFolder(folder) || isAbsent(folder))) return null;
    throw lockImpossible(file, messageOf(thrown), remedyOf(file, code) ?? 'let that folder be one that can be written');
  }
  // A umask may have kept it from the others.
  if (isNew && users === 'allUsers') fchmodSync(descriptor, fileMode);
  const status = fstatSync(descriptor);
  const why = whyForeign(status);
  // A file that was just deleted has no name, and whoever locks it sees that it is not the one on the disk.
  if (why === null) return { descriptor, status, isNew };
  closeSync(descriptor);
  throw lockForeign(file, why);
};

export const makeLockFolder = (file: string): void => {
  try {
    makeFolder(dirname(file), 0o700);
  } catch (thrown) {
    // A file, or a link that leads nowhere, in its place or on the way to it.
    if (!['EEXIST', 'ENOTDIR', 'ELOOP'].includes(errnoOf(thrown) ?? '')) throw thrown;
    throw lockImpossible(file, messageOf(thrown), remedyOf(file, 'ENOTDIR'));
  }
};

const root = 0;
/** By group and by all. @see inode(7) */
const writableByOthers = 0o022;

/**
 * Whose file it is, where that is somebody else's. Where root works for a user (`sudo -E`), what lies in that user's own folder,
 * where nobody else can put a file, is a lock as it would be one for the user.
 */
export const userBut = ({ status: { uid } }: Opened, file: string): string | null => {
  const user = process.geteuid?.();
  if (user === undefined || uid === user) return null;
  const folder = statSync(dirname(file), { throwIfNoEntry: false });
  const isPrivate = folder !== undefined && folder.uid === uid && (folder.mode & writableByOthers) === 0;
  return user === root && isPrivate ? null : `a file of user ${uid}, who is another than ${user}`;
};

export const isAnothers = (file: string): boolean => {
  const opened = openLock(file, constants.O_RDONLY, false);
  if (opened === null) return false;
  closeSync(opened.descriptor);
  return userBut(opened, file) !== null;
};
