import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type HostExec, quoteArgument } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { makeFolder } from '../common/host/folder.ts';
import { stateDir } from '../common/host/paths.ts';
import { isProcessIdentity, type ProcessIdentity, processText, thisProcess } from '../common/host/process.ts';
import { writeDurably } from '../common/host/text-file.ts';
import { skipbeat } from '../common/invocation.ts';
import { type Lock, lockHolder, takeLock } from '../node/index.ts';

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

/** @throws SkipbeatError STATE_UNREADABLE (exit 75) where the file was damaged */
export const readRecord = (name: string): ClusterRecord | null => {
  const path = recordPath(name);
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ClusterRecord;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw new SkipbeatError('STATE_UNREADABLE', `${path}: expected JSON, found ${messageOf(thrown)}.`, {
      exitCode: exitCodes.environment,
      cause: thrown,
      next: skipbeat(`cleanup --cluster ${name}`),
    });
  }
};

export const writeRecord = (record: ClusterRecord): void => {
  makeFolder(clusterDir(record.name), 0o700);
  writeDurably(recordPath(record.name), JSON.stringify(record));
};

/** Names of all clusters that this machine's state folder knows, running or not. */
export const knownClusters = (): readonly string[] => {
  try {
    return readdirSync(clustersRoot()).sort();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
};

/** Who has the lock of a cluster. `process` is null where that cannot be read: nobody is known not to. */
export type ClusterUser = { readonly process: ProcessIdentity | null; readonly text: string };

const unknownUser = (name: string, found: string): ClusterUser => ({
  process: null,
  text: `who is at work on it is not known, for ${found}; once  fuser -v ${quoteArgument(lockPath(name))}  names nobody, run this again`,
});

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
    return unknownUser(name, `its lock cannot be read: ${thrown.message.replace(/\.$/, '')}`);
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
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
};

/** Forgets a cluster: kubeconfig, mark and record go with the folder; the record last, which says whose the others are. */
export const forgetCluster = (name: string): void => {
  const others = keptFiles(name).filter((file) => join(clusterDir(name), file) !== recordPath(name));
  for (const file of others) rmSync(join(clusterDir(name), file), { recursive: true, force: true });
  rmSync(clusterDir(name), { recursive: true, force: true });
};
