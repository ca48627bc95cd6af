import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errnoOf } from '../common/errors.ts';
import { isAbsent, makeFolder, realFolder } from '../common/host/folder.ts';
import { stateDir } from '../common/host/paths.ts';
import { type ProcessIdentity, thisProcess } from '../common/host/process.ts';
import { partSuffix, writeDurably } from '../common/host/text-file.ts';
import type { NodeCommand } from '../node/index.ts';

/** How to undo a fault on one node. `before`: what has to be known of the node, to tell that it is as it was. */
export type UndoCommand = NodeCommand & { readonly before?: string };

/** The cluster that an entry is about: of several that bore the name one after another, this incarnation and no other. */
export type OnCluster = { readonly cluster: string; readonly incarnation: string };

/** What is to be undone, as data: enough to undo it without the process that wrote it. */
export type UndoEntry = OnCluster &
  (
    | { readonly kind: 'cluster' }
    /** Hollow nodes: processes of this machine that bear the incarnation, and what removes the Node objects. */
    | { readonly kind: 'hollow'; readonly ends: readonly NodeCommand[]; readonly undo: NodeCommand }
    /** Settings of a living cluster that are being changed in place; the commands restore what was kept in the nodes. */
    | { readonly kind: 'settings'; readonly undo: readonly NodeCommand[] }
    | {
        readonly kind: 'fault';
        /** The plan's id of the fault, and its kind. */
        readonly fault: string;
        readonly faultKind: string;
        readonly undo: readonly UndoCommand[];
      }
  );

/** Who wrote a journal, and of which engine's clusters. */
export type JournalOwner = {
  readonly run: string;
  /** Where the evidence lies, from the root. */
  readonly folder: string | null;
  /** That folder by its one name when the run began, whichever links led there; earlier versions did not keep it. */
  readonly realFolder?: string | null;
  /** `docker info`'s ID; null where the clusters are none of an engine. */
  readonly engine: string | null;
  readonly process: ProcessIdentity;
};

/** The journal of this run: an entry is on the disk before `add` returns, and gone once it was undone. */
export type Journal = {
  readonly run: string;
  readonly folder: string | null;
  readonly realFolder: string | null;
  readonly add: (entry: UndoEntry) => { readonly id: string; readonly done: () => void };
  /** Everything that was to be undone on that cluster went with it. */
  readonly clusterGone: (cluster: string) => void;
  /** Removes the journal if nothing is left in it; leaves it where something is. */
  readonly close: () => void;
};

export const ownerName = 'owner';
/** Of folders that are no journal yet, or none any more. */
export const asidePrefix = '.';
export const draftPrefix = `${asidePrefix}draft-`;
export const gonePrefix = `${asidePrefix}gone-`;
export const journalRoot = (): string => join(stateDir(), 'journal');

export const jsonIn = (folder: string, name: string): string => join(folder, `${name}.json`);

/** Removes a journal that holds nothing: first out of everybody's sight, then from the disk. Safe twice. */
export const closeFolder = (folder: string): void => {
  try {
    const left = readdirSync(folder).filter((name) => name !== `${ownerName}.json` && !name.endsWith(partSuffix));
    if (left.length > 0) return;
    const aside = join(journalRoot(), `${gonePrefix}${randomUUID()}`);
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
};

/** Made aside and moved into place: nobody ever finds a journal without its owner. */
const makeJournal = (place: string, owner: string): void => {
  for (;;) {
    makeFolder(journalRoot(), 0o700);
    const draft = mkdtempSync(join(journalRoot(), draftPrefix));
    try {
      writeDurably(jsonIn(draft, ownerName), owner);
      renameSync(draft, place);
      return;
    } catch (thrown) {
      // Where this process stood still for long it was taken for what a dead one left.
      const isGone = isAbsent(draft);
      rmSync(draft, { recursive: true, force: true });
      if (errnoOf(thrown) !== 'ENOENT' || !isGone) throw thrown;
    }
  }
};

/**
 * Opens this run's journal.
 * @param folder where its evidence lies
 * @param engine whose clusters it is about
 */
export const openJournal = (run: string, folder: string | null, engine: string | null): Journal => {
  const from = folder === null ? null : resolve(folder);
  const real = from === null ? null : realFolder(from);
  const owner: JournalOwner = { run, folder: from, realFolder: real, engine, process: thisProcess() };
  const place = join(journalRoot(), run);
  makeJournal(place, JSON.stringify(owner));
  let count = 0;
  const open = new Map<string, string>();
  const done = (id: string): void => {
    rmSync(jsonIn(place, id), { force: true });
    open.delete(id);
  };
  return {
    run,
    folder: from,
    realFolder: real,
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
