import type { Instance, Watched } from './instance.ts';
import type { NodeState, Pod } from './state.ts';
import type { Task } from './task.ts';
import type { World } from './world.ts';

/** A pod as a pass has it from its cache. */
export type ReadPod = { readonly pod: Pod; readonly revision: number };

/** The pods of a node that the cache has as ready. */
export const readyPodsOf = ({ pods }: NodeState): readonly ReadPod[] =>
  [...pods].filter(({ seen }) => seen.ready).map((pod) => ({ pod, revision: pod.seen.revision }));

/**
 * Sets the Ready condition of every pod of a node to False, one PUT after the other, with an event for each that is
 * still there. Pods that were not ready are left alone; one that was written since is a conflict.
 * @returns whether all of them could be written
 * @see kubernetes pkg/controller/util/node, MarkPodsNotReady
 */
export function* markPods(
  world: World,
  instance: Instance,
  { node }: Watched,
  pods: readonly ReadPod[],
): Task<boolean> {
  const { behaviour, clock, sink, store } = world;
  const { client } = instance;
  let complete = true;
  const tellPod = (name: string): void => {
    if (!behaviour.podEvents) return;
    client.tell(`Pod/${name}`, () =>
      sink.event(clock.now(), {
        type: 'kubernetes.event',
        reason: 'NodeNotReady',
        object: `Pod/${name}`,
        source: 'node-controller',
        message: 'Node is not ready',
      }),
    );
  };
  for (const { pod, revision } of pods) {
    const reply = yield* client.request('write', () => {
      if (pod.gone) return 'notFound';
      if (pod.revision !== revision) return 'conflict';
      pod.ready = false;
      store.podWritten(pod);
      return 'ok';
    });
    if (reply !== 'notFound') tellPod(pod.name);
    if (reply !== 'ok' && reply !== 'notFound') complete = false;
  }
  if (!node.backgroundMarked) {
    for (let count = 0; count < node.backgroundPods; count += 1) {
      const reply = yield* client.request('write', () => 'ok');
      if (reply !== 'ok') complete = false;
      else if (behaviour.podEvents) client.tell(`Pod/${node.name}/${count}`, () => undefined);
    }
    node.backgroundMarked = true;
  }
  return complete;
}
