import { taintLoopLateUs, taintLoopUs, taintWorkers } from '../../engine/constants.ts';
import type { Rng } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { hasTaint, type NodeObject, type OtherCondition, type TaintKey } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { takeToken, type Zone } from '../disruption.ts';
import { createTaintPatch, type TaintChange } from './taint-patch.ts';

export type Taints = {
  /** Brings the NoSchedule taints in line with the condition, by one of 8 workers. */
  readonly nodeUpdated: (health: NodeHealth) => void;
  /** What a pass decides about NoExecute taints. @returns null where it needs no request, and is done */
  readonly decide: (zone: Zone, health: NodeHealth, by: NodeObject) => Task | null;
  /**
   * Takes both NoExecute taints away where the pass read them, and the node from the queue.
   * @returns null where it needs no request, and is done
   */
  readonly markReachable: (zone: Zone | undefined, health: NodeHealth) => Task | null;
  /** From here on the loop ticks. @param ranBefore it has done so for long, and is anywhere between two of its calls */
  readonly begin: (ranBefore: boolean) => void;
  /** Wakes the loop that takes a node from a queue each time a token allows. */
  readonly wake: () => void;
  /** One turn of that loop. */
  readonly pass: () => Task;
  /**
   * Waits while the loop is about to taint a node of one of these zones: it holds the lock of the zone's rate then (Try,
   * SwapLimiter). Which zone's lock a pass asks for first is chance there; here it has all of them at once.
   */
  readonly untilFree: (zones: ReadonlySet<Zone>) => Task;
};

const wantedKey = ({ ready }: NodeObject): TaintKey | null =>
  ready === 'True' ? null : ready === 'Unknown' ? 'unreachable' : 'not-ready';

const opposite = (key: TaintKey): TaintKey => (key === 'unreachable' ? 'not-ready' : 'unreachable');

const keys = ['unreachable', 'not-ready'] as const;

/** @see kubernetes pkg/controller/nodelifecycle, nodeConditionToTaintKeyStatusMap */
const keyOfCondition: Readonly<Record<OtherCondition, string>> = {
  NetworkUnavailable: 'network-unavailable',
  MemoryPressure: 'memory-pressure',
  DiskPressure: 'disk-pressure',
  PIDPressure: 'pid-pressure',
};

/** NoSchedule taints that follow from conditions; any other is left alone. */
const scheduleKeys = [...keys, ...Object.values(keyOfCondition)];

const wantsNoSchedule = (object: NodeObject, key: string): boolean =>
  (object.ready !== null && wantedKey(object) === key) || (object.conditions.length > 0 && conditionWants(object, key));

const conditionWants = ({ conditions }: NodeObject, key: string): boolean =>
  conditions.some(({ type, status }) => status === 'True' && keyOfCondition[type] === key);

const addition = (key: TaintKey): TaintChange => ({ effect: 'NoExecute', key, adds: true });
const removal = (key: TaintKey): TaintChange => ({ effect: 'NoExecute', key, adds: false });

/** In the order in which they are made: what a node lacks comes before what it has to spare. */
const scheduleChanges: readonly TaintChange[] = [true, false].flatMap((adds) =>
  scheduleKeys.map((key): TaintChange => ({ effect: 'NoSchedule', key, adds })),
);

/** Whether a change brings the NoSchedule taints in line with the conditions. */
const isNeeded = (object: NodeObject, { key, adds }: TaintChange): boolean =>
  hasTaint(object, 'NoSchedule', key) !== adds && wantsNoSchedule(object, key) === adds;

/**
 * @param whenItsTurn what is done with a node that has a token: its NoExecute taint, or by pod-eviction-timeout the
 *   deletion of its pods. @returns whether it was done
 * @param ticks draws how late each tick of the loop is, those that find nothing among them
 * @see kubernetes pkg/controller/nodelifecycle, doNoScheduleTaintingPass, doNoExecuteTaintingPass; pkg/util/taints
 */
export const createTaints = (
  simulation: Simulation,
  manager: ControllerManager,
  zones: ReadonlyMap<number, Zone>,
  whenItsTurn: (health: NodeHealth) => Task<boolean>,
  rng: Rng,
  ticks: Rng,
): Taints => {
  const { behaviour, clock } = simulation;
  const patch = createTaintPatch(simulation, manager, rng);

  /** As in a work queue: a node that changes while a worker has it is taken up again after that. */
  const scheduling = new Set<NodeHealth>();
  const handled = new Set<NodeHealth>();
  const changed = new Set<NodeHealth>();
  let working = 0;
  const differs = ({ object }: NodeHealth): boolean => {
    if (object === null) return false;
    if (object.ready === 'True' && object.taints.length === 0 && object.conditions.length === 0) return false;
    for (const key of scheduleKeys)
      if (hasTaint(object, 'NoSchedule', key) !== wantsNoSchedule(object, key)) return true;
    return false;
  };
  function* workOff(): Task {
    for (const health of scheduling) {
      scheduling.delete(health);
      handled.add(health);
      const { object } = health;
      for (const change of scheduleChanges) {
        if (object === null || !isNeeded(object, change)) continue;
        const isDone = (yield patch(health, change)) === true;
        // What is missing has to be there before anything is taken away.
        if (change.adds && !isDone) break;
      }
      handled.delete(health);
      if (changed.delete(health)) scheduling.add(health);
    }
    working -= 1;
  }

  const schedule = (health: NodeHealth): void => {
    scheduling.add(health);
    if (working === taintWorkers) return;
    working += 1;
    start(workOff(), manager.isAlive);
  };

  let begun = false;
  let looping = false;
  /** Its last call ended then; those that found nothing to do are made up for once somebody asks when the next comes. */
  let returnedUs = clock.now();
  const maxLateUs = ticks.below(taintLoopLateUs + 1);
  const pauseUs = (): number => taintLoopUs + ticks.below(maxLateUs + 1);
  let busyWith: Zone | null = null;
  /** The pass that waits for a lock, of which a controller manager has one at a time. */
  let waiting: (() => void) | null = null;
  const isAnyWaiting = (): boolean => {
    for (const { queue } of zones.values()) if (queue.head() !== null) return true;
    return false;
  };
  /** Of a zone the first that waits, where there is a token for it. */
  const takeNext = (zone: Zone): NodeHealth | null => {
    const head = zone.queue.head();
    return head !== null && takeToken(zone, clock.now()) ? head : null;
  };
  function* loop(): Task {
    // It ticks from the start of the controller on (Run: wait.UntilWithContext, which waits after each call).
    let tickUs = returnedUs;
    while (tickUs <= clock.now()) tickUs += pauseUs();
    yield pause(clock, manager.process, tickUs - clock.now());
    while (isAnyWaiting()) {
      yield* pass();
      returnedUs = clock.now();
      yield pause(clock, manager.process, pauseUs());
    }
    returnedUs = clock.now();
    looping = false;
  }
  function* pass(): Task {
    for (const zone of zones.values()) {
      busyWith = zone;
      for (let health = takeNext(zone); health !== null; health = takeNext(zone)) {
        if (health.object?.ready === 'True' || (yield* whenItsTurn(health))) zone.queue.served(health);
        else zone.queue.moveLast(health);
      }
      busyWith = null;
      // Whoever waits for the lock comes after the loop has taken the next one.
      const waiter = waiting;
      waiting = null;
      if (waiter !== null) clock.at(clock.now(), waiter, undefined);
    }
  }
  const wake = (): void => {
    if (!begun || looping) return;
    looping = true;
    start(loop(), manager.isAlive);
  };

  /** The pass read it with that NoExecute taint. */
  const isFound = ({ snapshot }: NodeHealth, key: TaintKey): boolean =>
    snapshot !== null && hasTaint(snapshot, 'NoExecute', key);
  const isAnyFound = (health: NodeHealth): boolean =>
    (health.snapshot?.taints.length ?? 0) > 0 && keys.some((key) => isFound(health, key));
  function* removeFound(zone: Zone | undefined, health: NodeHealth): Task {
    for (const key of keys) if (isFound(health, key) && (yield patch(health, removal(key))) !== true) return;
    zone?.queue.remove(health);
  }
  const markReachable = (zone: Zone | undefined, health: NodeHealth): Task | null => {
    if (isAnyFound(health)) return removeFound(zone, health);
    zone?.queue.remove(health);
    return null;
  };
  function* exchange(health: NodeHealth, wanted: TaintKey): Task {
    if ((yield patch(health, addition(wanted))) === true) yield patch(health, removal(opposite(wanted)));
  }

  return {
    markReachable,
    begin: (ranBefore) => {
      begun = true;
      returnedUs = clock.now() - (ranBefore ? ticks.below(taintLoopUs) : 0);
    },
    wake,
    pass,
    untilFree: function* (wanted) {
      while (busyWith !== null && wanted.has(busyWith)) {
        yield (resume) => {
          waiting = () => resume(undefined);
        };
      }
    },
    nodeUpdated: (health) => {
      if (!behaviour.noScheduleTaints) return;
      if (handled.size > 0 && handled.has(health)) changed.add(health);
      else if (differs(health) && !scheduling.has(health)) schedule(health);
    },
    decide: (zone, health, by) => {
      const wanted = wantedKey(by);
      if (wanted === null) return markReachable(zone, health);
      if (isFound(health, opposite(wanted))) return exchange(health, wanted);
      const present = isFound(health, wanted);
      if (!present && behaviour.requeue === 'moves') zone.queue.remove(health);
      if (!present && behaviour.requeue === 'doubles') zone.queue.forget(health);
      zone.queue.add(health);
      wake();
      return null;
    },
  };
};

/** Gives a node the NoExecute taint of its condition as the cache has it, and takes the other away. */
export const noExecuteTaint = (
  simulation: Simulation,
  manager: ControllerManager,
  rng: Rng,
): ((health: NodeHealth) => Task<boolean>) => {
  const patch = createTaintPatch(simulation, manager, rng);
  return function* (health) {
    const { object } = health;
    if (object?.ready === null) return false;
    const wanted = object === null ? null : wantedKey(object);
    if (object === null || wanted === null) return true;
    if ((yield patch(health, addition(wanted))) !== true) return false;
    if (!hasTaint(object, 'NoExecute', opposite(wanted))) return true;
    return (yield patch(health, removal(opposite(wanted)))) === true;
  };
};
