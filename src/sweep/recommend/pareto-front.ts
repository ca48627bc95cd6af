/** Three figures of a setting: low is good for the first and the last, high for the middle one. */
export type Objectives = {
  /** Longest time from the death of a node to its NotReady, ms. */
  readonly detectMs: number;
  /** Pauses of a kubelet that are shorter than this never make its node NotReady, ms. */
  readonly surviveMs: number;
  /** Heartbeat writes a minute of the whole cluster. */
  readonly writesPerMinute: number;
};

const noWorse = (one: Objectives, other: Objectives): boolean =>
  one.detectMs <= other.detectMs && one.surviveMs >= other.surviveMs && one.writesPerMinute <= other.writesPerMinute;

const same = (one: Objectives, other: Objectives): boolean => noWorse(one, other) && noWorse(other, one);

/**
 * What nothing else beats in one figure without losing in another: the Pareto front. Of several that are the same in
 * all three the first stays. In the order: fewest writes, then soonest detection, then longest pause survived.
 */
export const paretoFront = <T extends Objectives>(all: readonly T[]): readonly T[] => {
  const sorted = all.toSorted(
    (one, other) =>
      one.writesPerMinute - other.writesPerMinute || one.detectMs - other.detectMs || other.surviveMs - one.surviveMs,
  );
  const front: T[] = [];
  // Whatever beats an entry stands before it in this order, so looking back at the front is enough.
  for (const one of sorted) {
    if (!front.some((other) => noWorse(other, one) || same(other, one))) front.push(one);
  }
  return front;
};
