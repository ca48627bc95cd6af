import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { errnoOf } from '../errors.ts';
import { nounFor } from '../text/counted.ts';
import { isProcOurs } from './process.ts';

/** A program that runs on this machine. */
export type Program = {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
};

/**
 * The number of a process in our own PID namespace, by which alone it may be signalled; null where it has none, or it is not known.
 * Where /proc is of a namespace above, its own numbers are other processes here.
 * @see man 5 proc_pid_status, NSpid: the last is that in the innermost namespace of the process
 */
const ownNumberOf = (entry: string): number | null => {
  if (isProcOurs()) return Number(entry);
  const namespaceOf = (of: string): string => readlinkSync(`/proc/${of}/ns/pid`);
  if (namespaceOf(entry) !== namespaceOf('self')) return null;
  const [, number] = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8')) ?? [];
  return number === undefined ? null : Number(number);
};

/** Numbers of all processes that /proc shows; empty where there is none. */
const entriesOfProc = (): readonly string[] => {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
};

/**
 * What can be read of a process; null where it is gone, or is somebody else's.
 * @see man 5 proc, hidepid: with 1 /proc lists what others run, and opens nothing of it (EPERM)
 */
const readable = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(thrown) ?? '')) return null;
    throw thrown;
  }
};

const argsIn = (entry: string, file: string): readonly string[] =>
  readFileSync(`/proc/${entry}/${file}`, 'utf8').split('\0');

/** Programs on this machine that we may read and signal, from /proc; empty where there is none. */
export const runningPrograms = (): readonly Program[] =>
  entriesOfProc().flatMap((entry) => {
    const read = readable(() => ({
      argv: argsIn(entry, 'cmdline'),
      environment: argsIn(entry, 'environ'),
      pid: ownNumberOf(entry),
    }));
    return read === null || read.pid === null ? [] : [{ ...read, pid: read.pid }];
  });

/**
 * The one name of what a command line begins with; null where that is no path here: a process may write there what it likes, as
 * browsers do with all their options in one, and what it was in another mount namespace need not be here.
 */
const realOrNull = (name: string): string | null => {
  try {
    return name.startsWith('/') ? realpathSync(name) : null;
  } catch (thrown) {
    if (errnoOf(thrown) !== null) return null;
    throw thrown;
  }
};

/** Whether the kernel lets nobody write to a file, for a process runs it: also one that /proc hides. @see man 2 open, ETXTBSY */
const isExecuted = (path: string): boolean => {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    return false;
  } catch (thrown) {
    if (errnoOf(thrown) === null) throw thrown;
    return errnoOf(thrown) === 'ETXTBSY';
  }
};

/**
 * Who runs a file, whoever it is and by whichever path: in words, for what another user runs is known by less. null: nobody, as
 * far as it can be seen from here.
 */
export const runnersOf = (path: string): string | null => {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return null;
  const real = realpathSync(path);
  const numbers = entriesOfProc().filter((entry) => {
    const program = readable(() => statSync(`/proc/${entry}/exe`, { bigint: true }));
    if (program !== null) return program.dev === file.dev && program.ino === file.ino;
    const name = readable(() => argsIn(entry, 'cmdline'))?.[0] ?? '';
    return name === path || realOrNull(name) === real;
  });
  if (numbers.length > 0) return `${nounFor(numbers.length, 'process', 'processes')} ${numbers.join(', ')}`;
  return isExecuted(path) ? 'a process that /proc does not show' : null;
};
