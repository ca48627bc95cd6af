import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { stateDir } from '../common/paths.ts';
import type { NodeCommand } from '../node/index.ts';
import { jsonIn, writeDurably } from './files.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process.ts';

/** How to undo a fault on one node. `before`: what has to be known of the node, to tell that it is as it was. */
export type UndoCommand = NodeCommand & { readonly before?: string };

/** What is to be undone, as data: enough to undo it without the process that wrote it. */
export type UndoEntry =
  | { readonly kind: 'cluster'; readonly cluster: string }
  /** Settings of a living cluster that are being changed in place; the commands restore what was kept in the nodes. */
  | { readonly kind: 'settings'; readonly cluster: string; readonly undo: readonly NodeCommand[] }
  | {
      readonly kind: 'fault';
      readonly cluster: string;
      /** The plan's id of the fault, and its kind. */
      readonly fault: string;
      readonly faultKind: string;
      readonly undo: readonly UndoCommand[];
    };

/** Who wrote a journal. */
export type JournalOwner = { readonly run: string; readonly folder: string | null; readonly process: ProcessIdentity };

export type JournalledEntry = UndoEntry & { readonly id: string };

/** The journal of this run: an entry is on the disk before `add` returns, and gone once it was undone. */
export type Journal = {
  readonly run: string;
  readonly add: (entry: UndoEntry) => { readonly id: string; readonly done: () => void };
  /** Everything that was to be undone on that cluster went with it. */
  readonly clusterGone: (cluster: string) => void;
  /** Removes the journal if nothing is left in it; leaves it where something is. */
  readonly close: () => void;
};

/** A journal found on the disk, with what it still holds, newest first: the order in which to undo. */
export type FoundJournal = {
  readonly owner: JournalOwner;
  readonly alive: boolean;
  readonly entries: readonly JournalledEntry[];
  readonly done: (id: string) => void;
  readonly close: () => void;
};

const ownerName = 'owner';
const draftPrefix = '.draft-';
const journalRoot = (): string => join(stateDir(), 'journal');

const closeFolder = (folder: string): void => {
  const left = readdirSync(folder).filter((name) => name !== `${ownerName}.json` && !name.endsWith('.draft'));
  if (left.length > 0) return;
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  rmdirSync(folder);
};

/** Opens this run's journal. `folder` is where its evidence lies. */
export const openJournal = (run: string, folder: string | null): Journal => {
  mkdirSync(journalRoot(), { recursive: true, mode: 0o700 });
  // Made aside and moved into place: nobody ever finds a journal without its owner.
  const draft = mkdtempSync(join(journalRoot(), draftPrefix));
  writeDurably(
    jsonIn(draft, ownerName),
    JSON.stringify({ run, folder, process: thisProcess() } satisfies JournalOwner),
  );
  const place = join(journalRoot(), run);
  renameSync(draft, place);
  let count = 0;
  const open = new Map<string, string>();
  const done = (id: string): void => {
    rmSync(jsonIn(place, id), { force: true });
    open.delete(id);
  };
  return {
    run,
    add: (entry) => {
      count += 1;
      const id = `${String(count).padStart(3, '0')}-${entry.kind}`;
      writeDurably(jsonIn(place, id), JSON.stringify(entry));
      open.set(id, entry.cluster);
      return { id, done: () => done(id) };
    },
    clusterGone: (cluster) => {
      for (const [id, on] of open) if (on === cluster) done(id);
    },
    close: () => closeFolder(place),
  };
};

const readJson = <T>(path: string): T => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (thrown) {
    throw new SkipbeatError('JOURNAL_UNREADABLE', `${path}: expected a journal entry, found ${messageOf(thrown)}.`, {
      exitCode: exitCodes.environment,
      cause: thrown,
      next: `look at ${path}; once nothing of that run is left, delete its folder`,
    });
  }
};

/** All journals on this machine, oldest first. @throws SkipbeatError JOURNAL_UNREADABLE where a file was damaged */
export const findJournals = (): readonly FoundJournal[] => {
  let runs: string[];
  try {
    runs = readdirSync(journalRoot())
      .filter((name) => !name.startsWith(draftPrefix))
      .sort();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
  return runs.map((run) => {
    const place = join(journalRoot(), run);
    const names = readdirSync(place).filter((name) => name.endsWith('.json'));
    const owner = readJson<JournalOwner>(jsonIn(place, ownerName));
    const entries = names
      .filter((name) => name !== `${ownerName}.json`)
      .sort()
      .reverse()
      .map((name) => ({ ...readJson<UndoEntry>(join(place, name)), id: name.slice(0, -'.json'.length) }));
    return {
      owner,
      alive: isAlive(owner.process),
      entries,
      done: (id: string) => rmSync(jsonIn(place, id), { force: true }),
      close: () => closeFolder(place),
    };
  });
};
