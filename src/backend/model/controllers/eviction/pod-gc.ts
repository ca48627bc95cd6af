import { podGarbageUs } from '../../engine/constants.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { outOfService, type Pod } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { createRateLimitedClient, type RateLimitedClient, replied } from '../rate-limited-client.ts';
import { exists, removePod } from './eviction.ts';

export type PodGarbage = { readonly begin: () => void; readonly nodeUpdated: (health: NodeHealth) => void };

type Collection = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly client: RateLimitedClient;
  /** Of the controller, from which on its passes are counted. */
  readonly startedUs: number;
  running: boolean;
};

const isAbandoned = ({ health }: ControllerManager, { seen }: Pod): boolean => {
  const object = seen.node === null ? null : (health[seen.node.index]?.object ?? null);
  return (
    seen.deleting && object !== null && object.ready !== 'True' && object.taints.some(({ key }) => key === outOfService)
  );
};

const isTainted = ({ object }: NodeHealth): boolean =>
  object !== null && object.taints.length > 0 && object.taints.some(({ key }) => key === outOfService);

const isOut = ({ health }: ControllerManager): boolean => health.some(isTainted);

function* remove({ simulation, client }: Collection, pod: Pod): Task {
  // Its phase becomes Failed, then it is deleted.
  const failed = replied(yield client.request('write', pod, exists));
  if (failed === 'ok') yield client.request('write', pod, () => removePod(simulation, pod));
}

function* passes(collection: Collection): Task {
  const { simulation, manager, startedUs } = collection;
  const { clock, pods } = simulation;
  while (isOut(manager)) {
    yield pause(clock, manager.process, podGarbageUs - ((clock.now() - startedUs) % podGarbageUs));
    for (const pod of pods) if (isAbandoned(manager, pod)) start(remove(collection, pod), manager.isAlive);
  }
  collection.running = false;
}

/**
 * The pod garbage collector as far as it speaks of lost nodes: every 20 s since its start it deletes, without any grace,
 * pods that are being deleted on a node that is not Ready and that somebody has tainted out-of-service. Passes in which it
 * could find none are left out.
 * @see kubernetes pkg/controller/podgc, gcTerminating
 */
export const createPodGarbage = (simulation: Simulation, manager: ControllerManager): PodGarbage => {
  const { api, behaviour, clock, settings } = simulation;
  const client = createRateLimitedClient(clock, api, manager.api, manager.isAlive, settings);
  const collection: Collection = { simulation, manager, client, startedUs: clock.now(), running: false };
  const begin = (): void => {
    if (!behaviour.outOfService || collection.running) return;
    collection.running = true;
    start(passes(collection), manager.isAlive);
  };
  return {
    begin: () => {
      if (isOut(manager)) begin();
    },
    nodeUpdated: (health) => {
      if (isTainted(health)) begin();
    },
  };
};
