import { type Action, createFifoQueue, type FifoQueue } from './fifo-queue.ts';

/** Virtual time in whole microseconds since the run's start. Things due at one moment happen in the order they were asked for. */
export type Clock = {
  readonly now: () => number;
  /** @throws RangeError for a moment that has passed, or that is no whole microsecond */
  readonly at: <T>(timeUs: number, action: (arg: T) => void, arg: T) => void;
  /** For what is always due `delayUs` from now: cheaper than `at`, in the same order as with it. */
  readonly after: (delayUs: number) => <T>(action: (arg: T) => void, arg: T) => void;
  /** Lets at most so many things happen. @returns whether anything is left to happen */
  readonly advance: (max: number) => boolean;
  readonly stop: () => void;
  /** Things that have happened. */
  readonly happened: () => number;
};

const nothing: Action = () => undefined;

/** A binary heap over typed arrays: keys are (time, order of asking), slots point at what is to happen. */
export const createClock = (): Clock => {
  let capacity = 1024;
  let times = new Float64Array(capacity);
  let orders = new Float64Array(capacity);
  let slots = new Int32Array(capacity);
  const actions: Action[] = [];
  const args: unknown[] = [];
  const free: number[] = [];
  let size = 0;
  let nowUs = 0;
  let asked = 0;
  let happened = 0;
  let stopped = false;

  const grow = (): void => {
    capacity *= 2;
    const larger = {
      times: new Float64Array(capacity),
      orders: new Float64Array(capacity),
      slots: new Int32Array(capacity),
    };
    larger.times.set(times);
    larger.orders.set(orders);
    larger.slots.set(slots);
    ({ times, orders, slots } = larger);
  };

  const put = (place: number, time: number, order: number, slot: number): void => {
    times[place] = time;
    orders[place] = order;
    slots[place] = slot;
  };

  const move = (from: number, to: number): void =>
    put(to, times[from] as number, orders[from] as number, slots[from] as number);

  const isBefore = (place: number, time: number, order: number): boolean => {
    const other = times[place] as number;
    return other < time || (other === time && (orders[place] as number) < order);
  };

  const push = (time: number, order: number, slot: number): void => {
    if (size === capacity) grow();
    let place = size;
    size += 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(parent, time, order)) break;
      move(parent, place);
      place = parent;
    }
    put(place, time, order, slot);
  };

  const dropFirst = (): void => {
    size -= 1;
    if (size === 0) return;
    const time = times[size] as number;
    const order = orders[size] as number;
    const slot = slots[size] as number;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(child + 1, times[child] as number, orders[child] as number)) child += 1;
      if (!isBefore(child, time, order)) break;
      move(child, place);
      place = child;
    }
    put(place, time, order, slot);
  };

  const queues: FifoQueue[] = [];
  /** The queue whose first comes before everything else, or null where the heap's does. */
  const firstQueue = (): FifoQueue | null => {
    let first: FifoQueue | null = null;
    let time = size > 0 ? (times[0] as number) : Number.POSITIVE_INFINITY;
    let order = size > 0 ? (orders[0] as number) : Number.POSITIVE_INFINITY;
    for (const queue of queues) {
      const queueUs = queue.timeUs();
      if (queueUs > time || queueUs === Number.POSITIVE_INFINITY) continue;
      if (queueUs === time && queue.order() > order) continue;
      first = queue;
      time = queueUs;
      order = queue.order();
    }
    return first;
  };

  const runFirst = (): void => {
    const slot = slots[0] as number;
    nowUs = times[0] as number;
    dropFirst();
    const action = actions[slot] as Action;
    const arg = args[slot];
    actions[slot] = nothing;
    args[slot] = undefined;
    free.push(slot);
    action(arg);
  };

  const isEmpty = (): boolean => size === 0 && queues.every((queue) => queue.size() === 0);

  return {
    now: () => nowUs,
    at: (timeUs, action, arg) => {
      if (!(timeUs >= nowUs) || !Number.isSafeInteger(timeUs)) {
        throw new RangeError(`Virtual time is at ${nowUs} µs: nothing can be set for ${timeUs} µs.`);
      }
      const slot = free.pop() ?? actions.length;
      actions[slot] = action as Action;
      args[slot] = arg;
      push(timeUs, asked, slot);
      asked += 1;
    },
    after: (delayUs) => {
      if (!(delayUs >= 0) || !Number.isSafeInteger(delayUs)) throw new RangeError(`${delayUs} µs is no delay.`);
      const queue = createFifoQueue();
      queues.push(queue);
      return (action, arg) => {
        queue.push(nowUs + delayUs, asked, action as Action, arg);
        asked += 1;
      };
    },
    advance: (max) => {
      for (let left = max; left > 0 && !stopped; left -= 1) {
        const queue = firstQueue();
        if (queue === null && size === 0) return false;
        happened += 1;
        if (queue === null) {
          runFirst();
        } else {
          nowUs = queue.timeUs();
          queue.run();
        }
      }
      return !stopped && !isEmpty();
    },
    stop: () => {
      stopped = true;
    },
    happened: () => happened,
  };
};
