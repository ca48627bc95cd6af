/** Of so many readings the closest two are taken: this thread may lose its CPU between the clocks of one. */
const readings = 20;

/**
 * The run's clock in this thread: ms since the run started, rounded down to the microsecond. `performance.now()` reads
 * the clock of `process.hrtime.bigint()` from another zero, and leaves nothing to collect.
 * @param runStartNs `process.hrtime.bigint()` at the run's start
 */
export const createRunClock = (runStartNs: bigint): (() => number) => {
  let [closestMs, startMs] = [Number.POSITIVE_INFINITY, 0];
  for (let reading = 0; reading < readings; reading += 1) {
    const beforeMs = performance.now();
    const sinceStartNs = process.hrtime.bigint() - runStartNs;
    const apartMs = performance.now() - beforeMs;
    if (apartMs >= closestMs) continue;
    closestMs = apartMs;
    startMs = beforeMs + apartMs / 2 - Number(sinceStartNs) / 1e6;
  }
  return () => Math.floor((performance.now() - startMs) * 1000) / 1000;
};
