import type { Clock } from '../../engine/clock.ts';
import { taintLoopLateUs, taintLoopUs, taintWorkers } from '../../engine/constants.ts';
import type { Process } from '../../engine/process.ts';
import type { Rng } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { hasTaint, type NodeObject, type OtherCondition, type TaintKey } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { takeToken, type Zone } from '../disruption.ts';
import { createTaintPatch, type TaintChange, type TaintPatch } from './taint-patch.ts';

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

const differs = ({ object }: NodeHealth): boolean => {
  if (object === null) return false;
  if (object.ready === 'True' && object.taints.length === 0 && object.conditions.length === 0) return false;
  for (const key of scheduleKeys) if (hasTaint(object, 'NoSchedule', key) !== wantsNoSchedule(object, key)) return true;
  return false;
};

/** Where a node is of which the NoSchedule taints differ: a worker has it, and it may have changed since. */
const [idle, queued, handled, changed] = [0, 1, 2, 3] as const;

/** Nodes whose NoSchedule taints differ. As in a work queue: a node that changes while a worker has it is taken up again after that. */
type Scheduling = {
  readonly patch: TaintPatch;
  readonly isAlive: () => boolean;
  /** Those from `next` on wait. */
  waiting: NodeHealth[];
  next: number;
  /** Of each node by its index. */
  readonly places: Uint8Array;
  workers: number;
};

/** One of the workers, and what it has in hand. Thousands of nodes come to it, most of which need nothing any more: it is no task. */
type Worker = {
  readonly scheduling: Scheduling;
  /** What was done is done, or not: it goes on. */
  readonly resume: (isDone: unknown) => void;
  health: NodeHealth | null;
  object: NodeObject | null;
  change: number;
};

const takeWaiting = (scheduling: Scheduling): NodeHealth | null => {
  const { waiting, next } = scheduling;
  if (next < waiting.length) {
    scheduling.next += 1;
    return waiting[next] as NodeHealth;
  }
  scheduling.waiting = [];
  scheduling.next = 0;
  return null;
};

const addWaiting = ({ waiting, places }: Scheduling, health: NodeHealth): void => {
  places[health.node.index] = queued;
  waiting.push(health);
};

/** Asks for the next change that the node in its hand needs. @returns whether there was one: it goes on with the reply */
const asksForChange = (worker: Worker): boolean => {
  const { scheduling, health, object } = worker;
  if (health === null || object === null) return false;
  while (worker.change < scheduleChanges.length) {
    const change = scheduleChanges[worker.change] as TaintChange;
    worker.change += 1;
    if (!isNeeded(object, change)) continue;
    scheduling.patch(health, change)(worker.resume);
    return true;
  }
  return false;
};

/** Goes on until it has asked for something, or nothing waits. */
const workOff = (worker: Worker): void => {
  const { scheduling } = worker;
  const { places } = scheduling;
  for (;;) {
    const { health } = worker;
    if (health !== null) {
      if (asksForChange(worker)) return;
      const { index } = health.node;
      if (places[index] === changed) addWaiting(scheduling, health);
      else places[index] = idle;
    }
    const next = takeWaiting(scheduling);
    worker.health = next;
    if (next === null) break;
    places[next.node.index] = handled;
    worker.object = next.object;
    worker.change = 0;
  }
  scheduling.workers -= 1;
};

const startWorker = (scheduling: Scheduling): void => {
  if (!scheduling.isAlive()) return;
  scheduling.workers += 1;
  const worker: Worker = {
    scheduling,
    resume: (isDone) => {
      if (!scheduling.isAlive()) return;
      // What is missing has to be there before anything is taken away.
      if (scheduleChanges[worker.change - 1]?.adds === true && isDone !== true) worker.change = scheduleChanges.length;
      workOff(worker);
    },
    health: null,
    object: null,
    change: 0,
  };
  workOff(worker);
};

/** The loop that gives nodes their turn, zone by zone. */
type TurnLoop = {
  readonly clock: Clock;
  readonly process: Process;
  readonly zones: ReadonlyMap<number, Zone>;
  readonly whenItsTurn: (health: NodeHealth) => Task<boolean>;
  readonly pauseUs: () => number;
  begun: boolean;
  running: boolean;
  /** Its last call ended then; those that found nothing to do are made up for once somebody asks when the next comes. */
  returnedUs: number;
  busyWith: Zone | null;
  /** The pass that waits for a lock, of which a controller manager has one at a time. */
  waiting: (() => void) | null;
};

const isAnyWaiting = (zones: ReadonlyMap<number, Zone>): boolean => {
  for (const { queue } of zones.values()) if (queue.head() !== null) return true;
  return false;
};

/** Of a zone the first that waits, where there is a token for it. */
const takeNext = (zone: Zone, nowUs: number): NodeHealth | null => {
  const head = zone.queue.head();
  return head !== null && takeToken(zone, nowUs) ? head : null;
};

function* giveTurns(loop: TurnLoop): Task {
  const { clock, process, zones, pauseUs } = loop;
  // It ticks from the start of the controller on (Run: wait.UntilWithContext, which waits after each call).
  let tickUs = loop.returnedUs;
  while (tickUs <= clock.now()) tickUs += pauseUs();
  yield pause(clock, process, tickUs - clock.now());
  while (isAnyWaiting(zones)) {
    yield* giveTurnsOnce(loop);
    loop.returnedUs = clock.now();
    yield pause(clock, process, pauseUs());
  }
  loop.returnedUs = clock.now();
  loop.running = false;
}

function* giveTurnsOnce(loop: TurnLoop): Task {
  const { clock, zones, whenItsTurn } = loop;
  for (const zone of zones.values()) {
    loop.busyWith = zone;
    for (let health = takeNext(zone, clock.now()); health !== null; health = takeNext(zone, clock.now())) {
      if (health.object?.ready === 'True' || (yield* whenItsTurn(health))) zone.queue.served(health);
      else zone.queue.moveLast(health);
    }
    loop.busyWith = null;
    // Whoever waits for the lock comes after the loop has taken the next one.
    const waiter = loop.waiting;
    loop.waiting = null;
    if (waiter !== null) clock.at(clock.now(), waiter, undefined);
  }
}

function* untilFree(loop: TurnLoop, wanted: ReadonlySet<Zone>): Task {
  while (loop.busyWith !== null && wanted.has(loop.busyWith)) {
    yield (resume) => {
      const goOn = (): void => resume(undefined);
      loop.waiting = goOn;
    };
  }
}

/** The pass read it with that NoExecute taint. */
const isFound = ({ snapshot }: NodeHealth, key: TaintKey): boolean =>
  snapshot !== null && hasTaint(snapshot, 'NoExecute', key);

const isAnyFound = (health: NodeHealth): boolean =>
  (health.snapshot?.taints.length ?? 0) > 0 && keys.some((key) => isFound(health, key));

function* removeFound(patch: TaintPatch, zone: Zone | undefined, health: NodeHealth): Task {
  for (const key of keys) if (isFound(health, key) && (yield patch(health, removal(key))) !== true) return;
  zone?.queue.remove(health);
}

function* exchange(patch: TaintPatch, health: NodeHealth, wanted: TaintKey): Task {
  if ((yield patch(health, addition(wanted))) === true) yield patch(health, removal(opposite(wanted)));
}

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

  const scheduling: Scheduling = {
    patch,
    isAlive: manager.isAlive,
    waiting: [],
    next: 0,
    places: new Uint8Array(manager.health.length),
    workers: 0,
  };

  const maxLateUs = ticks.below(taintLoopLateUs + 1);
  const loop: TurnLoop = {
    clock,
    process: manager.process,
    zones,
    whenItsTurn,
    pauseUs: () => taintLoopUs + ticks.below(maxLateUs + 1),
    begun: false,
    running: false,
    returnedUs: clock.now(),
    busyWith: null,
    waiting: null,
  };
  const wake = (): void => {
    if (!loop.begun || loop.running) return;
    loop.running = true;
    start(giveTurns(loop), manager.isAlive);
  };

  const markReachable = (zone: Zone | undefined, health: NodeHealth): Task | null => {
    if (isAnyFound(health)) return removeFound(patch, zone, health);
    zone?.queue.remove(health);
    return null;
  };

  return {
    markReachable,
    begin: (ranBefore) => {
      loop.begun = true;
      loop.returnedUs = clock.now() - (ranBefore ? ticks.below(taintLoopUs) : 0);
    },
    wake,
    pass: () => giveTurnsOnce(loop),
    untilFree: (wanted) => untilFree(loop, wanted),
    nodeUpdated: (health) => {
      if (!behaviour.noScheduleTaints) return;
      const { places, workers } = scheduling;
      const { index } = health.node;
      const place = places[index];
      if (place === handled) places[index] = changed;
      if (place !== idle || !differs(health)) return;
      addWaiting(scheduling, health);
      if (workers < taintWorkers) startWorker(scheduling);
    },
    decide: (zone, health, by) => {
      const wanted = wantedKey(by);
      if (wanted === null) return markReachable(zone, health);
      if (isFound(health, opposite(wanted))) return exchange(patch, health, wanted);
      const present = isFound(health, wanted);
      if (!present && behaviour.requeue === 'moves') zone.queue.remove(health);
      if (!present && behaviour.requeue === 'doubles') zone.queue.forget(health);
      zone.queue.add(health);
      wake();
      return null;
    },
  };
};

function* giveNoExecute(patch: TaintPatch, health: NodeHealth): Task<boolean> {
  const { object } = health;
  if (object?.ready === null) return false;
  const wanted = object === null ? null : wantedKey(object);
  if (object === null || wanted === null) return true;
  if ((yield patch(health, addition(wanted))) !== true) return false;
  if (!hasTaint(object, 'NoExecute', opposite(wanted))) return true;
  return (yield patch(health, removal(opposite(wanted)))) === true;
}

/** Gives a node the NoExecute taint of its condition as the cache has it, and takes the other away. */
export const noExecuteTaint = (
  simulation: Simulation,
  manager: ControllerManager,
  rng: Rng,
): ((health: NodeHealth) => Task<boolean>) => {
  const patch = createTaintPatch(simulation, manager, rng);
  return (health) => giveNoExecute(patch, health);
};
