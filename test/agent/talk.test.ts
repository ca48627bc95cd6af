import { expect, test } from 'vitest';
import { clockOf } from '../../src/agent/talk.ts';

test('one reading knows the clock to half its way and half a step', () => {
  expect(clockOf([{ fromMs: 1000, toMs: 1004, nodeMs: 500 }])).toEqual({ offsetMs: 497, errorMs: 7 });
});

test('many readings know it better than the best of them: each leaves what all leave', () => {
  const probes = Array.from({ length: 25 }, (_, index) => {
    const fromMs = 1000 + index * 13.7;
    // The node's clock is 250 ms behind, and read in the middle of the way.
    return { fromMs, toMs: fromMs + 6, nodeMs: Math.floor((fromMs + 3 - 250) / 10) * 10 };
  });
  const clock = clockOf(probes);
  expect(Math.abs((clock?.offsetMs ?? 0) - 250)).toBeLessThanOrEqual(clock?.errorMs ?? 0);
  expect(clock?.errorMs).toBeLessThan(4);
});

test('where no offset fits all readings, a clock has jumped, and none is known', () => {
  const probes = [
    { fromMs: 1000, toMs: 1002, nodeMs: 500 },
    { fromMs: 2000, toMs: 2002, nodeMs: 1400 },
  ];
  expect([clockOf(probes), clockOf([])]).toEqual([null, null]);
});
