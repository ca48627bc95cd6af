import type { Clock } from './clock.ts';
import { secondUs, watchUs } from './constants.ts';
import { hasTaint, type NodeObject, type NodeState, type Pod, type Taint } from './state.ts';

/** A Node object as it was written. */
export type Written = { readonly node: NodeState; readonly object: NodeObject };

/** Who is notified of changes by a watch, some ms after they were written. */
export type Watcher = {
  /** `before`: as it was brought the last time; null the first. */
  readonly node?: (node: NodeState, object: NodeObject, written: Written, before: NodeObject | null) => void;
  /** The Node object was deleted; another may come under its name. */
  readonly nodeGone?: (node: NodeState) => void;
  readonly lease?: (node: NodeState, renewUs: number) => void;
  readonly pod?: (pod: Pod) => void;
  /** Called at once, before a Node object is written. */
  readonly writing?: (node: NodeState) => void;
  /** Instead of `node` and `lease`, of heartbeats that did not happen one by one: as the last of them would have arrived. */
  readonly skipped?: (node: NodeState, last: SkippedHeartbeats) => void;
};

/** null: nothing was skipped. */
export type SkippedHeartbeats = {
  readonly object: NodeObject | null;
  /** When that object's status was sent. */
  readonly postUs: number | null;
  readonly renewUs: number | null;
  readonly leaseRevision: number;
};

/** What is in etcd, and the watches on it. */
export type Store = {
  readonly watch: (watcher: Watcher) => void;
  readonly register: (node: NodeState, object: Omit<NodeObject, 'revision'>) => void;
  /** Of nodes that are there from the beginning: watches bring all of them at one moment, in this order. */
  readonly registerAll: (
    nodes: readonly NodeState[],
    objectOf: (node: NodeState) => Omit<NodeObject, 'revision'>,
  ) => void;
  readonly deleteNode: (node: NodeState) => void;
  readonly writeNode: (node: NodeState, change: Partial<NodeObject>) => NodeObject;
  readonly renewLease: (node: NodeState, renewUs: number) => void;
  /** Notifies of a changed pod; the caller changed it. */
  readonly podWritten: (pod: Pod) => void;
  readonly notifySkipped: (node: NodeState, last: SkippedHeartbeats) => void;
  /** Notifies at a moment of what was written without a notification. */
  readonly notifyLease: (node: NodeState, atUs: number, askedUs: number) => void;
  readonly notifyNode: (node: NodeState, atUs: number, askedUs: number) => void;
  /** Of an object that comes into being without being written. */
  readonly nextRevision: () => number;
};

/** A stamp as the API carries it: the second that an instant lies in, which is negative for one before the model's time begins. */
export const stampUs = (timeUs: number): number => Math.floor(timeUs / secondUs) * secondUs;

/** What a write makes of an object: each has the same fields in the same order, so that reading thousands of them is quick. */
const written = (object: Omit<NodeObject, 'revision'>, change: Partial<NodeObject>, revision: number): NodeObject => {
  const made: NodeObject = {
    revision,
    createdUs: change.createdUs ?? object.createdUs,
    ready: change.ready === undefined ? object.ready : change.ready,
    reason: change.reason ?? object.reason,
    heartbeatUs: change.heartbeatUs ?? object.heartbeatUs,
    transitionUs: change.transitionUs ?? object.transitionUs,
    conditions: change.conditions ?? object.conditions,
    taints: change.taints ?? object.taints,
  };
  const volumesInUse = change.volumesInUse ?? object.volumesInUse;
  const volumesAttached = change.volumesAttached ?? object.volumesAttached;
  if (volumesInUse === undefined && volumesAttached === undefined) return made;
  return {
    ...made,
    ...(volumesInUse === undefined ? {} : { volumesInUse }),
    ...(volumesAttached === undefined ? {} : { volumesAttached }),
  };
};

const noChange: Partial<NodeObject> = {};

export const createStore = (clock: Clock): Store => {
  const nodeWatchers: NonNullable<Watcher['node']>[] = [];
  const goneWatchers: NonNullable<Watcher['nodeGone']>[] = [];
  const leaseWatchers: NonNullable<Watcher['lease']>[] = [];
  const podWatchers: NonNullable<Watcher['pod']>[] = [];
  const writingWatchers: NonNullable<Watcher['writing']>[] = [];
  const skippedWatchers: NonNullable<Watcher['skipped']>[] = [];
  let revision = 0;

  const soon = clock.after(watchUs);

  const notifyNode = (written: Written): void => {
    const { node, object } = written;
    const before = node.seen;
    node.seen = object;
    for (const listener of nodeWatchers) listener(node, object, written, before);
  };
  const notifyAll = (all: readonly Written[]): void => {
    for (const one of all) notifyNode(one);
  };
  const notifyGone = (node: NodeState): void => {
    for (const listener of goneWatchers) listener(node);
  };
  const notifyLease = (node: NodeState): void => {
    for (const listener of leaseWatchers) listener(node, node.lease.renewUs);
  };
  const notifyPod = (pod: Pod): void => {
    // Of a write just before it was gone there is nothing to say after that.
    if (pod.seen.gone) return;
    pod.seen.gone = pod.gone;
    pod.seen.ready = pod.ready;
    pod.seen.deleting = pod.deleting;
    pod.seen.node = pod.node;
    pod.seen.revision = pod.revision;
    for (const listener of podWatchers) listener(pod);
  };
  const writes = (node: NodeState): void => {
    for (const listener of writingWatchers) listener(node);
  };
  const put = (node: NodeState, object: NodeObject): NodeObject => {
    node.object = object;
    soon(notifyNode, { node, object });
    return object;
  };

  return {
    watch: ({ node, nodeGone, lease, pod, writing, skipped }) => {
      if (node !== undefined) nodeWatchers.push(node);
      if (nodeGone !== undefined) goneWatchers.push(nodeGone);
      if (lease !== undefined) leaseWatchers.push(lease);
      if (pod !== undefined) podWatchers.push(pod);
      if (writing !== undefined) writingWatchers.push(writing);
      if (skipped !== undefined) skippedWatchers.push(skipped);
    },
    register: (node, object) => {
      writes(node);
      revision += 1;
      put(node, written(object, noChange, revision));
    },
    registerAll: (nodes, objectOf) => {
      const all = nodes.map((node): Written => {
        writes(node);
        revision += 1;
        node.object = written(objectOf(node), noChange, revision);
        return { node, object: node.object };
      });
      soon(notifyAll, all);
    },
    deleteNode: (node) => {
      writes(node);
      node.object = null;
      soon(notifyGone, node);
    },
    writeNode: (node, change) => {
      writes(node);
      if (node.object === null) throw new Error(`${node.name} has not registered`);
      revision += 1;
      return put(node, written(node.object, change, revision));
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
    notifySkipped: (node, last) => {
      if (last.object !== null) node.seen = last.object;
      for (const listener of skippedWatchers) listener(node, last);
    },
    notifyLease: (node, atUs, askedUs) => clock.at(atUs, notifyLease, node, askedUs),
    notifyNode: (node, atUs, askedUs) => {
      if (node.object !== null) clock.at(atUs, notifyNode, { node, object: node.object }, askedUs);
    },
    nextRevision: () => {
      revision += 1;
      return revision;
    },
  };
};

/**
 * The taints with one more. One that was there is put anew with this moment's stamp, which costs a PATCH as well.
 * @see kubernetes pkg/util/taints, AddOrUpdateTaint
 */
export const withTaint = (
  object: NodeObject,
  effect: Taint['effect'],
  key: string,
  nowUs: number,
): readonly Taint[] => {
  const { taints } = object;
  const added: Taint = { effect, key, addedUs: stampUs(nowUs) };
  if (!hasTaint(object, effect, key)) return [...taints, added];
  return taints.map((taint) => (taint.effect === effect && taint.key === key ? added : taint));
};

/** The taints without one; the same list where it was not there. */
export const withoutTaint = (object: NodeObject, effect: Taint['effect'], key: string): readonly Taint[] => {
  const { taints } = object;
  if (!hasTaint(object, effect, key)) return taints;
  return taints.filter((taint) => taint.effect !== effect || taint.key !== key);
};
