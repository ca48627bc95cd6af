import {
  clusterUser,
  forgetCluster,
  type InspectedCluster,
  inspectClusters,
  knownClusters,
  readRecord,
  removeCluster,
  restoreSettings,
} from '../cluster/index.ts';
import type { HostCommander } from '../common/command.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { replayUndo } from '../fault/index.ts';
import { type FoundJournal, findJournals } from '../journal/index.ts';
import { containerCommander } from '../node/index.ts';

/** One thing that cleanup found, and what became of it. */
export type CleanupAct = {
  readonly what: 'run' | 'fault' | 'settings' | 'cluster' | 'record';
  readonly name: string;
  /** `would`: a dry run. `left`: not ours to touch, or still in use. */
  readonly outcome: 'done' | 'would' | 'left' | 'failed';
  readonly detail: string;
};

export type CleanupOptions = {
  readonly host: HostCommander;
  readonly dryRun: boolean;
  /** Only this cluster (full name), kept or not; null: everything that dead runs left. */
  readonly cluster: string | null;
  /** Clusters that were kept on purpose too. */
  readonly all: boolean;
  readonly tell: (act: CleanupAct) => void;
};

/**
 * Undoes what dead runs left behind: replays their journals, newest entry first, then removes clusters of ours that
 * nobody keeps or uses. Each thing is tried whatever became of the others; safe twice.
 * @returns whether everything that was to go is gone
 * @throws SkipbeatError ENGINE_UNREACHABLE, CLUSTER_UNKNOWN (exit 64), CLUSTER_BUSY (exit 75)
 */
export const cleanUp = async (options: CleanupOptions): Promise<boolean> => {
  const { host, dryRun, cluster: only, all, tell } = options;
  const clusters = await inspectClusters(host);
  const byName = new Map(clusters.map((cluster) => [cluster.name, cluster]));
  let clean = true;
  const attempt = async (
    what: CleanupAct['what'],
    name: string,
    would: string,
    act: () => Promise<string>,
  ): Promise<boolean> => {
    if (dryRun) {
      tell({ what, name, outcome: 'would', detail: would });
      return false;
    }
    try {
      tell({ what, name, outcome: 'done', detail: await act() });
      return true;
    } catch (thrown) {
      clean = false;
      tell({ what, name, outcome: 'failed', detail: messageOf(thrown) });
      return false;
    }
  };
  const remove = (name: string): Promise<boolean> =>
    attempt('cluster', name, 'would be removed', async () => {
      const removed = await removeCluster(host, name);
      byName.delete(name);
      return removed === 0 ? 'was gone already' : `removed (${removed} containers)`;
    });

  if (only !== null) {
    const user = clusterUser(only);
    if (user !== null) {
      throw new SkipbeatError('CLUSTER_BUSY', `Cluster ${only}: process ${user.pid} runs a scenario on it.`, {
        exitCode: exitCodes.environment,
        next: `end that run first (Ctrl-C there, or kill -TERM ${user.pid}), then run cleanup again`,
      });
    }
    if (!byName.has(only) && !knownClusters().includes(only)) {
      const known = [...byName.keys()].join(', ') || 'none';
      throw new SkipbeatError('CLUSTER_UNKNOWN', `Cluster ${only}: expected one that is there, found: ${known}.`, {
        exitCode: exitCodes.usage,
        next: 'npm run skipbeat -- cleanup --dry-run',
      });
    }
  }

  for (const journal of findJournals()) {
    if (only !== null && !journal.entries.some((entry) => entry.cluster === only)) continue;
    if (journal.alive) {
      const detail = `still runs as process ${journal.owner.process.pid}; it undoes what it did when it ends`;
      tell({ what: 'run', name: journal.owner.run, outcome: 'left', detail });
      continue;
    }
    await replay(journal, { byName, attempt, remove, host });
    if (!dryRun) journal.close();
  }
  if (only !== null) {
    if (byName.has(only) || knownClusters().includes(only)) await remove(only);
    return clean;
  }

  for (const { name, ours } of clusters) {
    if (!byName.has(name) || clusterUser(name) !== null) continue;
    const kept = readRecord(name)?.kept === true;
    if (!ours)
      tell({ what: 'cluster', name, outcome: 'left', detail: 'does not bear our mark: skipbeat did not make it' });
    else if (!knownClusters().includes(name) && !all) {
      const detail = `made under another state folder; it goes with  npm run skipbeat -- cleanup --cluster ${name}`;
      tell({ what: 'cluster', name, outcome: 'left', detail });
    } else if (kept && !all) {
      const detail = `kept on purpose; it goes with  npm run skipbeat -- cleanup --cluster ${name}`;
      tell({ what: 'cluster', name, outcome: 'left', detail });
    } else await remove(name);
  }
  for (const name of knownClusters()) {
    if (byName.has(name) || clusterUser(name) !== null) continue;
    await attempt('record', name, 'would be forgotten', async () => {
      forgetCluster(name);
      return 'kubeconfig and record of a cluster that is gone';
    });
  }
  return clean;
};

type Tools = {
  readonly byName: ReadonlyMap<string, InspectedCluster>;
  readonly attempt: (
    what: CleanupAct['what'],
    name: string,
    would: string,
    act: () => Promise<string>,
  ) => Promise<boolean>;
  readonly remove: (name: string) => Promise<boolean>;
  readonly host: HostCommander;
};

const replay = async (journal: FoundJournal, { byName, attempt, remove, host }: Tools): Promise<void> => {
  for (const entry of journal.entries) {
    if (entry.kind === 'cluster') {
      if (await remove(entry.cluster)) journal.done(entry.id);
      continue;
    }
    if (entry.kind === 'settings') {
      const restored = await attempt('settings', entry.cluster, 'would be restored', () =>
        restoreSettings(entry.undo, byName.get(entry.cluster), containerCommander(host)),
      );
      if (restored) journal.done(entry.id);
      continue;
    }
    const undone = await attempt('fault', `${entry.fault} on ${entry.cluster}`, 'would be undone', async () => {
      const cluster = byName.get(entry.cluster);
      const running = new Set(
        cluster?.ours ? cluster.containers.filter((one) => one.running).map((one) => one.container) : [],
      );
      const ours = new Set(cluster?.ours ? cluster.containers.map((one) => one.container) : []);
      const reachable = entry.undo.filter(({ node, on }) => (on === 'host' ? ours : running).has(node));
      // A node that is gone or stopped took the stopped process with it.
      if (reachable.length === 0) return 'its nodes are gone, and it with them';
      return replayUndo({ faultKind: entry.faultKind, undo: reachable }, containerCommander(host));
    });
    if (undone) journal.done(entry.id);
  }
};
