import type { EventBody } from './events.ts';

/** Both clocks at one moment: ms since the run's start on the monotonic one, ms since 1970 on the wall. */
export type ClockReading = { readonly atMs: number; readonly unixMs: number };

/** A step of the wall clock is known to lie within so much. */
const probeEveryMs = 1000;

/** A wall clock that keeps step is put on record this often. */
const recordEveryMs = 10_000;

/** From here on the wall clock has moved: readings are exact to some 3 ms. */
const movedMs = 20;

/** A process that was put aside between the two clocks for longer than this has read two moments. */
const readWithinMs = 2;
const readings = 5;

/** @returns null where the machine was too busy to read both at one moment */
export const readClocks = (nowMs: () => number, unixNowMs: () => number = Date.now): ClockReading | null => {
  for (let count = 0; count < readings; count += 1) {
    const beforeMs = nowMs();
    const unixMs = unixNowMs();
    const afterMs = nowMs();
    if (afterMs - beforeMs <= readWithinMs) return { atMs: (beforeMs + afterMs) / 2, unixMs };
  }
  return null;
};

/**
 * Decides which readings are put on record: the first and the last, one every ten seconds, and where the wall clock moved
 * against the monotonic one the reading before and the one after. Pure but for what it remembers.
 */
export const createClockRecord = (record: (reading: ClockReading) => void) => {
  let recorded: ClockReading | null = null;
  let last: ClockReading | null = null;
  const offset = ({ atMs, unixMs }: ClockReading): number => unixMs - atMs;
  const keep = (reading: ClockReading): void => {
    record(reading);
    recorded = reading;
  };
  return {
    sample: (reading: ClockReading): void => {
      const moved = recorded !== null && Math.abs(offset(reading) - offset(recorded)) >= movedMs;
      if (moved && last !== null && last !== recorded) keep(last);
      if (moved || recorded === null || reading.atMs - recorded.atMs >= recordEveryMs) keep(reading);
      last = reading;
    },
    end: (): void => {
      if (last !== null && last !== recorded) keep(last);
    },
  };
};

/**
 * Keeps a record of the wall clock beside the run's own.
 * @returns ends it, with a last reading; safe twice
 */
export const sampleClock = (recorder: {
  readonly nowMs: () => number;
  readonly event: (body: EventBody, atMs?: number) => void;
}): (() => void) => {
  const kept = createClockRecord(({ atMs, unixMs }) => recorder.event({ type: 'clock', unixMs }, atMs));
  const sample = (): void => {
    const reading = readClocks(recorder.nowMs);
    if (reading !== null) kept.sample(reading);
  };
  sample();
  const timer = setInterval(sample, probeEveryMs);
  timer.unref();
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    sample();
    kept.end();
  };
};
