import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Puts a file in place whole or not at all, and on the disk before it returns: a crash of the machine right after
 * finds either the old file or the new one. Mode 0600.
 */
export const writeDurably = (path: string, text: string): void => {
  const draft = `${path}.${process.pid}.draft`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } catch (thrown) {
    rmSync(draft, { force: true });
    throw thrown;
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

export const jsonIn = (folder: string, name: string): string => join(folder, `${name}.json`);
