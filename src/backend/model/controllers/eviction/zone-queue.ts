import type { NodeHealth } from '../controller-manager.ts';
import type { Sort } from '../passes/pass-order.ts';

/** No place. */
const none = -1;

/**
 * Nodes of a zone that wait for their taint (or, by pod-eviction-timeout, for their pods' deletion), in the order of queueing. A node has
 * one place at most, unless the queue has forgotten one (`forget`). Places are numbers, for a pass queues thousands of nodes anew.
 * Those that every pass moves to the end it need not move one by one: only the last such pass counts, and not before somebody asks
 * whose turn is next.
 * @see kubernetes pkg/controller/nodelifecycle/scheduler: Add, Remove, RemoveFromQueue, Replace, SetRemove of the queue
 */
export class ZoneQueue {
  readonly #members: readonly NodeHealth[];
  /** Of each node, by its number in the zone: queued since it was last taken out, so that queueing it again does nothing. */
  readonly #seen: Uint8Array;
  /** Its first place, and by place the next one of the same node. */
  readonly #places: Int32Array;
  readonly #later: number[] = [];
  /** By place: whose it is, and the ones before and after it. */
  readonly #owners: number[] = [];
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  readonly #free: number[] = [];
  #first = none;
  #last = none;
  /** By number in the zone: each pass that goes over them at once moves it to the end, unless somebody stops that. */
  readonly #moving: Uint8Array;
  #movingCount = 0;
  /** The order of the last of these passes, while those that it moved are where they were before; null: all are in their place. */
  #moved: Sort | null = null;
  /** Those that were moved likewise and are not any more, by the order of the pass that was the last to move each; earlier passes first. */
  readonly #stopped: { readonly inZone: number; readonly moved: Sort }[] = [];
  /** By number in the zone, which of these holds: one more than its place; 0: none, for it was queued or taken out since. */
  readonly #stoppedAt: Int32Array;
  #stoppedCount = 0;
  /** By number in the zone: it was queued since the last pass began, and lost no place since; and those of which that was so. */
  readonly #isAdded: Uint8Array;
  #added: number[] = [];

  /** @param members the nodes of the zone, by their `inZone` */
  constructor(members: readonly NodeHealth[]) {
    this.#members = members;
    this.#seen = new Uint8Array(members.length);
    this.#places = new Int32Array(members.length).fill(none);
    this.#moving = new Uint8Array(members.length);
    this.#stoppedAt = new Int32Array(members.length);
    this.#isAdded = new Uint8Array(members.length);
  }

  isEmpty(): boolean {
    return this.#first === none && this.#stoppedCount === 0 && (this.#moved === null || this.#movingCount === 0);
  }

  /** Whose turn is next; null where none waits. */
  head(): NodeHealth | null {
    this.catchUp();
    return this.#first === none ? null : (this.#members[this.#owners[this.#first] as number] as NodeHealth);
  }

  has({ inZone }: NodeHealth): boolean {
    return this.#seen[inZone] === 1;
  }

  add({ inZone }: NodeHealth): void {
    if (this.#seen[inZone] === 1) return;
    this.#seen[inZone] = 1;
    this.#givePlace(inZone);
    if (this.#isAdded[inZone] === 1) return;
    this.#isAdded[inZone] = 1;
    this.#added.push(inZone);
  }

  remove(health: NodeHealth): void {
    const { inZone } = health;
    if (this.#seen[inZone] === 0) return;
    this.#seen[inZone] = 0;
    this.stopMoving(health);
    this.#forgetStopped(inZone);
    this.#isAdded[inZone] = 0;
    this.#takePlace(inZone);
  }

  /** It had its turn: `has` still says that it was queued. A place of a node that was not stays for good, and every token goes to it. */
  served({ inZone }: NodeHealth): void {
    this.catchUp();
    if (this.#seen[inZone] === 1) this.#takePlace(inZone);
  }

  moveLast({ inZone }: NodeHealth): void {
    this.catchUp();
    if (this.#takePlace(inZone)) this.#givePlace(inZone);
  }

  isMoving({ inZone }: NodeHealth): boolean {
    return this.#moving[inZone] === 1;
  }

  /** Of one that was queued: from here on passes move it that are over at once (`movedAtOnce`). */
  keepMoving({ inZone }: NodeHealth): void {
    if (this.#moving[inZone] === 1) return;
    this.#moving[inZone] = 1;
    this.#movingCount += 1;
  }

  stopMoving({ inZone }: NodeHealth): void {
    if (this.#moving[inZone] === 0) return;
    this.#moving[inZone] = 0;
    this.#movingCount -= 1;
    if (this.#moved !== null) this.#stop(inZone, this.#moved);
  }

  passBegins(): void {
    for (const inZone of this.#added) this.#isAdded[inZone] = 0;
    this.#added = [];
  }

  /** The pass that began last is over them all at once. What it did in turn was in its order, that of those that keep moving was put off. */
  movedAtOnce(order: Sort): void {
    if (this.#movingCount === 0 && this.#stoppedCount === 0) return;
    this.#moved = order;
    for (const inZone of this.#added)
      if (this.#isAdded[inZone] === 1 && this.#moving[inZone] === 0) this.#stop(inZone, order);
  }

  /** In the order of a pass that is not over at once, of one to which it has come: moves it to the end if it does. */
  movedInTurn({ inZone }: NodeHealth): void {
    if (this.#moving[inZone] === 1 || this.#isAdded[inZone] === 1) this.#move(inZone);
  }

  /** Puts those in their place that passes have moved. */
  catchUp(): void {
    if (this.#moved === null && this.#stopped.length === 0) return;
    let moved: number[] = [];
    this.#stopped.forEach(({ inZone, moved: order }, at) => {
      if (this.#stoppedAt[inZone] === at + 1) moved.push(inZone);
      if (order === (this.#stopped[at + 1]?.moved ?? this.#moved)) return;
      this.#moveAll(moved, order);
      moved = [];
    });
    if (this.#moved !== null) {
      for (const { inZone } of this.#members) if (this.#moving[inZone] === 1) moved.push(inZone);
      this.#moveAll(moved, this.#moved);
    }
    for (const { inZone } of this.#stopped) this.#stoppedAt[inZone] = 0;
    this.#stopped.length = 0;
    this.#stoppedCount = 0;
    this.#moved = null;
  }

  #moveAll(some: readonly number[], order: Sort): void {
    const byIndex = new Map(some.map((inZone) => [(this.#members[inZone] as NodeHealth).node.index, inZone]));
    const indices = Int32Array.from(byIndex.keys());
    order(indices);
    for (const index of indices) this.#move(byIndex.get(index) as number);
  }

  /** Takes it out and queues it anew. */
  #move(inZone: number): void {
    this.#takePlace(inZone);
    this.#givePlace(inZone);
  }

  #stop(inZone: number, moved: Sort): void {
    this.#forgetStopped(inZone);
    this.#stopped.push({ inZone, moved });
    this.#stoppedAt[inZone] = this.#stopped.length;
    this.#stoppedCount += 1;
  }

  #forgetStopped(inZone: number): void {
    if (this.#stoppedAt[inZone] === 0) return;
    this.#stoppedAt[inZone] = 0;
    this.#stoppedCount -= 1;
  }

  /** Takes it for one that was never queued, and leaves its place where it is: kubernetes#94183. */
  forget({ inZone }: NodeHealth): void {
    this.#seen[inZone] = 0;
  }

  /** The first one. @returns whether it had any */
  #takePlace(inZone: number): boolean {
    const place = this.#places[inZone] as number;
    if (place === none) return false;
    this.#places[inZone] = this.#later[place] as number;
    const before = this.#before[place] as number;
    const after = this.#after[place] as number;
    if (before === none) this.#first = after;
    else this.#after[before] = after;
    if (after === none) this.#last = before;
    else this.#before[after] = before;
    this.#free.push(place);
    return true;
  }

  #givePlace(inZone: number): void {
    const place = this.#free.pop() ?? this.#owners.length;
    this.#owners[place] = inZone;
    this.#later[place] = none;
    this.#before[place] = this.#last;
    this.#after[place] = none;
    if (this.#last === none) this.#first = place;
    else this.#after[this.#last] = place;
    this.#last = place;
    this.#addToPlaces(inZone, place);
  }

  #addToPlaces(inZone: number, place: number): void {
    let last = this.#places[inZone] as number;
    if (last === none) {
      this.#places[inZone] = place;
      return;
    }
    while (this.#later[last] !== none) last = this.#later[last] as number;
    this.#later[last] = place;
  }
}
