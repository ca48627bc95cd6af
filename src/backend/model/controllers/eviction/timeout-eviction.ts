import type { Simulation } from '../../engine/simulation.ts';
import type { NodeState, Pod } from '../../engine/state.ts';
import { start, type Task } from '../../engine/task.ts';
import type { Reply } from '../../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import type { Zone } from '../disruption.ts';
import type { Decision } from '../handling.ts';
import { replied } from '../rate-limited-client.ts';
import { deletePod, type Evictions, exists, recordEvent } from './eviction.ts';

type TimeoutParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly remove: (pod: Pod) => Reply;
};

/**
 * Eviction by pod-eviction-timeout: every pod of a node whose turn has come, one after the other.
 * @returns whether all were deleted @see kubernetes pkg/controller/util/node, DeletePods
 */
function* deletePodsOf({ simulation, manager, remove }: TimeoutParts, { node }: NodeHealth): Task<boolean> {
  const { client } = manager;
  let complete = true;
  for (const pod of [...(node.knownPods ?? [])].filter(({ daemon, seen }) => !daemon && !seen.deleting)) {
    recordEvent(
      simulation,
      client,
      pod,
      'NodeControllerEviction',
      'node-controller',
      `Marking for deletion Pod ${pod.name}`,
    );
    const reason = replied(yield client.request('write', pod, exists));
    const reply = reason === 'ok' ? replied(yield client.request('write', pod, remove)) : reason;
    if (reply === 'timeout') complete = false;
  }
  return complete;
}

/** The turn of a node that has a token. */
function* takeTurn(parts: TimeoutParts, health: NodeHealth): Task<boolean> {
  const done = yield* deletePodsOf(parts, health);
  if (done) health.evicted = parts.simulation.behaviour.remembersEvictions;
  return done;
}

export type TimeoutEvictions = {
  /** What a pass decides about a node. */
  readonly decide: Decision;
  /** What is done with a node that has a token. @returns whether it was done */
  readonly turn: (health: NodeHealth) => Task<boolean>;
  readonly podUpdated: Evictions['podUpdated'];
};

/**
 * By pod-eviction-timeout: counted from the last sign of life where the condition is Unknown, from the transition
 * where the kubelet itself says False. Since 1.17 a node that was evicted is marked so until a pass sees it Ready, and
 * what the scheduler puts there before is deleted at once.
 * @param wake the loop that takes a node from its queue when a token allows
 * @see kubernetes (to 1.26) pkg/controller/nodelifecycle, processNoTaintBaseEviction, evictPods, processPod
 */
export const createTimeoutEvictions = (
  simulation: Simulation,
  manager: ControllerManager,
  zones: ReadonlyMap<number, Zone>,
  timeoutUs: number,
  wake: () => void,
): TimeoutEvictions => {
  const { behaviour, clock } = simulation;
  const parts: TimeoutParts = { simulation, manager, remove: (pod) => deletePod(simulation, pod) };
  const placed = new Map<Pod, NodeState | null>();

  const recall = (zone: Zone, health: NodeHealth): void => {
    health.evicted = false;
    zone.queue.remove(health);
  };
  const isOverdue = ({ probeUs, transitionUs }: NodeHealth, ready: string): boolean =>
    clock.now() > (ready === 'Unknown' ? probeUs : transitionUs) + timeoutUs;
  const queue = (zone: Zone, health: NodeHealth): void => {
    zone.queue.add(health);
    wake();
  };

  return {
    decide: (zone, health, observed) => {
      if (observed === null) return null;
      if (observed.ready === 'True') recall(zone, health);
      else if (!isOverdue(health, observed.ready ?? 'Unknown')) return null;
      else if (health.evicted) return deletePodsOf(parts, health);
      else queue(zone, health);
      return null;
    },
    turn: (health) => takeTurn(parts, health),
    podUpdated: (pod) => {
      if (!behaviour.remembersEvictions) return;
      if (pod.gone) {
        placed.delete(pod);
        return;
      }
      const { node } = pod.seen;
      if (node === null || placed.get(pod) === node) return;
      placed.set(pod, node);
      const health = manager.health[node.index];
      const zone = zones.get(node.zone);
      // By what the last pass found, not by what has come since.
      const ready = health?.snapshot?.ready ?? null;
      if (health === undefined || zone === undefined || ready === null) return;
      if (ready === 'True') recall(zone, health);
      else if (!isOverdue(health, ready)) return;
      else if (health.evicted) start(deletePodsOf(parts, health), manager.isAlive);
      else queue(zone, health);
    },
  };
};
