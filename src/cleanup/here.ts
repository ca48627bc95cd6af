import { type ClusterUse, claimCluster, clusterBusy, type InspectedCluster, writtenUse } from '../cluster/index.ts';
import type { HostExec } from '../common/command.ts';
import { errnoOf, exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import type { Lock } from '../node/index.ts';
import { type CleanupAct, detailOf, type Report } from './report.ts';
import type { AskedFolder } from './run-folder.ts';

export type CleanupOptions = {
  readonly host: HostExec;
  readonly dryRun: boolean;
  /** Only this cluster (full name), kept or not; null: everything that dead runs left. */
  readonly cluster: string | null;
  /** Only what the run left whose evidence lies in this folder, with its cluster, kept or not. */
  readonly folder: string | null;
  /** Clusters too that were kept on purpose, and those of other state folders whose runs are known to be dead. */
  readonly all: boolean;
  readonly notify: (act: CleanupAct) => void;
};

export type Cleanup = {
  readonly options: Omit<CleanupOptions, 'folder'> & { readonly folder: AskedFolder | null };
  readonly engine: string;
  readonly clusters: Map<string, InspectedCluster>;
  /** In a dry run: clusters of which what is kept would be forgotten by then. */
  readonly forgotten: Set<string>;
  /** Clusters of which it was said that they are in use: a journal speaks of one, and it stands, and is remembered. */
  readonly used: Set<string>;
  readonly report: Report;
};

export const byName = (name: string): string => `it goes with  ${skipbeat(`cleanup --cluster ${name}`)}`;

const useText = (name: string, { isAtWork, text }: ClusterUse): string =>
  isAtWork ? text : `${text}; ${byName(name)}`;

/** A cluster that is in use is no failure, and one of which that cannot be read is. */
export const leaveUsed = ({ report, used }: Cleanup, name: string, use: ClusterUse): void => {
  if (use.process === null) report.unclean();
  if (used.has(name)) return;
  used.add(name);
  report.notify({ what: 'cluster', name, outcome: 'left', detail: useText(name, use) });
};

/** Who wants a cluster to go cannot choose another name instead. */
export const inUse = (name: string, use: ClusterUse): SkipbeatError => {
  const { isAtWork, process } = use;
  if (!isAtWork) return new SkipbeatError('CLUSTER_BUSY', useText(name, use), { exitCode: exitCodes.environment });
  const first =
    process === null
      ? 'find out who has it'
      : `wait for it to end, or end it (Ctrl-C there, or kill -TERM ${process.pid})`;
  return new SkipbeatError('CLUSTER_BUSY', clusterBusy(name, use).message, {
    exitCode: exitCodes.environment,
    next: `${first}, then run cleanup again`,
  });
};

/**
 * Claims a cluster's name, and sees that nobody else is, or may be, at work on it without its lock.
 * @throws SkipbeatError CLUSTER_BUSY (exit 75)
 */
export const claimIdle = async (
  { options, used }: Cleanup,
  name: string,
  incarnation: string | null,
): Promise<Lock> => {
  let lock: Lock | null = null;
  try {
    lock = await claimCluster(name);
    const use = writtenUse(name, incarnation);
    if (use !== null && (options.cluster === null || use.isAtWork)) throw inUse(name, use);
    return lock;
  } catch (thrown) {
    await lock?.release();
    if (thrown instanceof SkipbeatError && thrown.code === 'CLUSTER_BUSY') used.add(name);
    throw thrown;
  }
};

/** Does one thing of many; what breaks in it is reported with its name, and keeps no other from being done. */
export const apart = async (
  { report }: Cleanup,
  what: CleanupAct['what'],
  name: string,
  act: () => void | Promise<void>,
): Promise<void> => {
  try {
    await act();
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError) && errnoOf(thrown) === null) throw thrown;
    report.unclean();
    report.notify({ what, name, outcome: 'failed', detail: detailOf(thrown, name) });
  }
};
