import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../errors.ts';
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

/** Programs on this machine that we may read and signal, from /proc; empty where there is none. */
export const runningPrograms = (): readonly Program[] => {
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
  return entries
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const args = (file: string): readonly string[] => readFileSync(`/proc/${entry}/${file}`, 'utf8').split('\0');
        const [argv, environment, pid] = [args('cmdline'), args('environ'), ownNumberOf(entry)];
        return pid === null ? [] : [{ pid, argv, environment }];
      } catch (thrown) {
        const gone = errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH' || errnoOf(thrown) === 'EACCES';
        if (gone) return [];
        throw thrown;
      }
    });
};
