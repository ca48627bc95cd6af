import {
  type ClusterRecord,
  clusterNameFrom,
  clusterUse,
  type InspectedCluster,
  isNodeless,
  nodelessText,
  ownershipOf,
  readRecord,
} from '../cluster/index.ts';
import { SkipbeatError } from '../common/errors.ts';
import { stateDir } from '../common/host/paths.ts';
import { apart, byName, type Cleanup, leaveUsed } from './here.ts';
import { removeOne } from './remove-cluster.ts';
import type { Report } from './report.ts';
import { matchFolder, whyUnknown } from './run-folder.ts';

/** What the record of a cluster says; null where there is none. A damaged one is reported. */
export const recordOf = (name: string, report: Report): ClusterRecord | null | 'damaged' => {
  try {
    return readRecord(name);
  } catch (thrown) {
    if (!(thrown instanceof SkipbeatError)) throw thrown;
    report.unclean();
    report.notify({
      what: 'record',
      name,
      outcome: 'failed',
      detail: `${thrown.message.replace(/\.$/, '')}; ${byName(name)}`,
    });
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

export const removeClusters = async (here: Cleanup): Promise<void> => {
  for (const cluster of [...here.clusters.values()])
    await apart(here, 'cluster', cluster.name, () => removeIfFree(here, cluster));
};
