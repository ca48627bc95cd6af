import type { HostCommander } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { findJournals } from '../journal/index.ts';
import { assertOurs, inspectCluster } from './inspect.ts';
import { clusterBusy, clusterUser } from './store.ts';

/**
 * Looks whether a run may use the cluster of that name, before anything is made: there is none, or it is ours, nobody
 * runs on it, and no killed run left a fault in it.
 * @throws SkipbeatError CLUSTER_FOREIGN (exit 64), CLUSTER_BUSY, CLUSTER_UNCLEAN (exit 75), ENGINE_UNREACHABLE
 */
export const assertUsable = async (host: HostCommander, name: string): Promise<void> => {
  const cluster = await inspectCluster(host, name);
  if (cluster === null) return;
  assertOurs(cluster);
  const user = clusterUser(name);
  if (user !== null) throw clusterBusy(name, user.pid);
  const left = findJournals().find(({ alive, entries }) => !alive && entries.some((entry) => entry.cluster === name));
  if (left !== undefined) {
    throw new SkipbeatError(
      'CLUSTER_UNCLEAN',
      `Cluster ${name}: run ${left.owner.run} was killed on it and left something to undo.`,
      {
        exitCode: exitCodes.environment,
        next: 'npm run skipbeat -- cleanup',
      },
    );
  }
};
