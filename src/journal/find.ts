import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../common/errors.ts';
import { isProcessIdentity, lifeOf, type ProcessLife } from '../common/host/process.ts';
import {
  asidePrefix,
  closeFolder,
  type JournalOwner,
  journalRoot,
  jsonIn,
  ownerName,
  type UndoEntry,
} from './journal.ts';

export type JournalledEntry = UndoEntry & { readonly id: string };

/** A journal found on the disk, with what it still holds, newest first: the order in which to undo. */
export type FoundJournal = {
  readonly place: string;
  readonly owner: JournalOwner;
  readonly life: ProcessLife;
  readonly entries: readonly JournalledEntry[];
  readonly done: (id: string) => void;
  readonly close: () => void;
};

/** A file that should say something and does not; the others of its journal are as good as before. */
export type DamagedJournal = { readonly path: string; readonly problem: string };

type Read<T> = { readonly value: T } | { readonly problem: string } | null;

/** null: it is gone; another process was faster. */
const readJson = <T extends object>(path: string, keys: readonly (keyof T & string)[]): Read<T> => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const missing = keys.filter((key) => typeof value !== 'object' || value === null || !(key in value));
    if (missing.length > 0) return { problem: `expected ${missing.join(', ')} in it, found none` };
    return { value: value as T };
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return { problem: `expected a journal's JSON, found ${messageOf(thrown)}` };
  }
};

/** Names in a folder; empty where it is gone. */
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return [];
    throw thrown;
  }
};

/**
 * All journals under this state folder, oldest first; such as come or go meanwhile may be among them or not. What was
 * damaged is named beside them and keeps no other from being read.
 */
export const findJournals = (): {
  readonly journals: readonly FoundJournal[];
  readonly damaged: readonly DamagedJournal[];
} => {
  const journals: FoundJournal[] = [];
  const damaged: DamagedJournal[] = [];
  for (const run of namesIn(journalRoot()).filter((name) => !name.startsWith(asidePrefix))) {
    const place = join(journalRoot(), run);
    const names = namesIn(place).filter((name) => name.endsWith('.json') && name !== `${ownerName}.json`);
    const owner = readJson<JournalOwner>(jsonIn(place, ownerName), ['run', 'process', 'engine']);
    if (owner === null) {
      // Its owner went while it was read; but entries without one are somebody's damage.
      if (namesIn(place).some((name) => names.includes(name)))
        damaged.push({ path: jsonIn(place, ownerName), problem: 'expected to find who wrote the journal' });
      continue;
    }
    if ('value' in owner && !isProcessIdentity(owner.value.process)) {
      damaged.push({ path: jsonIn(place, ownerName), problem: 'expected a process in it, found none' });
      continue;
    }
    if ('problem' in owner) {
      damaged.push({ path: jsonIn(place, ownerName), problem: owner.problem });
      continue;
    }
    const entries = [...names].reverse().flatMap((name): readonly JournalledEntry[] => {
      const entry = readJson<UndoEntry>(join(place, name), ['kind', 'cluster', 'incarnation']);
      if (entry === null) return [];
      if ('value' in entry) return [{ ...entry.value, id: name.slice(0, -'.json'.length) }];
      damaged.push({ path: join(place, name), problem: entry.problem });
      return [];
    });
    journals.push({
      place,
      owner: owner.value,
      life: lifeOf(owner.value.process),
      entries,
      done: (id) => rmSync(jsonIn(place, id), { force: true }),
      close: () => closeFolder(place),
    });
  }
  return { journals, damaged };
};
