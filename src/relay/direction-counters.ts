import { build } from 'hdr-histogram-js';

/** What went through one direction, all connections together. */
export type DirectionCounts = {
  /** Read from the one side, and handed to the other. Equal once nothing is under way. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Reads of a socket that were passed on. */
  readonly pieces: number;
  /** Mean time between a piece's arrival and its departure; null where nothing left yet. */
  readonly addedMs: number | null;
  /** How much later than due pieces left, at the 99th percentile, back-pressure of the receiver included; null likewise. */
  readonly lateP99Ms: number | null;
};

export type DirectionCounters = {
  readonly arrived: (bytes: number) => void;
  readonly left: (bytes: number, arrivedMs: number, dueMs: number, nowMs: number) => void;
  readonly counts: () => DirectionCounts;
};

export const createDirectionCounters = (): DirectionCounters => {
  const late = build({ highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: 2 });
  let bytesIn = 0;
  let bytesOut = 0;
  let pieces = 0;
  let addedMs = 0;
  return {
    arrived: (bytes) => {
      bytesIn += bytes;
    },
    left: (bytes, arrivedMs, dueMs, nowMs) => {
      bytesOut += bytes;
      pieces += 1;
      addedMs += nowMs - arrivedMs;
      late.recordValue(Math.min(3_600_000_000, Math.max(0, Math.round((nowMs - dueMs) * 1000))));
    },
    counts: () => ({
      bytesIn,
      bytesOut,
      pieces,
      addedMs: pieces === 0 ? null : addedMs / pieces,
      lateP99Ms: pieces === 0 ? null : late.getValueAtPercentile(99) / 1000,
    }),
  };
};
