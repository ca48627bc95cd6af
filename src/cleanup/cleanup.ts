import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type ClusterRecord,
  type ClusterUse,
  claimCluster,
  clusterBusy,
  clusterUse,
  engineId,
  forgetCluster,
  type InspectedCluster,
  inspectCluster,
  inspectClusters,
  knownClusters,
  type Ownership,
  ownershipOf,
  readRecord,
  removeCluster,
  writtenUse,
} from '../cluster/index.ts';
import type { HostExec } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isEngine } from '../common/host/engine-id.ts';
import { processText } from '../common/host/process.ts';
import { skipbeat } from '../common/invocation.ts';
import { type FoundJournal, findJournals } from '../journal/index.ts';
import { replay } from './replay.ts';
import { type CleanupAct, createReport, type Report } from './report.ts';

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

type Cleanup = {
  readonly options: CleanupOptions;
  readonly engine: string;
  readonly clusters: Map<string, InspectedCluster>;
  readonly report: Report;
};

/**
 * A folder by its one name, whichever links lead to it; what of it is gone, or on a disk that does not answer, as it was
 * written: the folder of one run keeps no other from being found.
 */
const folderName = (path: string): string => {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch (thrown) {
    if (errnoOf(thrown) === null) throw thrown;
    return dirname(full) === full ? full : join(folderName(dirname(full)), basename(full));
  }
};

const isFolder = (written: string | null | undefined, asked: string): boolean =>
  typeof written === 'string' && folderName(written) === asked;

const byName = (name: string): string => `it goes with  ${skipbeat(`cleanup --cluster ${name}`)}`;

const inUse = (name: string, { process, isAtWork, text }: ClusterUse): SkipbeatError =>
  isAtWork
    ? clusterBusy(name, process)
    : new SkipbeatError('CLUSTER_BUSY', `${text}; ${byName(name)}`, { exitCode: exitCodes.environment });

/**
 * Claims a cluster's name, and sees that nobody else is, or may be, at work on it without its lock.
 * @throws SkipbeatError CLUSTER_BUSY (exit 75)
 */
const claimIdle = async ({ options }: Cleanup, name: string, incarnation: string | null) => {
  const { release } = await claimCluster(name);
  const use = writtenUse(name, incarnation);
  if (use === null || (options.cluster !== null && !use.isAtWork)) return release;
  await release();
  throw inUse(name, use);
};

/** Removes one incarnation of a cluster, with its name claimed. @param sentence what else is to be printed of it */
const removeOne = async (here: Cleanup, name: string, incarnation: string | null, sentence = ''): Promise<boolean> => {
  const { options, clusters, report } = here;
  const { host, dryRun } = options;
  const isGone = await report.attempt('cluster', name, `would be removed${sentence}`, async () => {
    const release = await claimIdle(here, name, incarnation);
    try {
      const removed = await removeCluster(host, name, incarnation);
      const now = clusters.get(name);
      const another = now !== undefined && incarnation !== null && now.incarnation !== incarnation;
      if (another) return 'was gone already; another cluster of that name stands, and was left alone';
      clusters.delete(name);
      return removed === 0 ? 'was gone already' : `removed (${removed} containers)${sentence}`;
    } finally {
      await release();
    }
  });
  // Somebody came to use it meanwhile: it was to go, by name or with its run, and stands.
  if (!isGone && !dryRun && (options.cluster !== null || options.folder !== null)) report.unclean();
  return isGone;
};

/** Why a journal is not replayed from here; null where it is. */
const notReplayed = ({ owner, life, place }: FoundJournal, engine: string): string | null => {
  if (life === 'alive') return `still runs as process ${owner.process.pid}; it undoes what it did when it ends`;
  if (life === 'unknown') {
    return `${processText(owner.process)} wrote it, whose end cannot be seen from here: clean up there, or remove its cluster by name and then ${place}`;
  }
  return owner.engine === null || isEngine(owner.engine, engine)
    ? null
    : `its clusters are on another engine (${owner.engine}, this one is ${engine}): clean up with the DOCKER_HOST or context of then`;
};

const replayJournals = async (here: Cleanup): Promise<void> => {
  const { options, engine, clusters, report } = here;
  const { cluster, folder, dryRun, host } = options;
  const { journals, damaged } = findJournals();
  const named = cluster !== null || folder !== null;
  for (const { path, problem } of damaged) {
    if (!named) report.unclean();
    const detail = `${problem}; once nothing of that run is left, delete it`;
    report.notify({ what: 'journal', name: path, outcome: named ? 'left' : 'failed', detail });
  }
  for (const journal of journals) {
    if (cluster !== null && !journal.entries.some((entry) => entry.cluster === cluster)) continue;
    if (folder !== null && !isFolder(journal.owner.folder, folder)) continue;
    const why = notReplayed(journal, engine);
    if (why !== null) {
      if (folder !== null) report.unclean();
      report.notify({ what: 'run', name: journal.owner.run, outcome: 'left', detail: why });
      continue;
    }
    const remove = (name: string, incarnation: string): Promise<boolean> => removeOne(here, name, incarnation);
    await replay(journal, { host, running: clusters, report, remove });
    if (!dryRun) journal.close();
  }
};

/** What the record of a cluster says; null where there is none. A damaged one is reported. */
const recordOf = (name: string, report: Report): ClusterRecord | null | 'damaged' => {
  try {
    return readRecord(name);
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    report.unclean();
    report.notify({ what: 'record', name, outcome: 'failed', detail: `${thrown.message} ${byName(name)}` });
    return 'damaged';
  }
};

/** Why a cluster that stands is left alone; null where it is to go. */
const leftAlone = async ({ options: { host, all } }: Cleanup, cluster: InspectedCluster): Promise<string | null> => {
  if (!cluster.ours) return 'does not bear our mark: skipbeat did not make it';
  const owner = await ownershipOf(host, cluster);
  if (owner.whose === 'ours') return owner.kept && !all ? `kept on purpose; ${byName(cluster.name)}` : null;
  if (owner.life === 'dead' && !owner.kept && all) return null;
  return `not of this state folder: ${owner.text}; ${byName(cluster.name)}`;
};

const removeClusters = async (here: Cleanup): Promise<void> => {
  const { options, clusters, report } = here;
  for (const cluster of [...clusters.values()]) {
    const { name, incarnation } = cluster;
    const left = (detail: string): void => report.notify({ what: 'cluster', name, outcome: 'left', detail });
    const use = await clusterUse(name, incarnation);
    const usedText = use === null ? null : use.isAtWork ? use.text : `${use.text}; ${byName(name)}`;
    if (usedText !== null && options.folder === null) {
      left(usedText);
      continue;
    }
    const record = recordOf(name, report);
    if (record === 'damaged') continue;
    if (options.folder !== null) {
      const made = isFolder(record?.folder, options.folder) && record?.incarnation === incarnation;
      if (made && usedText === null) await removeOne(here, name, incarnation);
      if (made && usedText !== null) {
        report.unclean();
        left(usedText);
      }
      continue;
    }
    const why = await leftAlone(here, cluster);
    if (why === null) await removeOne(here, name, incarnation);
    else left(why);
  }
};

/** Forgets what is kept of clusters that are gone from the engine on which they stood. */
const forgetRecords = async (here: Cleanup): Promise<void> => {
  const { options, engine, clusters, report } = here;
  for (const name of knownClusters()) {
    if (clusters.has(name) || (await clusterUse(name, null)) !== null) continue;
    const record = recordOf(name, report);
    if (record === 'damaged') continue;
    if (options.folder !== null && !isFolder(record?.folder, options.folder)) continue;
    if (record !== null && !isEngine(record.engine, engine)) {
      const detail = `of a cluster on another engine (${record.engine}, this one is ${engine}); ${byName(name)}`;
      report.notify({ what: 'record', name, outcome: 'left', detail });
      continue;
    }
    await report.attempt('record', name, 'would be forgotten', async () => {
      const release = await claimIdle(here, name, null);
      try {
        // It may have been made while others were cleaned up.
        if ((await inspectCluster(options.host, name)) !== null) throw new Error('its cluster stands again');
        forgetCluster(name);
        return 'kubeconfig and record of a cluster that is gone';
      } finally {
        await release();
      }
    });
  }
};

/** A cluster that is named goes all the same, and the sentence about it says this much. */
const unreadableOwner = (thrown: unknown): Ownership => ({
  whose: 'theirs',
  kept: false,
  life: 'unknown',
  text: `whose it is cannot be read: ${messageOf(thrown).split('\n')[0]}`,
});

/** @throws SkipbeatError CLUSTER_UNKNOWN (exit 64), CLUSTER_BUSY (exit 75) */
const removeNamed = async (here: Cleanup, name: string): Promise<void> => {
  const { options, clusters } = here;
  const cluster = clusters.get(name);
  const use = await clusterUse(name, cluster?.incarnation ?? null);
  if (use?.isAtWork === true) throw inUse(name, use);
  if (cluster === undefined && !knownClusters().includes(name)) {
    const known = [...clusters.keys()].join(', ') || 'none';
    throw new SkipbeatError('CLUSTER_UNKNOWN', `Cluster ${name}: expected one that is there, found: ${known}.`, {
      exitCode: exitCodes.usage,
      next: skipbeat('cleanup --dry-run'),
    });
  }
  const owner = cluster === undefined ? null : await ownershipOf(options.host, cluster).catch(unreadableOwner);
  if (owner?.whose === 'theirs' && owner.life === 'alive') {
    throw new SkipbeatError('CLUSTER_BUSY', `Cluster ${name}: ${owner.text}.`, {
      exitCode: exitCodes.environment,
      next: 'end that process first, then run cleanup again',
    });
  }
  await replayJournals(here);
  const whose = owner?.whose === 'theirs' ? owner.text : use?.text;
  const sentence = whose === undefined ? '' : `, by name: ${whose}`;
  if (clusters.has(name) || knownClusters().includes(name)) {
    await removeOne(here, name, cluster?.incarnation ?? null, sentence);
  }
};

/**
 * Undoes what dead runs left behind: replays their journals, newest entry first, then removes clusters of ours that
 * nobody keeps or uses. Each thing is tried whatever became of the others; safe twice. What another state folder,
 * machine, PID namespace or engine may still use is left alone, by name.
 * @returns whether everything that was to go is gone
 * @throws SkipbeatError ENGINE_UNREACHABLE, CLUSTER_UNKNOWN (exit 64), CLUSTER_BUSY (exit 75)
 */
export const cleanUp = async (requested: CleanupOptions): Promise<boolean> => {
  const options = { ...requested, folder: requested.folder === null ? null : folderName(requested.folder) };
  const report = createReport(options.dryRun, options.notify);
  const [engine, found] = [await engineId(options.host), await inspectClusters(options.host)];
  const here: Cleanup = { options, engine, clusters: new Map(found.map((one) => [one.name, one])), report };
  if (options.cluster !== null) {
    await removeNamed(here, options.cluster);
    return report.isClean();
  }
  await replayJournals(here);
  await removeClusters(here);
  await forgetRecords(here);
  return report.isClean();
};
