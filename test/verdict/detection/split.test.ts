import { describe, expect, test } from 'vitest';
import { passStarts, sharesOf, threeOf, waitedFor } from '../../../src/verdict/detection/split.ts';

const losses = (...atMs: readonly number[]) => atMs.map((at, index) => ({ node: `n${index + 1}`, atMs: at }));

describe('what a lost node waited for', () => {
  const fault = { startMs: 1000, graceMs: 40_000 };

  test('adds up to how late it was', () => {
    const waited = waitedFor({ lossMs: 50_000, passMs: 47_500, signMs: 500 }, fault);
    expect(waited).toEqual({ graceMs: 39_500, passesMs: 7000, withinPassMs: 2500 });
    expect(waited.graceMs + waited.passesMs + waited.withinPassMs).toBe(50_000 - fault.startMs);
  });

  test('a pass that had begun before its grace was over did not let it wait for a pass', () => {
    const waited = waitedFor({ lossMs: 50_000, passMs: 38_000, signMs: 6000 }, fault);
    expect(waited).toEqual({ graceMs: 45_000, passesMs: 0, withinPassMs: 4000 });
  });

  test('a sign of life that was seen late makes no part negative', () => {
    expect(waitedFor({ lossMs: 45_900, passMs: 45_800, signMs: 6000 }, fault)).toEqual({
      graceMs: 44_900,
      passesMs: 0,
      withinPassMs: 0,
    });
  });
});

test('a pass begins with the first loss after a pause of most of the period, however long the pass before it was', () => {
  const starts = passStarts(losses(40_000, 41_000, 44_000, 46_000, 51_000, 51_500), 5000);
  expect([...starts]).toEqual([
    ['n1', 40_000],
    ['n2', 40_000],
    ['n3', 40_000],
    ['n4', 40_000],
    ['n5', 51_000],
    ['n6', 51_000],
  ]);
});

test.each([
  [1, ['first n1']],
  [2, ['first n1', 'last n2']],
  [3, ['first n1', 'median n2', 'last n3']],
  [50, ['first n1', 'median n25', 'last n50']],
])('of %d losses the first, the median and the last are named once each', (count, expected) => {
  const all = losses(...Array.from({ length: count }, (_, index) => index));
  expect(threeOf(all).map(([which, { node }]) => `${which} ${node}`)).toEqual(expected);
});

describe('the time within passes', () => {
  test('goes to what the workers of passes spent it on, and nothing is left over', () => {
    const shares = sharesOf({ updates: 20, writes: 19, rateLimiter: 15, priorityLevel: 1 });
    expect(shares).toEqual({ rateLimiter: 0.75, priorityLevel: 0.05, requests: 0.15, controller: 0.05 });
  });

  test('is no more than its requests where those of others are among them', () => {
    expect(sharesOf({ updates: 1, writes: 4, rateLimiter: 3, priorityLevel: 0 })).toEqual({
      ...{ rateLimiter: 0.75, priorityLevel: 0, requests: 0.25, controller: 0 },
    });
  });

  test('names no share of what is not counted', () => {
    expect(sharesOf({ updates: null, writes: 4, rateLimiter: 3, priorityLevel: null })).toEqual({
      ...{ rateLimiter: 0.75, priorityLevel: null, requests: 0.25, controller: null },
    });
  });

  test('is not shared out between rate limiter and answers where the waits for one are not counted', () => {
    expect(sharesOf({ updates: null, writes: 4, rateLimiter: null, priorityLevel: 1 })).toEqual({
      ...{ rateLimiter: null, priorityLevel: 0.25, requests: null, controller: null },
    });
  });

  test('has no shares where nothing was spent', () => {
    expect(sharesOf({ updates: 0, writes: 0, rateLimiter: 0, priorityLevel: null })).toBeNull();
  });
});
