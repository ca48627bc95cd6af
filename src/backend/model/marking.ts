import type { Instance, Watched } from './instance.ts';
import type { Task } from './task.ts';
import type { World } from './world.ts';

/**
 * Sets the Ready condition of every pod of a node to False, one PUT after the other, with an event for each that was
 * changed. Pods that are not ready are left alone.
 * @returns whether all of them could be written
 * @see kubernetes pkg/controller/util/node, MarkPodsNotReady
 */
export function* markPods(world: World, instance: Instance, { node }: Watched): Task<boolean> {
  const { behaviour, clock, sink, store } = world;
  const { client } = instance;
  let complete = true;
  const tellPod = (name: string): void => {
    if (!behaviour.podEvents) return;
    client.tell(() =>
      sink.event(clock.now(), {
        type: 'kubernetes.event',
        reason: 'NodeNotReady',
        object: `Pod/${name}`,
        source: 'node-controller',
        message: 'Node is not ready',
      }),
    );
  };
  for (const pod of [...node.pods].filter(({ seen }) => seen.ready)) {
    const reply = yield* client.request('write', () => {
      if (pod.gone) return 'notFound';
      if (pod.ready) {
        pod.ready = false;
        store.podWritten(pod);
      }
      return 'ok';
    });
    if (reply === 'ok') tellPod(pod.name);
    else if (reply !== 'notFound') complete = false;
  }
  if (!node.backgroundMarked) {
    for (let count = 0; count < node.backgroundPods; count += 1) {
      const reply = yield* client.request('write', () => 'ok');
      if (reply !== 'ok') complete = false;
      else if (behaviour.podEvents) client.tell(() => undefined);
    }
    node.backgroundMarked = true;
  }
  return complete;
}
