import type { Action } from './fifo-queue.ts';

const nothing: Action = () => undefined;

/**
 * A binary heap over typed arrays. What is to happen lies in slots, with when it was asked for; the heap has their times and
 * numbers, for these alone are moved, and the rest is seldom asked for.
 */
export class EventHeap {
  size = 0;
  #capacity = 1024;
  #times = new Float64Array(this.#capacity);
  #slots = new Int32Array(this.#capacity);
  /** By slot. */
  #askings = new Float64Array(this.#capacity);
  #orders = new Float64Array(this.#capacity);
  #actions: Action[] = [];
  #args: unknown[] = [];
  #free: number[] = [];

  /** Of the first; infinite where there is none. */
  firstUs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }
  firstAskedUs(): number {
    return this.#askings[this.#slots[0] as number] as number;
  }
  firstOrder(): number {
    return this.#orders[this.#slots[0] as number] as number;
  }
  /** What the first is, to be called with `dropFirst`. */
  firstAction(): Action {
    return this.#actions[this.#slots[0] as number] as Action;
  }

  push(time: number, asking: number, order: number, action: Action, arg: unknown): void {
    if (this.size === this.#capacity) this.#grow();
    const slot = this.#free.pop() ?? this.#actions.length;
    this.#actions[slot] = action;
    this.#args[slot] = arg;
    this.#askings[slot] = asking;
    this.#orders[slot] = order;
    const place = this.size;
    this.size += 1;
    this.#rise(place, time, slot);
  }

  /** Takes the first out. @returns what it is done with */
  dropFirst(): unknown {
    const first = this.#slots[0] as number;
    const arg = this.#args[first];
    this.#actions[first] = nothing;
    this.#args[first] = undefined;
    this.#free.push(first);
    this.size -= 1;
    const { size } = this;
    if (size === 0) return arg;
    const times = this.#times;
    const slots = this.#slots;
    // The gap goes all the way down, and what was last rises from there: being one of the latest, it hardly does.
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      const other = child + 1;
      if (other < size) {
        const time = times[child] as number;
        const otherTime = times[other] as number;
        if (
          otherTime < time ||
          (otherTime === time && this.#wasAskedBefore(slots[other] as number, slots[child] as number))
        )
          child = other;
      }
      times[place] = times[child] as number;
      slots[place] = slots[child] as number;
      place = child;
    }
    this.#rise(place, times[size] as number, slots[size] as number);
    return arg;
  }

  /** Puts what is due then into the gap at that place, or where what is above it comes later. */
  #rise(gap: number, time: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    let place = gap;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const parentTime = times[parent] as number;
      if (parentTime < time || (parentTime === time && this.#wasAskedBefore(slots[parent] as number, slot))) break;
      times[place] = parentTime;
      slots[place] = slots[parent] as number;
      place = parent;
    }
    times[place] = time;
    slots[place] = slot;
  }

  #wasAskedBefore(slot: number, other: number): boolean {
    const asking = this.#askings[slot] as number;
    const otherAsking = this.#askings[other] as number;
    return asking === otherAsking
      ? (this.#orders[slot] as number) < (this.#orders[other] as number)
      : asking < otherAsking;
  }

  #grow(): void {
    this.#capacity *= 2;
    const larger = (list: Float64Array): Float64Array<ArrayBuffer> => {
      const made = new Float64Array(this.#capacity);
      made.set(list);
      return made;
    };
    this.#times = larger(this.#times);
    this.#askings = larger(this.#askings);
    this.#orders = larger(this.#orders);
    const slots = new Int32Array(this.#capacity);
    slots.set(this.#slots);
    this.#slots = slots;
  }
}
