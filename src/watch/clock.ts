/** Ticks come once a second: a process that stood still for longer than this has seen nothing meanwhile. */
const stallMs = 5000;

/** A wall clock that ran so much ahead of the monotonic one: the machine slept. */
const sleptMs = 2000;

export type SittingClock = {
  /** Whole ms since 1970, never back. Tells `stalled` first where this process stood still before. */
  readonly nowMs: () => number;
};

/**
 * The wall clock at the start of a sitting, and from there the monotonic one; what a machine slept is added. A wall clock
 * that is set back changes nothing.
 * @param notBeforeMs what an earlier sitting came to
 * @param stalled nothing was seen from one moment to the other
 */
export const createSittingClock = (
  notBeforeMs: number,
  stalled: (fromMs: number, toMs: number, reason: string) => void,
  clocks: { readonly monotonicMs: () => number; readonly wallMs: () => number } = {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
  },
): SittingClock => {
  let lastMonotonicMs = clocks.monotonicMs();
  let lastWallMs = clocks.wallMs();
  let atMs = Math.max(lastWallMs, notBeforeMs);
  return {
    nowMs: () => {
      const [monotonicMs, wallMs] = [clocks.monotonicMs(), clocks.wallMs()];
      const passedMs = monotonicMs - lastMonotonicMs;
      const slept = Math.max(0, wallMs - lastWallMs - passedMs);
      const fromMs = Math.round(atMs);
      lastMonotonicMs = monotonicMs;
      lastWallMs = wallMs;
      atMs += passedMs + (slept > sleptMs ? slept : 0);
      if (slept > sleptMs) stalled(fromMs, Math.round(atMs), 'this machine slept, or its clock was set forward');
      else if (passedMs > stallMs) stalled(fromMs, Math.round(atMs), 'this process did not run');
      return Math.round(atMs);
    },
  };
};
