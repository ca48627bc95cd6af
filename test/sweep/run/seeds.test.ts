import { expect, test } from 'vitest';
import { seedFor } from '../../../src/common/random.ts';
import { cellJob, cellKeys, detectionJob, detectionKeys } from '../../../src/sweep/run/cells.ts';
import { smallSpec } from '../specs.ts';

test('a seed is 32 bits, the same everywhere, and another for each neighbour', () => {
  const seeds = Array.from({ length: 10_000 }, (_, repeat) => seedFor([1, 'pause', 'fast', repeat]));
  expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  // Of 10,000 draws from 2^32 more than two alike would be no accident.
  expect(new Set(seeds).size).toBeGreaterThanOrEqual(9998);
  // A sweep that was split over machines of two releases must still fit together.
  expect(seeds.slice(0, 2)).toEqual([3_146_846_110, 2_616_606_699]);
});

test('no two trials of a sweep share a seed', () => {
  const seeds = [
    ...cellKeys(smallSpec).flatMap((key) => cellJob(key, smallSpec).seeds),
    ...detectionKeys(smallSpec).flatMap((key) => detectionJob(key, smallSpec).seeds),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
});

test('a cell has the same trials whatever else is swept over, and the first of them with more repeats', () => {
  const key = { profile: 'default', pauseMs: 5000, nodes: 3, kubernetesVersion: 'v1.34.4' };
  const narrow = { ...smallSpec, profiles: ['default'], pausesMs: [5000], repeats: 2 };
  expect(cellJob(key, narrow).seeds).toEqual(cellJob(key, smallSpec).seeds.slice(0, 2));
});
