import { rmSync } from 'node:fs';
import {
  type ClusterRecord,
  type ClusterUse,
  claimCluster,
  clusterBusy,
  clusterDir,
  clusterForeign,
  clusterNameFrom,
  clusterUse,
  engineId,
  forgetCluster,
  type InspectedCluster,
  inspectCluster,
  inspectClusters,
  isAnother,
  isKeptOf,
  isNodeless,
  keptFiles,
  knownClusters,
  nodelessText,
  noneStood,
  type Ownership,
  ownershipOf,
  readRecord,
  recordOrNull,
  removeCluster,
  type WhichCluster,
  whileClaimed,
  writtenUse,
} from '../cluster/index.ts';
import type { HostExec } from '../common/command.ts';
import { errnoOf, exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isEngine, mayBeRenamed } from '../common/host/engine-id.ts';
import { stateDir } from '../common/host/paths.ts';
import { processText } from '../common/host/process.ts';
import { skipbeat } from '../common/invocation.ts';
import { type Aside, type DamagedJournal, type FoundJournal, findAsides, findJournals } from '../journal/index.ts';
import type { Lock } from '../node/index.ts';
import { partsOf } from './parts.ts';
import { replay } from './replay.ts';
import { type CleanupAct, createReport, type Report } from './report.ts';
import { type AskedFolder, askedFolder, matchDamaged, matchFolder, whyUnknown } from './run-folder.ts';

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
  readonly options: Omit<CleanupOptions, 'folder'> & { readonly folder: AskedFolder | null };
  readonly engine: string;
  readonly clusters: Map<string, InspectedCluster>;
  /** In a dry run: clusters of which what is kept would be forgotten by then. */
  readonly forgotten: Set<string>;
  /** Clusters of which it was said that they are in use: a journal speaks of one, and it stands, and is remembered. */
  readonly used: Set<string>;
  readonly report: Report;
};

const byName = (name: string): string => `it goes with  ${skipbeat(`cleanup --cluster ${name}`)}`;

const useText = (name: string, { isAtWork, text }: ClusterUse): string =>
  isAtWork ? text : `${text}; ${byName(name)}`;

/** A cluster that is in use is no failure, and one of which that cannot be read is. */
const leaveUsed = ({ report, used }: Cleanup, name: string, use: ClusterUse): void => {
  if (use.process === null) report.unclean();
  if (used.has(name)) return;
  used.add(name);
  report.notify({ what: 'cluster', name, outcome: 'left', detail: useText(name, use) });
};

const inUse = (name: string, use: ClusterUse): SkipbeatError =>
  use.isAtWork
    ? clusterBusy(name, use)
    : new SkipbeatError('CLUSTER_BUSY', useText(name, use), { exitCode: exitCodes.environment });

/**
 * Claims a cluster's name, and sees that nobody else is, or may be, at work on it without its lock.
 * @throws SkipbeatError CLUSTER_BUSY (exit 75)
 */
const claimIdle = async ({ options, used }: Cleanup, name: string, incarnation: string | null): Promise<Lock> => {
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

const cameMeanwhile = (name: string): SkipbeatError =>
  new SkipbeatError('CLUSTER_BUSY', `another cluster of that name stands by now, and was left alone; ${byName(name)}`, {
    exitCode: exitCodes.environment,
  });

/** Whether it is the one that was inspected before: marks of an earlier version do not tell one from the next, containers do. */
const isInspected = (now: InspectedCluster, before: InspectedCluster | undefined): boolean =>
  now.incarnation !== null || now.containers.some(({ id }) => before?.containers.some((one) => one.id === id) === true);

/** A cluster of which no node stands, where it is named: of no known owner, it goes by name alone. */
const nodelessByName = ({ options, clusters }: Cleanup, name: string) => {
  const found = clusters.get(name);
  if (options.cluster !== name || found === undefined || !isNodeless(found)) return null;
  return { ids: found.containers.map(({ id }) => id), sentence: `, by name: ${nodelessText(found)}` };
};

/** Says what `removeOne` would do, and counts the cluster as gone for all that comes after it. */
const wouldRemove = async (here: Cleanup, name: string, which: WhichCluster, sentence: string): Promise<boolean> => {
  const { options, clusters, forgotten, report } = here;
  const use = await clusterUse(name, which === noneStood ? null : which);
  if (use !== null && (options.cluster === null || use.isAtWork)) {
    leaveUsed(here, name, use);
    if (options.cluster !== null || options.folder !== null) report.unclean();
    return false;
  }
  const now = clusters.get(name);
  const isIt = now !== undefined && !isAnother(now, which);
  const nodeless = nodelessByName(here, name);
  if (isIt && !now.ours && nodeless === null) {
    report.unclean();
    report.notify({ what: 'cluster', name, outcome: 'failed', detail: clusterForeign(now).message });
    return false;
  }
  const detail =
    isIt || now === undefined
      ? `would be removed${sentence || (nodeless?.sentence ?? '')}`
      : 'is gone already; another cluster of that name stands, and would be left alone';
  report.notify({ what: 'cluster', name, outcome: 'would', detail });
  if (isIt) clusters.delete(name);
  if (typeof which === 'string' ? isKeptOf(name, which) : isIt || now === undefined) forgotten.add(name);
  return true;
};

/** Removes one cluster of a name, which is claimed. @param sentence what else is to be printed of it */
const removeOne = async (here: Cleanup, name: string, which: WhichCluster, sentence = ''): Promise<boolean> => {
  const { options, clusters, report } = here;
  const { host, dryRun } = options;
  if (dryRun) return wouldRemove(here, name, which, sentence);
  const incarnation = which === noneStood ? null : which;
  const nodeless = nodelessByName(here, name);
  const how = sentence || (nodeless?.sentence ?? '');
  const isGone = await report.attempt('cluster', name, '', async () => {
    const lock = await claimIdle(here, name, incarnation);
    const exec = whileClaimed(host, name, lock);
    try {
      const before = which === null ? await inspectCluster(exec, name) : null;
      if (before !== null && !isInspected(before, clusters.get(name))) throw cameMeanwhile(name);
      const removed = await removeCluster(exec, name, which, nodeless?.ids);
      const now = await inspectCluster(exec, name);
      if (now === null) clusters.delete(name);
      else if (typeof which !== 'string') throw cameMeanwhile(name);
      else clusters.set(name, now);
      const beside = now === null ? '' : '; another cluster of that name stands, and was left alone';
      return removed === 0 ? `was gone already${beside}` : `removed (${removed} containers)${how}${beside}`;
    } finally {
      await lock.release();
    }
  });
  // Somebody came to use it meanwhile: it was to go, by name or with its run, and stands.
  if (!isGone && (options.cluster !== null || options.folder !== null)) report.unclean();
  return isGone;
};

/** Of what was written down on another engine than the one that answers; null where it is that one. */
const elsewhere = (what: string, written: string, engine: string): string | null =>
  isEngine(written, engine)
    ? null
    : `${what} on another engine (${written}, this one is ${engine}): clean up with the DOCKER_HOST or context of then`;

/** Nothing else can end what was written down of an engine that nobody can ask any more. */
const goneForGood = (path: string): string => `, or, where that engine is gone for good, delete ${path}`;

/** Whether clusters stand here that were made on an engine which differs from this one by the name of its host alone. */
const isRenamed = (
  written: string,
  incarnations: readonly string[],
  { engine, clusters }: Pick<Cleanup, 'engine' | 'clusters'>,
): boolean => {
  if (!mayBeRenamed(written, engine)) return false;
  const there = [...clusters.values()].flatMap(({ containers }) => containers.map((one) => one.incarnation));
  return incarnations.some((one) => there.includes(one));
};

/** Why a journal is not replayed from here; null where it is. */
const notReplayed = ({ owner, life, place, entries }: FoundJournal, here: Cleanup): string | null => {
  if (life === 'alive') return `still runs as process ${owner.process.pid}; it undoes what it did when it ends`;
  if (life === 'unknown') {
    return `${processText(owner.process)} wrote it, whose end cannot be seen from here: clean up there, or remove its cluster by name and then ${place}`;
  }
  const { engine } = owner;
  // One that holds nothing is about no cluster of any engine.
  if (engine === null || entries.length === 0) return null;
  const incarnations = entries.map(({ incarnation }) => incarnation);
  if (isRenamed(engine, incarnations, here)) return null;
  const why = elsewhere('its clusters are', engine, here.engine);
  return why === null ? null : `${why}${goneForGood(place)}`;
};

/** Says of a damaged journal what it may hold; what may be of that which is to go makes the cleanup unclean. */
const leaveDamaged = ({ options: { cluster, folder }, report }: Cleanup, damaged: DamagedJournal): void => {
  const { path, problem } = damaged;
  const match = folder === null ? null : matchDamaged(damaged, folder);
  // One that does not say of which cluster it is may be of that one.
  const isOfCluster =
    cluster === null || damaged.entries.length === 0 || damaged.entries.some((entry) => entry.cluster === cluster);
  const isAsked = match === null ? isOfCluster : match !== 'anothers';
  if (isAsked) report.unclean();
  const unsure = match === 'unknown' ? '; whether it is of that run is not known' : '';
  const next =
    damaged.run === null ? 'which journals are in it is not known' : 'once nothing of that run is left, delete it';
  const detail = `${problem}${unsure}; ${next}`;
  report.notify({ what: 'journal', name: path, outcome: isAsked ? 'failed' : 'left', detail });
};

const replayJournal = async (here: Cleanup, journal: FoundJournal): Promise<void> => {
  const { options, clusters, report } = here;
  const { cluster, folder, dryRun, host } = options;
  const { owner, entries } = journal;
  const left = (detail: string): void => {
    if (folder !== null || (cluster !== null && journal.life === 'dead')) report.unclean();
    report.notify({ what: 'run', name: owner.run, outcome: 'left', detail });
  };
  if (cluster !== null && !entries.some((entry) => entry.cluster === cluster)) return;
  const match = folder === null ? 'its' : matchFolder(owner, folder);
  if (match === 'anothers') return;
  const why = notReplayed(journal, here);
  if (folder !== null && match === 'unknown')
    return left(`${whyUnknown(owner, folder)}; it goes with  ${skipbeat('cleanup')}`);
  if (why !== null) return left(why);
  const remove = (name: string, incarnation: string): Promise<boolean> => removeOne(here, name, incarnation);
  await replay(journal, { host, running: clusters, only: cluster, dryRun, report, remove });
  for (const part of partsOf(owner)) {
    await report.attempt('run', owner.run, `${part}, which it had half written, would be removed`, async () => {
      rmSync(part, { force: true });
      return `${part}, which it had half written, removed`;
    });
  }
  if (!dryRun) journal.close();
};

/** Does one thing of many; what breaks in it is reported with its name, and keeps no other from being done. */
const apart = async (
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
    report.notify({ what, name, outcome: 'failed', detail: messageOf(thrown) });
  }
};

const removeAside = async ({ report }: Cleanup, { path, why, remove }: Aside): Promise<void> => {
  if (why !== null) {
    report.notify({ what: 'journal', name: path, outcome: 'left', detail: why });
    return;
  }
  await report.attempt('journal', path, 'would be removed: it holds nothing, and nobody needs it', async () => {
    remove();
    return 'removed: it held nothing, and nobody needs it';
  });
};

const replayJournals = async (here: Cleanup): Promise<void> => {
  const { journals, damaged } = findJournals();
  for (const one of damaged) leaveDamaged(here, one);
  for (const journal of journals) await apart(here, 'run', journal.owner.run, () => replayJournal(here, journal));
  for (const aside of findAsides()) await removeAside(here, aside);
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
  if (isNodeless(cluster)) return `${nodelessText(cluster)}; ${byName(cluster.name)}`;
  if (!cluster.ours) return 'does not bear our mark: skipbeat did not make it';
  const owner = await ownershipOf(host, cluster);
  if (owner.whose === 'ours') {
    if (owner.kept === false || all) return null;
    const why = owner.kept === null ? 'its record does not say whether it was to be kept' : 'kept on purpose';
    return `${why}; ${byName(cluster.name)}`;
  }
  if (owner.life === 'dead' && owner.kept === false && all) return null;
  return `not of this state folder: ${owner.text}; ${byName(cluster.name)}`;
};

/** Whether a cluster of which no record is kept here is known to be of no run of this state folder. */
const isAnothers = async ({ options: { host } }: Cleanup, cluster: InspectedCluster): Promise<boolean> => {
  if (!cluster.ours) return true;
  const owner = await ownershipOf(host, cluster);
  return owner.whose === 'theirs' && owner.stateFolder !== null && owner.stateFolder !== stateDir();
};

const removeIfFree = async (here: Cleanup, cluster: InspectedCluster): Promise<void> => {
  const { options, report } = here;
  const { folder } = options;
  const { name, incarnation } = cluster;
  const left = (detail: string): void => report.notify({ what: 'cluster', name, outcome: 'left', detail });
  // Nothing is kept under such a name, which need not even be that of a file.
  if (clusterNameFrom(name) !== name) {
    if (folder === null) left('skipbeat gives no cluster such a name');
    return;
  }
  const use = await clusterUse(name, incarnation);
  if (use !== null && folder === null) return leaveUsed(here, name, use);
  const record = recordOf(name, report);
  if (record === 'damaged') return;
  if (folder === null) {
    const why = await leftAlone(here, cluster);
    if (why === null) await removeOne(here, name, incarnation);
    else left(why);
    return;
  }
  if (isNodeless(cluster)) {
    if (record === null || matchFolder(record, folder) === 'anothers') return;
    report.unclean();
    left(`${nodelessText(cluster)}; ${byName(name)}`);
    return;
  }
  // The record of an earlier version does not say of which cluster it is.
  const written: unknown = record?.incarnation;
  const isRecorded = record !== null && (typeof written !== 'string' || written === incarnation);
  if (!isRecorded && (await isAnothers(here, cluster))) return;
  const match = isRecorded ? matchFolder(record, folder) : 'unknown';
  if (match === 'anothers') return;
  if (match === 'its' && use === null && typeof written === 'string') {
    await removeOne(here, name, incarnation);
    return;
  }
  report.unclean();
  if (use !== null) leaveUsed(here, name, use);
  else if (!isRecorded) left(`no record says of which run it is; ${byName(name)}`);
  else if (match === 'its') left(`its record does not say that it is the cluster of that run; ${byName(name)}`);
  else left(`${whyUnknown(record, folder)}; ${byName(name)}`);
};

const removeClusters = async (here: Cleanup): Promise<void> => {
  for (const cluster of [...here.clusters.values()])
    await apart(here, 'cluster', cluster.name, () => removeIfFree(here, cluster));
};

/** Forgets what is kept of a cluster that is gone. @param sentence what else is to be printed of it */
const forgetOne = async (here: Cleanup, name: string, sentence = ''): Promise<void> => {
  const { options, report } = here;
  await report.attempt('record', name, `would be forgotten${sentence}`, async () => {
    const lock = await claimIdle(here, name, null);
    try {
      // It may have been made while others were cleaned up.
      if ((await inspectCluster(whileClaimed(options.host, name, lock), name)) !== null)
        throw new Error('its cluster stands again');
      forgetCluster(name);
      return `kubeconfig and record of a cluster that is gone${sentence}`;
    } finally {
      await lock.release();
    }
  });
};

/** Why what is kept of a cluster that does not stand here is not forgotten; null where that cluster is known to be gone. */
const whyRemembered = (name: string, record: ClusterRecord | null, engine: string): string | null => {
  const written: unknown = record?.engine;
  if (record === null && keptFiles(name).length === 0) return null;
  if (typeof written !== 'string') return 'nothing says on which engine its cluster was made: it may still be there';
  const why = elsewhere('its cluster is', written, engine);
  return why === null ? null : `${why}${goneForGood(clusterDir(name))}`;
};

const forgetIfGone = async (here: Cleanup, name: string): Promise<void> => {
  const { options, engine, clusters, report } = here;
  const { folder } = options;
  const left = (detail: string): void => report.notify({ what: 'record', name, outcome: 'left', detail });
  if (clusters.has(name) || here.forgotten.has(name)) return;
  const use = await clusterUse(name, null);
  if (use !== null && use.process !== null && folder === null) return;
  const record = recordOf(name, report);
  if (record === 'damaged') return;
  const match = folder === null ? 'its' : record === null ? 'anothers' : matchFolder(record, folder);
  if (match === 'anothers') return;
  const why = whyRemembered(name, record, engine);
  // It was asked for, and stays.
  if (folder !== null && (use !== null || match === 'unknown' || why !== null)) report.unclean();
  if (use !== null) return leaveUsed(here, name, use);
  if (folder !== null && match === 'unknown') return left(`${whyUnknown(record, folder)}; ${byName(name)}`);
  if (why !== null) return left(typeof record?.engine === 'string' ? why : `${why}; ${byName(name)}`);
  await forgetOne(here, name);
};

/** Forgets what is kept of clusters that are gone from the engine on which they stood. */
const forgetRecords = (here: Cleanup): Promise<void> =>
  apart(here, 'record', 'of any cluster', async () => {
    for (const name of knownClusters()) await apart(here, 'record', name, () => forgetIfGone(here, name));
  });

/** A cluster that is named goes all the same, and the sentence about it says this much. */
const unreadableOwner = (thrown: unknown): Ownership => ({
  ...{ whose: 'theirs', kept: null, stateFolder: null, life: 'unknown' },
  text: `whose it is cannot be read: ${messageOf(thrown).split('\n')[0]}`,
});

/** @throws SkipbeatError CLUSTER_UNKNOWN (exit 64), CLUSTER_BUSY (exit 75) */
const removeNamed = async (here: Cleanup, name: string): Promise<void> => {
  const { options, engine, clusters, report } = here;
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
  const isAlone = cluster !== undefined && isNodeless(cluster);
  const owner =
    cluster === undefined || isAlone ? null : await ownershipOf(options.host, cluster).catch(unreadableOwner);
  if (owner?.whose === 'theirs' && owner.life === 'alive') {
    throw new SkipbeatError('CLUSTER_BUSY', `Cluster ${name}: ${owner.text}.`, {
      exitCode: exitCodes.environment,
      next: 'end that process first, then run cleanup again',
    });
  }
  await replayJournals(here);
  const whose = owner?.whose === 'theirs' ? owner.text : use?.text;
  const sentence = whose === undefined ? '' : `, by name: ${whose}`;
  const record = recordOrNull(name);
  const isElsewhere = typeof record?.engine === 'string' && !isEngine(record.engine, engine);
  const isKept = (): boolean => knownClusters().includes(name) && !here.forgotten.has(name);
  if (cluster !== undefined && clusters.has(name)) await removeOne(here, name, cluster.incarnation, sentence);
  else if (isKept() && !isElsewhere) await removeOne(here, name, record?.incarnation ?? noneStood, sentence);
  if (isElsewhere && isKept()) {
    report.unclean();
    report.notify({ what: 'record', name, outcome: 'left', detail: `${whyRemembered(name, record, engine)}` });
    return;
  }
  if (options.dryRun || !report.isClean()) return;
  const now = await inspectCluster(options.host, name);
  if (now !== null) {
    report.unclean();
    report.notify({ what: 'cluster', name, outcome: 'left', detail: cameMeanwhile(name).message });
    return;
  }
  // What does not say of which cluster it is stays beside one that bears the name, and goes with the last of them.
  if (isKept()) await forgetOne(here, name, sentence);
};

/**
 * Undoes what dead runs left behind: replays their journals, newest entry first, then removes clusters of ours that
 * nobody keeps or uses. Each thing is tried whatever became of the others; safe twice. What another state folder,
 * machine, PID namespace or engine may still use is left alone, by name.
 * @returns whether everything that was to go is gone
 * @throws SkipbeatError ENGINE_UNREACHABLE, CLUSTER_BUSY (exit 75), CLUSTER_UNKNOWN, CLEANUP_OPTION_INVALID (exit 64)
 */
export const cleanUp = async (requested: CleanupOptions): Promise<boolean> => {
  const options = { ...requested, folder: requested.folder === null ? null : askedFolder(requested.folder) };
  const report = createReport(options.dryRun, options.notify);
  const [engine, found] = [await engineId(options.host), await inspectClusters(options.host)];
  const clusters = new Map(found.map((one) => [one.name, one]));
  const here: Cleanup = { options, engine, clusters, forgotten: new Set(), used: new Set(), report };
  if (options.cluster !== null) {
    await removeNamed(here, options.cluster);
    return report.isClean();
  }
  await replayJournals(here);
  await removeClusters(here);
  await forgetRecords(here);
  return report.isClean();
};
