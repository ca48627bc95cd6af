import type { NodeHealth } from '../controller-manager.ts';

/** No place. */
const none = -1;

/**
 * Nodes of a zone that wait for their taint (or, by pod-eviction-timeout, for their pods' deletion), in the order of queueing. A node has
 * one place at most, unless the queue has forgotten one (`forget`). Places are numbers, for a pass queues thousands of nodes anew.
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

  /** @param members the nodes of the zone, by their `inZone` */
  constructor(members: readonly NodeHealth[]) {
    this.#members = members;
    this.#seen = new Uint8Array(members.length);
    this.#places = new Int32Array(members.length).fill(none);
  }

  /** Whose turn is next; null where none waits. */
  head(): NodeHealth | null {
    return this.#first === none ? null : (this.#members[this.#owners[this.#first] as number] as NodeHealth);
  }

  has({ inZone }: NodeHealth): boolean {
    return this.#seen[inZone] === 1;
  }

  add({ inZone }: NodeHealth): void {
    if (this.#seen[inZone] === 1) return;
    this.#seen[inZone] = 1;
    this.#givePlace(inZone);
  }

  remove({ inZone }: NodeHealth): void {
    if (this.#seen[inZone] === 0) return;
    this.#seen[inZone] = 0;
    this.#takePlace(inZone);
  }

  /** It had its turn: `has` still says that it was queued. A place of a node that was not stays for good, and every token goes to it. */
  served({ inZone }: NodeHealth): void {
    if (this.#seen[inZone] === 1) this.#takePlace(inZone);
  }

  moveLast({ inZone }: NodeHealth): void {
    if (this.#takePlace(inZone)) this.#givePlace(inZone);
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
