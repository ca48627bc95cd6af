export type Action = (arg: unknown) => void;

/**
 * Things that are all due the same time after they were asked for, so that the first asked is the first due: a ring
 * instead of a heap. Most of what happens in a simulation is of this kind: the parts of a request.
 */
export type FifoQueue = {
  readonly push: (timeUs: number, order: number, action: Action, arg: unknown) => void;
  /** Of the first; `timeUs` infinite where there is none. */
  readonly timeUs: () => number;
  /** When the first was asked for, and how many had been asked for by then. */
  readonly askedUs: () => number;
  readonly order: () => number;
  /** Takes the first out and does it. */
  readonly run: () => void;
  readonly size: () => number;
};

/** @param isDue called with the time of the first whenever that is another one, infinite where there is none */
export const createFifoQueue = (delayUs: number, isDue: (firstUs: number) => void): FifoQueue => {
  let capacity = 256;
  let times = new Float64Array(capacity);
  let orders = new Float64Array(capacity);
  let actions: Action[] = new Array<Action>(capacity);
  let args: unknown[] = new Array<unknown>(capacity);
  let head = 0;
  let size = 0;

  const grow = (): void => {
    const old = { times, orders, actions, args, capacity };
    capacity *= 2;
    times = new Float64Array(capacity);
    orders = new Float64Array(capacity);
    actions = new Array<Action>(capacity);
    args = new Array<unknown>(capacity);
    for (let index = 0; index < size; index += 1) {
      const from = (head + index) & (old.capacity - 1);
      times[index] = old.times[from] as number;
      orders[index] = old.orders[from] as number;
      actions[index] = old.actions[from] as Action;
      args[index] = old.args[from];
    }
    head = 0;
  };

  return {
    push: (timeUs, order, action, arg) => {
      if (size === capacity) grow();
      const place = (head + size) & (capacity - 1);
      times[place] = timeUs;
      orders[place] = order;
      actions[place] = action;
      args[place] = arg;
      if (size === 0) isDue(timeUs);
      size += 1;
    },
    timeUs: () => (size === 0 ? Number.POSITIVE_INFINITY : (times[head] as number)),
    askedUs: () => (times[head] as number) - delayUs,
    order: () => orders[head] as number,
    run: () => {
      const place = head;
      const arg = args[place];
      args[place] = undefined;
      head = (head + 1) & (capacity - 1);
      size -= 1;
      isDue(size === 0 ? Number.POSITIVE_INFINITY : (times[head] as number));
      (actions[place] as Action)(arg);
    },
    size: () => size,
  };
};
