import { readdir, readlink, stat } from 'node:fs/promises';
import { errnoOf, exitCodes, SkipbeatError } from '../../common/errors.ts';
import { readText } from '../../common/host/text-file.ts';
import { skipbeat } from '../../common/invocation.ts';
import { type EnvironmentCheck, notReady, ready } from '../check.ts';

/** The kernel's limits for each user, and what root has of them; null: cannot be seen here. @see inotify(7) */
export type Inotify = {
  readonly instances: number;
  readonly watches: number;
  readonly instancesInUse: number | null;
};

/** What the nodes of one cluster open, all as root: counted in a cluster of 1 + 2 under load, by role. */
const perNode = { controlPlane: { instances: 27, watches: 270 }, worker: { instances: 14, watches: 146 } } as const;

export type NodeCounts = { readonly controlPlanes: number; readonly workers: number };

export const inotifyNeeded = ({ controlPlanes, workers }: NodeCounts): Pick<Inotify, 'instances' | 'watches'> => ({
  instances: controlPlanes * perNode.controlPlane.instances + workers * perNode.worker.instances,
  watches: controlPlanes * perNode.controlPlane.watches + workers * perNode.worker.watches,
});

/** The smallest cluster of a scenario that is shipped here. */
const single: NodeCounts = { controlPlanes: 1, workers: 2 };

const limits = { instances: 'fs.inotify.max_user_instances', watches: 'fs.inotify.max_user_watches' } as const;

/** As kind's manual advises. @see https://kind.sigs.k8s.io/docs/user/known-issues "too many open files" */
const fix = `sudo sysctl ${limits.instances}=512 ${limits.watches}=524288`;

/** A process that went away meanwhile, or is none of ours to read, has nothing to show. */
const orNone = async <Value>(probe: Promise<readonly Value[]>): Promise<readonly Value[]> => {
  try {
    return await probe;
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(thrown) ?? '')) return [];
    throw thrown;
  }
};

const instancesOf = async (folder: string): Promise<number> => {
  const open = await orNone(readdir(`${folder}/fd`));
  const files = await Promise.all(open.map((fd) => orNone(readlink(`${folder}/fd/${fd}`).then((file) => [file]))));
  return files.flat().filter((file) => file === 'anon_inode:inotify').length;
};

/** Of root's processes; only root may read them. */
const rootsInstances = async (): Promise<number | null> => {
  if (process.getuid?.() !== 0) return null;
  const folders = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map((pid) => `/proc/${pid}`);
  const owned = await Promise.all(
    folders.map((folder) => orNone(stat(folder).then(({ uid }) => (uid === 0 ? [folder] : [])))),
  );
  const counts = await Promise.all(owned.flat().map(instancesOf));
  return counts.reduce((sum, count) => sum + count, 0);
};

/** null where the kernel has no inotify. */
export const probeInotify = async (): Promise<Inotify | null> => {
  const [instances, watches] = await Promise.all([
    readText('/proc/sys/fs/inotify/max_user_instances'),
    readText('/proc/sys/fs/inotify/max_user_watches'),
  ]);
  if (instances === null || watches === null) return null;
  return { instances: Number(instances), watches: Number(watches), instancesInUse: await rootsInstances() };
};

/** Pure: whether the limits have room for a cluster at all. Whether it is free is for `assertInotifyFree`. */
export const judgeInotify = (seen: Inotify | null): EnvironmentCheck => {
  if (seen === null) return ready('inotify', 'no limits to be seen');
  const needed = inotifyNeeded(single);
  const inUse = seen.instancesInUse === null ? '' : `, ${seen.instancesInUse} in use by root`;
  const found = `${limits.instances} is ${seen.instances}${inUse}; ${limits.watches} is ${seen.watches}`;
  const takes = `a cluster of 1 + 2 nodes takes ${needed.instances} instances and ${needed.watches} watches`;
  return seen.instances >= needed.instances && seen.watches >= needed.watches
    ? ready('inotify', `${found}; ${takes}`)
    : notReady('inotify', 'broken', takes, fix, found);
};

/** Nodes that take theirs from what is free. */
export type OtherNodes = {
  /** Of kind, on the engine. */
  readonly running: NodeCounts;
  /** Of a cluster that comes up beside, and has not opened what it will; `text` says whose it is. */
  readonly comingUp: (NodeCounts & { readonly text: string }) | null;
};

const noNodes: NodeCounts = { controlPlanes: 0, workers: 0 };

/**
 * Pure: in words, why a cluster that is to be made would not come up; null where it has room, or nobody can tell. Others count with
 * what they will have open, where less of it is seen: to all but root nothing is shown.
 */
export const inotifyShortage = (
  seen: Inotify | null,
  nodes: NodeCounts,
  { running, comingUp }: OtherNodes,
): string | null => {
  if (seen === null) return null;
  const needed = inotifyNeeded(nodes);
  const [byRunning, byComing] = [inotifyNeeded(running), inotifyNeeded(comingUp ?? noNodes)];
  const cluster = `a cluster of ${nodes.controlPlanes} + ${nodes.workers} nodes`;
  const byNodes = byRunning.instances + byComing.instances;
  const isByNodes = byRunning.instances > 0 && byNodes > (seen.instancesInUse ?? 0);
  const free = seen.instances - Math.max(seen.instancesInUse ?? 0, byNodes);
  if (free < needed.instances) {
    const byOthers = [
      isByNodes ? `; nodes of kind that run take ${byRunning.instances}` : '',
      comingUp === null ? '' : `; ${byComing.instances} are kept for ${comingUp.text}`,
    ].join('');
    return `expected ${needed.instances} free inotify instances of root for ${cluster}, found ${Math.max(0, free)} (${limits.instances} is ${seen.instances}${byOthers})`;
  }
  const taken = byRunning.watches + byComing.watches;
  const beside = taken === 0 ? '' : ` beside nodes that take ${taken}`;
  return seen.watches < needed.watches + taken
    ? `expected ${limits.watches} to be ${needed.watches + taken} or more for ${cluster}${beside}, found ${seen.watches}`
    : null;
};

/**
 * Checks, before a cluster is made, whether its nodes can watch their files: without, their programs hang or end.
 * @throws SkipbeatError INOTIFY_SHORT (exit 75)
 */
export const assertInotifyFree = async (nodes: NodeCounts, others: OtherNodes): Promise<void> => {
  const shortage = inotifyShortage(await probeInotify(), nodes, others);
  if (shortage === null) return;
  throw new SkipbeatError('INOTIFY_SHORT', `This machine has no room for the cluster: ${shortage}.`, {
    exitCode: exitCodes.environment,
    next: `${fix}   (or remove clusters:  ${skipbeat('cleanup --dry-run')}${others.comingUp === null ? '' : '; or run this when that run has ended'})`,
  });
};
