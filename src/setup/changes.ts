import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isAbsent, makeFolder } from '../common/host/folder.ts';
import { stateDir } from '../common/host/paths.ts';
import { readState, readText, replaceText } from '../common/host/text-file.ts';

/** What set-up changed on this machine outside of its own folders, oldest first. */
export type MachineChange =
  /** Packages that apt-get was asked for and that were not there. */
  | { readonly kind: 'packages'; readonly packages: readonly string[] }
  /** A file that was written; `before` is its text until then, null where there was none. */
  | { readonly kind: 'file'; readonly path: string; readonly before: string | null; readonly after: string };

/** Where it is written down. */
export const changesFile = (): string => join(stateDir(), 'setup-changes.json');

/** Whether what was read from the list is a change that this version can take back. */
const isChange = (read: unknown): read is MachineChange => {
  if (typeof read !== 'object' || read === null || !('kind' in read)) return false;
  if (read.kind === 'packages')
    return 'packages' in read && Array.isArray(read.packages) && read.packages.every((one) => typeof one === 'string');
  if (read.kind !== 'file') return false;
  const { path, before, after } = read as {
    readonly path?: unknown;
    readonly before?: unknown;
    readonly after?: unknown;
  };
  return typeof path === 'string' && (before === null || typeof before === 'string') && typeof after === 'string';
};

/**
 * What is written down; nothing where nothing ever was.
 * @throws SkipbeatError SETUP_CHANGES_UNREADABLE (exit 75) where the file was damaged, or says what this version cannot take
 *   back: then nothing of it is, and the file stays
 */
export const readChanges = async (): Promise<readonly MachineChange[]> => {
  const path = changesFile();
  const unreadable = (problem: string, cause?: unknown): SkipbeatError =>
    new SkipbeatError('SETUP_CHANGES_UNREADABLE', `${path}: ${problem}.`, {
      exitCode: exitCodes.environment,
      ...(cause === undefined ? {} : { cause }),
      next: `look at ${path}`,
    });
  let read: unknown;
  try {
    read = JSON.parse(readState(path));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' && isAbsent(path)) return [];
    throw unreadable(`expected JSON, found ${messageOf(thrown)}`, thrown);
  }
  if (!Array.isArray(read)) throw unreadable('expected a list of changes, found something else');
  const unknown = read.findIndex((one: unknown) => !isChange(one));
  if (unknown >= 0)
    throw unreadable(`expected changes of packages or of a file, found that number ${unknown + 1} is neither`);
  return read as readonly MachineChange[];
};

/**
 * Writes a change down, before it is made. A file that was written down keeps the text that it had first, unless somebody
 * else has written it since: what they wrote is what comes back.
 */
export const writeDown = async (change: MachineChange): Promise<void> => {
  const known = await readChanges();
  const same =
    change.kind === 'file' ? known.find((one) => one.kind === 'file' && one.path === change.path) : undefined;
  const isOurs = same?.kind === 'file' && change.kind === 'file' && change.before === same.after;
  const kept = isOurs ? { ...change, before: same.before } : change;
  makeFolder(dirname(changesFile()), 0o700);
  const all = [...known.filter((one) => one !== same), kept];
  replaceText(changesFile(), `${JSON.stringify(all, null, 2)}\n`, 0o600);
};

/** What is left to be taken back; nothing: the file goes. */
export const saveChanges = async (left: readonly MachineChange[]): Promise<void> => {
  if (left.length === 0) await rm(changesFile(), { force: true });
  else replaceText(changesFile(), `${JSON.stringify(left, null, 2)}\n`, 0o600);
};

/** A file's text now, beside what was written there; a file that is gone is not as it was. */
export const isAsWritten = async ({ path, after }: MachineChange & { readonly kind: 'file' }): Promise<boolean> =>
  (await readText(path)) === after;

/**
 * Whether nothing of set-up is in a file: it is as before (written down and never written, or back already) and that does
 * not name what is ours, or it is gone, or names no more what set-up's text of it names.
 * @param name what the text of set-up holds where something of ours depends on it
 */
export const isFreeOfOurs = async (
  { path, before, after }: MachineChange & { readonly kind: 'file' },
  name: string,
): Promise<boolean> => {
  const text = await readText(path);
  return text === null || (!text.includes(name) && (text === before || after.includes(name)));
};
