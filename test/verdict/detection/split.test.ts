import { describe, expect, test } from 'vitest';
import { passStarts, sharesOf, threeOf, waitedFor } from '../../../src/verdict/detection/split.ts';

const losses = (...atMs: readonly number[]) => atMs.map((at, index) => ({ node: `n${index + 1}`, atMs: at }));

describe('what a lost node waited for', () => {
  const fault = { startMs: 1000, graceMs: 40_000 };

  test('is grace, passes and the time in its pass', () => {
    const waited = waitedFor({ lossMs: 50_000, passMs: 47_500, signMs: 500 }, fault);
    expect(waited).toEqual({ graceMs: 39_500, passesMs: 7000, withinPassMs: 2500 });
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
  const starts = passStarts(losses(40_000, 41_000, 44_000, 46_000, 51_000, 51_500), { periodMs: 5000, budgetMs: 400 });
  expect([...starts]).toEqual([
    [40_000, 40_000],
    [41_000, 40_000],
    [44_000, 40_000],
    [46_000, 40_000],
    [51_000, 51_000],
    [51_500, 51_000],
  ]);
});

test('a gap that the budget of one pass explains does not tell where a pass began', () => {
  const starts = passStarts(losses(40_000, 41_000, 60_000), { periodMs: 1000, budgetMs: 17_600 });
  expect([...starts.values()]).toEqual([40_000, null, 60_000]);
});

test('a node lost before its grace was over by its last sign of life waited for nothing known', () => {
  expect(waitedFor({ lossMs: 44_000, passMs: 44_000, signMs: 6000 }, { startMs: 1000, graceMs: 40_000 })).toBeNull();
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
  const work = { updates: 20, writes: 19, rateLimiter: 15, priorityLevel: 1, isByHost: false };

  test('goes to what the workers of passes spent it on, and nothing is left over', () => {
    expect(sharesOf(work)).toEqual({ rateLimiter: 0.75, priorityLevel: 0.05, requests: 0.15, controller: 0.05 });
  });

  test("where others' writes are counted too names no share of the controller", () => {
    expect(sharesOf({ ...work, writes: 25, isByHost: true })).toEqual({
      ...{ rateLimiter: 0.75, priorityLevel: 0.05, requests: 0.2, controller: null },
    });
  });

  test('has no answers where priority levels are not known', () => {
    expect(sharesOf({ ...work, priorityLevel: null })).toMatchObject({ priorityLevel: null, requests: null });
  });

  test.each([
    [
      'the version does not count passes',
      { updates: null },
      'this version does not count what passes take for a node (node_collector_update_node_health_duration_seconds)',
    ],
    [
      'waits are longer than passes',
      { rateLimiter: 21, isByHost: true },
      'more time was counted for writes than passes took for nodes',
    ],
    ['writes are longer than passes', { writes: 21 }, 'more time was counted for writes than passes took for nodes'],
    ['nothing was spent', { updates: 0 }, 'passes took no time by what was counted'],
  ])('has no shares where %s', (_, change, why) => {
    expect(sharesOf({ ...work, ...change })).toEqual({ why });
  });
});
