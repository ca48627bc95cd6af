import { watchUs } from '../engine/constants.ts';
import type { Process } from '../engine/process.ts';
import type { World } from '../engine/simulation.ts';
import type { NodeObject, NodeState } from '../engine/state.ts';
import type { ApiClient } from '../network/apiserver.ts';
import type { BudgetedClient } from './budget.ts';

/** What one controller manager knows of one node. */
export type Watched = {
  readonly node: NodeState;
  /** Informer caches. */
  object: NodeObject | null;
  leaseUs: number | null;
  leaseRevision: number;
  /** The node as this pass found it. */
  snapshot: NodeObject | null;
  /** A pass has seen it. */
  known: boolean;
  /** Health record: whether there is one; `heartbeatUs` null while it has no Ready condition. */
  recorded: boolean;
  heartbeatUs: number | null;
  savedTransitionUs: number;
  probeUs: number;
  transitionUs: number;
  savedLeaseUs: number | null;
  savedLeaseRevision: number;
  /** Revision of a live lease that the cache has yet to catch up with (1.37). */
  awaitedRevision: number | null;
  /** Ready as the last pass left it; null where it has not judged the node, or found no such condition. */
  status: NodeObject['ready'];
  retriesMarking: boolean;
  /** Its pods were deleted by timeout, and no pass has seen it Ready since. */
  evicted: boolean;
};

/** One running and leading kube-controller-manager. Its tasks end once it is no longer `alive`. */
export type Instance = {
  readonly member: number;
  readonly process: Process;
  readonly api: ApiClient;
  alive: boolean;
  readonly isAlive: () => boolean;
  readonly watched: readonly Watched[];
  /** Of the node lifecycle controller, and of taint eviction (the same one before 1.29). */
  readonly client: BudgetedClient;
  readonly evictionClient: BudgetedClient;
};

export const watchedNodes = (nodes: readonly NodeState[]): Watched[] =>
  nodes.map((node) => ({
    node,
    object: node.object,
    leaseUs: node.lease.revision === 0 ? null : node.lease.renewUs,
    leaseRevision: node.lease.revision,
    snapshot: null,
    known: false,
    recorded: false,
    heartbeatUs: null,
    savedTransitionUs: 0,
    probeUs: 0,
    transitionUs: 0,
    savedLeaseUs: null,
    savedLeaseRevision: 0,
    awaitedRevision: null,
    status: null,
    retriesMarking: false,
    evicted: false,
  }));

const refresh = (watched: Watched): void => {
  watched.object = watched.node.object;
  if (watched.node.lease.revision === 0) return;
  watched.leaseUs = watched.node.lease.renewUs;
  watched.leaseRevision = watched.node.lease.revision;
};

/**
 * Keeps the informers of the controller managers. One that is frozen, or whose API server is, hears nothing; it has
 * everything `watchUs` after it goes on, so what was overdue is done on old knowledge first.
 */
export const feedInstances = (
  world: World,
  instances: ReadonlySet<Instance>,
  onNode: (instance: Instance, watched: Watched) => void,
): { readonly catchUp: () => void } => {
  const { api, clock, store } = world;
  const deaf = new Set<Instance>();
  const hears = (instance: Instance): boolean => {
    if (!instance.alive) return false;
    if (!instance.process.frozen && !api.isPaused(instance.api.member) && !deaf.has(instance)) return true;
    deaf.add(instance);
    return false;
  };
  store.watch({
    node: (node, object) => {
      for (const instance of instances) {
        const watched = instance.watched[node.index];
        if (watched === undefined || !hears(instance)) continue;
        watched.object = object;
        onNode(instance, watched);
      }
    },
    nodeGone: (node) => {
      for (const instance of instances) {
        const watched = instance.watched[node.index];
        if (watched === undefined || !hears(instance)) continue;
        watched.object = null;
        watched.retriesMarking = false;
        onNode(instance, watched);
      }
    },
    lease: (node, renewUs) => {
      for (const instance of instances) {
        const watched = instance.watched[node.index];
        if (watched === undefined || !hears(instance)) continue;
        watched.leaseUs = renewUs;
        watched.leaseRevision = node.lease.revision;
      }
    },
  });
  const hearAll = (instance: Instance): void => {
    if (instance.process.frozen || api.isPaused(instance.api.member)) return;
    deaf.delete(instance);
    for (const watched of instance.watched) {
      const before = watched.object;
      refresh(watched);
      if (watched.object !== before) onNode(instance, watched);
    }
  };
  return {
    catchUp: () => {
      for (const instance of deaf) {
        if (!instance.alive) deaf.delete(instance);
        else clock.at(clock.now() + watchUs, hearAll, instance);
      }
    },
  };
};
