import { join } from 'node:path';
import type { HostExec } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { lockDir } from '../common/host/paths.ts';
import { isProcessIdentity, lifeOf, type ProcessIdentity, processText, thisProcess } from '../common/host/process.ts';
import { type Lock, lockHolder, takeLock } from '../node/index.ts';
import { kindNodes } from './inspect.ts';

/** A cluster that is to be made. */
export type NewCluster = {
  readonly run: string;
  readonly cluster: string;
  readonly controlPlanes: number;
  readonly workers: number;
};

/** The one that comes up on this machine now, as its run wrote down for everybody, before it looked whether there is room. */
export type ComingUp = NewCluster & { readonly process: ProcessIdentity };

export type NodeCounts = Pick<NewCluster, 'controlPlanes' | 'workers'>;

/** What takes room that another cluster wants. */
export type Occupants = {
  /** Nodes of kind that run, but for those of the cluster that comes up. */
  readonly running: NodeCounts;
  /** Whose room may not be used yet; null: no cluster comes up beside. */
  readonly comingUp: ComingUp | null;
};

const bringUpFile = (): string => join(lockDir(), 'skipbeat-bring-up.lock');

/** It is shown on a terminal: nothing in it that a terminal or a log would act on. */
const isName = (read: unknown): read is string =>
  typeof read === 'string' && read.length > 0 && read.length < 1000 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(read);

const isCount = (read: unknown): read is number => Number.isInteger(read) && Number(read) >= 0;

/** @returns null where the text, which any user may have written, says no such thing */
export const comingUpIn = (text: string): ComingUp | null => {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
  if (!isProcessIdentity(read)) return null;
  const { run, cluster, controlPlanes, workers, ...process } = read as ProcessIdentity & Partial<NewCluster>;
  if (!isName(run) || !isName(cluster) || !isName(process.host)) return null;
  if (!isCount(controlPlanes) || !isCount(workers)) return null;
  return { run, cluster, controlPlanes, workers, process };
};

/** `cluster skipbeat-x of 1 + 2 nodes, which run y (process 812 on build-7) brings up` */
export const comingUpText = ({ run, cluster, controlPlanes, workers, process }: ComingUp): string => {
  const what = `cluster ${cluster} of ${controlPlanes} + ${workers} nodes`;
  return lifeOf(process) === 'dead'
    ? `${what}, which run ${run} began (${processText(process)}, which has ended; what it started has not), or one of another user`
    : `${what}, which run ${run} (${processText(process)}) brings up`;
};

const unnamed = (): string =>
  `a cluster that comes up on this machine, of which ${bringUpFile()} does not say whose it is`;

/** @throws SkipbeatError LOCK_FOREIGN, LOCK_IMPOSSIBLE (exit 75) where that cannot be asked */
export const clusterComingUp = async (): Promise<ComingUp | null> => {
  const text = await lockHolder(bringUpFile(), 'allUsers');
  return text === null ? null : comingUpIn(text);
};

/**
 * What takes room on the engine that answers. What a run is about to make counts while the run may live: of one that has ended
 * nodes count that run, and the lock may name it though another has it now.
 * @param named by the lock
 * @throws SkipbeatError ENGINE_UNREACHABLE
 */
export const occupantsWith = async (
  host: HostExec,
  named: ComingUp | null,
  signal?: AbortSignal,
): Promise<Occupants> => {
  const comingUp = named === null || lifeOf(named.process) === 'dead' ? null : named;
  const nodes = (await kindNodes(host, signal)).filter(({ cluster }) => cluster !== comingUp?.cluster);
  const count = (role: string): number => nodes.filter((node) => node.role === role).length;
  return { running: { controlPlanes: count('control-plane'), workers: count('worker') }, comingUp };
};

export type BringUpOptions = {
  /** Called with who is waited for, once for each. What it throws ends the wait. */
  readonly onWait: (comingUp: ComingUp | null, text: string) => void | Promise<void>;
  /** How long one cluster may take to come up, or to go, by the budgets of its steps. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
};

/** Ends with the signal's reason as soon as it fires; what comes of the act after that is handed to `late`. */
const unlessAborted = async <T>(act: Promise<T>, signal: AbortSignal, late: (value: T) => void): Promise<T> => {
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      act.then(late, () => undefined);
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true, signal: ended.signal });
  });
  try {
    return await Promise.race([act, aborted]);
  } finally {
    ended.abort();
  }
};

const bringUpBusy = (who: string, maxMs: number): SkipbeatError =>
  new SkipbeatError(
    'BRING_UP_BUSY',
    `Expected to bring up a cluster within ${Math.round(maxMs / 60_000)} min, waited all that time for ${who}.`,
    {
      exitCode: exitCodes.environment,
      next: `fuser -v ${bringUpFile()}  names what holds it: end that run (Ctrl-C there, or kill -TERM), then run this again`,
    },
  );

/**
 * Waits for its turn to bring up a cluster: of all runs of all users of this machine one does so at a time. What a check finds
 * free (inotify instances, a port, a name) another run would else find free, too, before either uses it. It is held until the
 * cluster is up or gone, and what is used then can be seen.
 * @throws SkipbeatError BRING_UP_BUSY (exit 75) where another takes longer than it may; LOCK_FOREIGN, LOCK_IMPOSSIBLE (75);
 *   the signal's reason when it fires
 */
export const takeBringUp = async (
  own: NewCluster,
  { onWait, maxMs, signal }: BringUpOptions,
): Promise<Lock & { readonly waitedMs: number }> => {
  const text = JSON.stringify({ ...thisProcess(), ...own });
  const beganMs = performance.now();
  let isFirst = true;
  let heldBy: string | null = null;
  let sinceMs = beganMs;
  for (;;) {
    // Its shell waits for a second where another has the lock.
    const taken = await unlessAborted(takeLock(bringUpFile(), text, 'allUsers'), signal, (late) => {
      if ('release' in late) void late.release();
    });
    if ('release' in taken) return { ...taken, waitedMs: isFirst ? 0 : performance.now() - beganMs };
    isFirst = false;
    const comingUp = comingUpIn(taken.heldBy);
    const who = comingUp === null ? unnamed() : comingUpText(comingUp);
    if (heldBy !== taken.heldBy) {
      heldBy = taken.heldBy;
      sinceMs = performance.now();
      await onWait(comingUp, who);
    } else if (performance.now() - sinceMs > maxMs) throw bringUpBusy(who, maxMs);
  }
};
