import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type HostExec, quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isAbsent, makeFolder } from '../common/host/folder.ts';
import { stateDir } from '../common/host/paths.ts';
import { isProcessIdentity, type ProcessIdentity, processText, thisProcess } from '../common/host/process.ts';
import { readState, writeDurably } from '../common/host/text-file.ts';
import { skipbeat } from '../common/invocation.ts';
import { type Lock, lockHolder, takeLock } from '../node/index.ts';
import { clusterNameFrom } from './names.ts';

/** What we wrote down about a cluster when we made it: what a later run compares before it uses it again. */
export type ClusterRecord = {
  readonly name: string;
  readonly run: string;
  readonly kubernetesVersion: string;
  readonly image: string;
  readonly controlPlanes: number;
  readonly workers: number;
  /** Meant to outlive its run. */
  readonly kept: boolean;
  /** Which of the clusters that bear this name one after another. */
  readonly incarnation: string;
  /** `docker info`'s ID of the engine that it stands on. */
  readonly engine: string;
  /** Where the evidence of the run lies that made it, from the root. */
  readonly folder: string | null;
  /** That folder by its one name when the cluster was made, whichever links led there; earlier versions did not keep it. */
  readonly realFolder?: string | null;
};

/** A name for one cluster that no other bears, even if it is called the same. */
export const newIncarnation = (): string => randomBytes(8).toString('hex');

const clustersRoot = (): string => join(stateDir(), 'clusters');

/** The folder of one cluster: mark, record, kubeconfig. */
export const clusterDir = (name: string): string => join(clustersRoot(), name);
export const kubeconfigPath = (name: string): string => join(clusterDir(name), 'kubeconfig');
const recordPath = (name: string): string => join(clusterDir(name), 'cluster.json');
const lockPath = (name: string): string => join(stateDir(), 'locks', `${name}.lock`);

/** Whether what was read is a record: one of an earlier version says less, and none says it otherwise. */
const isRecord = (read: unknown): read is ClusterRecord => {
  if (typeof read !== 'object' || read === null) return false;
  const known = read as { readonly [key in keyof ClusterRecord]?: unknown };
  const { run, engine, incarnation, folder, realFolder, kept } = known;
  const texts = [run, engine, incarnation].every((one) => one === undefined || typeof one === 'string');
  const folders = [folder, realFolder].every((one) => one === undefined || one === null || typeof one === 'string');
  // Who says which cluster it is says whether it is to stay.
  const isKeptKnown = typeof kept === 'boolean' || (kept === undefined && incarnation === undefined);
  return typeof known.name === 'string' && texts && folders && isKeptKnown;
};

/** @throws SkipbeatError STATE_UNREADABLE (exit 75) where the file was damaged */
export const readRecord = (name: string): ClusterRecord | null => {
  const path = recordPath(name);
  const unreadable = (found: string, cause?: unknown): SkipbeatError =>
    new SkipbeatError('STATE_UNREADABLE', `${path}: expected JSON, found ${found}.`, {
      exitCode: exitCodes.environment,
      ...(cause === undefined ? {} : { cause }),
      next: skipbeat(`cleanup --cluster ${name}`),
    });
  let read: unknown;
  try {
    read = JSON.parse(readState(path));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' && isAbsent(path)) return null;
    throw unreadable(messageOf(thrown), thrown);
  }
  if (!isRecord(read)) throw unreadable('none that says of a cluster what a record says');
  return read;
};

export const writeRecord = (record: ClusterRecord): void => {
  makeFolder(clusterDir(record.name), 0o700);
  writeDurably(recordPath(record.name), JSON.stringify(record));
};

/** Names of all clusters that this machine's state folder knows, running or not; what others put there bears no such name. */
export const knownClusters = (): readonly string[] => {
  try {
    return readdirSync(clustersRoot())
      .filter((name) => clusterNameFrom(name) === name)
      .sort();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' && isAbsent(clustersRoot())) return [];
    throw thrown;
  }
};

/** Who has the lock of a cluster. `process` is null where that cannot be read: nobody is known not to. */
export type ClusterUser = { readonly process: ProcessIdentity | null; readonly text: string };

const unknownUser = (name: string, found: string, next: string | null = null): ClusterUser => {
  const first = next ?? `once  fuser -v ${quoteArgument(lockPath(name))}  names nobody, run this again`;
  return { process: null, text: `who is at work on it is not known, for ${found}; ${first}` };
};

/** Who wrote the text of a lock that is held. */
const userIn = (name: string, text: string): ClusterUser => {
  try {
    const process: unknown = JSON.parse(text);
    if (isProcessIdentity(process)) return { process, text: `${processText(process)} is at work on it` };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  return unknownUser(name, `${lockPath(name)} is locked and names no process`);
};

/** Who uses the cluster now, or cannot be excluded to; null: nobody has its lock. */
export const clusterUser = async (name: string): Promise<ClusterUser | null> => {
  try {
    const holder = await lockHolder(lockPath(name));
    return holder === null ? null : userIn(name, holder);
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    return unknownUser(name, `its lock cannot be read: ${thrown.message.replace(/\.$/, '')}`, thrown.next);
  }
};

export const clusterBusy = (name: string, { process, text }: ClusterUser): SkipbeatError =>
  new SkipbeatError(
    'CLUSTER_BUSY',
    process === null
      ? `Cluster ${name}: expected to have it alone, found that ${text}.`
      : `Cluster ${name}: expected to have it alone, found ${processText(process)} at work on it.`,
    {
      exitCode: exitCodes.environment,
      next:
        process === null
          ? 'choose another name with --cluster, or find out who has it'
          : `wait for it to end, end it (Ctrl-C there, or kill -TERM ${process.pid}), or choose another name with --cluster`,
    },
  );

/**
 * Takes the cluster's name for this process, to run on it or to remove it: one at a time.
 * @throws SkipbeatError CLUSTER_BUSY (exit 75) while another process has it
 */
export const claimCluster = async (name: string): Promise<Lock> => {
  const lock = await takeLock(lockPath(name), JSON.stringify(thisProcess()));
  if ('release' in lock) return lock;
  throw clusterBusy(name, userIn(name, lock.heldBy));
};

/** A run that lost the lock of its cluster ends: whoever takes it next would change what the run sees. */
export const clusterLockLost = (name: string, { reason }: AbortSignal): SkipbeatError =>
  new SkipbeatError(
    'CLUSTER_LOCK_LOST',
    `Cluster ${name}: expected to have it alone to the end. ${messageOf(reason)}`,
    {
      exitCode: exitCodes.environment,
      cause: reason,
      next: 'run it again; end no process named skipbeat-lock, and delete no lock',
    },
  );

/** Runs nothing more for a cluster once its lock is lost. */
export const whileClaimed =
  (host: HostExec, name: string, { lost }: Pick<Lock, 'lost'>): HostExec =>
  async (command, signal) => {
    if (lost.aborted) throw clusterLockLost(name, lost);
    const result = await host(command, signal === undefined ? lost : AbortSignal.any([signal, lost]));
    if (lost.aborted) throw clusterLockLost(name, lost);
    return result;
  };

/** What is kept under a cluster's name; empty where nothing is. */
export const keptFiles = (name: string): readonly string[] => {
  try {
    return readdirSync(clusterDir(name));
  } catch (thrown) {
    // ENOTDIR: a file stands in the folder's place, and nothing is kept in it.
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(thrown) ?? '')) return [];
    throw thrown;
  }
};

/** Forgets a cluster: kubeconfig, mark and record go with the folder; the record last, which says whose the others are. */
export const forgetCluster = (name: string): void => {
  const others = keptFiles(name).filter((file) => join(clusterDir(name), file) !== recordPath(name));
  for (const file of others) rmSync(join(clusterDir(name), file), { recursive: true, force: true });
  rmSync(clusterDir(name), { recursive: true, force: true });
};
