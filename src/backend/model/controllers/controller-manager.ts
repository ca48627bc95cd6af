import { watchUs } from '../engine/constants.ts';
import type { Process } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeObject, NodeState } from '../engine/state.ts';
import type { ApiClient } from '../network/apiserver.ts';
import type { RateLimitedClient, Spent } from './rate-limited-client.ts';

/** What one controller manager knows of one node. Spent: by the pass that has it in hand, on writes of its status and of its pods'. */
export type NodeHealth = Spent & {
  readonly node: NodeState;
  /** Its number among the nodes of its zone. */
  readonly inZone: number;
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
export type ControllerManager = {
  readonly member: number;
  readonly process: Process;
  readonly api: ApiClient;
  alive: boolean;
  readonly isAlive: () => boolean;
  readonly health: readonly NodeHealth[];
  /** Of the node lifecycle controller, and of taint eviction (the same one before 1.29). */
  readonly client: RateLimitedClient;
  readonly evictionClient: RateLimitedClient;
};

export const createNodeHealth = (nodes: readonly NodeState[]): NodeHealth[] => {
  const counts = new Map<number, number>();
  return nodes.map((node) => {
    const inZone = counts.get(node.zone) ?? 0;
    counts.set(node.zone, inZone + 1);
    return createHealth(node, inZone);
  });
};

const createHealth = (node: NodeState, inZone: number): NodeHealth => ({
  node,
  inZone,
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
  waitedUs: 0,
  answeredUs: 0,
});

const refresh = (health: NodeHealth): void => {
  health.object = health.node.object;
  if (health.node.lease.revision === 0) return;
  health.leaseUs = health.node.lease.renewUs;
  health.leaseRevision = health.node.lease.revision;
};

/**
 * Keeps the informers of the controller managers. One that is frozen, or whose API server is, or whose watches of nodes and
 * leases are lost, receives nothing; it has everything `watchUs` after it goes on, so what was overdue is done on old knowledge first.
 */
export const feedManagers = (
  simulation: Simulation,
  managers: ReadonlySet<ControllerManager>,
  onNode: (manager: ControllerManager, health: NodeHealth) => void,
  lostWatch: (member: number) => boolean = () => false,
): { readonly catchUp: () => void } => {
  const { api, clock, heartbeats, store } = simulation;
  const disconnected = new Set<ControllerManager>();
  const receives = ({ process, api: { member: server }, member }: ControllerManager): boolean =>
    !process.frozen && !api.isPaused(server) && !lostWatch(member);
  const isConnected = (manager: ControllerManager): boolean => {
    if (!manager.alive) return false;
    if (receives(manager) && !disconnected.has(manager)) return true;
    disconnected.add(manager);
    return false;
  };
  store.watch({
    node: (node, object) => {
      for (const manager of managers) {
        const health = manager.health[node.index];
        if (health === undefined || !isConnected(manager)) continue;
        heartbeats.flush(node);
        health.object = object;
        onNode(manager, health);
      }
    },
    nodeGone: (node) => {
      for (const manager of managers) {
        const health = manager.health[node.index];
        if (health === undefined || !isConnected(manager)) continue;
        heartbeats.flush(node);
        health.object = null;
        health.retriesMarking = false;
        onNode(manager, health);
      }
    },
    lease: (node, renewUs) => {
      for (const manager of managers) {
        const health = manager.health[node.index];
        if (health === undefined || !isConnected(manager)) continue;
        heartbeats.flush(node);
        health.leaseUs = renewUs;
        health.leaseRevision = node.lease.revision;
      }
    },
    skipped: (node, { object, renewUs, leaseRevision }) => {
      for (const manager of managers) {
        const health = manager.health[node.index];
        if (health === undefined || !isConnected(manager)) continue;
        if (object !== null) health.object = object;
        if (renewUs === null) continue;
        health.leaseUs = renewUs;
        health.leaseRevision = leaseRevision;
      }
    },
  });
  const hearAll = (manager: ControllerManager): void => {
    if (!receives(manager)) return;
    disconnected.delete(manager);
    for (const health of manager.health) {
      heartbeats.catchUp(health.node);
      heartbeats.flush(health.node);
      const before = health.object;
      refresh(health);
      if (health.object !== before) onNode(manager, health);
    }
  };
  return {
    catchUp: () => {
      for (const manager of disconnected) {
        if (!manager.alive) disconnected.delete(manager);
        else clock.at(clock.now() + watchUs, hearAll, manager);
      }
    },
  };
};
