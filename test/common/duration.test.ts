import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatGoDuration, parseDurationMs, secondsText } from '../../src/common/duration.ts';

describe('parseDurationMs', () => {
  test.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1h0m0s', 3_600_000],
    ['1.5h', 5_400_000],
    ['1.1s', 1100],
    ['.5s', 500],
    ['1.s', 1000],
    ['250ms', 250],
    ['20us', 0.02],
    ['20µs', 0.02],
    ['20μs', 0.02],
    ['1ns', 0.000001],
    ['0', 0],
    ['0s', 0],
    ['-0', 0],
    ['-0s', 0],
    ['+10s', 10_000],
    ['-10s', -10_000],
    ['90s1m', 150_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  test.each([
    '',
    ' ',
    '10',
    '10 s',
    ' 10s',
    '10s ',
    's',
    '.s',
    '1d',
    '10S',
    '1e3s',
    '--1s',
    '10s\n',
    '1m30',
    'Infinity',
    '1,5s',
    '٣s',
    '300000000h',
    `${'9'.repeat(400)}s`,
  ])('takes %j for no duration', (text) => {
    expect(parseDurationMs(text)).toBeNull();
  });

  test('reads a million digits and a million units without giving up', () => {
    expect(parseDurationMs(`0.${'1'.repeat(1_000_000)}s`)).toBe(111.111111);
    expect(parseDurationMs('1s'.repeat(500_000))).toBe(500_000_000);
    expect(parseDurationMs(`${'1'.repeat(1_000_000)}x`)).toBeNull();
  });
});

describe('writing durations', () => {
  test.each([
    [0, '0s', '0s'],
    [1, '1ms', '1ms'],
    [1.5, '1.5ms', '1.5ms'],
    [0.02, '20µs', '20µs'],
    [0.000001, '1ns', '1ns'],
    [0.0000001, '0s', '0s'],
    [999, '999ms', '999ms'],
    [999.9999999, '1s', '1s'],
    [1000, '1s', '1s'],
    [1500, '1.5s', '1.5s'],
    [10_000, '10s', '10s'],
    [59_999.9999999, '1m', '1m0s'],
    [60_000, '1m', '1m0s'],
    [90_000, '1m30s', '1m30s'],
    [300_000, '5m', '5m0s'],
    [3_600_000, '1h', '1h0m0s'],
    [3_601_000, '1h1s', '1h0m1s'],
    [5_400_000, '1h30m', '1h30m0s'],
    [-10_000, '-10s', '-10s'],
    [-250, '-250ms', '-250ms'],
  ])('writes %d ms as %s, and as Go does %s', (ms, short, go) => {
    expect(formatDuration(ms)).toBe(short);
    expect(formatGoDuration(ms)).toBe(go);
  });

  test('reads back what it wrote, to the nanosecond, in both spellings', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (ns) => {
        const ms = ns / 1e6;
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
        expect(parseDurationMs(formatGoDuration(ms))).toBe(ms);
      }),
    );
  });

  test('no text makes the reader throw, and a duration that it reads is a finite number', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDurationMs(text);
        expect(ms === null || Number.isFinite(ms)).toBe(true);
      }),
    );
  });
});

test('seconds for people have one decimal, and a dash where nothing was seen', () => {
  expect([secondsText(2710), secondsText(0), secondsText(null)]).toEqual(['2.7 s', '0.0 s', '–']);
});
