import { taintWorkers } from '../../engine/constants.ts';
import { hasTaint, type NodeObject, type OtherCondition, type TaintKey } from '../../engine/state.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import type { TaintChange, TaintPatch } from './taint-patch.ts';

/** The taint that a Ready condition asks for. */
export const wantedKey = ({ ready }: NodeObject): TaintKey | null =>
  ready === 'True' ? null : ready === 'Unknown' ? 'unreachable' : 'not-ready';

/** Of the Ready condition. */
export const readyKeys = ['unreachable', 'not-ready'] as const;

/** @see kubernetes pkg/controller/nodelifecycle, nodeConditionToTaintKeyStatusMap */
const keyOfCondition: Readonly<Record<OtherCondition, string>> = {
  NetworkUnavailable: 'network-unavailable',
  MemoryPressure: 'memory-pressure',
  DiskPressure: 'disk-pressure',
  PIDPressure: 'pid-pressure',
};

/** NoSchedule taints that follow from conditions; any other is left alone. */
const scheduleKeys = [...readyKeys, ...Object.values(keyOfCondition)];

const wantsNoSchedule = (object: NodeObject, key: string): boolean =>
  (object.ready !== null && wantedKey(object) === key) || (object.conditions.length > 0 && conditionWants(object, key));

const conditionWants = ({ conditions }: NodeObject, key: string): boolean =>
  conditions.some(({ type, status }) => status === 'True' && keyOfCondition[type] === key);

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

/**
 * Brings the NoSchedule taints of nodes in line with their conditions, by 8 workers.
 * @returns to be called with each node that has changed
 * @see kubernetes pkg/controller/nodelifecycle, doNoScheduleTaintingPass
 */
export const createNoScheduleTaints = (
  patch: TaintPatch,
  { health: all, isAlive }: Pick<ControllerManager, 'health' | 'isAlive'>,
): ((health: NodeHealth) => void) => {
  const scheduling: Scheduling = {
    patch,
    isAlive,
    waiting: [],
    next: 0,
    places: new Uint8Array(all.length),
    workers: 0,
  };
  return (health) => {
    const { places, workers } = scheduling;
    const { index } = health.node;
    const place = places[index];
    if (place === handled) places[index] = changed;
    if (place !== idle || !differs(health)) return;
    addWaiting(scheduling, health);
    if (workers < taintWorkers) startWorker(scheduling);
  };
};
