import { isProcessIdentity } from '../common/host/process.ts';
import type { JournalOwner, UndoCommand, UndoEntry } from './journal.ts';

type Known<T> = { readonly [key in keyof T]?: unknown };

const isText = (read: unknown): read is string => typeof read === 'string';
const isTextOrNull = (read: unknown): boolean => read === null || isText(read);

const isCommand = (read: unknown): read is UndoCommand => {
  if (typeof read !== 'object' || read === null) return false;
  const { node, on, argv, timeoutMs, before } = read as Known<UndoCommand>;
  return (
    isText(node) &&
    (on === undefined || on === 'host') &&
    Array.isArray(argv) &&
    argv.length > 0 &&
    argv.every(isText) &&
    Number.isFinite(timeoutMs) &&
    (before === undefined || isText(before))
  );
};

/** Nobody writes down that nothing is to be undone. */
const areCommands = (read: unknown): boolean => Array.isArray(read) && read.length > 0 && read.every(isCommand);

type AnyEntry = Known<UndoEntry> & Record<'kind' | 'undo' | 'ends' | 'fault' | 'faultKind', unknown>;

/** Whether what was read from a file says all that is needed to undo it. */
export const isEntry = (read: unknown): read is UndoEntry => {
  if (typeof read !== 'object' || read === null) return false;
  const { kind, cluster, incarnation, undo, ends, fault, faultKind } = read as AnyEntry;
  if (!isText(cluster) || !isText(incarnation)) return false;
  switch (kind) {
    case 'cluster':
      return true;
    case 'hollow':
      return isCommand(undo) && areCommands(ends);
    case 'settings':
      return areCommands(undo);
    case 'fault':
      return isText(fault) && isText(faultKind) && areCommands(undo);
    default:
      return false;
  }
};

/** Whether what was read from a file says who wrote a journal; one of an earlier version may lack a folder, and is of no run's that is asked for. */
export const isOwner = (read: unknown): read is JournalOwner => {
  if (typeof read !== 'object' || read === null) return false;
  const { run, folder, realFolder, engine, process } = read as Known<JournalOwner>;
  return (
    isText(run) &&
    [folder, realFolder].every((place) => place === undefined || isTextOrNull(place)) &&
    isTextOrNull(engine) &&
    isProcessIdentity(process)
  );
};
