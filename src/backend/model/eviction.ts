import type { BudgetedClient } from './budget.ts';
import { deleteRetryUs, deleteTries } from './constants.ts';
import type { Instance, Watched } from './instance.ts';
import { hold } from './process.ts';
import type { Pod, Taint } from './state.ts';
import { sleep, start, type Task } from './task.ts';
import type { World } from './world.ts';

export type Evictions = {
  readonly nodeSeen: (watched: Watched) => void;
  readonly podSeen: (pod: Pod) => void;
};

/** Tells of an eviction, as the controller does; best effort, out of the given client's budget. */
const tell = (world: World, client: BudgetedClient, pod: Pod, reason: string, source: string, message: string): void =>
  client.tell(() =>
    world.sink.event(world.clock.now(), {
      type: 'kubernetes.event',
      reason,
      object: `Pod/${pod.name}`,
      source,
      message,
    }),
  );

/** Marks the pod for deletion at the API server. It ends once its kubelet sees that. */
const deletePod = (world: World, pod: Pod): 'ok' | 'notFound' => {
  if (pod.gone || pod.deleting) return 'notFound';
  pod.deleting = true;
  pod.evicted = true;
  pod.deletedUs = world.clock.now();
  world.store.podWritten(pod);
  return 'ok';
};

/**
 * Taint-based eviction: a timer for each pod on a node with a NoExecute taint, from the moment when the taint is
 * processed. Another taint in its place changes nothing; when the last one goes, the timer does.
 * @see kubernetes pkg/controller/tainteviction (to 1.28 pkg/controller/nodelifecycle/scheduler)
 */
export const createEvictions = (world: World, instance: Instance, seconds: number): Evictions => {
  const { behaviour, clock } = world;
  const client = instance.evictionClient;
  const source = behaviour.ownEvictionClient ? 'taint-eviction-controller' : 'taint-controller';
  /** Pods with a timer, and the taints of each node as they were last processed. */
  const timers = new Map<Pod, symbol>();
  const processed = new Map<Watched, readonly Taint[]>();

  function* evict(pod: Pod): Task {
    tell(world, client, pod, 'TaintManagerEviction', source, `Marking for deletion Pod skipbeat/${pod.name}`);
    for (let tries = 1; tries <= deleteTries; tries += 1) {
      if (yield* tryToDelete(pod)) return;
      yield* sleep(clock, instance.process, deleteRetryUs);
    }
  }
  function* tryToDelete(pod: Pod): Task<boolean> {
    if (behaviour.disruptionTarget) {
      const read = yield* client.request('cached', () => (pod.gone ? 'notFound' : 'ok'));
      if (read !== 'ok') return read === 'notFound';
      if ((yield* client.request('write', () => 'ok')) !== 'ok') return false;
    }
    return (yield* client.request('write', () => deletePod(world, pod))) !== 'timeout';
  }

  const cancel = (pod: Pod): void => {
    if (!timers.delete(pod)) return;
    tell(world, client, pod, 'TaintManagerEviction', source, `Cancelling deletion of Pod skipbeat/${pod.name}`);
  };
  const fire = ({ pod, timer }: { pod: Pod; timer: symbol }): void => {
    if (!instance.alive || timers.get(pod) !== timer) return;
    if (instance.process.frozen) {
      hold(instance.process, fire, { pod, timer });
      return;
    }
    timers.delete(pod);
    start(evict(pod), instance.isAlive);
  };
  const process = (pod: Pod, taints: readonly Taint[]): void => {
    if (taints.length === 0) {
      cancel(pod);
      return;
    }
    if (timers.has(pod) || pod.seen.deleting || pod.gone) return;
    const timer = Symbol(pod.name);
    timers.set(pod, timer);
    clock.at(clock.now() + Math.max(0, seconds) * 1_000_000, fire, { pod, timer });
  };
  const noExecute = ({ object }: Watched): readonly Taint[] =>
    object === null || object.taints.length === 0 ? none : object.taints.filter(({ effect }) => effect === 'NoExecute');

  return {
    nodeSeen: (watched) => {
      const taints = noExecute(watched);
      const before = processed.get(watched) ?? none;
      if (taints.length === 0 && before.length === 0) return;
      processed.set(watched, taints);
      for (const pod of watched.node.pods) process(pod, taints);
    },
    podSeen: (pod) => {
      if (pod.gone) timers.delete(pod);
      const watched = pod.seen.node === null ? undefined : instance.watched[pod.seen.node.index];
      if (watched === undefined || pod.gone) return;
      const taints = noExecute(watched);
      if (taints.length > 0) process(pod, taints);
    },
  };
};

const none: readonly Taint[] = [];

/**
 * Eviction by pod-eviction-timeout: every pod of a node whose turn has come, one after the other.
 * @returns whether all were deleted @see kubernetes pkg/controller/util/node, DeletePods
 */
export const deletePodsOf = (world: World, instance: Instance): ((watched: Watched) => Task<boolean>) => {
  const { client } = instance;
  return function* ({ node }) {
    let complete = true;
    for (const pod of [...node.pods].filter(({ seen }) => !seen.deleting)) {
      tell(world, client, pod, 'NodeControllerEviction', 'node-controller', `Marking for deletion Pod ${pod.name}`);
      const reason = yield* client.request('write', () => (pod.gone ? 'notFound' : 'ok'));
      const reply = reason === 'ok' ? yield* client.request('write', () => deletePod(world, pod)) : reason;
      if (reply === 'timeout') complete = false;
    }
    return complete;
  };
};
