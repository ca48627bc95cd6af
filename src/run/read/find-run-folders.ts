import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { skipbeat } from '../../common/invocation.ts';

/** Folders of runs hold folders of runs: a night of them, a matrix, repeats. */
const deepest = 4;

const kindOf = (path: string): 'folder' | 'file' | 'nothing' => {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'nothing' : stats.isDirectory() ? 'folder' : 'file';
};

const refuse = (problems: readonly string[], next = skipbeat('run default')): SkipbeatError =>
  new SkipbeatError('EVIDENCE_UNREADABLE', problems.join('\n'), { exitCode: exitCodes.usage, next });

/** What a folder holds; one that may not be read is said to be so. */
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    const why = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
    throw refuse([`${folder}: expected a folder that can be read, found one that cannot (${why}).`]);
  }
};

/**
 * Run folders in some folders, each once; links are followed, and a place that a second one leads to is looked into once.
 * @param log notified of a folder that holds no run, beside others that do, and of links that lead nowhere
 * @throws SkipbeatError EVIDENCE_UNREADABLE (exit 64): no such folder, a file, one that cannot be read, or no run in any of them
 */
export const findRunFolders = (folders: readonly string[], log: (text: string) => void): readonly string[] => {
  const kinds = folders.map((folder) => ({ folder, kind: kindOf(folder) }));
  const problems = kinds.flatMap(({ folder, kind }) => {
    return kind === 'folder'
      ? []
      : [`${folder}: expected a folder of runs, found ${kind === 'file' ? 'a file' : kind}.`];
  });
  const there = kinds.flatMap(({ folder, kind }) =>
    kind === 'nothing' ? [] : [kind === 'file' ? dirname(folder) : folder],
  );
  if (problems.length > 0)
    throw refuse(problems, there.length === 0 ? undefined : skipbeat(`calibration ${there.join(' ')}`));

  const seen = new Set<string>();
  let again = 0;
  const find = (folder: string, depth: number): readonly string[] => {
    const place = realpathSync(folder);
    if (seen.has(place)) {
      again += 1;
      return [];
    }
    seen.add(place);
    if (existsSync(join(folder, 'events.ndjson'))) return [folder];
    if (depth === deepest) return [];
    return namesIn(folder).flatMap((name) => {
      const path = join(folder, name);
      const kind = kindOf(path);
      if (kind === 'nothing') log(`left out: ${path}: a link that leads nowhere`);
      return kind === 'folder' ? find(path, depth + 1) : [];
    });
  };
  const found = folders.map((folder) => {
    const before = again;
    const runs = find(folder, 0);
    return { folder, runs, why: again > before ? 'no run that is not counted already' : 'no run in it' };
  });
  const all = found.flatMap(({ runs }) => runs);
  if (all.length === 0) throw refuse([`${folders.join(', ')}: expected folders of runs, found none.`]);
  for (const { folder, runs, why } of found) if (runs.length === 0) log(`left out: ${folder}: ${why}`);
  return all;
};
