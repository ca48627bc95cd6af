export type Action = (arg: unknown) => void;

/**
 * Things that are all due the same time after they were asked for, so that the first asked is the first due: a ring
 * instead of a heap. Most of what happens in a simulation is of this kind: the parts of a request.
 */
export class FifoQueue {
  readonly delayUs: number;
  /** When the first is due; infinite where there is none. */
  firstUs = Number.POSITIVE_INFINITY;
  /** How many things had been asked for before the first. */
  firstOrder = 0;
  #capacity = 256;
  #times = new Float64Array(this.#capacity);
  #orders = new Float64Array(this.#capacity);
  #actions: Action[] = new Array<Action>(this.#capacity);
  #args: unknown[] = new Array<unknown>(this.#capacity);
  #head = 0;
  #size = 0;

  constructor(delayUs: number) {
    this.delayUs = delayUs;
  }

  push(timeUs: number, order: number, action: Action, arg: unknown): void {
    if (this.#size === this.#capacity) this.#grow();
    const place = (this.#head + this.#size) & (this.#capacity - 1);
    this.#times[place] = timeUs;
    this.#orders[place] = order;
    this.#actions[place] = action;
    this.#args[place] = arg;
    if (this.#size === 0) {
      this.firstUs = timeUs;
      this.firstOrder = order;
    }
    this.#size += 1;
  }

  /** Whether the first comes before something that is due then, was asked for then, and after so many others. */
  comesBefore(timeUs: number, askedUs: number, order: number): boolean {
    if (this.firstUs !== timeUs) return this.firstUs < timeUs;
    const ownUs = this.firstUs - this.delayUs;
    return ownUs === askedUs ? this.firstOrder < order : ownUs < askedUs;
  }

  /** What the first is, to be called with `dropFirst`. */
  firstAction(): Action {
    return this.#actions[this.#head] as Action;
  }

  /** Takes the first out. @returns what it is done with */
  dropFirst(): unknown {
    const head = this.#head;
    const arg = this.#args[head];
    this.#args[head] = undefined;
    const next = (head + 1) & (this.#capacity - 1);
    this.#head = next;
    this.#size -= 1;
    if (this.#size === 0) {
      this.firstUs = Number.POSITIVE_INFINITY;
    } else {
      this.firstUs = this.#times[next] as number;
      this.firstOrder = this.#orders[next] as number;
    }
    return arg;
  }

  #grow(): void {
    const head = this.#head;
    const old = this.#capacity;
    this.#capacity = 2 * old;
    this.#times = turned(this.#times, head);
    this.#orders = turned(this.#orders, head);
    this.#actions = [...this.#actions.slice(head), ...this.#actions.slice(0, head)];
    this.#args = [...this.#args.slice(head), ...this.#args.slice(0, head)];
    this.#actions.length = this.#capacity;
    this.#args.length = this.#capacity;
    this.#head = 0;
  }
}

/** A full ring from its head on, with room for as many more. */
const turned = (ring: Float64Array<ArrayBuffer>, head: number): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(2 * ring.length);
  larger.set(ring.subarray(head));
  larger.set(ring.subarray(0, head), ring.length - head);
  return larger;
};
