import { podGarbageUs } from '../../engine/constants.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { outOfService, type Pod } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { createRateLimitedClient, replied } from '../rate-limited-client.ts';
import { exists, removePod } from './eviction.ts';

export type PodGarbage = { readonly begin: () => void; readonly nodeUpdated: (health: NodeHealth) => void };

/**
 * The pod garbage collector as far as it speaks of lost nodes: every 20 s since its start it deletes, without any grace,
 * pods that are being deleted on a node that is not Ready and that somebody has tainted out-of-service. Passes in which it
 * could find none are left out.
 * @see kubernetes pkg/controller/podgc, gcTerminating
 */
export const createPodGarbage = (simulation: Simulation, manager: ControllerManager): PodGarbage => {
  const { api, behaviour, clock, settings } = simulation;
  const client = createRateLimitedClient(clock, api, manager.api, manager.isAlive, settings);
  const startedUs = clock.now();
  let collecting = false;

  const isAbandoned = ({ seen }: Pod): boolean => {
    const object = seen.node === null ? null : (manager.health[seen.node.index]?.object ?? null);
    return (
      seen.deleting &&
      object !== null &&
      object.ready !== 'True' &&
      object.taints.some(({ key }) => key === outOfService)
    );
  };
  const isTainted = ({ object }: NodeHealth): boolean =>
    object !== null && object.taints.length > 0 && object.taints.some(({ key }) => key === outOfService);
  const isOut = (): boolean => manager.health.some(isTainted);

  function* remove(pod: Pod): Task {
    // Its phase becomes Failed, then it is deleted.
    const failed = replied(yield client.request('write', pod, exists));
    if (failed === 'ok') yield client.request('write', pod, () => removePod(simulation, pod));
  }
  function* passes(): Task {
    while (isOut()) {
      yield pause(clock, manager.process, podGarbageUs - ((clock.now() - startedUs) % podGarbageUs));
      for (const pod of simulation.pods) if (isAbandoned(pod)) start(remove(pod), manager.isAlive);
    }
    collecting = false;
  }
  const begin = (): void => {
    if (!behaviour.outOfService || collecting) return;
    collecting = true;
    start(passes(), manager.isAlive);
  };
  return {
    begin: () => {
      if (isOut()) begin();
    },
    nodeUpdated: (health) => {
      if (isTainted(health)) begin();
    },
  };
};
