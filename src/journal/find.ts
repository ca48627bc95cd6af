import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, messageOf } from '../common/errors.ts';
import { isAbsent } from '../common/host/folder.ts';
import { lifeOf, type ProcessLife } from '../common/host/process.ts';
import { partSuffix, readState } from '../common/host/text-file.ts';
import { entryProblem } from './entry-shape.ts';
import {
  asidePrefix,
  closeFolder,
  type JournalOwner,
  journalRoot,
  jsonIn,
  type OnCluster,
  ownerName,
  type UndoEntry,
} from './journal.ts';
import { isEntry, isOwner } from './shapes.ts';

export type JournalledEntry = UndoEntry & { readonly id: string };

/** A journal found on the disk, with what it still holds, newest first: the order in which to undo. */
export type FoundJournal = {
  readonly place: string;
  readonly owner: JournalOwner;
  readonly life: ProcessLife;
  readonly entries: readonly JournalledEntry[];
  /** Whether an entry is still there, as far as can be seen: another cleanup may have undone it since it was found. */
  readonly holds: (id: string) => boolean;
  readonly done: (id: string) => void;
  readonly close: () => void;
};

/** A file that should say something and does not; the others of its journal are as good as before. What is known of it: */
export type DamagedJournal = {
  readonly path: string;
  readonly problem: string;
  /** As the journal's folder is called; null: all of them. */
  readonly run: string | null;
  /** Where the evidence lies, as the owner has it; null: that is not known. */
  readonly owner: Pick<JournalOwner, 'folder' | 'realFolder'> | null;
  readonly life: ProcessLife;
  /** Clusters that what can be read of the journal speaks of. */
  readonly entries: readonly OnCluster[];
};

/** `text`: what is there, where anything can be read. */
type Read<T> = { readonly value: T } | { readonly problem: string; readonly text: string } | null;

/** @param isComplete whether it says all that it should; null: it is gone; another process was faster. */
const readJson = <T>(path: string, isComplete: (read: unknown) => read is T, expected: string): Read<T> => {
  let text = '';
  try {
    text = readState(path);
    const value: unknown = JSON.parse(text);
    return isComplete(value) ? { value } : { problem: `expected in it ${expected}, found something else`, text };
  } catch (thrown) {
    const code = errnoOf(thrown);
    if ((code === 'ENOENT' || code === 'ENOTDIR') && isAbsent(path)) return null;
    return { problem: `expected a journal's JSON, found ${messageOf(thrown)}`, text };
  }
};

/**
 * The text that a key has in JSON which may have been cut off anywhere; null where it is not there to its end. Looked for
 * letter by letter: an expression that may go back needs a stack as deep as the text is long.
 */
const textOf = (json: string, key: string): string | null => {
  const before = `"${key}":`;
  const begin = json.indexOf(`${before}"`) + before.length;
  if (begin < before.length) return null;
  let end = begin + 1;
  while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  try {
    return JSON.parse(json.slice(begin, end + 1)) as string;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

/** What a damaged owner still says of where the evidence lies. */
const ownerIn = (json: string): DamagedJournal['owner'] => {
  const folder = textOf(json, 'folder');
  return folder === null ? null : { folder, realFolder: textOf(json, 'realFolder') };
};

/** What a damaged entry still says of its cluster. */
const clusterIn = (json: string): readonly OnCluster[] => {
  const [cluster, incarnation] = [textOf(json, 'cluster'), textOf(json, 'incarnation')];
  return cluster === null || incarnation === null ? [] : [{ cluster, incarnation }];
};

/** Names in a folder; empty where it is gone, and the problem where it cannot be read. */
const namesIn = (folder: string): { readonly names: readonly string[]; readonly problem: string | null } => {
  try {
    return { names: readdirSync(folder).sort(), problem: null };
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === null) throw thrown;
    if ((code === 'ENOENT' || code === 'ENOTDIR') && isAbsent(folder)) return { names: [], problem: null };
    return { names: [], problem: `expected a folder that can be read, found ${messageOf(thrown)}` };
  }
};

type Entries = {
  readonly entries: readonly JournalledEntry[];
  readonly damaged: readonly (Pick<DamagedJournal, 'path' | 'problem'> & { readonly text: string })[];
};

/** The entries of a journal, newest first. */
const readEntries = (place: string, names: readonly string[]): Entries => {
  const entries: JournalledEntry[] = [];
  const damaged: Entries['damaged'][number][] = [];
  for (const name of [...names].reverse()) {
    const path = join(place, name);
    const entry = readJson<UndoEntry>(path, isEntry, 'what is to be undone, and on which cluster');
    if (entry === null) continue;
    const problem = 'value' in entry ? entryProblem(entry.value) : null;
    if (!('value' in entry)) damaged.push({ path, ...entry });
    else if (problem === null) entries.push({ ...entry.value, id: name.slice(0, -'.json'.length) });
    else damaged.push({ path, problem, text: JSON.stringify(entry.value) });
  }
  return { entries, damaged };
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
  const root = namesIn(journalRoot());
  const unknown = { run: null, owner: null, life: 'unknown', entries: [] } as const;
  if (root.problem !== null) damaged.push({ ...unknown, path: journalRoot(), problem: root.problem });
  for (const run of root.names.filter((name) => !name.startsWith(asidePrefix))) {
    const place = join(journalRoot(), run);
    const { names: all, problem } = namesIn(place);
    if (problem !== null) {
      damaged.push({ ...unknown, run, path: place, problem });
      continue;
    }
    const names = all.filter((name) => name.endsWith('.json') && name !== `${ownerName}.json`);
    const ownerPath = jsonIn(place, ownerName);
    const owner = readJson<JournalOwner>(
      ownerPath,
      isOwner,
      'run, folder, engine and process of who wrote the journal',
    );
    const read = readEntries(place, names);
    const entries = [...read.entries, ...read.damaged.flatMap(({ text }) => clusterIn(text))];
    if (owner === null) {
      // Its owner went while it was read, and so does the folder; one that stays without is somebody's damage.
      if (isAbsent(place) || namesIn(place).names.includes(`${ownerName}.json`)) continue;
      damaged.push({ ...unknown, run, entries, path: ownerPath, problem: 'expected to find who wrote the journal' });
      continue;
    }
    if ('problem' in owner) {
      const { problem, text } = owner;
      damaged.push({ ...unknown, run, owner: ownerIn(text), entries, path: ownerPath, problem });
      continue;
    }
    const life = lifeOf(owner.value.process);
    for (const { path, problem, text } of read.damaged)
      damaged.push({ path, problem, run, owner: owner.value, life, entries: clusterIn(text) });
    // It keeps the journal from ever being closed.
    for (const name of all.filter((one) => !one.endsWith('.json') && !one.endsWith(partSuffix))) {
      const problem = 'expected what a run writes there and nothing else';
      damaged.push({ path: join(place, name), problem, run, owner: owner.value, life, entries: [] });
    }
    journals.push({
      place,
      owner: owner.value,
      life,
      entries: read.entries,
      holds: (id) => !isAbsent(jsonIn(place, id)),
      done: (id) => rmSync(jsonIn(place, id), { force: true }),
      close: () => closeFolder(place),
    });
  }
  return { journals, damaged };
};
