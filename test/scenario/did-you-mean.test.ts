import { expect, test } from 'vitest';
import { closestName, didYouMean } from '../../src/scenario/read/did-you-mean.ts';

const known = ['default', 'tight-grace', 'fast', 'medium', 'slow', 'nodeMonitorPeriod', 'nodeMonitorGracePeriod'];

test.each([
  ['tigt-grace', 'tight-grace'],
  ['tihgt-grace', 'tight-grace'],
  ['TIGHT-GRACE', 'tight-grace'],
  ['fats', 'fast'],
  ['slo', 'slow'],
  ['mediun', 'medium'],
  ['nodeMonitorGrace', 'nodeMonitorGracePeriod'],
  ['nodeMonitorperiodd', 'nodeMonitorPeriod'],
  ['', null],
  ['quick', null],
  ['x'.repeat(100_000), null],
])('%s means %s', (typed, meant) => {
  expect(closestName(typed, known)).toBe(meant);
});

test('the hint is a clause of its own, or nothing', () => {
  expect([didYouMean('fats', known), didYouMean('quick', known), didYouMean('fast', [])]).toEqual([
    '; did you mean "fast"?',
    '',
    '',
  ]);
});
