export type Action = (arg: unknown) => void;

/** As many things as lie next to each other; what is beyond is in the next block. */
const blockSize = 256;

class Block {
  readonly times = new Float64Array(blockSize);
  readonly orders = new Float64Array(blockSize);
  readonly actions: Action[] = new Array<Action>(blockSize);
  readonly args: unknown[] = new Array<unknown>(blockSize);
  next: Block | null = null;
}

/**
 * Things that are all due the same time after they were asked for, so that the first asked is the first due: a list
 * instead of a heap. Most of what happens in a simulation is of this kind: the parts of a request.
 */
export class FifoQueue {
  readonly delayUs: number;
  /** When the first is due; infinite where there is none. */
  firstUs = Number.POSITIVE_INFINITY;
  /** How many things had been asked for before the first. */
  firstOrder = 0;
  /** Where the first lies, and where the next that is asked for will. */
  #head = new Block();
  #headPlace = 0;
  #tail = this.#head;
  #tailPlace = 0;
  /** Blocks that are used no more, of which the next one is taken. */
  #spare: Block | null = null;

  constructor(delayUs: number) {
    this.delayUs = delayUs;
  }

  push(timeUs: number, order: number, action: Action, arg: unknown): void {
    if (this.#tailPlace === blockSize) this.#extend();
    const tail = this.#tail;
    const place = this.#tailPlace;
    tail.times[place] = timeUs;
    tail.orders[place] = order;
    tail.actions[place] = action;
    tail.args[place] = arg;
    this.#tailPlace = place + 1;
    if (this.firstUs !== Number.POSITIVE_INFINITY) return;
    this.firstUs = timeUs;
    this.firstOrder = order;
  }

  /** Whether the first comes before something that is due then, was asked for then, and after so many others. */
  comesBefore(timeUs: number, askedUs: number, order: number): boolean {
    if (this.firstUs !== timeUs) return this.firstUs < timeUs;
    const ownUs = this.firstUs - this.delayUs;
    return ownUs === askedUs ? this.firstOrder < order : ownUs < askedUs;
  }

  /** What the first is, to be called with `dropFirst`. */
  firstAction(): Action {
    return this.#head.actions[this.#headPlace] as Action;
  }

  /** Takes the first out. @returns what it is done with */
  dropFirst(): unknown {
    const { args } = this.#head;
    const arg = args[this.#headPlace];
    args[this.#headPlace] = undefined;
    this.#headPlace += 1;
    this.#findFirst();
    return arg;
  }

  #findFirst(): void {
    if (this.#head === this.#tail && this.#headPlace === this.#tailPlace) {
      this.#headPlace = 0;
      this.#tailPlace = 0;
      this.firstUs = Number.POSITIVE_INFINITY;
      return;
    }
    if (this.#headPlace === blockSize) this.#leaveBlock();
    this.firstUs = this.#head.times[this.#headPlace] as number;
    this.firstOrder = this.#head.orders[this.#headPlace] as number;
  }

  #leaveBlock(): void {
    const left = this.#head;
    this.#head = left.next as Block;
    this.#headPlace = 0;
    left.next = this.#spare;
    this.#spare = left;
  }

  #extend(): void {
    const block = this.#spare ?? new Block();
    this.#spare = block.next;
    block.next = null;
    this.#tail.next = block;
    this.#tail = block;
    this.#tailPlace = 0;
  }
}
