import { expect, test } from 'vitest';
import { createSittingClock } from '../../src/watch/clock.ts';

const played = (steps: readonly (readonly [monotonicMs: number, wallMs: number])[], notBeforeMs = 0) => {
  const stalls: [number, number, string][] = [];
  let [monotonicMs, wallMs] = [5000, 1_000_000];
  const clock = createSittingClock(notBeforeMs, (...stall) => stalls.push(stall), {
    monotonicMs: () => monotonicMs,
    wallMs: () => wallMs,
  });
  const readings = steps.map(([onMonotonic, onWall]) => {
    monotonicMs += onMonotonic;
    wallMs += onWall;
    return clock.nowMs();
  });
  return { readings, stalls };
};

test('it is the wall clock at the start, and goes on by the monotonic one', () => {
  expect(
    played([
      [10, 10],
      [20, 19],
      [5, 6],
    ]),
  ).toEqual({ readings: [1_000_010, 1_000_030, 1_000_035], stalls: [] });
});

test('a wall clock that is set back changes nothing, here and where an earlier sitting was later', () => {
  expect(
    played([
      [10, -50_000],
      [10, 10],
    ]),
  ).toEqual({ readings: [1_000_010, 1_000_020], stalls: [] });
  expect(played([[10, 10]], 1_500_000).readings).toEqual([1_500_010]);
});

test('a process that stood still has seen nothing meanwhile', () => {
  expect(
    played([
      [10, 10],
      [60_000, 60_000],
      [10, 10],
    ]),
  ).toEqual({
    readings: [1_000_010, 1_060_010, 1_060_020],
    stalls: [[1_000_010, 1_060_010, 'this process did not run']],
  });
});

test('a machine that slept, or whose clock was set forward, has seen nothing meanwhile', () => {
  expect(
    played([
      [10, 10],
      [30, 3_600_030],
    ]),
  ).toEqual({
    readings: [1_000_010, 4_600_040],
    stalls: [[1_000_010, 4_600_040, 'this machine slept, or its clock was set forward']],
  });
});
