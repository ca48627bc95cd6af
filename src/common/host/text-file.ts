import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { type ProcessIdentity, processKey, thisProcess } from './process.ts';

/** How a refused file is to be reported: `path: expected …, received …`. */
export type Refuse = (message: string) => Error;

const readBounded = (
  file: string,
  maxBytes: number,
  refuse: (expected: string, received: string) => Error,
): Uint8Array => {
  // Not blocking, so that a named pipe is refused below and not waited for.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw refuse('a file', 'something else');
    if (status.size > maxBytes) {
      throw refuse(`at most ${maxBytes / 1e6} MB`, `${(status.size / 1e6).toFixed(1)} MB`);
    }
    const bytes = new Uint8Array(status.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
};

/**
 * Reads a text that somebody wrote: a plain file, no larger than it may be, UTF-8 without zero bytes.
 * @throws what `refuse` makes of a file that is no such text; errors of the file system as they are
 */
export const readTextFile = (file: string, maxBytes: number, refuse: Refuse): string => {
  const bytes = readBounded(file, maxBytes, (expected, received) =>
    refuse(`${file}: expected ${expected}, received ${received}`),
  );
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw thrown;
  }
  throw refuse(`${file}: expected YAML as UTF-8 text, received binary data`);
};

/** Far above what is kept of any cluster or watch, and far below what a text in memory may be long. */
const maxStateBytes = 64e6;

/**
 * Reads a file that we keep for later. Whatever stands in its place is read or refused, and never waited for.
 * @throws errors of the file system; as one of these also where something else than a file is there, or one that is too large
 */
export const readState = (file: string): string => {
  const bytes = readBounded(file, maxStateBytes, (expected, received) =>
    Object.assign(new Error(`${received} instead of ${expected}`), { code: 'EINVAL' }),
  );
  return new TextDecoder().decode(bytes);
};

type HowWritten = {
  /** Without it as the process makes files (umask); else what is written beside it is for its owner alone until it is complete. */
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Whether it is on the disk before this returns. */
  readonly isDurable?: boolean;
};

const flushFolder = (path: string): void => {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** The end of the name under which a file is written before it is complete: a kill may leave one. */
export const partSuffix = '.part';

let ownKey: string | null = null;

/** How what is half written of a file is called: by a process that another can tell from all others, where that is known. */
const partOf = (path: string): string => {
  ownKey ??= processKey(thisProcess()) ?? String(process.pid);
  return `${path}.${ownKey}${partSuffix}`;
};

/** Whether that is the name of something that this very process was writing. */
export const isPartBy = (name: string, writer: ProcessIdentity): boolean => {
  const key = processKey(writer);
  return key !== null && name.endsWith(`.${key}${partSuffix}`);
};

/** Written beside its place and renamed into it: whoever reads it finds all of it, or what was there before. */
const putInPlace = (path: string, text: string, { mode, owner, isDurable = false }: HowWritten): void => {
  const beside = partOf(path);
  try {
    writeFileSync(beside, text, { flush: isDurable, ...(mode === undefined ? {} : { mode: 0o600 }) });
    if (owner !== undefined) chownSync(beside, owner.uid, owner.gid);
    if (mode !== undefined) chmodSync(beside, mode);
    renameSync(beside, path);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw thrown;
  }
  if (isDurable) flushFolder(dirname(path));
};

/**
 * Writes a file that is there whole or not at all: a full disk or a kill leaves what stood there before.
 * @param isDurable after a crash of the machine, too: it is on the disk before this returns
 */
export const writeAll = (path: string, text: string, { isDurable = false }: Pick<HowWritten, 'isDurable'> = {}): void =>
  putInPlace(path, text, { isDurable });

/** As `writeAll`, for its owner alone: what a process reads that another writes. */
export const writePrivately = (path: string, text: string): void => putInPlace(path, text, { mode: 0o600 });

/**
 * As `writePrivately`, and on the disk before it returns: a crash of the machine right after finds either the old file or
 * the new one.
 */
export const writeDurably = (path: string, text: string): void =>
  putInPlace(path, text, { mode: 0o600, isDurable: true });

/** Removes what others had half written of a file when they were killed. Only who writes it alone, by a lock, may call it. */
export const removePartsOf = (path: string): void => {
  const parts = readdirSync(dirname(path)).filter(
    (name) =>
      name.startsWith(`${basename(path)}.`) &&
      /^\d+(-[0-9a-f]{12})?\.part$/.test(name.slice(basename(path).length + 1)),
  );
  for (const part of parts) rmSync(join(dirname(path), part), { force: true });
};

/**
 * As `writeAll`, of a file that others made: who may read it and whose it is stay as they were, and so does a link to it.
 * @param mode of one that is new
 */
export const replaceText = (path: string, text: string, mode = 0o644): void => {
  const before = statSync(path, { throwIfNoEntry: false });
  if (before === undefined) putInPlace(path, text, { mode });
  else
    putInPlace(realpathSync(path), text, { mode: before.mode & 0o7777, owner: { uid: before.uid, gid: before.gid } });
};

/** A file's text, or null where there is no such file. */
export const readText = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
};
