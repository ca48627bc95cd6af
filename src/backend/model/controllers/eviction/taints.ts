import type { Clock } from '../../engine/clock.ts';
import { taintLoopLateUs, taintLoopUs } from '../../engine/constants.ts';
import type { Process } from '../../engine/process.ts';
import type { Rng } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { hasTaint, type NodeObject, type TaintKey } from '../../engine/state.ts';
import { pause, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { takeToken, type Zone } from '../disruption.ts';
import { createNoScheduleTaints, readyKeys, wantedKey } from './no-schedule.ts';
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

const opposite = (key: TaintKey): TaintKey => (key === 'unreachable' ? 'not-ready' : 'unreachable');

const addition = (key: TaintKey): TaintChange => ({ effect: 'NoExecute', key, adds: true });
const removal = (key: TaintKey): TaintChange => ({ effect: 'NoExecute', key, adds: false });

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
  (health.snapshot?.taints.length ?? 0) > 0 && readyKeys.some((key) => isFound(health, key));

function* removeFound(patch: TaintPatch, zone: Zone | undefined, health: NodeHealth): Task {
  for (const key of readyKeys) if (isFound(health, key) && (yield patch(health, removal(key))) !== true) return;
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

  const updateNoSchedule = createNoScheduleTaints(patch, manager);

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
      updateNoSchedule(health);
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
