import { expect, test } from 'vitest';
import { unitsOfShard } from '../../../src/sweep/run/shards.ts';
import { nameOf } from '../../../src/sweep/run/sweep.ts';
import { smallSpec } from '../specs.ts';

const namesOf = (units: ReturnType<typeof unitsOfShard>): readonly string[] => units.map(({ key }) => nameOf(key));

test('the shards of a sweep hold each cell and each detection once', () => {
  const complete = namesOf(unitsOfShard(smallSpec, null)).toSorted();
  expect(complete).toHaveLength(2 * 2 * 2 * 2 + 2 * 2 * 2);
  expect(new Set(complete).size).toBe(complete.length);
  for (const count of [1, 2, 3, 7, 24, 40]) {
    const parts = Array.from({ length: count }, (_, index) => unitsOfShard(smallSpec, { index: index + 1, of: count }));
    expect(parts.flatMap(namesOf).toSorted()).toEqual(complete);
  }
});

test('no shard gets all the large clusters', () => {
  const spec = {
    ...smallSpec,
    nodes: [3, 100, 1000, 5000],
    pausesMs: Array.from({ length: 24 }, (_, n) => 5000 * (n + 1)),
  };
  const seconds = [1, 2, 3, 4].map((index) =>
    unitsOfShard(spec, { index, of: 4 }).reduce((sum, unit) => sum + unit.seconds, 0),
  );
  expect(Math.max(...seconds) / Math.min(...seconds)).toBeLessThan(1.05);
});
