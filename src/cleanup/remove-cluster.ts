import {
  clusterForeign,
  clusterUse,
  type InspectedCluster,
  inspectCluster,
  isAnother,
  isKeptOf,
  isNodeless,
  nodelessText,
  noneStood,
  removeCluster,
  type WhichCluster,
  whileClaimed,
} from '../cluster/index.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { counted } from '../common/text/counted.ts';
import { byName, type Cleanup, claimIdle, leaveUsed } from './here.ts';
import { detailOf } from './report.ts';

export const cameMeanwhile = (name: string): SkipbeatError =>
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
    report.notify({ what: 'cluster', name, outcome: 'failed', detail: detailOf(clusterForeign(now), name) });
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
export const removeOne = async (here: Cleanup, name: string, which: WhichCluster, sentence = ''): Promise<boolean> => {
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
      return removed === 0 ? `was gone already${beside}` : `removed (${counted(removed, 'container')})${how}${beside}`;
    } finally {
      await lock.release();
    }
  });
  // Somebody came to use it meanwhile: it was to go, by name or with its run, and stands.
  if (!isGone && (options.cluster !== null || options.folder !== null)) report.unclean();
  return isGone;
};
