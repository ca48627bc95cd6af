import type { Simulation } from '../engine/simulation.ts';
import type { NodeState, Pod } from '../engine/state.ts';
import { pause, start, type Task } from '../engine/task.ts';
import type { Reply } from '../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { replied, type Spent } from './rate-limited-client.ts';

/** A pod as a pass has it from its cache. */
export type ReadPod = { readonly pod: Pod; readonly revision: number };

/** The pods of a node that the cache has as ready. */
export const readyPodsOf = ({ knownPods }: NodeState): readonly ReadPod[] => {
  const ready: ReadPod[] = [];
  for (const pod of knownPods ?? []) if (pod.seen.ready) ready.push({ pod, revision: pod.seen.revision });
  return ready;
};

const ok = (): Reply => 'ok';
const nothing = (): void => undefined;

/**
 * Sets the Ready condition of every pod of a node to False, one PUT after the other, with an event for each that is
 * still there. Pods that were not ready are left alone; one that was written since is a conflict.
 * @returns whether all of them could be written
 * @see kubernetes pkg/controller/util/node, MarkPodsNotReady
 */
export function* markPods(
  simulation: Simulation,
  manager: ControllerManager,
  health: NodeHealth,
  pods: readonly ReadPod[],
): Task<boolean> {
  const { node } = health;
  const { behaviour, heartbeats } = simulation;
  const { client } = manager;
  let complete = pods.length === 0 || (yield* markEach(simulation, manager, pods, health));
  if (!node.backgroundMarked) {
    for (let count = 0; count < node.backgroundPods; count += 1) {
      const reply = replied(yield client.request('write', null, ok, health));
      if (reply !== 'ok') complete = false;
      else if (behaviour.podEvents) client.recordEvent(`Pod/${node.name}/${count}`, nothing);
    }
    // By now it may be well again: its kubelet puts this right when its Node object next changes, be it by a heartbeat.
    heartbeats.rouse(node);
    node.backgroundMarked = true;
  }
  return complete;
}

function* markEach(
  simulation: Simulation,
  manager: ControllerManager,
  pods: readonly ReadPod[],
  spent?: Spent,
): Task<boolean> {
  const { behaviour, clock, sink, store } = simulation;
  const { client } = manager;
  let complete = true;
  const recordPodEvent = (name: string): void => {
    if (!behaviour.podEvents) return;
    client.recordEvent(`Pod/${name}`, () =>
      sink.event(clock.now(), {
        type: 'kubernetes.event',
        reason: 'NodeNotReady',
        object: `Pod/${name}`,
        source: 'node-controller',
        message: 'Node is not ready',
      }),
    );
  };
  const mark = ({ pod, revision }: ReadPod): Reply => {
    if (pod.gone) return 'notFound';
    if (pod.revision !== revision) return 'conflict';
    pod.ready = false;
    store.podWritten(pod);
    return 'ok';
  };
  for (const read of pods) {
    const { pod } = read;
    const reply = replied(yield client.request('write', read, mark, spent));
    if (reply !== 'notFound') recordPodEvent(pod.name);
    if (reply !== 'ok' && reply !== 'notFound') complete = false;
  }
  return complete;
}

/** First pause after a marking that failed, twice as long each time: DefaultControllerRateLimiter of client-go. */
const firstPauseUs = 5000;

function* markUntilDone(simulation: Simulation, manager: ControllerManager, pod: Pod, health: NodeHealth): Task {
  for (let pauseUs = firstPauseUs; ; pauseUs *= 2) {
    const { gone, seen } = pod;
    const known = health.object !== null && health.status !== null && health.status !== 'True';
    if (gone || !known || !seen.ready || seen.node !== health.node) return;
    if (yield* markEach(simulation, manager, [{ pod, revision: seen.revision }])) return;
    yield pause(simulation.clock, manager.process, pauseUs);
  }
}

/**
 * Pods that come to a node whose condition the last pass left as known and not True are marked as well, each until it
 * could be.
 * @see kubernetes pkg/controller/nodelifecycle, processPod
 */
export const createNewPods = (
  simulation: Simulation,
  manager: ControllerManager,
): { readonly podUpdated: (pod: Pod) => void } => {
  const placed = new Map<Pod, NodeState>();
  // Those that are there at its start it checks before any node has been judged.
  for (const pod of [...simulation.pods, ...simulation.hollowPods])
    if (pod.seen.node !== null) placed.set(pod, pod.seen.node);
  return {
    podUpdated: (pod) => {
      const { node } = pod.seen;
      if (pod.gone) placed.delete(pod);
      if (pod.gone || node === null || placed.get(pod) === node) return;
      placed.set(pod, node);
      const health = manager.health[node.index];
      if (health !== undefined) start(markUntilDone(simulation, manager, pod, health), manager.isAlive);
    },
  };
};
