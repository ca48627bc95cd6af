import {
  clusterUse,
  engineId,
  inspectCluster,
  inspectClusters,
  isNodeless,
  knownClusters,
  noneStood,
  type Ownership,
  ownershipOf,
  recordOrNull,
} from '../cluster/index.ts';
import { exitCodes, messageOf, SkipbeatError } from '../common/errors.ts';
import { isEngine } from '../common/host/engine-id.ts';
import { skipbeat } from '../common/invocation.ts';
import { removeClusters } from './clusters.ts';
import { type Cleanup, type CleanupOptions, inUse } from './here.ts';
import { replayJournals } from './journals.ts';
import { forgetOne, forgetRecords, whyRemembered } from './records.ts';
import { cameMeanwhile, removeOne } from './remove-cluster.ts';
import { createReport } from './report.ts';
import { askedFolder } from './run-folder.ts';

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
