import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionOf, dueAtMs, dueOnRunClockMs, nextSeqAfter } from '../../src/load/schedule.ts';

test.each([
  { seq: 0, ratePerSecond: 50, dueMs: 0, why: 'the first is due at once' },
  { seq: 1, ratePerSecond: 50, dueMs: 20, why: '50 a second are 20 ms apart' },
  { seq: 50, ratePerSecond: 50, dueMs: 1000, why: 'the 51st opens the next second' },
  { seq: 3, ratePerSecond: 3, dueMs: 1000, why: 'thirds of a second add up, without drift' },
  { seq: 1, ratePerSecond: 0.1, dueMs: 10_000, why: 'less than one a second' },
  { seq: 5000, ratePerSecond: 5000, dueMs: 1000, why: 'the highest rate' },
  { seq: 86_400 * 5000, ratePerSecond: 5000, dueMs: 86_400_000, why: 'a day at the highest rate ends after a day' },
])('request $seq at $ratePerSecond/s is due after $dueMs ms: $why', ({ seq, ratePerSecond, dueMs }) => {
  expect(dueAtMs(seq, ratePerSecond)).toBe(dueMs);
});

test('on the run clock a due time is whole microseconds, and a start that is so already is not moved', () => {
  expect(dueOnRunClockMs(12.345, 0, 30)).toBe(12.345);
  expect(dueOnRunClockMs(12.345, 1, 30)).toBe(45.678);
  expect(dueOnRunClockMs(12.3456, 0, 30)).toBe(12.346);
});

test('due times only ever grow, and stay within a microsecond of their exact place', () => {
  const rates = fc.double({ min: 0.01, max: 5000, noNaN: true });
  fc.assert(
    fc.property(fc.nat(1_000_000), rates, fc.integer({ min: 0, max: 86_400_000_000 }), (seq, rate, startedAtUs) => {
      const startedAtMs = startedAtUs / 1000;
      const due = dueOnRunClockMs(startedAtMs, seq, rate);
      expect(dueOnRunClockMs(startedAtMs, seq + 1, rate)).toBeGreaterThan(due);
      expect(Math.abs(due - startedAtMs - (seq * 1000) / rate)).toBeLessThan(0.001);
    }),
  );
});

test('with both kinds of connection even requests are fresh and odd ones keep-alive', () => {
  expect([0, 1, 2, 3].map((seq) => connectionOf(seq, 'both'))).toEqual(['fresh', 'keep-alive', 'fresh', 'keep-alive']);
  expect([0, 1].map((seq) => connectionOf(seq, 'fresh'))).toEqual(['fresh', 'fresh']);
  expect([0, 1].map((seq) => connectionOf(seq, 'keep-alive'))).toEqual(['keep-alive', 'keep-alive']);
});

test('the next request is the first one due after a moment, however late that is', () => {
  expect(nextSeqAfter(-5, 0, 1000)).toBe(0);
  expect(nextSeqAfter(0, 0, 1000)).toBe(1);
  // Here the quotient of the two is rounded down to the request before.
  expect(dueOnRunClockMs(0, nextSeqAfter(86_400_000, 0, 35.77406249979298), 35.77406249979298)).toBeGreaterThan(
    86_400_000,
  );
  const rates = fc.double({ min: 0.01, max: 5000, noNaN: true });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 86_400_000, noNaN: true }),
      fc.nat(1_000_000_000),
      rates,
      (after, us, rate) => {
        const startedAtMs = us / 1000;
        const nowMs = startedAtMs + after;
        const seq = nextSeqAfter(nowMs, startedAtMs, rate);
        expect(dueOnRunClockMs(startedAtMs, seq, rate)).toBeGreaterThan(nowMs);
        if (seq > 0) expect(dueOnRunClockMs(startedAtMs, seq - 1, rate)).toBeLessThanOrEqual(nowMs);
      },
    ),
  );
});
