import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import type { Frozen } from '../common/frozen.ts';
import { makeFolder } from '../common/host/folder.ts';
import { isProcessIdentity, processText, thisProcess } from '../common/host/process.ts';
import { partSuffix, readState, removePartsOf, writeAll } from '../common/host/text-file.ts';
import { type Lock, takeLock } from '../node/index.ts';
import type { WatchDocument } from './document-shape.ts';
import { counterStateShape } from './seen/counters-state.ts';
import { momentShape } from './seen/units.ts';

export const stateFile = 'state.json';
export const notablesFile = 'events.ndjson';
export const documentFile = 'watch.json';
const holderFile = 'holder.json';

/** So many before the one that goes on are kept, the newest. */
export const maxSittings = 200;

const stateShape = z
  .strictObject({
    schemaVersion: z.literal(2),
    clusterUid: z.string().nullable(),
    sittings: z.array(
      z.strictObject({
        fromMs: momentShape,
        toMs: momentShape,
        ended: z.enum(['for', 'interrupted', 'lost', 'otherCluster']).nullable(),
      }),
    ),
    /** When the first of all sittings began, kept or not. Left out by what an older skipbeat wrote. */
    firstMs: momentShape.exactOptional(),
    /** While a sitting goes on: up to when nothing can have been lost. Left out at its end, and by what an older skipbeat wrote. */
    knownMs: momentShape.exactOptional(),
    otherCluster: z.strictObject({ uid: z.string(), atMs: momentShape }).exactOptional(),
    counters: counterStateShape,
  })
  .refine(
    ({ sittings, firstMs }) => firstMs !== undefined || sittings.length <= maxSittings,
    'of so many sittings the first may be lost, and an older skipbeat did not write when it began',
  );

/** What a watch keeps to go on with. */
export type WatchState = Frozen<z.infer<typeof stateShape>>;

export type Store = {
  /** What an earlier sitting left; null: there was none. */
  readonly state: WatchState | null;
  /** It is in the file when this returns; where the folder's lock was lost, nothing is written. */
  readonly note: (line: object) => void;
  /** @throws SkipbeatError WATCH_BUSY (exit 75) where the folder's lock was lost, as does `report` */
  readonly keep: (state: WatchState) => void;
  readonly report: (document: WatchDocument) => void;
  /** Everything is on the disk, and another may take the folder. */
  readonly close: () => Promise<void>;
};

const invalid = (folder: string, found: string, cause?: unknown): SkipbeatError =>
  new SkipbeatError(
    'WATCH_FOLDER_INVALID',
    `${folder}: expected a folder that is new, empty or of an earlier watch, found ${found}.`,
    { exitCode: exitCodes.usage, next: 'name another one with --out DIR', ...(cause === undefined ? {} : { cause }) },
  );

const readKept = (folder: string): WatchState | null => {
  const file = join(folder, stateFile);
  if (!existsSync(file)) return null;
  try {
    return stateShape.parse(JSON.parse(readState(file)));
  } catch (thrown) {
    if (errnoOf(thrown) !== null) throw thrown;
    const [issue] = thrown instanceof z.ZodError ? thrown.issues : [];
    const why = issue === undefined ? messageOf(thrown) : `${issue.path.join('.') || 'the top'}: ${issue.message}`;
    throw invalid(folder, `${stateFile} that is none of this version: ${why}`, thrown);
  }
};

const holderIn = (text: string): string => {
  try {
    const holder: unknown = JSON.parse(text);
    if (isProcessIdentity(holder)) return processText(holder);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  return `that somebody does, of whom ${holderFile} does not say who it is`;
};

/** Only one watch writes to a folder, of all machines that see it; one that died, however it died, is no obstacle. */
const hold = async (folder: string): Promise<Lock> => {
  const lock = await takeLock(join(folder, holderFile), JSON.stringify(thisProcess()));
  if ('release' in lock) return lock;
  throw new SkipbeatError(
    'WATCH_BUSY',
    `${folder}: expected nobody to watch into it, found ${holderIn(lock.heldBy)}.`,
    {
      exitCode: exitCodes.environment,
      next: 'name another folder with --out DIR',
    },
  );
};

/** A line that a kill cut short must not swallow the next one. */
const endLastLine = (descriptor: number): void => {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(descriptor, '\n');
};

/** What an earlier sitting left there. @throws SkipbeatError WATCH_FOLDER_INVALID (exit 64) */
const stateOf = (folder: string): WatchState | null => {
  const state = readKept(folder);
  const own = [notablesFile, documentFile, holderFile];
  const others = readdirSync(folder).filter((name) => !own.includes(name) && !name.endsWith(partSuffix));
  // Begun anew there, a watch would pass for all that was ever watched into it.
  const lost = state === null && existsSync(join(folder, documentFile)) ? documentFile : others[0];
  if (state === null && lost !== undefined) throw invalid(folder, `${lost} and no ${stateFile}`);
  return state;
};

/**
 * Opens the folder of a watch, new or again.
 * @throws SkipbeatError WATCH_FOLDER_INVALID (exit 64), WATCH_BUSY, LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75)
 */
export const openStore = async (folder: string): Promise<Store> => {
  makeFolder(folder);
  // Of a folder that is none of ours not even the holder's file is made.
  stateOf(folder);
  const lock = await hold(folder);
  try {
    // Once more: another may have watched into it until now.
    return heldStore(folder, stateOf(folder), lock);
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
};

/** Who lost the folder writes nothing over what another has counted there since. */
const assertHeld = (folder: string, { lost }: Lock): void => {
  if (!lost.aborted) return;
  const message = `${folder}: expected to have it alone to the end. ${messageOf(lost.reason)}`;
  throw new SkipbeatError('WATCH_BUSY', message, {
    exitCode: exitCodes.environment,
    cause: lost.reason,
    next: 'watch again; end no process named skipbeat-lock, and delete no holder.json',
  });
};

const heldStore = (folder: string, state: WatchState | null, lock: Lock): Store => {
  for (const file of [stateFile, documentFile]) removePartsOf(join(folder, file));
  const descriptor = openSync(join(folder, notablesFile), 'a+', 0o644);
  endLastLine(descriptor);
  return {
    state,
    note: (line) => {
      // Counted for nobody any more: the next `keep` ends the watch.
      if (lock.lost.aborted) return;
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    },
    keep: (kept) => {
      assertHeld(folder, lock);
      // First the lines that are counted in it: a crash of the machine leaves none that is counted and not there.
      fsyncSync(descriptor);
      writeAll(join(folder, stateFile), `${JSON.stringify(kept)}\n`, { isDurable: true });
    },
    report: (document) => {
      assertHeld(folder, lock);
      writeAll(join(folder, documentFile), `${JSON.stringify(document, null, 2)}\n`);
    },
    close: async () => {
      fsyncSync(descriptor);
      closeSync(descriptor);
      await lock.release();
    },
  };
};
