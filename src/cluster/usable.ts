import type { HostExec } from '../common/command.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { isEngine, mayBeRenamed } from '../common/host/engine-id.ts';
import { processText } from '../common/host/process.ts';
import { skipbeat } from '../common/invocation.ts';
import { findJournals } from '../journal/index.ts';
import { assertOurs, type InspectedCluster, inspectCluster } from './inspect.ts';
import { ownershipOf } from './owner.ts';
import { clusterBusy, keptFiles, readRecord } from './store.ts';
import { type ClusterUse, clusterUse, damagedOn, ownMark, writtenUse } from './use.ts';

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

/** @throws SkipbeatError CLUSTER_UNCLEAN (exit 75) where a run that may have been killed on it left something to undo */
const assertNothingLeft = (name: string, incarnation: string | null): void => {
  const unclean = (found: string, then: string): SkipbeatError =>
    new SkipbeatError('CLUSTER_UNCLEAN', `Cluster ${name}: ${found}.`, { exitCode: exitCodes.environment, next: then });
  const left = findJournals().journals.find(
    ({ life, entries }) => life !== 'alive' && entries.some((entry) => entry.incarnation === incarnation),
  );
  if (left?.life === 'unknown') {
    const text = `${processText(left.owner.process)}, whose end cannot be seen from here`;
    throw unclean(`run ${left.owner.run} may be at work on it (${text})`, next);
  }
  if (left !== undefined)
    throw unclean(`run ${left.owner.run} was killed on it and left something to undo`, skipbeat('cleanup'));
  // That nobody is at work does not say that nothing is to be undone.
  const mark = incarnation === null ? null : ownMark(name, incarnation).mark;
  const [damaged] = damagedOn(name, incarnation, mark);
  if (damaged === undefined) return;
  const what = damaged.named ? 'what a run left to undo on it' : 'whether a run left something to undo on it';
  throw unclean(
    `${what} cannot be read, for ${damaged.path} is damaged (${damaged.problem})`,
    `${skipbeat(`cleanup --cluster ${name}`)}   (removes the cluster), or ${next}; once nothing of that run is left, delete that file`,
  );
};

/** @param useOf who but this process uses it, or may */
const assertFor = async (
  host: HostExec,
  name: string,
  engine: string,
  useOf: (name: string, incarnation: string | null) => ClusterUse | null | Promise<ClusterUse | null>,
  signal?: AbortSignal,
): Promise<InspectedCluster | null> => {
  const cluster = await inspectCluster(host, name, signal);
  const record = readRecord(name);
  const isRenamed = (written: string): boolean =>
    cluster !== null && cluster.incarnation === record?.incarnation && mayBeRenamed(written, engine);
  // One that does not say that it was not kept may have been.
  if (record !== null && record.kept !== false && !isEngine(record.engine, engine) && !isRenamed(record.engine)) {
    const message = `Cluster ${name}: one of this name was kept on another engine (${record.engine}); its kubeconfig would be lost.`;
    throw new SkipbeatError('CLUSTER_ELSEWHERE', message, { exitCode: exitCodes.environment, next });
  }
  if (cluster !== null) assertOurs(cluster);
  const use = await useOf(name, cluster?.incarnation ?? null);
  // Damage that speaks of no cluster takes nothing from a name under which nothing stands and nothing is kept.
  const isNew = cluster === null && keptFiles(name).length === 0;
  assertUnused(name, isNew && use?.named === false ? null : use);
  if (cluster === null) return null;
  const owner = await ownershipOf(host, cluster);
  if (owner.whose === 'theirs') {
    const message = `Cluster ${name}: it is not of this state folder; ${owner.text}.`;
    throw new SkipbeatError('CLUSTER_ELSEWHERE', message, { exitCode: exitCodes.environment, next });
  }
  assertNothingLeft(name, cluster.incarnation);
  return cluster;
};

/**
 * Checks whether a run may use the cluster of that name, before anything is made: there is none, or it is ours, nobody
 * runs on it, and no killed run left a fault in it.
 * @param engine the ID of the engine that answers
 * @returns whether it stands
 * @throws SkipbeatError CLUSTER_FOREIGN (exit 64), CLUSTER_ELSEWHERE, CLUSTER_BUSY, CLUSTER_UNCLEAN (exit 75), ENGINE_UNREACHABLE
 */
export const assertUsable = async (host: HostExec, name: string, engine: string): Promise<boolean> =>
  (await assertFor(host, name, engine, clusterUse)) !== null;

/**
 * The same once this process has claimed the name: since it was asked another may have come, lost its lock, or been killed.
 * @returns the cluster that stands; null where there is none
 * @throws SkipbeatError as `assertUsable`
 */
export const assertUsableClaimed = (
  host: HostExec,
  name: string,
  engine: string,
  signal: AbortSignal,
): Promise<InspectedCluster | null> => assertFor(host, name, engine, writtenUse, signal);
