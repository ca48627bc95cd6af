import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterRecord, knownClusters, recordOrNull } from '../cluster/index.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { realFolder } from '../common/host/folder.ts';
import { skipbeat } from '../common/invocation.ts';
import { type DamagedJournal, findJournals, type JournalOwner } from '../journal/index.ts';

/** The run and where its evidence lies, as it wrote that down. */
export type WrittenFolder = Partial<Pick<JournalOwner, 'run' | 'folder' | 'realFolder'>>;

/** The folder that a cleanup is asked for. */
export type AskedFolder = {
  /** Its one name, whichever links lead there. */
  readonly path: string;
  /** How the names begin of runs that began when the evidence in it says; null where it does not. */
  readonly begun: string | null;
  /** Whether anything of a run lies in it. */
  readonly isOfRun: boolean;
};

/**
 * Whether what a run wrote down is the folder that is asked for. `unknown`: it does not say, or what is there today need
 * not be what was there when the run began.
 */
export type FolderMatch = 'its' | 'anothers' | 'unknown';

/** Under two names by a bind mount. */
const isSameFolder = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((path) => {
    try {
      return statSync(path, { bigint: true });
    } catch (thrown) {
      // One that is gone, or on a disk that does not answer, is not seen to be the same.
      if (errnoOf(thrown) !== null) return undefined;
      throw thrown;
    }
  });
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
};

/** Why a folder may be that of a run, and may not; null where it is known. */
type Found = { readonly match: 'its' | 'anothers' } | { readonly match: 'unknown'; readonly why: string };

const find = (written: WrittenFolder | null, { path, begun, isOfRun }: AskedFolder): Found => {
  const { folder, realFolder: real, run } = written ?? {};
  if (folder === null) return { match: 'anothers' };
  if (typeof folder !== 'string') return { match: 'unknown', why: 'its folder was not written down' };
  if (begun !== null && typeof run === 'string' && run.startsWith(begun)) return { match: 'its' };
  const then = typeof real === 'string' ? real : folder;
  if (then === path || (typeof real === 'string' && isSameFolder(real, path))) {
    if (begun === null || typeof run !== 'string') return { match: 'its' };
    return { match: 'unknown', why: `it wrote to ${folder}, where the evidence of another run lies now` };
  }
  if (realFolder(folder) === path || isSameFolder(folder, path)) {
    const led = typeof real === 'string' ? `and led to ${real}` : 'and where it led was not written down';
    return { match: 'unknown', why: `${folder} leads there now, ${led} when it began` };
  }
  const mayHaveMoved = begun === null && isOfRun && !existsSync(then);
  return mayHaveMoved ? { match: 'unknown', why: `it wrote to ${folder}, which is gone` } : { match: 'anothers' };
};

export const matchFolder = (written: WrittenFolder | null, asked: AskedFolder): FolderMatch =>
  find(written, asked).match;

/** Of a run of which it is not known whether the folder that is asked for is its own. */
export const whyUnknown = (written: WrittenFolder | null, asked: AskedFolder): string => {
  const found = find(written, asked);
  return `whether it is of that run is not known${found.match === 'unknown' ? `: ${found.why}` : ''}`;
};

/** The record of the cluster that a run made. Records that cannot be read are reported where they are removed. */
const recordOfRun = (run: string): ClusterRecord | null => {
  for (const name of knownClusters()) {
    const record = recordOrNull(name);
    if (record?.run === run) return record;
  }
  return null;
};

/** Whether a damaged journal is of the run that is asked for, by what is left of it or the record of the cluster that it made. */
export const matchDamaged = ({ owner, run }: DamagedJournal, asked: AskedFolder): FolderMatch => {
  if (owner !== null) return matchFolder(run === null ? owner : { run, ...owner }, asked);
  return matchFolder(run === null ? null : recordOfRun(run), asked);
};

/** The first event of a run fits in it: a name of a scenario and a time. */
const firstEventBytes = 4096;

/** The beginning of a file; empty where it cannot be read, or is none. */
const beginningOf = (path: string): string => {
  try {
    // Not blocking, so that a named pipe is not waited for.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(descriptor).isFile()) return '';
      const bytes = Buffer.alloc(firstEventBytes);
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return '';
    throw thrown;
  }
};

/** How the name of a run begins that began as an event says: when, and of what. */
const begunBy = (event: string): string | null => {
  try {
    const { type, startedAt, scenario } = JSON.parse(event) as Record<string, unknown>;
    if (type !== 'run.started' || typeof startedAt !== 'string' || typeof scenario !== 'string') return null;
    return `${startedAt.replaceAll(':', '-')}-${scenario}-`;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

/** Files of which the first that is there makes a folder that of a run, its repeats or a matrix: without one it is any folder. */
const evidence = ['events.ndjson', 'plan.json', 'matrix.json'] as const;

/** Where the first event of a run lies, or of the first of its repeats. */
const firstEvents = ['events.ndjson', join('repeats', '01', 'events.ndjson')] as const;

const isWrittenDown = (asked: AskedFolder): boolean => {
  const { journals, damaged } = findJournals();
  return (
    journals.some(({ owner }) => matchFolder(owner, asked) !== 'anothers') ||
    damaged.some((one) => matchDamaged(one, asked) !== 'anothers') ||
    knownClusters().some((name) => {
      const record = recordOrNull(name);
      return record !== null && matchFolder(record, asked) !== 'anothers';
    })
  );
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return [];
    throw thrown;
  }
};

/**
 * Reads which folder is asked for: one with the evidence of a run, or one, though it be gone, that a run wrote down.
 * @throws SkipbeatError CLEANUP_OPTION_INVALID (exit 64) where it is neither: nothing in it could be called gone
 */
export const askedFolder = (option: string): AskedFolder => {
  const path = option === '' ? '' : realFolder(option);
  const names = path === '' ? [] : namesIn(path);
  const isOfRun = evidence.some((name) => names.includes(name));
  const events = firstEvents.map((name) => beginningOf(join(path, name)).split('\n')[0] ?? '');
  const begun = isOfRun ? events.map(begunBy).find((one) => one !== null) : null;
  const asked = { path, begun: begun ?? null, isOfRun };
  if (path !== '' && (isOfRun || isWrittenDown(asked))) return asked;
  throw new SkipbeatError(
    'CLEANUP_OPTION_INVALID',
    `--run: expected the folder of a run, or one that a run wrote down, received ${JSON.stringify(option)}.`,
    { exitCode: exitCodes.usage, next: skipbeat('cleanup --dry-run') },
  );
};
