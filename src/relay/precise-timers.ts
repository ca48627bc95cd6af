/** Something to be done at a moment of `performance.now()`. */
type Timer = { readonly dueMs: number; readonly wake: () => void };

export type PreciseTimers = {
  /** Calls `wake` at `dueMs`, never earlier; in the order of their moments. */
  readonly at: (dueMs: number, wake: () => void) => void;
};

/** A timer counts whole milliseconds of a cached clock and fires up to about one late. */
const timerSlackMs = 1.5;
/** Naps between polls in the last stretch: as long as sockets may go unread. */
const napMs = 0.1;
/** A futex wakes some 0.06 ms after it was asked to (Linux timer slack, then scheduling): the very last is waited out awake. */
const napSlackMs = 0.15;

const createHeap = () => {
  const heap: Timer[] = [];
  const at = (place: number): Timer => heap[place] as Timer;
  const swap = (a: number, b: number): void => {
    const kept = at(a);
    heap[a] = at(b);
    heap[b] = kept;
  };
  return {
    first: (): Timer | undefined => heap[0],
    push: (timer: Timer): void => {
      let place = heap.push(timer) - 1;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (at(parent).dueMs <= at(place).dueMs) return;
        swap(parent, place);
        place = parent;
      }
    },
    pop: (): Timer => {
      const first = at(0);
      const last = heap.pop() as Timer;
      if (heap.length === 0) return first;
      heap[0] = last;
      for (let place = 0; ; ) {
        let min = place;
        for (const child of [2 * place + 1, 2 * place + 2]) {
          if (child < heap.length && at(child).dueMs < at(min).dueMs) min = child;
        }
        if (min === place) return first;
        swap(min, place);
        place = min;
      }
    },
  };
};

/**
 * Timers exact to some hundredths of a millisecond on a thread of their own that gets its core: a timer until shortly
 * before, then naps of a tenth with a poll of the sockets in between, and no nap in the last moment. A loop without naps
 * would be no more exact and take the whole core.
 */
export const createPreciseTimers = (): PreciseTimers => {
  const heap = createHeap();
  const napCell = new Int32Array(new SharedArrayBuffer(4));
  let timer: NodeJS.Timeout | null = null;
  let timerForMs = Number.POSITIVE_INFINITY;
  let close = false;

  const check = (): void => {
    close = false;
    for (let first = heap.first(); first !== undefined; first = heap.first()) {
      const waitMs = first.dueMs - performance.now();
      if (waitMs > 0) break;
      heap.pop().wake();
    }
    schedule();
  };
  const checkAfterNap = (): void => {
    const waitMs = (heap.first()?.dueMs ?? 0) - performance.now() - napSlackMs;
    if (waitMs > 0) Atomics.wait(napCell, 0, 0, Math.min(napMs, waitMs));
    check();
  };
  const schedule = (): void => {
    const first = heap.first();
    if (first === undefined || close) return;
    const timerMs = Math.floor(first.dueMs - performance.now() - timerSlackMs);
    if (timerMs < 1) {
      close = true;
      setImmediate(checkAfterNap);
      return;
    }
    if (timer !== null && timerForMs <= first.dueMs) return;
    if (timer !== null) clearTimeout(timer);
    timerForMs = first.dueMs;
    timer = setTimeout(() => {
      timer = null;
      timerForMs = Number.POSITIVE_INFINITY;
      if (!close) check();
    }, timerMs);
    // Sockets keep the thread alive, not what would have been due on those that are gone.
    timer.unref();
  };
  return {
    at: (dueMs, wake) => {
      heap.push({ dueMs, wake });
      schedule();
    },
  };
};
