import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { stateDir } from '../common/paths.ts';
import { isAlive, type ProcessIdentity, thisProcess, writeDurably } from '../journal/index.ts';

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
};

const clustersRoot = (): string => join(stateDir(), 'clusters');

/** The folder of one cluster: mark, record, kubeconfig, lock. */
const clusterDir = (name: string): string => join(clustersRoot(), name);
export const kubeconfigPath = (name: string): string => join(clusterDir(name), 'kubeconfig');
export const markSourcePath = (name: string): string => join(clusterDir(name), 'owner.json');
const recordPath = (name: string): string => join(clusterDir(name), 'cluster.json');
const lockPath = (name: string): string => join(clusterDir(name), 'lock.json');

const readJsonOrNull = <T>(path: string): T | null => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw new SkipbeatError('STATE_UNREADABLE', `${path}: expected JSON, found ${messageOf(thrown)}.`, {
      exitCode: exitCodes.environment,
      cause: thrown,
      next: 'npm run skipbeat -- cleanup --all',
    });
  }
};

export const readRecord = (name: string): ClusterRecord | null => readJsonOrNull<ClusterRecord>(recordPath(name));

export const writeRecord = (record: ClusterRecord): void =>
  writeDurably(recordPath(record.name), JSON.stringify(record));

/** Writes the file that is mounted into the nodes as our mark. */
export const writeMark = (name: string, run: string): void =>
  writeDurably(markSourcePath(name), JSON.stringify({ madeBy: 'skipbeat', cluster: name, run }));

/** Names of all clusters that this machine's state folder knows, running or not. */
export const knownClusters = (): readonly string[] => {
  try {
    return readdirSync(clustersRoot()).sort();
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
};

/** The live process that uses the cluster now, or null. */
export const clusterUser = (name: string): ProcessIdentity | null => {
  const holder = readJsonOrNull<ProcessIdentity>(lockPath(name));
  return holder !== null && isAlive(holder) ? holder : null;
};

export const clusterBusy = (name: string, pid: number): SkipbeatError =>
  new SkipbeatError(
    'CLUSTER_BUSY',
    `Cluster ${name}: expected to have it alone, found process ${pid} running a scenario on it.`,
    { exitCode: exitCodes.environment, next: 'wait for that run to end, or choose another name with --cluster' },
  );

/**
 * Takes the cluster's name for this process. Only one run uses a cluster at a time.
 * @returns what lets it go again
 * @throws SkipbeatError CLUSTER_BUSY (exit 75) while another live process has it
 */
export const claimCluster = (name: string): (() => void) => {
  mkdirSync(clusterDir(name), { recursive: true, mode: 0o700 });
  const draft = `${lockPath(name)}.${process.pid}`;
  writeDurably(draft, JSON.stringify(thisProcess()));
  try {
    for (;;) {
      try {
        // A link is made whole or refused: of two runs that come at once, one has the lock.
        linkSync(draft, lockPath(name));
        break;
      } catch (thrown) {
        if (errnoOf(thrown) !== 'EEXIST') throw thrown;
        const holder = clusterUser(name);
        if (holder !== null) throw clusterBusy(name, holder.pid);
        rmSync(lockPath(name), { force: true });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(lockPath(name), { force: true });
};

/** Forgets a cluster: kubeconfig, mark and record go with the folder. */
export const forgetCluster = (name: string): void => rmSync(clusterDir(name), { recursive: true, force: true });
