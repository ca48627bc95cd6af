import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { isAbsent } from '../common/host/folder.ts';
import { isProcessIdentity, lifeOf, type ProcessLife } from '../common/host/process.ts';
import { partSuffix, readState } from '../common/host/text-file.ts';
import { asidePrefix, draftPrefix, gonePrefix, journalRoot, jsonIn, ownerName } from './journal.ts';

/** Something beside the journals: one that was none yet, or none any more, or what others put there. */
export type Aside = {
  readonly path: string;
  /** null: nobody may still need it, and it is ours. Otherwise why it is left. */
  readonly why: string | null;
  /** @throws what the file system says where it cannot be removed */
  readonly remove: () => void;
};

/** Of the process that a file says; null where it does not. */
const lifeBy = (file: string): ProcessLife | null => {
  try {
    const owner = JSON.parse(readState(file)) as { readonly process?: unknown } | null;
    return isProcessIdentity(owner?.process) ? lifeOf(owner.process) : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || errnoOf(thrown) !== null) return null;
    throw thrown;
  }
};

/** Of whoever made it, who may have been killed while that was brought to the disk; null where it is not said. */
const lifeIn = (folder: string): ProcessLife | null => {
  const owner = jsonIn(folder, ownerName);
  const parts = readdirSync(folder).filter(
    (name) => name.startsWith(`${basename(owner)}.`) && name.endsWith(partSuffix),
  );
  return [owner, ...parts.map((name) => join(folder, name))].map(lifeBy).find((life) => life !== null) ?? null;
};

/** Only files that a journal has where nothing is to be undone. Earlier versions put the whole journal one folder deeper. */
const holdsNothing = (folder: string): boolean =>
  readdirSync(folder, { withFileTypes: true }).every((entry) => {
    if (entry.isDirectory()) return entry.name === ownerName && holdsNothing(join(folder, entry.name));
    return entry.isFile() && (entry.name === `${ownerName}.json` || entry.name.endsWith(partSuffix));
  });

const isOfOurs = (name: string): boolean => name.startsWith(gonePrefix) || name.startsWith(draftPrefix);

/** A process writes who it is into what it begins within milliseconds. */
const ownerlessMs = 60_000;

/** Why it is left; null where it goes, undefined where nothing is to be said of it. */
const whyLeft = (path: string, name: string): string | null | undefined => {
  const isGone = name.startsWith(gonePrefix);
  if (!isOfOurs(name)) return 'skipbeat put nothing of that name there';
  if (!holdsNothing(path)) return 'it holds what no run writes there; look at it, then delete it';
  const life = lifeIn(path) ?? (isGone ? lifeBy(jsonIn(join(path, ownerName), ownerName)) : null);
  if (life === 'dead' || (isGone && life === null)) return null;
  if (life === 'alive') return undefined;
  if (life === 'unknown')
    return 'the end of the process that made it cannot be seen from here; it holds nothing to undo';
  // Its own process may still be about to write into it.
  if (Date.now() - statSync(path).mtimeMs < ownerlessMs) return undefined;
  // Who made it and lives makes another.
  if (readdirSync(path).length === 0) return null;
  return 'it does not say which process began it; it holds nothing to undo: delete it';
};

/** What lies beside the journals, but for what a live process is at work on. */
export const findAsides = (): readonly Aside[] => {
  let names: readonly string[];
  try {
    names = readdirSync(journalRoot())
      .filter((name) => name.startsWith(asidePrefix))
      .sort();
  } catch (thrown) {
    // Where it cannot be read, whoever looks for journals there says so.
    if (errnoOf(thrown) !== null) return [];
    throw thrown;
  }
  return names.flatMap((name) => {
    const path = join(journalRoot(), name);
    let isEmpty = false;
    // Of one that was empty nothing goes that came into it since.
    const remove = (): void => (isEmpty ? rmdirSync(path) : rmSync(path, { recursive: true, force: true }));
    try {
      isEmpty = isOfOurs(name) && readdirSync(path).length === 0;
      const why = whyLeft(path, name);
      return why === undefined ? [] : [{ path, why, remove }];
    } catch (thrown) {
      const code = errnoOf(thrown);
      if (code === null) throw thrown;
      // Whoever made it was faster.
      return code === 'ENOENT' && isAbsent(path)
        ? []
        : [{ path, why: `expected a folder that can be read, found ${code}`, remove }];
    }
  });
};
