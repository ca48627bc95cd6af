import {
  type ClusterRecord,
  clusterDir,
  clusterUse,
  forgetCluster,
  inspectCluster,
  keptFiles,
  knownClusters,
  whileClaimed,
} from '../cluster/index.ts';
import { recordOf } from './clusters.ts';
import { elsewhere, goneForGood } from './elsewhere.ts';
import { apart, byName, type Cleanup, claimIdle, leaveUsed } from './here.ts';
import { matchFolder, whyUnknown } from './run-folder.ts';

/** Forgets what is kept of a cluster that is gone. @param sentence what else is to be printed of it */
export const forgetOne = async (here: Cleanup, name: string, sentence = ''): Promise<void> => {
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
export const whyRemembered = (name: string, record: ClusterRecord | null, engine: string): string | null => {
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
export const forgetRecords = (here: Cleanup): Promise<void> =>
  apart(here, 'record', 'of any cluster', async () => {
    for (const name of knownClusters()) await apart(here, 'record', name, () => forgetIfGone(here, name));
  });
