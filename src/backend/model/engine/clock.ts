import { type Action, createFifoQueue, type FifoQueue } from './fifo-queue.ts';

/** Virtual time in whole microseconds since the run's start. Things due at one moment happen in the order they were asked for. */
export type Clock = {
  readonly now: () => number;
  /** When what happens now was asked for. */
  readonly askedUs: () => number;
  /** Whether something due then, that was asked for then, comes after what happens now. */
  readonly isAhead: (timeUs: number, askedUs: number) => boolean;
  /**
   * @param askedUs for what stands in for something that was asked for earlier: it has that one's place among what is due
   *   at the same moment
   * @throws RangeError for a moment that has passed, or that is no whole microsecond
   */
  readonly at: <T>(timeUs: number, action: (arg: T) => void, arg: T, askedUs?: number) => void;
  /** For what is always due `delayUs` from now: cheaper than `at`, in the same order as with it. */
  readonly after: (delayUs: number) => <T>(action: (arg: T) => void, arg: T) => void;
  /** Lets at most so many things happen. @returns whether anything is left to happen */
  readonly advance: (max: number) => boolean;
  readonly stop: () => void;
  /** Things that have happened. */
  readonly happened: () => number;
};

const nothing: Action = () => undefined;

/** A binary heap over typed arrays: keys are (time, when it was asked for, order of asking), slots point at what is to happen. */
export const createClock = (): Clock => {
  let capacity = 1024;
  let times = new Float64Array(capacity);
  let askings = new Float64Array(capacity);
  let orders = new Float64Array(capacity);
  let slots = new Int32Array(capacity);
  const actions: Action[] = [];
  const args: unknown[] = [];
  const free: number[] = [];
  let size = 0;
  let nowUs = 0;
  let askedUs = 0;
  let asked = 0;
  let happened = 0;
  let stopped = false;

  const grow = (): void => {
    capacity *= 2;
    const larger = {
      times: new Float64Array(capacity),
      askings: new Float64Array(capacity),
      orders: new Float64Array(capacity),
      slots: new Int32Array(capacity),
    };
    larger.times.set(times);
    larger.askings.set(askings);
    larger.orders.set(orders);
    larger.slots.set(slots);
    ({ times, askings, orders, slots } = larger);
  };

  const put = (place: number, time: number, asking: number, order: number, slot: number): void => {
    times[place] = time;
    askings[place] = asking;
    orders[place] = order;
    slots[place] = slot;
  };

  const move = (from: number, to: number): void =>
    put(to, times[from] as number, askings[from] as number, orders[from] as number, slots[from] as number);

  const isBefore = (place: number, time: number, asking: number, order: number): boolean => {
    const other = times[place] as number;
    if (other !== time) return other < time;
    const otherAsking = askings[place] as number;
    return otherAsking === asking ? (orders[place] as number) < order : otherAsking < asking;
  };

  const push = (time: number, asking: number, order: number, slot: number): void => {
    if (size === capacity) grow();
    let place = size;
    size += 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (isBefore(parent, time, asking, order)) break;
      move(parent, place);
      place = parent;
    }
    put(place, time, asking, order, slot);
  };

  const dropFirst = (): void => {
    size -= 1;
    if (size === 0) return;
    const time = times[size] as number;
    const asking = askings[size] as number;
    const order = orders[size] as number;
    const slot = slots[size] as number;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      const next = child + 1;
      if (next < size && isBefore(next, times[child] as number, askings[child] as number, orders[child] as number)) {
        child = next;
      }
      if (!isBefore(child, time, asking, order)) break;
      move(child, place);
      place = child;
    }
    put(place, time, asking, order, slot);
  };

  const queues: FifoQueue[] = [];
  /** When the first of each queue is due; infinite where there is none. */
  let dueUs = new Float64Array(0);
  /** The queue whose first comes before everything else, or null where the heap's does. */
  const firstQueue = (): FifoQueue | null => {
    let first: FifoQueue | null = null;
    let time = size > 0 ? (times[0] as number) : Number.POSITIVE_INFINITY;
    for (let index = 0; index < dueUs.length; index += 1) {
      const queueUs = dueUs[index] as number;
      if (queueUs > time || queueUs === Number.POSITIVE_INFINITY) continue;
      const queue = queues[index] as FifoQueue;
      if (queueUs === time && !isFirst(queue, first)) continue;
      first = queue;
      time = queueUs;
    }
    return first;
  };
  /** Of two that are due at the same moment; null: the heap. */
  const isFirst = (queue: FifoQueue, other: FifoQueue | null): boolean => {
    const askingUs = other === null ? (askings[0] as number) : other.askedUs();
    const order = other === null ? (orders[0] as number) : other.order();
    return queue.askedUs() === askingUs ? queue.order() < order : queue.askedUs() < askingUs;
  };

  const runFirst = (): void => {
    const slot = slots[0] as number;
    nowUs = times[0] as number;
    askedUs = askings[0] as number;
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
    askedUs: () => askedUs,
    isAhead: (timeUs, since) => timeUs > nowUs || (timeUs === nowUs && since >= askedUs),
    at: (timeUs, action, arg, since = nowUs) => {
      if (!(timeUs >= nowUs) || !Number.isSafeInteger(timeUs)) {
        throw new RangeError(`Virtual time is at ${nowUs} µs: nothing can be set for ${timeUs} µs.`);
      }
      const slot = free.pop() ?? actions.length;
      actions[slot] = action as Action;
      args[slot] = arg;
      push(timeUs, since, asked, slot);
      asked += 1;
    },
    after: (delayUs) => {
      if (!(delayUs >= 0) || !Number.isSafeInteger(delayUs)) throw new RangeError(`${delayUs} µs is no delay.`);
      const index = queues.length;
      const queue = createFifoQueue(delayUs, (firstUs) => {
        dueUs[index] = firstUs;
      });
      queues.push(queue);
      dueUs = Float64Array.from(queues, (one) => one.timeUs());
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
          askedUs = queue.askedUs();
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
