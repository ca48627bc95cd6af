import { podGarbageUs } from '../../engine/constants.ts';
import type { World } from '../../engine/simulation.ts';
import { outOfService, type Pod } from '../../engine/state.ts';
import { sleep, start, type Task } from '../../engine/task.ts';
import { createBudgetedClient } from '../budget.ts';
import type { Instance } from '../instance.ts';
import { removePod } from './eviction.ts';

/**
 * The pod garbage collector as far as it speaks of lost nodes: every 20 s since its start it deletes, without any grace,
 * pods that are being deleted on a node that is not Ready and that somebody has tainted out-of-service. Looks in which it
 * could find none are left out.
 * @see kubernetes pkg/controller/podgc, gcTerminating
 */
export const createPodGarbage = (world: World, instance: Instance): { readonly look: () => void } => {
  const { api, behaviour, clock, settings } = world;
  const client = createBudgetedClient(clock, api, instance.api, instance.isAlive, settings);
  const startedUs = clock.now();
  let looking = false;

  const isGivenUp = ({ seen }: Pod): boolean => {
    const object = seen.node === null ? null : (instance.watched[seen.node.index]?.object ?? null);
    return (
      seen.deleting &&
      object !== null &&
      object.ready !== 'True' &&
      object.taints.some(({ key }) => key === outOfService)
    );
  };
  const isOut = (): boolean =>
    instance.watched.some(({ object }) => object?.taints.some(({ key }) => key === outOfService) === true);

  function* remove(pod: Pod): Task {
    // Its phase becomes Failed, then it is deleted.
    const failed = yield* client.request('write', () => (pod.gone ? 'notFound' : 'ok'));
    if (failed === 'ok') yield* client.request('write', () => removePod(world, pod));
  }
  function* passes(): Task {
    while (isOut()) {
      yield* sleep(clock, instance.process, podGarbageUs - ((clock.now() - startedUs) % podGarbageUs));
      for (const pod of world.pods) if (isGivenUp(pod)) start(remove(pod), instance.isAlive);
    }
    looking = false;
  }
  return {
    look: () => {
      if (!behaviour.outOfService || looking || !isOut()) return;
      looking = true;
      start(passes(), instance.isAlive);
    },
  };
};
