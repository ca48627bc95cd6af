import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandoms } from '../../src/common/random.ts';
import { createTimetable } from '../../src/relay/delay.ts';

const arrivals = fc
  .array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 200 })
  .map((gaps) => gaps.map((_, index) => gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0)));
const delays = fc.record({
  delayMs: fc.double({ min: 0, max: 500, noNaN: true }),
  jitterMs: fc.double({ min: 0, max: 300, noNaN: true }),
});

test('without jitter everything leaves exactly the delay after it arrived', () => {
  const due = createTimetable(() => ({ delayMs: 200, jitterMs: 0 }), createRandoms(1)());
  expect([0, 3, 3, 250].map(due)).toEqual([200, 203, 203, 450]);
});

test('under any jitter the order is kept, and nothing leaves before it came', () => {
  fc.assert(
    fc.property(arrivals, delays, fc.integer(), (arrivedMs, delay, seed) => {
      const due = createTimetable(() => delay, createRandoms(seed)());
      const dueMs = arrivedMs.map(due);
      expect(dueMs).toEqual(dueMs.toSorted((a, b) => a - b));
      for (const [index, ms] of dueMs.entries()) expect(ms).toBeGreaterThanOrEqual(arrivedMs[index] ?? 0);
    }),
  );
});

test('pieces that stand alone are spread evenly over delay ± jitter', () => {
  const due = createTimetable(() => ({ delayMs: 200, jitterMs: 50 }), createRandoms(7)());
  const added = Array.from({ length: 20_000 }, (_, index) => due(index * 1000) - index * 1000);
  const quarters = [0, 0, 0, 0];
  for (const ms of added) {
    expect(ms).toBeGreaterThanOrEqual(150);
    expect(ms).toBeLessThan(250);
    const quarter = Math.floor((ms - 150) / 25);
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  // 5,000 each, with a standard deviation of 61.
  for (const count of quarters) expect(Math.abs(count - 5000)).toBeLessThan(370);
});

test('of pieces closer together than the jitter, none passes the slowest before it', () => {
  const random = [0.99, 0.01, 0.5];
  const due = createTimetable(
    () => ({ delayMs: 100, jitterMs: 100 }),
    () => random.shift() ?? 0,
  );
  expect([0, 1, 2].map((ms) => Math.round(due(ms)))).toEqual([198, 198, 198]);
});

test('the same seed draws the same, another seed or another connection does not', () => {
  const draw = (seed: number, which: number): readonly number[] => {
    const next = createRandoms(seed);
    const sources = Array.from({ length: which + 1 }, next);
    return Array.from({ length: 5 }, () => sources[which]?.() ?? Number.NaN);
  };
  expect(draw(1, 0)).toEqual(draw(1, 0));
  expect(draw(1, 0)).not.toEqual(draw(2, 0));
  expect(draw(1, 0)).not.toEqual(draw(1, 1));
});

test('a delay that changes holds for what arrives from then on, behind what waits', () => {
  let delayMs = 300;
  const due = createTimetable(() => ({ delayMs, jitterMs: 0 }), createRandoms(1)());
  const first = due(0);
  delayMs = 10;
  expect([first, due(100), due(400)]).toEqual([300, 300, 410]);
});

test('once all that waited was let go before its time, it holds up nothing that comes later', () => {
  let [delayMs, releases] = [300, 0];
  const due = createTimetable(
    () => ({ delayMs, jitterMs: 0 }),
    createRandoms(1)(),
    () => releases,
  );
  const first = due(0);
  [delayMs, releases] = [0, 1];
  expect([first, due(100), due(101)]).toEqual([300, 100, 101]);
});
