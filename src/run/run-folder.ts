import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';

const notMade = (folder: string, why: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError(
    'RUN_FOLDER_NOT_MADE',
    `${folder}: expected to make a new folder for the evidence, found that ${why}.`,
    {
      exitCode: exitCodes.environment,
      next: 'name another place with --out DIR',
      ...(cause === undefined ? {} : { cause }),
    },
  );

/** `2026-11-24T08-03-11` in UTC: sorts by time and is a file name everywhere. */
const timeName = (at: Date): string => at.toISOString().slice(0, 19).replaceAll(':', '-');

/**
 * Makes the folder of a run: `runs/<time>-<scenario>` below the current folder, or exactly `out`, which must be new or
 * empty. @throws SkipbeatError RUN_FOLDER_NOT_MADE (exit 75)
 */
export const makeRunFolder = (scenario: string, at: Date, out: string | null): string => {
  try {
    if (out !== null) {
      mkdirSync(out, { recursive: true });
      if (readdirSync(out).length > 0) throw notMade(out, 'it is not empty');
      return out;
    }
    const base = join('runs', `${timeName(at)}-${scenario}`);
    mkdirSync('runs', { recursive: true });
    let folder = base;
    for (let count = 2; existsSync(folder); count += 1) folder = `${base}-${count}`;
    mkdirSync(folder);
    return folder;
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    // Two runs of the same second: the other was faster by a hair.
    if (errnoOf(thrown) === 'EEXIST' && out === null) return makeRunFolder(scenario, at, null);
    throw notMade(out ?? 'runs', messageOf(thrown), thrown);
  }
};

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

const sha256 = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/** Writes manifest.json: sha256 of every other file in the folder, and the versions of everything that took part. */
export const writeManifest = async (folder: string, versions: Readonly<Record<string, string>>): Promise<void> => {
  const files: Record<string, string> = {};
  for (const name of filesBelow(folder)) {
    if (name !== 'manifest.json') files[name] = await sha256(join(folder, name));
  }
  writeFileSync(
    join(folder, 'manifest.json'),
    `${JSON.stringify({ schemaVersion: 1, versions, sha256: files }, null, 2)}\n`,
  );
};
