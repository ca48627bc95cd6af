import type { Clock } from './clock.ts';
import { secondUs, watchUs } from './constants.ts';
import type { NodeObject, NodeState, Pod, Taint } from './state.ts';

/** Who is told of changes by a watch, some ms after they were written. */
export type Watcher = {
  readonly node?: (node: NodeState, object: NodeObject) => void;
  /** The Node object was deleted; another may come under its name. */
  readonly nodeGone?: (node: NodeState) => void;
  readonly lease?: (node: NodeState, renewUs: number) => void;
  readonly pod?: (pod: Pod) => void;
};

/** What is in etcd, and the watches on it. */
export type Store = {
  readonly watch: (watcher: Watcher) => void;
  readonly register: (node: NodeState, object: Omit<NodeObject, 'revision'>) => void;
  readonly deleteNode: (node: NodeState) => void;
  readonly writeNode: (node: NodeState, change: Partial<NodeObject>) => NodeObject;
  readonly renewLease: (node: NodeState, renewUs: number) => void;
  /** Tells that a pod was changed; the caller changed it. */
  readonly podWritten: (pod: Pod) => void;
};

/** A stamp as the API carries it: whole seconds, cut off. */
export const stampUs = (timeUs: number): number => timeUs - (timeUs % secondUs);

export const createStore = (clock: Clock): Store => {
  const nodeWatchers: NonNullable<Watcher['node']>[] = [];
  const goneWatchers: NonNullable<Watcher['nodeGone']>[] = [];
  const leaseWatchers: NonNullable<Watcher['lease']>[] = [];
  const podWatchers: NonNullable<Watcher['pod']>[] = [];
  let revision = 0;

  const soon = clock.after(watchUs);

  const notifyNode = ({ node, object }: { node: NodeState; object: NodeObject }): void => {
    for (const listener of nodeWatchers) listener(node, object);
  };
  const notifyGone = (node: NodeState): void => {
    for (const listener of goneWatchers) listener(node);
  };
  const notifyLease = (node: NodeState): void => {
    for (const listener of leaseWatchers) listener(node, node.lease.renewUs);
  };
  const notifyPod = (pod: Pod): void => {
    pod.seen.ready = pod.ready;
    pod.seen.deleting = pod.deleting;
    pod.seen.node = pod.node;
    pod.seen.revision = pod.revision;
    for (const listener of podWatchers) listener(pod);
  };
  const put = (node: NodeState, object: NodeObject): NodeObject => {
    node.object = object;
    soon(notifyNode, { node, object });
    return object;
  };

  return {
    watch: ({ node, nodeGone, lease, pod }) => {
      if (node !== undefined) nodeWatchers.push(node);
      if (nodeGone !== undefined) goneWatchers.push(nodeGone);
      if (lease !== undefined) leaseWatchers.push(lease);
      if (pod !== undefined) podWatchers.push(pod);
    },
    register: (node, object) => {
      revision += 1;
      put(node, { ...object, revision });
    },
    deleteNode: (node) => {
      node.object = null;
      soon(notifyGone, node);
    },
    writeNode: (node, change) => {
      if (node.object === null) throw new Error(`${node.name} has not registered`);
      revision += 1;
      return put(node, { ...node.object, ...change, revision });
    },
    renewLease: (node, renewUs) => {
      node.lease.renewUs = renewUs;
      node.lease.revision += 1;
      soon(notifyLease, node);
    },
    podWritten: (pod) => {
      pod.revision += 1;
      soon(notifyPod, pod);
    },
  };
};

const without = (taints: readonly Taint[], effect: Taint['effect'], key: string): readonly Taint[] =>
  taints.filter((taint) => taint.effect !== effect || taint.key !== key);

/**
 * The taints with one more. One that was there is put anew with this moment's stamp, which costs a PATCH as well.
 * @see kubernetes pkg/util/taints, AddOrUpdateTaint
 */
export const withTaint = (
  { taints }: NodeObject,
  effect: Taint['effect'],
  key: string,
  nowUs: number,
): readonly Taint[] => {
  const added: Taint = { effect, key, addedUs: stampUs(nowUs) };
  const has = taints.some((taint) => taint.effect === effect && taint.key === key);
  if (!has) return [...taints, added];
  return taints.map((taint) => (taint.effect === effect && taint.key === key ? added : taint));
};

/** The taints without one; the same list where it was not there. */
export const withoutTaint = ({ taints }: NodeObject, effect: Taint['effect'], key: string): readonly Taint[] => {
  const left = without(taints, effect, key);
  return left.length === taints.length ? taints : left;
};
