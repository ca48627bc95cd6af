import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errnoOf } from '../errors.ts';

/** How a refused file is to be reported: `path: expected …, received …`. */
export type Refuse = (message: string) => Error;

const readBounded = (file: string, maxBytes: number, refuse: Refuse): Uint8Array => {
  // Not blocking, so that a named pipe is refused below and not waited for.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw refuse(`${file}: expected a file, received something else`);
    if (status.size > maxBytes) {
      const received = `${(status.size / 1e6).toFixed(1)} MB`;
      throw refuse(`${file}: expected at most ${maxBytes / 1e6} MB, received ${received}`);
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
  const bytes = readBounded(file, maxBytes, refuse);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw thrown;
  }
  throw refuse(`${file}: expected YAML as UTF-8 text, received binary data`);
};

/** Writes a file that is there whole or not at all: a full disk or a kill leaves what stood there before. */
export const writeAll = (path: string, text: string): void => {
  const beside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw thrown;
  }
};

/**
 * As `writeAll`, of a file that others made: who may read it and whose it is stay as they were, and so does a link to it.
 * @param mode of one that is new
 */
export const replaceText = (path: string, text: string, mode = 0o644): void => {
  const before = statSync(path, { throwIfNoEntry: false });
  const file = before === undefined ? path : realpathSync(path);
  const beside = `${file}.${process.pid}.part`;
  try {
    writeFileSync(beside, text, { mode: 0o600 });
    if (before !== undefined) chownSync(beside, before.uid, before.gid);
    chmodSync(beside, before === undefined ? mode : before.mode & 0o7777);
    renameSync(beside, file);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw thrown;
  }
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
