import type { Simulation } from '../engine/simulation.ts';
import type { NodeObject } from '../engine/state.ts';
import type { Task } from '../engine/task.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import type { Zone } from './disruption.ts';
import { judgeNode } from './health.ts';
import { markPods, readyPodsOf } from './marking.ts';

/**
 * What a pass does with a node beyond its condition: taints, or the timeout that they replaced.
 * @returns null where that needs no request, and is done
 */
export type Decision = (
  zone: Zone,
  health: NodeHealth,
  observed: NodeHealth['snapshot'],
  current: NodeHealth['snapshot'],
) => Task<unknown> | null;

/** What a pass does with one node. `isLate`: its grace has passed. `status` is its condition then, as the pass leaves it. */
export type Handling = {
  /** Does it where it needs no request. @returns whether it was done: else nothing was */
  readonly atOnce: (health: NodeHealth, zone: Zone, isLate: boolean) => boolean;
  /** @returns whether it was judged: else it is left out of this pass */
  readonly inFull: (health: NodeHealth, zone: Zone, isLate: boolean) => Task<boolean>;
};

/** For a generator that all runs share: `waitUntil` says why. */
type HandlingParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly decide: Decision;
  /** Called with a node whose lease the cache has yet to show. */
  readonly awaits: (health: NodeHealth) => void;
};

const recordNodeEvent = ({ clock, sink }: Simulation, { client }: ControllerManager, { node }: NodeHealth): void =>
  client.recordEvent(node, () =>
    sink.event(clock.now(), {
      type: 'kubernetes.event',
      reason: 'NodeNotReady',
      object: `Node/${node.name}`,
      source: 'node-controller',
      message: `Node ${node.name} status is now: NodeNotReady`,
    }),
  );

function* handleInFull(
  { simulation, manager, decide, awaits }: HandlingParts,
  health: NodeHealth,
  zone: Zone,
  isLate: boolean,
): Task<boolean> {
  simulation.heartbeats.rouse(health.node);
  const judged = yield* judgeNode(simulation, manager, health, isLate);
  if (health.awaitedRevision !== null) awaits(health);
  if (judged === null) return false;
  const { observed, current } = judged;
  const isReady = current.ready === 'True';
  health.status = current.ready;
  if (current.ready === null) {
    health.retriesMarking = false;
    return true;
  }
  const marks = !isReady && (observed.ready === 'True' || health.retriesMarking);
  // As they were before anything is decided: what an eviction writes meanwhile makes their marking a conflict.
  const pods = marks ? readyPodsOf(health.node) : [];
  const asks = decide(zone, health, observed, current);
  if (asks !== null) yield* asks;
  if (isReady) health.retriesMarking = false;
  if (!marks) return true;
  if (observed.ready === 'True') recordNodeEvent(simulation, manager, health);
  health.retriesMarking = !(yield* markPods(simulation, manager, health, pods)) && simulation.behaviour.retriesMarking;
  return true;
}

/**
 * @param awaits called with a node whose lease the cache has yet to show
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth
 */
export const createHandling = (
  simulation: Simulation,
  manager: ControllerManager,
  decide: Decision,
  awaits: (health: NodeHealth) => void,
): Handling => {
  const { behaviour } = simulation;
  const parts: HandlingParts = { simulation, manager, decide, awaits };

  /** Its condition stays what the pass read, and nobody has to be asked for that. */
  const stays = ({ ready }: NodeObject, isLate: boolean): boolean =>
    !isLate || (ready === 'Unknown' && !behaviour.leaseCircuitBreaker);

  return {
    atOnce: (health, zone, isLate) => {
      const { snapshot, retriesMarking } = health;
      if (snapshot === null || !stays(snapshot, isLate)) return false;
      const { ready } = snapshot;
      if (ready !== null) {
        if (ready !== 'True' && retriesMarking) return false;
        if (decide(zone, health, snapshot, snapshot) !== null) return false;
      }
      health.status = ready;
      health.retriesMarking = false;
      return true;
    },
    inFull: (health, zone, isLate) => handleInFull(parts, health, zone, isLate),
  };
};
