import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file that is there whole or not at all: a full disk or a kill leaves what stood there before. */
export const writeWhole = (path: string, text: string): void => {
  const beside = `${path}.${process.pid}.part`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (thrown) {
    rmSync(beside, { force: true });
    throw thrown;
  }
};
