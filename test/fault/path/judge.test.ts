import { describe, expect, test } from 'vitest';
import { judgeRelay, type MeasuredRelay } from '../../../src/fault/path/judge.ts';
import { delaysAt } from '../../../src/fault/path/relayed.ts';
import type { RelayCounts } from '../../../src/relay/index.ts';

const counts = (pieces: number, addedMs: number): RelayCounts => {
  const way = { bytesIn: pieces * 100, bytesOut: pieces * 100, pieces, addedMs, lateP99Ms: 0.2 };
  return {
    ...{ accepted: 5, open: 3, turnedAway: 0, unreachable: 0, clients: [], lostBytes: 0, reset: 0 },
    ...{ up: way, down: way },
  };
};

const both = { delayMs: 200, jitterMs: 50 };
const seen: MeasuredRelay = {
  asked: { up: both, down: both },
  lossPercent: 5,
  rules: { expected: 8, found: 8 },
  bypass: [],
  from: counts(10, 200),
  to: counts(30, 210),
  canary: { beforeMs: 2, nowMs: 405, fits: true },
  packets: { counted: 400, dropped: 21 },
};

describe('a relay in a path', () => {
  test('is present when rules, its own count and a canary say so; asked and seen stand side by side', () => {
    expect(judgeRelay(seen)).toEqual({
      state: 'present',
      evidence:
        'relay: 3 of 5 connections open, 3.0 kB up, 3.0 kB down; added 215.0 ms (asked 200 ± 50 ms) up, ' +
        '215.0 ms (asked 200 ± 50 ms) down; 21 of 400 packets dropped (asked 5 %); ' +
        'canary 2.0 ms → 405.0 ms (asked +400 ms, seen +403.0 ms)',
    });
  });

  test.each<[string, Partial<MeasuredRelay>]>([
    ['7 of 8 rules are there', { rules: { expected: 8, found: 7 } }],
    ['past the relay: 172.18.0.3:40000 to 172.18.0.2:6443', { bypass: ['172.18.0.3:40000 to 172.18.0.2:6443'] }],
    ['the relay did not delay as asked', { to: counts(30, 100) }],
    ['the relay did not delay as asked', { to: counts(30, 600) }],
    ['the relay did not delay as asked', { to: counts(10, 200) }],
    ['the canary took less, or was not answered', { canary: { beforeMs: 2, nowMs: 250, fits: true } }],
    ['the canary took less, or was not answered', { canary: { beforeMs: 2, nowMs: null, fits: true } }],
    ['no packet was dropped', { packets: { counted: 400, dropped: 0 } }],
  ])('is absent where %s', (problem, change) => {
    const { state, evidence } = judgeRelay({ ...seen, ...change });
    expect(state).toBe('absent');
    expect(evidence.endsWith(`; ${problem}`)).toBe(true);
  });

  test('a canary whose answer cannot come while the fault stands is not waited for: the relay’s own count is the proof', () => {
    const { state, evidence } = judgeRelay({ ...seen, canary: { beforeMs: 2, nowMs: null, fits: false } });
    expect(state).toBe('present');
    expect(evidence).toBe(
      'relay: 3 of 5 connections open, 3.0 kB up, 3.0 kB down; added 215.0 ms (asked 200 ± 50 ms) up, 215.0 ms (asked 200 ± 50 ms) down; 21 of 400 packets dropped (asked 5 %); no time for a canary: it takes longer than it may',
    );
    const idle = judgeRelay({ ...seen, to: counts(10, 200), canary: { beforeMs: 2, nowMs: null, fits: false } });
    expect(idle.state).toBe('absent');
  });

  test('where few packets went by, none needs to have been dropped', () => {
    expect(judgeRelay({ ...seen, packets: { counted: 150, dropped: 0 } }).state).toBe('present');
  });
});

test('a ramp grows in equal steps, on the ways that were asked for alone', () => {
  const fault = { id: 'latency-1', kind: 'latency', targets: ['worker'], lossPercent: 0, ...both };
  const ramp = { ...fault, direction: 'to', rampSteps: 4 } as const;
  expect([1, 2, 4].map((step) => delaysAt(ramp, step))).toEqual([
    { up: { delayMs: 50, jitterMs: 12.5 }, down: { delayMs: 0, jitterMs: 0 } },
    { up: { delayMs: 100, jitterMs: 25 }, down: { delayMs: 0, jitterMs: 0 } },
    { up: { delayMs: 200, jitterMs: 50 }, down: { delayMs: 0, jitterMs: 0 } },
  ]);
  expect(delaysAt({ ...ramp, direction: 'from' }, 4)).toEqual({ up: { delayMs: 0, jitterMs: 0 }, down: both });
});
