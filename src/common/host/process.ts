import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../errors.ts';

/**
 * A process for ever, even if its number is given out again, and from wherever it is read: number, start, and the
 * machine, boot and PID namespace in which the number means it. What a system does not tell is null.
 */
export type ProcessIdentity = {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since the boot, in no time namespace (man 5 proc). */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** /etc/machine-id (man 5 machine-id); images of machines may share one, so that the name counts, too. */
  readonly machineId: string | null;
  readonly host: string;
  /** `pid:[4026531836]`, as /proc/self/ns/pid leads to (man 7 pid_namespaces). */
  readonly pidNamespace: string | null;
};

const isTextOrNull = (read: unknown): boolean => read === null || (typeof read === 'string' && read !== '');

/**
 * Whether what was read from a file can be of a process: a number that the kernel gives (pid_max, man 5 proc), a host, and
 * of all else a text or null. One that lacks anything of it is of nobody who is known, and so of nobody dead.
 */
export const isProcessIdentity = (read: unknown): read is ProcessIdentity => {
  if (typeof read !== 'object' || read === null) return false;
  const { pid, startTicks, bootId, machineId, host, pidNamespace } = read as Record<keyof ProcessIdentity, unknown>;
  return (
    Number.isInteger(pid) &&
    Number(pid) > 0 &&
    Number(pid) < 2 ** 31 &&
    (startTicks === null || (typeof startTicks === 'string' && /^\d{1,20}$/.test(startTicks))) &&
    typeof host === 'string' &&
    [bootId, machineId, pidNamespace].every(isTextOrNull)
  );
};

/** `unknown`: of another machine, boot of an unknown machine or PID namespace, or hidden by /proc: its end cannot be seen here. */
export type ProcessLife = 'alive' | 'dead' | 'unknown';

const orNull = (read: () => string): string | null => {
  try {
    return read().trim();
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return null;
    throw thrown;
  }
};

const fileOrNull = (path: string): string | null => orNull(() => readFileSync(path, 'utf8'));

/** USER_HZ, in which /proc counts wherever Node runs. @see man 7 time */
const ticksPerSecond = 100n;

/**
 * A start by the boot's clock itself: a time namespace shows it with its own offset. null where that is none of whole seconds, or
 * those that can be read are of the namespace that children would have.
 * @see man 7 time_namespaces, fs/proc/array.c (timens_add_boottime_ns)
 */
const sinceBoot = (ticks: string): string | null => {
  const namespaces = ['time', 'time_for_children'].map((name) => orNull(() => readlinkSync(`/proc/self/ns/${name}`)));
  if (namespaces[0] !== namespaces[1]) return null;
  const offsets = fileOrNull('/proc/self/timens_offsets') ?? '';
  const [, seconds = '0', nanoseconds = '0'] = /^boottime\s+(-?\d+)\s+(\d+)$/m.exec(offsets) ?? [];
  return Number(nanoseconds) === 0 ? String(BigInt(ticks) - BigInt(seconds) * ticksPerSecond) : null;
};

/** A PID namespace that was begun without a mount of its own sees the processes of the one above in /proc, by their numbers there. */
export const isProcOurs = (): boolean => orNull(() => readlinkSync('/proc/self')) === String(process.pid);

/** State letter and start of a process; null where /proc does not show it. */
const statOf = (pid: number): { readonly state: string; readonly startTicks: string | null } | null => {
  const stat = isProcOurs() ? fileOrNull(`/proc/${pid}/stat`) : null;
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may hold blanks: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: sinceBoot(fields[19] ?? '0') };
};

/** Which boot of which kernel this is: processes that read the same one share its monotonic clock. null: it does not say. */
export const bootId = (): string | null => fileOrNull('/proc/sys/kernel/random/boot_id');

const here = (): Omit<ProcessIdentity, 'pid' | 'startTicks'> => ({
  bootId: bootId(),
  machineId: fileOrNull('/etc/machine-id') || null,
  host: hostname(),
  pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
});

/** This process, so that another can tell later whether it still lives. */
export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  startTicks: statOf(process.pid)?.startTicks ?? null,
  ...here(),
});

/** Whether a number is in use; also by a process that may not be signalled, or of which nothing more may be seen. */
const isInUse = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EPERM') return true;
    if (errnoOf(thrown) === 'ESRCH') return false;
    throw thrown;
  }
};

/**
 * A zombie (Z) or one that is just going (X) does nothing any more: whoever should reap it may be slow. /proc may hide what
 * others run (mount option `hidepid`, proc(5)), from one who may signal it, too: whether it is that very process is unknown then.
 */
const lifeHere = ({ pid, startTicks }: Pick<ProcessIdentity, 'pid' | 'startTicks'>): ProcessLife => {
  const stat = statOf(pid);
  if (stat !== null) {
    if (['Z', 'X', 'x'].includes(stat.state)) return 'dead';
    if (startTicks === null || startTicks === stat.startTicks) return 'alive';
    return stat.startTicks === null ? 'unknown' : 'dead';
  }
  if (!isInUse(pid)) return 'dead';
  return startTicks === null ? 'alive' : 'unknown';
};

/** Whether a process of this machine, boot and PID namespace is known to have ended. */
export const isDead = (process: Pick<ProcessIdentity, 'pid' | 'startTicks'>): boolean => lifeHere(process) === 'dead';

/** Whether that very process still runs, as far as it can be known from here. */
export const lifeOf = (identity: ProcessIdentity): ProcessLife => {
  if (!isProcessIdentity(identity)) return 'unknown';
  const now = here();
  // Copies of a running machine have its boot's id, too, and are given a machine id of their own.
  if (identity.machineId !== now.machineId) return 'unknown';
  if (identity.host !== now.host) {
    // A machine may be given another name while it runs, and a container has one of its own: the boot's id says that it is
    // this kernel, and the namespace that the number means the same there.
    const isThisKernel = identity.bootId !== null && identity.bootId === now.bootId;
    if (!isThisKernel || identity.pidNamespace === null) return 'unknown';
  }
  if (identity.bootId !== now.bootId) {
    return [identity.bootId, now.bootId, now.machineId].includes(null) ? 'unknown' : 'dead';
  }
  // Numbers mean something in their own namespace alone.
  if (identity.pidNamespace !== now.pidNamespace) return 'unknown';
  return lifeHere(identity);
};

/** Whether that is this very process. */
export const isThisProcess = (identity: ProcessIdentity): boolean =>
  identity.pid === process.pid && lifeOf(identity) === 'alive';

/**
 * `812-` and what no other process has: of whichever machine, boot or PID namespace one is that was given the same number.
 * null where not enough is known of it. By no host, whose name may change while the process runs.
 */
export const processKey = (identity: ProcessIdentity): string | null => {
  const { pid, startTicks, bootId, machineId, pidNamespace } = identity;
  if (startTicks === null || bootId === null || pidNamespace === null) return null;
  const all = JSON.stringify([pid, startTicks, bootId, machineId, pidNamespace]);
  return `${pid}-${createHash('sha256').update(all).digest('hex').slice(0, 12)}`;
};

/** `process 812 on build-7`, and what of it cannot be seen from here. */
export const processText = (identity: ProcessIdentity): string => {
  const now = here();
  const apart = identity.host === now.host && identity.pidNamespace !== now.pidNamespace;
  return `process ${identity.pid} on ${identity.host}${apart ? ' in another PID namespace' : ''}`;
};
