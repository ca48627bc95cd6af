import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packageFile } from '../../common/package.ts';

/** The folder of the node image's recipe. */
export const recipeDir = (): string => packageFile('node-image');

/** The recipe's folder of what only one minor needs ("v1.20"); most have none. */
export const minorRecipeDir = (minor: string): string => join(recipeDir(), 'kubernetes', minor);

/**
 * A hash over names and contents of the recipe's files, so that an image says which recipe made it. Of the folders that
 * only one minor needs, that minor's alone goes into it: no edit there ages the images of others.
 * @param minor "v1.34"; null for what belongs to no version
 * @returns 16 hexadecimal digits
 */
export const recipeHash = async (minor: string | null, directory: string = recipeDir()): Promise<string> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const name = relative(directory, file);
    const others =
      name.startsWith(`kubernetes${sep}`) && !(minor !== null && name.startsWith(join('kubernetes', minor, sep)));
    if (file.endsWith('README.md') || others) continue;
    hash
      .update(`${name}\0`)
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
};

/** Names in a list of the recipe, one a line. @param list such as "packages/node.txt" */
export const recipeList = async (list: string): Promise<readonly string[]> => {
  const text = await readFile(join(recipeDir(), list), 'utf8');
  return text.split('\n').filter((line) => line !== '');
};
