import { expect, test } from 'vitest';
import { type ClockReading, createClockRecord, readClocks } from '../../src/timeline/clock.ts';

const epochMs = Date.parse('2026-11-24T08:03:11Z');

/** What is put on record of readings every second, with the wall clock so far ahead of where it began at each of them. */
const recordOf = (aheadMs: readonly number[]): readonly (readonly [second: number, aheadMs: number])[] => {
  const kept: ClockReading[] = [];
  const record = createClockRecord((reading) => kept.push(reading));
  for (const [second, ahead] of aheadMs.entries())
    record.sample({ atMs: second * 1000, unixMs: epochMs + second * 1000 + ahead });
  record.end();
  return kept.map(({ atMs, unixMs }) => [atMs / 1000, unixMs - epochMs - atMs]);
};

const steady = (seconds: number, aheadMs = 0): number[] => Array.from({ length: seconds }, () => aheadMs);

test('a clock that keeps step is on record at the start, every ten seconds, and at the end', () => {
  expect(recordOf(steady(26))).toEqual([0, 10, 20, 25].map((second) => [second, 0]));
  expect(recordOf(steady(1))).toEqual([[0, 0]]);
});

test('a step is on record with the reading before it and the one after', () => {
  expect(recordOf([...steady(5), ...steady(3, 2000)])).toEqual([
    [0, 0],
    [4, 0],
    [5, 2000],
    [7, 2000],
  ]);
});

test('two steps in two seconds are on record as two', () => {
  expect(recordOf([...steady(3), -5000, 0, 0])).toEqual([
    [0, 0],
    [2, 0],
    [3, -5000],
    [4, 0],
    [5, 0],
  ]);
});

test('the grain of the wall clock is no step', () => {
  expect(recordOf([0, 1, -1, 3, 0, 2])).toEqual([
    [0, 0],
    [5, 2],
  ]);
});

/** A monotonic clock that shows these instants, one a reading. */
const clockOf = (instantsMs: readonly number[]) => {
  const left = [...instantsMs];
  return (): number => {
    const next = left.shift();
    if (next === undefined) throw new Error('read too often');
    return next;
  };
};

test('both clocks are read at one moment: what was put aside in between reads again', () => {
  expect(readClocks(clockOf([100, 100.5]), () => epochMs)).toEqual({ atMs: 100.25, unixMs: epochMs });
  expect(readClocks(clockOf([100, 180, 181, 181.5]), () => epochMs)).toEqual({ atMs: 181.25, unixMs: epochMs });
});

test('a machine that is too busy every time has no reading, rather than a wrong one', () => {
  const instants = Array.from({ length: 10 }, (_, at) => at * 50);
  expect(readClocks(clockOf(instants), () => epochMs)).toBeNull();
});

test('the real clocks can be read', () => {
  const reading = readClocks(() => performance.now());
  expect(reading?.unixMs).toBeGreaterThan(epochMs - 10 * 365 * 86_400_000);
});
