import type { Simulation } from '../../engine/simulation.ts';
import type { NodeState, Pod } from '../../engine/state.ts';
import { start, type Task } from '../../engine/task.ts';
import type { Reply } from '../../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import type { Zone } from '../disruption.ts';
import type { Decision } from '../handling.ts';
import { replied } from '../rate-limited-client.ts';
import { deletePod, type Evictions, exists, recordEvent } from './eviction.ts';

/**
 * Eviction by pod-eviction-timeout: every pod of a node whose turn has come, one after the other.
 * @returns whether all were deleted @see kubernetes pkg/controller/util/node, DeletePods
 */
const deletePodsOf = (simulation: Simulation, manager: ControllerManager): ((health: NodeHealth) => Task<boolean>) => {
  const { client } = manager;
  const remove = (pod: Pod): Reply => deletePod(simulation, pod);
  return function* ({ node }) {
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
  };
};

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
  const deletePods = deletePodsOf(simulation, manager);
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
      else if (health.evicted) return deletePods(health);
      else queue(zone, health);
      return null;
    },
    turn: function* (health) {
      const done = yield* deletePods(health);
      if (done) health.evicted = behaviour.remembersEvictions;
      return done;
    },
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
      else if (health.evicted) start(deletePods(health), manager.isAlive);
      else queue(zone, health);
    },
  };
};
