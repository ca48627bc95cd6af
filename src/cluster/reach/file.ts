import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { errnoOf } from '../../common/errors.ts';

/** A pipe to which nobody writes brings nothing for ever, and who reads it so is ended by no signal that this process takes. */
const pipeMs = 10_000;
const againMs = 20;

const still = new Int32Array(new SharedArrayBuffer(4));

/** What there is in a pipe by now; null: nothing, and somebody may still write. */
const readSome = (descriptor: number, into: Buffer): number | null => {
  try {
    return readSync(descriptor, into);
  } catch (thrown) {
    if (errnoOf(thrown) === 'EAGAIN') return null;
    throw thrown;
  }
};

const readPipe = (file: string, withinMs: number): Buffer => {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const limitMs = performance.now() + withinMs;
    const parts: Buffer[] = [];
    while (performance.now() < limitMs) {
      const part = Buffer.alloc(65_536);
      const read = readSome(descriptor, part);
      // Before anything has come nobody may have opened it so far.
      if (read === 0 && parts.length > 0) return Buffer.concat(parts);
      if (read) parts.push(part.subarray(0, read));
      else Atomics.wait(still, 0, 0, againMs);
    }
    throw new Error(`a pipe to whose end nobody came within ${withinMs / 1000} s`);
  } finally {
    closeSync(descriptor);
  }
};

/** Whether a path leads to a pipe; false also where it leads nowhere. */
export const isPipe = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false;

/** What is in a file, or comes from a pipe, as from a shell's `<(…)`. @throws Error of the file system; one that does not end */
export const readToEnd = (file: string, withinMs = pipeMs): Buffer =>
  isPipe(file) ? readPipe(file, withinMs) : readFileSync(file);

/**
 * Why a file's text cannot be read again and again, as that of a certificate or a token is; null: it can. A pipe would end no
 * read, and who waits for it waits for ever.
 */
export const fileProblem = (file: string): string | null => {
  try {
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return fstatSync(descriptor).isFile() ? null : 'it is no file';
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (thrown instanceof Error && errnoOf(thrown) !== null) return thrown.message;
    throw thrown;
  }
};
