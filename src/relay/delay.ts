import type { Random } from '../common/random.ts';

/** What one direction adds: `delayMs`, give or take up to `jitterMs`, evenly spread. Never less than 0. */
export type Delay = { readonly delayMs: number; readonly jitterMs: number };

export type Delays = {
  /** From the client to the target. */
  readonly up: Delay;
  readonly down: Delay;
};

export const noDelay: Delay = { delayMs: 0, jitterMs: 0 };

/**
 * When what arrives in one direction of one connection is due to leave. TCP keeps its order, so nothing is due before
 * what arrived earlier: of things that arrive closer together than the jitter, the slowest holds up the rest.
 * @param delay asked anew for each arrival, so that it may change meanwhile
 * @param releases how often everything that waited was let go before its time: what arrived before that holds up nothing
 * @returns a function of the moment of arrival, to be called in the order of arrival; ms on the caller's clock
 */
export const createTimetable = (
  delay: () => Delay,
  random: Random,
  releases: () => number = () => 0,
): ((arrivedMs: number) => number) => {
  let lastDueMs = Number.NEGATIVE_INFINITY;
  let released = releases();
  return (arrivedMs) => {
    if (releases() !== released) {
      released = releases();
      lastDueMs = Number.NEGATIVE_INFINITY;
    }
    const { delayMs, jitterMs } = delay();
    const drawnMs = jitterMs === 0 ? delayMs : delayMs + jitterMs * (2 * random() - 1);
    lastDueMs = Math.max(lastDueMs, arrivedMs + Math.max(0, drawnMs));
    return lastDueMs;
  };
};
