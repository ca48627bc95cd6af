import { readFileSync } from 'node:fs';
import { errnoOf } from '../common/errors.ts';

/** A process for ever, even if its number is given out again: number, start in clock ticks, boot of the machine. */
export type ProcessIdentity = {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (man 5 proc); null where there is no /proc. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
};

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH') return null;
    throw thrown;
  }
};

const startTicksOf = (pid: number): string | null => {
  const stat = readOrNull(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold blanks: count from behind it.
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null);
};

const bootId = (): string | null => readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null;

/** This process, so that another can tell later whether it still lives. */
export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  startTicks: startTicksOf(process.pid),
  bootId: bootId(),
});

/** Whether that very process still runs. Where there is no /proc, whether its number is in use. */
export const isAlive = (identity: ProcessIdentity): boolean => {
  if (identity.bootId !== null && identity.bootId !== bootId()) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ESRCH') return false;
    if (errnoOf(thrown) !== 'EPERM') throw thrown;
  }
  return identity.startTicks === null || identity.startTicks === startTicksOf(identity.pid);
};
