import { deleteRetryUs, deleteTries, secondUs } from '../../engine/constants.ts';
import { hold } from '../../engine/process.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { NodeState, Pod, Taint, Tolerations } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { Reply } from '../../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { type RateLimitedClient, replied } from '../rate-limited-client.ts';

export type Evictions = {
  readonly nodeUpdated: (health: NodeHealth) => void;
  readonly podUpdated: (pod: Pod) => void;
};

/** Records the Event of an eviction, as the controller does: best effort, within the rate limit of the client. */
export const recordEvent = (
  simulation: Simulation,
  client: RateLimitedClient,
  pod: Pod,
  reason: string,
  source: string,
  message: string,
): void =>
  client.recordEvent(`${source} Pod/${pod.name}`, () =>
    simulation.sink.event(simulation.clock.now(), {
      type: 'kubernetes.event',
      reason,
      object: `Pod/${pod.name}`,
      source,
      message,
    }),
  );

/** What a request about it is answered that does not change it. */
export const exists = (pod: Pod): Reply => (pod.gone ? 'notFound' : 'ok');

/** Marks the pod for deletion at the API server. It ends once its kubelet sees that. */
export const deletePod = (simulation: Simulation, pod: Pod): 'ok' | 'notFound' => {
  if (pod.gone) return 'notFound';
  if (pod.deleting) return 'ok';
  pod.deleting = true;
  pod.evicted = true;
  pod.deletedUs = simulation.clock.now();
  // Without a grace, or without a node, there is nobody to wait for.
  if (pod.graceUs === 0 || pod.node === null) removePod(simulation, pod);
  else simulation.store.podWritten(pod);
  return 'ok';
};

/** Takes a pod from the API server. What runs of it goes on until its kubelet, which keeps it in mind, is notified. */
export const removePod = (simulation: Simulation, pod: Pod): 'ok' | 'notFound' => {
  if (pod.gone) return 'notFound';
  pod.deleting = true;
  pod.deletedUs ??= simulation.clock.now();
  pod.gone = true;
  pod.ready = false;
  simulation.pods.delete(pod);
  simulation.hollowPods.delete(pod);
  simulation.store.podWritten(pod);
  return 'ok';
};

/** One eviction of a pod; `timed`: by a timer, so that it can be called off, with an event, or is under way after one. */
type Work = { readonly timed: boolean };

/** How long a pod may stay under all of these taints. @see kubernetes getMinTolerationTime */
export const stayOf = (tolerations: Tolerations, taints: readonly Pick<Taint, 'key'>[]): number | 'forever' | null => {
  const stays = taints.map(({ key }) => tolerations[key] ?? null);
  if (stays.includes(null)) return null;
  const seconds = stays.filter((stay) => typeof stay === 'number');
  return seconds.length === 0 ? 'forever' : Math.max(0, Math.min(...seconds));
};

type EvictionParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  /** Records what is done about a pod. */
  readonly record: (pod: Pod, message: string) => void;
  /** What requests do at the API server: delete it, and say beforehand that it will be. */
  readonly remove: (pod: Pod) => Reply;
  readonly target: (pod: Pod) => Reply;
  /** Evictions that wait or are under way. */
  readonly works: Map<Pod, Work>;
};

function* evict(parts: EvictionParts, pod: Pod): Task {
  const { simulation, manager, record, works } = parts;
  record(pod, 'Marking for deletion');
  let done = yield* tryToDelete(parts, pod);
  for (let tries = 1; !done && tries < deleteTries; tries += 1) {
    yield pause(simulation.clock, manager.process, deleteRetryUs);
    done = yield* tryToDelete(parts, pod);
  }
  // One that is done is kept, so that the pod has no second one while it ends.
  if (done && simulation.behaviour.keepsEvictions) works.set(pod, { timed: false });
  else works.delete(pod);
}

function* tryToDelete({ simulation, manager, target, remove }: EvictionParts, pod: Pod): Task<boolean> {
  const { behaviour } = simulation;
  const client = manager.evictionClient;
  if (behaviour.disruptionTarget) {
    if (replied(yield client.request('cached', pod, exists)) !== 'ok') return false;
    const says = !pod.disruptionTarget || behaviour.repeatsDisruptionTarget;
    if (says && replied(yield client.request('write', pod, target)) !== 'ok') return false;
  }
  return replied(yield client.request('write', pod, remove)) === 'ok';
}

/**
 * Taint-based eviction: a timer for each pod on a node with a NoExecute taint, from the moment when the taint is
 * processed. While it runs, another taint that the pod tolerates for some time changes nothing; one that it tolerates
 * for ever ends it, one that it does not tolerate ends the pod. When the last taint goes, the timer does.
 * @see kubernetes pkg/controller/tainteviction (to 1.28 pkg/controller/nodelifecycle/scheduler)
 */
export const createEvictions = (simulation: Simulation, manager: ControllerManager): Evictions => {
  const { behaviour, clock } = simulation;
  const client = manager.evictionClient;
  const source = behaviour.ownEvictionClient ? 'taint-eviction-controller' : 'taint-controller';
  const works = new Map<Pod, Work>();
  /** The taints of each node as they were last processed. */
  const processed = new Map<NodeHealth, readonly Taint[]>();
  /** By index: it was processed, and had none; of such there is nothing in the map. */
  const hadNone = new Uint8Array(manager.health.length);
  const processedOf = (health: NodeHealth): readonly Taint[] | undefined =>
    hadNone[health.node.index] === 1 ? none : processed.get(health);
  const setProcessed = (health: NodeHealth, taints: readonly Taint[] | undefined): void => {
    hadNone[health.node.index] = taints?.length === 0 ? 1 : 0;
    if (taints === undefined || taints.length === 0) processed.delete(health);
    else processed.set(health, taints);
  };
  /** Of each pod what an update that counts would change. */
  const placed = new Map<Pod, { readonly node: NodeState | null; readonly tolerations: Tolerations }>();

  const parts: EvictionParts = {
    simulation,
    manager,
    record: (pod, message) =>
      recordEvent(simulation, client, pod, 'TaintManagerEviction', source, `${message} Pod skipbeat/${pod.name}`),
    remove: (pod) => deletePod(simulation, pod),
    target: (pod) => {
      if (pod.gone) return 'notFound';
      pod.disruptionTarget = true;
      simulation.store.podWritten(pod);
      return 'ok';
    },
    works,
  };

  const cancel = (pod: Pod): void => {
    const work = works.get(pod);
    works.delete(pod);
    if (work?.timed !== true) return;
    parts.record(pod, 'Cancelling deletion of');
  };
  const fire = ({ pod, work }: { pod: Pod; work: Work }): void => {
    if (!manager.alive || (work.timed && works.get(pod) !== work)) return;
    if (manager.process.frozen) {
      hold(manager.process, fire, { pod, work });
      return;
    }
    start(evict(parts, pod), manager.isAlive);
  };
  const process = (pod: Pod, taints: readonly Taint[]): void => {
    const stay = stayOf(pod.tolerations, taints);
    if (stay === null || (stay === 'forever' && !behaviour.keepsTimers)) cancel(pod);
    if (stay === 'forever' || works.has(pod)) return;
    const seconds = stay ?? 0;
    const work: Work = { timed: seconds > 0 };
    works.set(pod, work);
    clock.at(clock.now() + seconds * secondUs, fire, { pod, work });
  };
  const noExecute = ({ object }: NodeHealth): readonly Taint[] =>
    object === null || object.taints.length === 0 ? none : object.taints.filter(({ effect }) => effect === 'NoExecute');

  return {
    nodeUpdated: (health) => {
      // Timers of a node that was deleted run on.
      if (health.object === null) {
        setProcessed(health, undefined);
        return;
      }
      const taints = noExecute(health);
      const before = processedOf(health);
      if (before !== undefined && isSame(taints, before)) return;
      setProcessed(health, taints);
      const pods = health.node.knownPods;
      if (pods === null) return;
      for (const pod of pods) {
        if (pod.gone || pod.seen.node !== health.node) continue;
        if (taints.length === 0) cancel(pod);
        else process(pod, taints);
      }
    },
    podUpdated: (pod) => {
      if (pod.gone) {
        placed.delete(pod);
        cancel(pod);
        return;
      }
      const { node } = pod.seen;
      const { tolerations } = pod;
      const before = placed.get(pod);
      if ((before?.node ?? null) === node && (before === undefined || before.tolerations === tolerations)) return;
      placed.set(pod, { node, tolerations });
      const health = node === null ? undefined : manager.health[node.index];
      if (health === undefined) return;
      const taints = noExecute(health);
      if (taints.length > 0) process(pod, taints);
    },
  };
};

const none: readonly Taint[] = [];

const isSame = (some: readonly Taint[], others: readonly Taint[]): boolean =>
  some.length === others.length &&
  some.every(({ key, addedUs }, index) => key === others[index]?.key && addedUs === others[index]?.addedUs);
