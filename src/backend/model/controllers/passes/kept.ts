import type { Moment } from '../../kubelet/deferred.ts';

/** When a pass that had to wait came to each node, µs by index. */
export type Visits = { readonly timesUs: Float64Array; readonly askedUs: Float64Array };

/**
 * Passes that were kept, by their place, one after the other. What each reads of statuses is of its beginning, of leases of when it comes
 * to the node. Thousands of nodes look for the one that concerns them: their times lie side by side.
 */
export class Kept {
  length = 0;
  /** The last that had to wait; -1: none had. */
  #lastWaited = -1;
  #beganUs = new Float64Array(64);
  readonly #began: Moment[] = [];
  readonly #visits: (Visits | null)[] = [];

  /** @param visits null: it was at all nodes when it began */
  add(began: Moment, visits: Visits | null): void {
    const place = this.length;
    if (place === this.#beganUs.length) {
      const more = new Float64Array(2 * place);
      more.set(this.#beganUs);
      this.#beganUs = more;
    }
    this.#beganUs[place] = began.timeUs;
    this.#began.push(began);
    this.#visits.push(visits);
    if (visits !== null) this.#lastWaited = place;
    this.length = place + 1;
  }

  beganAt(place: number): Moment {
    return this.#began[place] as Moment;
  }

  beganUs(place: number): number {
    return this.#beganUs[place] as number;
  }

  /** Whether any after that place had to wait. */
  hasWaitedAfter(place: number): boolean {
    return this.#lastWaited > place;
  }

  visitsOf(place: number): Visits | null {
    return this.#visits[place] as Visits | null;
  }

  /** When it came to a node. */
  visitOf(place: number, index: number): Moment {
    const visits = this.visitsOf(place);
    if (visits === null) return this.beganAt(place);
    return { timeUs: visits.timesUs[index] as number, askedUs: visits.askedUs[index] as number };
  }

  visitUs(place: number, index: number): number {
    return this.visitsOf(place)?.timesUs[index] ?? this.beganUs(place);
  }

  /** @returns the first of those from one on, up to another, that began no earlier than then; `to` where none did */
  firstBegunSince(timeUs: number, from: number, to: number): number {
    if (timeUs === Number.POSITIVE_INFINITY) return to;
    let place = from;
    while (place < to && (this.#beganUs[place] as number) < timeUs) place += 1;
    return place;
  }

  /** @returns the first of those from one on, up to another, that had to wait or began no earlier than then; `to` where none did */
  firstSince(timeUs: number, from: number, to: number): number {
    if (from > this.#lastWaited && timeUs === Number.POSITIVE_INFINITY) return to;
    const beganUs = this.#beganUs;
    let place = from;
    while (
      place < to &&
      (beganUs[place] as number) < timeUs &&
      (place > this.#lastWaited || this.#visits[place] === null)
    ) {
      place += 1;
    }
    return place;
  }
}
