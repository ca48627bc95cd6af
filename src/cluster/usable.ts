import type { HostExec } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { isEngine } from '../common/host/engine-id.ts';
import { processText } from '../common/host/process.ts';
import { skipbeat } from '../common/invocation.ts';
import { findJournals } from '../journal/index.ts';
import { assertOurs, inspectCluster } from './inspect.ts';
import { ownershipOf } from './owner.ts';
import { clusterBusy, readRecord } from './store.ts';
import { type ClusterUse, clusterUse } from './use.ts';

const next = 'choose another name with --cluster';

/**
 * @param use who but this process uses the cluster, or may
 * @throws SkipbeatError CLUSTER_BUSY, CLUSTER_UNCLEAN (exit 75) where a run is at work on it, or may be
 */
export const assertUnused = (name: string, use: ClusterUse | null): void => {
  if (use?.isAtWork === true) throw clusterBusy(name, use);
  if (use?.mayBeAtWork !== true) return;
  const message = `Cluster ${name}: expected to have it alone, found that ${use.text}.`;
  throw new SkipbeatError('CLUSTER_UNCLEAN', message, { exitCode: exitCodes.environment, next });
};

/**
 * Checks whether a run may use the cluster of that name, before anything is made: there is none, or it is ours, nobody
 * runs on it, and no killed run left a fault in it.
 * @param engine the ID of the engine that answers
 * @returns whether it stands
 * @throws SkipbeatError CLUSTER_FOREIGN (exit 64), CLUSTER_ELSEWHERE, CLUSTER_BUSY, CLUSTER_UNCLEAN (exit 75), ENGINE_UNREACHABLE
 */
export const assertUsable = async (host: HostExec, name: string, engine: string): Promise<boolean> => {
  const cluster = await inspectCluster(host, name);
  const record = readRecord(name);
  if (record?.kept === true && !isEngine(record.engine, engine)) {
    const message = `Cluster ${name}: one of this name was kept on another engine (${record.engine}); its kubeconfig would be lost.`;
    throw new SkipbeatError('CLUSTER_ELSEWHERE', message, { exitCode: exitCodes.environment, next });
  }
  if (cluster !== null) assertOurs(cluster);
  const use = await clusterUse(name, cluster?.incarnation ?? null);
  assertUnused(name, use);
  if (cluster === null) return false;
  const owner = await ownershipOf(host, cluster);
  if (owner.whose === 'theirs') {
    const message = `Cluster ${name}: it is not of this state folder; ${owner.text}.`;
    throw new SkipbeatError('CLUSTER_ELSEWHERE', message, { exitCode: exitCodes.environment, next });
  }
  const left = findJournals().journals.find(
    ({ life, entries }) => life !== 'alive' && entries.some((entry) => entry.incarnation === cluster.incarnation),
  );
  if (left?.life === 'unknown') {
    const message = `Cluster ${name}: run ${left.owner.run} may be at work on it (${processText(left.owner.process)}, whose end cannot be seen from here).`;
    throw new SkipbeatError('CLUSTER_UNCLEAN', message, { exitCode: exitCodes.environment, next });
  }
  if (left !== undefined) {
    throw new SkipbeatError(
      'CLUSTER_UNCLEAN',
      `Cluster ${name}: run ${left.owner.run} was killed on it and left something to undo.`,
      {
        exitCode: exitCodes.environment,
        next: skipbeat('cleanup'),
      },
    );
  }
  return true;
};
