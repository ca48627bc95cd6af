// What a Service that stands there is asked at most, whatever a scenario says: it is somebody's, and may be in use.

/** Requests a second. A workload of the run's own takes a scenario's 1,000. */
export const maxServiceRatePerSecond = 200;

/** Requests that are under way at once: what is due beyond them is not sent, and is on record as dropped. */
export const maxServiceInFlight = 1000;

/** From the first request to the last. */
export const maxServiceLoadMs = 3_600_000;
