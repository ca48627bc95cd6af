import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the node image's recipe. */
export const recipeDir = (): string => fileURLToPath(new URL('../../node-image', import.meta.url));

/**
 * A hash over names and contents of the recipe's files, so that an image says which recipe made it.
 * @returns 16 hexadecimal digits
 */
export const recipeHash = async (directory: string = recipeDir()): Promise<string> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    if (file.endsWith('README.md')) continue;
    hash
      .update(`${relative(directory, file)}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
};

/** The Debian packages of one root file system: packages/NAME.txt, one a line. */
export const recipePackages = async (name: 'node' | 'kube-proxy' | 'load-balancer'): Promise<readonly string[]> => {
  const text = await readFile(join(recipeDir(), 'packages', `${name}.txt`), 'utf8');
  return text.split('\n').filter((line) => line !== '');
};
