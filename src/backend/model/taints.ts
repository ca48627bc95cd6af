import { taintLoopUs, taintWorkers } from './constants.ts';
import { dequeue, enqueue, takeToken, type Zone } from './disruption.ts';
import type { Instance, Watched } from './instance.ts';
import { hasTaint, type NodeObject, type Taint, type TaintKey } from './state.ts';
import { withoutTaint, withTaint } from './store.ts';
import { sleep, start, type Task } from './task.ts';
import type { World } from './world.ts';

export type Taints = {
  /** Brings the NoSchedule taints in line with the condition, by one of 8 workers. */
  readonly nodeSeen: (watched: Watched) => void;
  /** What a pass decides about NoExecute taints. */
  readonly decide: (zone: Zone, watched: Watched, by: NodeObject) => Task;
  /** Takes both NoExecute taints away where the pass read them, and the node from the queue. */
  readonly markReachable: (zone: Zone | undefined, watched: Watched) => Task;
  /** Wakes the loop that takes a node from a queue each time a token allows. */
  readonly wake: () => void;
};

const wantedKey = ({ ready }: NodeObject): TaintKey | null =>
  ready === 'True' ? null : ready === 'Unknown' ? 'unreachable' : 'not-ready';

const opposite = (key: TaintKey): TaintKey => (key === 'unreachable' ? 'not-ready' : 'unreachable');

const keys = ['unreachable', 'not-ready'] as const;

/**
 * @param whenItsTurn what is done with a node that has a token: its NoExecute taint, or by pod-eviction-timeout the
 *   deletion of its pods. @returns whether it was done
 * @see kubernetes pkg/controller/nodelifecycle, doNoScheduleTaintingPass, doNoExecuteTaintingPass; pkg/util/taints
 */
export const createTaints = (
  world: World,
  instance: Instance,
  zones: ReadonlyMap<number, Zone>,
  whenItsTurn: (watched: Watched) => Task<boolean>,
): Taints => {
  const { behaviour, clock, store } = world;
  const { client } = instance;

  /** Each change of a node's taints is a read and a PATCH. */
  function* patch({ node }: Watched, change: (object: NodeObject) => readonly Taint[]): Task<boolean> {
    const read = yield* client.request('cached', () => 'ok');
    if (read !== 'ok') return false;
    const written = yield* client.request('write', () => {
      if (node.object === null) return 'notFound';
      const taints = change(node.object);
      if (taints !== node.object.taints) store.writeNode(node, { taints });
      return 'ok';
    });
    return written === 'ok';
  }

  const add = (watched: Watched, effect: Taint['effect'], key: TaintKey): Task<boolean> =>
    patch(watched, (object) => withTaint(object, effect, key, clock.now()));
  const remove = (watched: Watched, effect: Taint['effect'], key: TaintKey): Task<boolean> =>
    patch(watched, (object) => withoutTaint(object, effect, key));

  const scheduling = new Set<Watched>();
  let working = 0;
  const differs = ({ object }: Watched): boolean => {
    if (object === null) return false;
    const wanted = wantedKey(object);
    return keys.some((key) => hasTaint(object, 'NoSchedule', key) !== (key === wanted));
  };
  function* workOff(): Task {
    for (const watched of scheduling) {
      scheduling.delete(watched);
      const { object } = watched;
      if (object === null || !differs(watched)) continue;
      const wanted = wantedKey(object);
      if (wanted !== null && !hasTaint(object, 'NoSchedule', wanted)) yield* add(watched, 'NoSchedule', wanted);
      for (const key of keys) {
        if (key !== wanted && hasTaint(object, 'NoSchedule', key)) yield* remove(watched, 'NoSchedule', key);
      }
    }
    working -= 1;
  }

  let looping = false;
  /** The loop waits 100 ms after it last had something to do, whatever that took. */
  let returnedUs = clock.now();
  function* loop(): Task {
    // It ticks from the start of the controller on (Run: wait.UntilWithContext, which waits after each call); while
    // nothing waits its calls take no time.
    yield* sleep(clock, instance.process, taintLoopUs - ((clock.now() - returnedUs) % taintLoopUs));
    while ([...zones.values()].some(({ waiting }) => waiting.size > 0)) {
      for (const zone of zones.values()) yield* workZone(zone);
      returnedUs = clock.now();
      yield* sleep(clock, instance.process, taintLoopUs);
    }
    looping = false;
  }
  function* workZone(zone: Zone): Task {
    for (const watched of zone.waiting) {
      if (!takeToken(zone, clock.now())) return;
      if (watched.object?.ready === 'True' || (yield* whenItsTurn(watched))) {
        zone.waiting.delete(watched);
      } else if (zone.waiting.delete(watched)) {
        zone.waiting.add(watched);
      }
    }
  }
  const wake = (): void => {
    if (looping) return;
    looping = true;
    start(loop(), instance.isAlive);
  };

  function* markReachable(zone: Zone | undefined, watched: Watched): Task {
    for (const key of keys) {
      if (watched.snapshot !== null && hasTaint(watched.snapshot, 'NoExecute', key)) {
        yield* remove(watched, 'NoExecute', key);
      }
    }
    if (zone !== undefined) dequeue(zone, watched);
  }

  return {
    markReachable,
    wake,
    nodeSeen: (watched) => {
      if (!behaviour.noScheduleTaints || scheduling.has(watched) || !differs(watched)) return;
      scheduling.add(watched);
      if (working === taintWorkers) return;
      working += 1;
      start(workOff(), instance.isAlive);
    },
    decide: function* (zone, watched, by) {
      const wanted = wantedKey(by);
      const { snapshot } = watched;
      if (wanted === null) return yield* markReachable(zone, watched);
      if (snapshot !== null && hasTaint(snapshot, 'NoExecute', opposite(wanted))) {
        yield* add(watched, 'NoExecute', wanted);
        yield* remove(watched, 'NoExecute', opposite(wanted));
        return;
      }
      const present = snapshot !== null && hasTaint(snapshot, 'NoExecute', wanted);
      if (behaviour.requeuesWaiting && !present) dequeue(zone, watched);
      enqueue(zone, watched);
      wake();
    },
  };
};

/** Gives a node the NoExecute taint of its condition as the cache has it, and takes the other away. */
export const noExecuteTaint = (world: World, instance: Instance): ((watched: Watched) => Task<boolean>) => {
  const { clock, store } = world;
  const { client } = instance;
  return function* ({ node, object }) {
    const wanted = object === null ? null : wantedKey(object);
    if (object === null || wanted === null) return true;
    if ((yield* client.request('cached', () => 'ok')) !== 'ok') return false;
    const added = yield* client.request('write', () => {
      if (node.object === null) return 'notFound';
      const taints = withTaint(node.object, 'NoExecute', wanted, clock.now());
      if (taints !== node.object.taints) store.writeNode(node, { taints });
      return 'ok';
    });
    if (added !== 'ok' || !hasTaint(object, 'NoExecute', opposite(wanted))) return added === 'ok';
    const removed = yield* client.request('write', () => {
      if (node.object === null) return 'notFound';
      store.writeNode(node, { taints: withoutTaint(node.object, 'NoExecute', opposite(wanted)) });
      return 'ok';
    });
    return removed === 'ok';
  };
};
