import type { NodeHealth } from '../controller-manager.ts';

/** What a pass takes a node for that it would find as the last one left it; null: it has to check it. */
export type LeftOutAs = 'ready' | 'notReady' | null;

/** Who is notified of a node that passes have to check from here on. */
type Roused = (health: NodeHealth) => void;

/** Which nodes passes leave out, and which they have to check. All of them at first. */
export class LeftOut {
  readonly #all: readonly NodeHealth[];
  /** Of each node the place of its zone, and whether it counts for disruption. */
  readonly #zonePlaces: Int32Array;
  readonly #counting: Uint8Array;
  readonly #roused: Roused;
  /** To be checked; and indices of those, others that no longer are among them, each once. */
  readonly #restless: Uint8Array;
  readonly #listed: Uint8Array;
  #list: number[];
  readonly #isNotReady: Uint8Array;
  #notReadyCount = 0;
  /** By the place of each zone, how many that are left out are not Ready and count. */
  readonly notReady: Int32Array;

  constructor(
    all: readonly NodeHealth[],
    zonePlaces: Int32Array,
    counting: Uint8Array,
    zoneCount: number,
    roused: Roused,
  ) {
    this.#all = all;
    this.#zonePlaces = zonePlaces;
    this.#counting = counting;
    this.#roused = roused;
    this.#restless = new Uint8Array(all.length).fill(1);
    this.#listed = new Uint8Array(all.length).fill(1);
    this.#list = all.map((_, index) => index);
    this.#isNotReady = new Uint8Array(all.length);
    this.notReady = new Int32Array(zoneCount);
  }

  isRestless(index: number): boolean {
    return this.#restless[index] === 1;
  }

  /** It is left out, and not Ready. */
  isNotReady(index: number): boolean {
    return this.#isNotReady[index] === 1;
  }

  isAnyNotReady(): boolean {
    return this.#notReadyCount > 0;
  }

  /** The next pass has to check it. */
  rouse(index: number): void {
    if (this.#restless[index] === 1) return;
    this.#restless[index] = 1;
    if (this.#listed[index] === 0) {
      this.#listed[index] = 1;
      this.#list.push(index);
    }
    if (this.#isNotReady[index] === 0) return;
    this.#isNotReady[index] = 0;
    this.#countNotReady(index, -1);
    this.#roused(this.#all[index] as NodeHealth);
  }

  rouseAll(): void {
    for (let index = 0; index < this.#all.length; index += 1) this.rouse(index);
  }

  rouseNotReady(): void {
    if (this.#notReadyCount === 0) return;
    for (let index = 0; index < this.#all.length; index += 1) if (this.#isNotReady[index] === 1) this.rouse(index);
  }

  /** Passes leave it out from here on. */
  leaveOut(index: number, isReady: boolean): void {
    if (this.#restless[index] === 0) return;
    this.#restless[index] = 0;
    if (isReady) return;
    this.#isNotReady[index] = 1;
    this.#countNotReady(index, 1);
  }

  /** The indices of those that are to be checked. */
  restless(): readonly number[] {
    const list = this.#list.filter((index) => this.#restless[index] === 1);
    if (list.length < this.#list.length) {
      for (const index of this.#list) this.#listed[index] = this.#restless[index] as number;
      this.#list = list;
    }
    return list;
  }

  #countNotReady(index: number, by: 1 | -1): void {
    this.#notReadyCount += by;
    if (this.#counting[index] === 0) return;
    const place = this.#zonePlaces[index] as number;
    this.notReady[place] = (this.notReady[place] as number) + by;
  }
}
