import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostExec, succeeded } from '../common/command.ts';
import { stateDir } from '../common/host/paths.ts';
import {
  isProcessIdentity,
  lifeOf,
  type ProcessIdentity,
  type ProcessLife,
  processText,
  thisProcess,
} from '../common/host/process.ts';
import type { InspectedCluster } from './inspect.ts';
import { markPath } from './names.ts';
import { clusterDir, readRecord } from './store.ts';

/**
 * What the mark in each node says, to everybody who can reach the engine: who made the cluster or used it last. It is
 * there from the first moment of a node on, and can be read while the node is stopped.
 */
export type ClusterMark = {
  readonly madeBy: 'skipbeat';
  readonly cluster: string;
  readonly incarnation: string;
  readonly run: string;
  readonly stateFolder: string;
  readonly kept: boolean;
  readonly process: ProcessIdentity;
};

/** The file on this machine that is mounted into every node. Its name says which incarnation, with the engine alone. */
export const markSourcePath = (name: string, incarnation: string): string =>
  join(clusterDir(name), `owner-${incarnation}.json`);

type Marked = Pick<ClusterMark, 'cluster' | 'incarnation' | 'run' | 'kept'>;

/** Says in the cluster's mark that it is this process's. Written over, not anew: nodes that stand have mounted that very file. */
export const writeMark = (marked: Marked): void => {
  const mark: ClusterMark = { madeBy: 'skipbeat', ...marked, stateFolder: stateDir(), process: thisProcess() };
  writeFileSync(markSourcePath(marked.cluster, marked.incarnation), JSON.stringify(mark), { mode: 0o644 });
};

/** This process uses a cluster of ours that was there: others who inspect it are to see whose it is now. */
export const renewMark = (marked: Marked): void => {
  if (existsSync(markSourcePath(marked.cluster, marked.incarnation))) writeMark(marked);
};

/** Whether a cluster was to outlive its run; null where what was written down does not say. */
type Kept = boolean | null;

const keptOf = ({ kept }: { readonly kept?: unknown }): Kept => (typeof kept === 'boolean' ? kept : null);

/** Whose a cluster is, as seen from this state folder. */
export type Ownership =
  | { readonly whose: 'ours'; readonly kept: Kept }
  | {
      readonly whose: 'theirs';
      readonly kept: Kept;
      /** Of the state folder that made it; null where that is not known. */
      readonly stateFolder: string | null;
      /** Of the process that made it or used it last. */
      readonly life: ProcessLife;
      /** `run … (process 7 on host, state folder …)`, or that nothing is known. */
      readonly text: string;
    };

const headerBytes = 512;

/** The one file of a tar archive, as `docker cp … -` prints it. @see tar(5) */
const fileInTar = (archive: string): string => archive.slice(headerBytes).replace(/\0[\s\S]*$/, '');

const readMark = async (host: HostExec, container: string): Promise<ClusterMark | null> => {
  const copied = await host({ argv: ['docker', 'cp', `${container}:${markPath}`, '-'], timeoutMs: 20_000 });
  if (!succeeded(copied)) return null;
  try {
    const mark = JSON.parse(fileInTar(copied.stdout)) as Partial<ClusterMark> | null;
    return !isProcessIdentity(mark?.process) || mark?.incarnation === undefined ? null : (mark as ClusterMark);
  } catch (thrown) {
    // Written by an earlier version, or just being written: nobody is known.
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
};

/** Reads whose a cluster is: in this state folder, and where that does not know it, in its nodes. */
export const ownershipOf = async (host: HostExec, cluster: InspectedCluster): Promise<Ownership> => {
  const record = readRecord(cluster.name);
  if (record !== null && cluster.incarnation !== null && record.incarnation === cluster.incarnation) {
    return { whose: 'ours', kept: keptOf(record) };
  }
  const [node] = cluster.containers.filter(({ marked }) => marked);
  const mark = node === undefined ? null : await readMark(host, node.id);
  if (mark === null || mark.incarnation !== cluster.incarnation) {
    const text = 'nobody is known to have made it';
    return { whose: 'theirs', kept: null, stateFolder: null, life: 'unknown', text };
  }
  const life = lifeOf(mark.process);
  const lives = { alive: 'which still runs', dead: 'which has ended', unknown: 'whose end cannot be seen from here' };
  const text = `run ${mark.run} made it or used it last (${processText(mark.process)}, ${lives[life]}; state folder ${mark.stateFolder})`;
  const { stateFolder }: { readonly stateFolder?: unknown } = mark;
  return {
    ...{ whose: 'theirs', kept: keptOf(mark), life, text },
    stateFolder: typeof stateFolder === 'string' ? stateFolder : null,
  };
};
