import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionOf, dueAtMs, dueOnRunClockMs, waitFor } from '../../src/load/schedule.ts';

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

test.each([
  { remainingMs: 20, inFlight: 0, idleMs: 9, wait: { how: 'timer', ms: 18 }, why: 'far off: the core is given away' },
  { remainingMs: 20, inFlight: 9, idleMs: 0, wait: { how: 'timer', ms: 18 }, why: 'a timer lets sockets speak' },
  { remainingMs: 2.5, inFlight: 0, idleMs: 0, wait: { how: 'timer', ms: 1 }, why: 'the shortest timer' },
  {
    remainingMs: 2.25,
    inFlight: 0,
    idleMs: 0,
    wait: { how: 'nap', ms: 2.1 },
    why: 'too near for a timer, none to miss',
  },
  { remainingMs: 2.25, inFlight: 1, idleMs: 0.25, wait: { how: 'poll' }, why: 'a prompt response may come now' },
  { remainingMs: 2.25, inFlight: 1, idleMs: 0.5, wait: { how: 'nap', ms: 0.1 }, why: 'no prompt one came' },
  { remainingMs: 0.2, inFlight: 1, idleMs: 9, wait: { how: 'nap', ms: 0.05 }, why: 'a nap ends before the due time' },
  { remainingMs: 0.125, inFlight: 0, idleMs: 9, wait: { how: 'poll' }, why: 'too near for a nap' },
] as const)('$remainingMs ms to go, $inFlight in flight, $idleMs ms idle: $wait.how, for $why', (row) => {
  const wait = waitFor(row.remainingMs, row.inFlight, row.idleMs);
  expect(wait.how).toBe(row.wait.how);
  if ('ms' in wait && 'ms' in row.wait) expect(wait.ms).toBeCloseTo(row.wait.ms, 9);
});

test('no wait is longer than what remains', () => {
  const remaining = fc.double({ min: 1e-6, max: 86_400_000, noNaN: true });
  fc.assert(
    fc.property(remaining, fc.nat(3), fc.double({ min: 0, max: 10, noNaN: true }), (remainingMs, inFlight, idleMs) => {
      const wait = waitFor(remainingMs, inFlight, idleMs);
      if (wait.how === 'poll') return;
      expect(wait.ms).toBeGreaterThan(0);
      expect(wait.ms).toBeLessThan(remainingMs);
    }),
  );
});
