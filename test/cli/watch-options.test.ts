import { expect, test } from 'vitest';
import { exitCodeOf, readWatchOptions } from '../../src/cli/watch.ts';

test('durations and the margin are read', () => {
  expect(readWatchOptions({ for: '24h', grace: '40s', margin: '12.5%' })).toEqual({
    forMs: 86_400_000,
    graceMs: 40_000,
    margin: 0.125,
  });
  expect(readWatchOptions({ margin: '0%' })).toEqual({ forMs: null, graceMs: null, margin: 0 });
});

test.each([
  [{ for: '10' }, '--for: expected a duration such as 24h, received "10".'],
  [{ for: '0s' }, '--for: expected a duration such as 24h, received "0s".'],
  [{ for: '-1h' }, '--for: expected a duration such as 24h, received "-1h".'],
  [{ grace: 'long' }, '--grace: expected a duration such as 40s, received "long".'],
  [{ margin: '100%' }, '--margin: expected a share from 0% to less than 100%, received "100%".'],
  [{ margin: '0.5' }, '--margin: expected a share from 0% to less than 100%, received "0.5".'],
])('%j is refused with what was expected', (options, message) => {
  expect(() => readWatchOptions({ margin: '50%', ...options })).toThrow(
    expect.objectContaining({ code: 'WATCH_OPTION_INVALID', exitCode: 64, message }),
  );
});

test.each([
  ['fail', false, false, 0],
  ['fail', true, false, 2],
  ['pass', false, false, 0],
  ['inconclusive', false, false, 0],
  ['pass', false, true, 0],
  ['fail', false, true, 1],
  ['fail', true, true, 1],
  ['inconclusive', false, true, 2],
] as const)('%s, blind %s, --judge %s: exit code %d', (verdict, isBlind, judge, code) => {
  expect(exitCodeOf({ verdict, isBlind }, judge)).toBe(code);
});
