import { readFile } from 'node:fs/promises';
import { errnoOf } from '../common/errors.ts';

/** A file's text, or null where there is no such file. */
export const readText = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
};
