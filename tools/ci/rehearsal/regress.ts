import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = 'src/profile/effective.ts';
const good = 'atLeast(version, 32) ? 50_000 : 40_000';
const worse = 'atLeast(version, 32) ? 15_000 : 10_000';

/** Puts a regression into a copy of the sources: nodes are NotReady after 15 s of silence, though nobody asked for it. */
export const regress = (sources: string): void => {
  const path = join(sources, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(good).length !== 2)
    throw new Error(`${file}: expected ${JSON.stringify(good)} once, found it otherwise`);
  writeFileSync(path, text.replace(good, worse));
};
