import type { Rng } from '../engine/random.ts';

/** One connection that several nodes have together: what goes one way on it arrives in the order in which it was sent. */
export type SharedPath = {
  /** Whether kwok's watch brings it leases: it renews by the copies that it has from there. */
  watchesLeases: boolean;
  /**
   * How long after now a message arrives, µs: never before one that was sent earlier.
   * @param minUs what every message takes, and up to `jitterUs` more
   */
  readonly takesUs: (way: 'up' | 'down', nowUs: number, minUs: number, jitterUs: number, rng: Rng) => number;
};

/** A delay that varies is looked back at for so many messages at the most: older ones have arrived. */
const maxBetween = 200;

/**
 * @param notifiedEveryUs µs between two things that its processes' watches bring, each of which holds up what comes behind it as
 *   an answer does
 */
export const createSharedPath = (notifiedEveryUs: number): SharedPath => {
  const last: Record<'up' | 'down', { sentUs: number; arrivesUs: number }> = {
    up: { sentUs: 0, arrivesUs: 0 },
    down: { sentUs: 0, arrivesUs: 0 },
  };
  return {
    watchesLeases: true,
    takesUs: (way, nowUs, minUs, jitterUs, rng) => {
      const before = last[way];
      let { arrivesUs } = before;
      const drawnUs = (): number => minUs + rng.below(jitterUs);
      if (jitterUs > 0 && way === 'down') {
        // What was sent before the spread of the jitter has arrived by now, whatever was drawn for it.
        const fromUs = Math.max(before.sentUs, nowUs - jitterUs);
        const between = Math.min(maxBetween, Math.floor((nowUs - fromUs) / notifiedEveryUs));
        for (let one = 0; one < between; one += 1)
          arrivesUs = Math.max(arrivesUs, fromUs + rng.below(nowUs - fromUs) + drawnUs());
      }
      arrivesUs = Math.max(arrivesUs, nowUs + drawnUs());
      before.sentUs = nowUs;
      before.arrivesUs = arrivesUs;
      return arrivesUs - nowUs;
    },
  };
};
