import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import { makeFolder } from '../../common/host/folder.ts';

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
      makeFolder(out);
      if (readdirSync(out).length > 0) throw notMade(out, 'it is not empty');
      return out;
    }
    const base = join('runs', `${timeName(at)}-${scenario}`);
    makeFolder('runs');
    let folder = base;
    for (let count = 2; existsSync(folder); count += 1) folder = `${base}-${count}`;
    mkdirSync(folder);
    return folder;
  } catch (thrown) {
    if (thrown instanceof SkipbeatError) throw thrown;
    // Two runs of the same second: the other was faster by a hair.
    if (errnoOf(thrown) === 'EEXIST' && out === null && statSync('runs').isDirectory())
      return makeRunFolder(scenario, at, null);
    throw notMade(out ?? 'runs', messageOf(thrown), thrown);
  }
};
