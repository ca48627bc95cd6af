import { deleteRetryUs, deleteTries, secondUs } from '../../engine/constants.ts';
import { hold } from '../../engine/process.ts';
import type { World } from '../../engine/simulation.ts';
import type { NodeState, Pod, Taint, Tolerations } from '../../engine/state.ts';
import { sleep, start, type Task } from '../../engine/task.ts';
import type { BudgetedClient } from '../budget.ts';
import type { Instance, Watched } from '../instance.ts';

export type Evictions = {
  readonly nodeSeen: (watched: Watched) => void;
  readonly podSeen: (pod: Pod) => void;
};

/** Tells of an eviction, as the controller does; best effort, out of the given client's budget. */
export const tell = (
  world: World,
  client: BudgetedClient,
  pod: Pod,
  reason: string,
  source: string,
  message: string,
): void =>
  client.tell(`${source} Pod/${pod.name}`, () =>
    world.sink.event(world.clock.now(), {
      type: 'kubernetes.event',
      reason,
      object: `Pod/${pod.name}`,
      source,
      message,
    }),
  );

/** Marks the pod for deletion at the API server. It ends once its kubelet sees that. */
export const deletePod = (world: World, pod: Pod): 'ok' | 'notFound' => {
  if (pod.gone) return 'notFound';
  if (pod.deleting) return 'ok';
  pod.deleting = true;
  pod.evicted = true;
  pod.deletedUs = world.clock.now();
  // Without a grace, or without a node, there is nobody to wait for.
  if (pod.graceUs === 0 || pod.node === null) removePod(world, pod);
  else world.store.podWritten(pod);
  return 'ok';
};

/** Takes a pod from the API server. What runs of it goes on until its kubelet, which keeps it in mind, hears of that. */
export const removePod = (world: World, pod: Pod): 'ok' | 'notFound' => {
  if (pod.gone) return 'notFound';
  pod.deleting = true;
  pod.deletedUs ??= world.clock.now();
  pod.gone = true;
  pod.ready = false;
  world.pods.delete(pod);
  world.store.podWritten(pod);
  return 'ok';
};

/** One eviction of a pod; `timed`: by a timer, so that it can be called off, which is told, or is under way after one. */
type Work = { readonly timed: boolean };

/** How long a pod may stay under all of these taints. @see kubernetes getMinTolerationTime */
export const stayOf = (tolerations: Tolerations, taints: readonly Pick<Taint, 'key'>[]): number | 'forever' | null => {
  const stays = taints.map(({ key }) => tolerations[key] ?? null);
  if (stays.includes(null)) return null;
  const seconds = stays.filter((stay) => typeof stay === 'number');
  return seconds.length === 0 ? 'forever' : Math.max(0, Math.min(...seconds));
};

/**
 * Taint-based eviction: a timer for each pod on a node with a NoExecute taint, from the moment when the taint is
 * processed. While it runs, another taint that the pod tolerates for some time changes nothing; one that it tolerates
 * for ever ends it, one that it does not tolerate ends the pod. When the last taint goes, the timer does.
 * @see kubernetes pkg/controller/tainteviction (to 1.28 pkg/controller/nodelifecycle/scheduler)
 */
export const createEvictions = (world: World, instance: Instance): Evictions => {
  const { behaviour, clock } = world;
  const client = instance.evictionClient;
  const source = behaviour.ownEvictionClient ? 'taint-eviction-controller' : 'taint-controller';
  /** Evictions that wait or are under way, by pod, and the taints of each node as they were last processed. */
  const works = new Map<Pod, Work>();
  const processed = new Map<Watched, readonly Taint[]>();
  /** Of each pod what an update that counts would change. */
  const placed = new Map<Pod, { readonly node: NodeState | null; readonly tolerations: Tolerations }>();

  function* evict(pod: Pod): Task {
    tell(world, client, pod, 'TaintManagerEviction', source, `Marking for deletion Pod skipbeat/${pod.name}`);
    let done = yield* tryToDelete(pod);
    for (let tries = 1; !done && tries < deleteTries; tries += 1) {
      yield* sleep(clock, instance.process, deleteRetryUs);
      done = yield* tryToDelete(pod);
    }
    // One that is done is kept, so that the pod has no second one while it ends.
    if (done && behaviour.keepsEvictions) works.set(pod, { timed: false });
    else works.delete(pod);
  }
  function* tryToDelete(pod: Pod): Task<boolean> {
    if (behaviour.disruptionTarget) {
      if ((yield* client.request('cached', () => (pod.gone ? 'notFound' : 'ok'))) !== 'ok') return false;
      const says = !pod.disruptionTarget || behaviour.repeatsDisruptionTarget;
      if (says && (yield* client.request('write', () => target(pod))) !== 'ok') return false;
    }
    return (yield* client.request('write', () => deletePod(world, pod))) === 'ok';
  }
  const target = (pod: Pod): 'ok' | 'notFound' => {
    if (pod.gone) return 'notFound';
    pod.disruptionTarget = true;
    world.store.podWritten(pod);
    return 'ok';
  };

  const cancel = (pod: Pod): void => {
    const work = works.get(pod);
    works.delete(pod);
    if (work?.timed !== true) return;
    tell(world, client, pod, 'TaintManagerEviction', source, `Cancelling deletion of Pod skipbeat/${pod.name}`);
  };
  const fire = ({ pod, work }: { pod: Pod; work: Work }): void => {
    if (!instance.alive || (work.timed && works.get(pod) !== work)) return;
    if (instance.process.frozen) {
      hold(instance.process, fire, { pod, work });
      return;
    }
    start(evict(pod), instance.isAlive);
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
  const noExecute = ({ object }: Watched): readonly Taint[] =>
    object === null || object.taints.length === 0 ? none : object.taints.filter(({ effect }) => effect === 'NoExecute');

  return {
    nodeSeen: (watched) => {
      // Timers of a node that was deleted run on.
      if (watched.object === null) {
        processed.delete(watched);
        return;
      }
      const taints = noExecute(watched);
      const before = processed.get(watched);
      if (before !== undefined && isSame(taints, before)) return;
      processed.set(watched, taints);
      for (const pod of watched.node.pods) {
        if (pod.gone || pod.seen.node !== watched.node) continue;
        if (taints.length === 0) cancel(pod);
        else process(pod, taints);
      }
    },
    podSeen: (pod) => {
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
      const watched = node === null ? undefined : instance.watched[node.index];
      if (watched === undefined) return;
      const taints = noExecute(watched);
      if (taints.length > 0) process(pod, taints);
    },
  };
};

const none: readonly Taint[] = [];

const isSame = (some: readonly Taint[], others: readonly Taint[]): boolean =>
  some.length === others.length &&
  some.every(({ key, addedUs }, index) => key === others[index]?.key && addedUs === others[index]?.addedUs);
