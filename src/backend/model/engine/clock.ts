import { type Action, FifoQueue } from './fifo-queue.ts';
import { EventHeap } from './heap.ts';

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

/** A heap, and a queue for each delay that comes often; keys are (time, when it was asked for, order of asking). */
export const createClock = (): Clock => {
  const heap = new EventHeap();
  const queues: FifoQueue[] = [];
  /** The queue whose first comes before those of the others; any where all are empty. */
  let first = new FifoQueue(0);
  let nowUs = 0;
  let askedUs = 0;
  let asked = 0;
  let happened = 0;
  let stopped = false;

  const findFirst = (): void => {
    for (let index = 0; index < queues.length; index += 1) {
      const queue = queues[index] as FifoQueue;
      if (queue.comesBefore(first.firstUs, first.firstUs - first.delayUs, first.firstOrder)) first = queue;
    }
  };

  const runFirstOfQueue = (): void => {
    const queue = first;
    nowUs = queue.firstUs;
    askedUs = nowUs - queue.delayUs;
    const action = queue.firstAction();
    const arg = queue.dropFirst();
    findFirst();
    action(arg);
  };

  const runFirstOfHeap = (): void => {
    nowUs = heap.firstUs();
    askedUs = heap.firstAskedUs();
    const action = heap.firstAction();
    action(heap.dropFirst());
  };

  /** Whether a queue's comes before the heap's. */
  const isQueueFirst = (): boolean => {
    const heapUs = heap.firstUs();
    if (first.firstUs !== heapUs) return first.firstUs < heapUs;
    return first.comesBefore(heapUs, heap.firstAskedUs(), heap.firstOrder());
  };

  const isEmpty = (): boolean => heap.size === 0 && first.firstUs === Number.POSITIVE_INFINITY;

  return {
    now: () => nowUs,
    askedUs: () => askedUs,
    isAhead: (timeUs, since) => timeUs > nowUs || (timeUs === nowUs && since >= askedUs),
    at: (timeUs, action, arg, since = nowUs) => {
      if (!(timeUs >= nowUs) || !Number.isSafeInteger(timeUs)) {
        throw new RangeError(`Virtual time is at ${nowUs} µs: nothing can be set for ${timeUs} µs.`);
      }
      heap.push(timeUs, since, asked, action as Action, arg);
      asked += 1;
    },
    after: (delayUs) => {
      if (!(delayUs >= 0) || !Number.isSafeInteger(delayUs)) throw new RangeError(`${delayUs} µs is no delay.`);
      const queue = new FifoQueue(delayUs);
      queues.push(queue);
      return (action, arg) => {
        queue.push(nowUs + delayUs, asked, action as Action, arg);
        asked += 1;
        // At the same moment whatever was asked for before comes before.
        if (queue.firstUs < first.firstUs) first = queue;
      };
    },
    advance: (max) => {
      for (let left = max; left > 0 && !stopped; left -= 1) {
        if (isEmpty()) return false;
        happened += 1;
        if (isQueueFirst()) runFirstOfQueue();
        else runFirstOfHeap();
      }
      return !stopped && !isEmpty();
    },
    stop: () => {
      stopped = true;
    },
    happened: () => happened,
  };
};
