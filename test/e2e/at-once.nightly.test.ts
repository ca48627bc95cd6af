import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixture, leftovers, makePlace, skipbeat } from './support/harness.ts';
import { endOf, measured } from './support/said.ts';

const place = makePlace();
afterAll(place.remove);

test('two runs at once both come to their end, each on its own cluster', async () => {
  const names = ['one', 'two'];
  const ends = await Promise.all(
    names.map((name) => skipbeat(place, ['run', fixture('short'), '--out', join(place.folder, name)])),
  );
  for (const [index, ended] of ends.entries()) {
    expect(endOf(ended), ended.all).toEqual(measured);
    const { verdict } = JSON.parse(readFileSync(join(place.folder, names[index] ?? '', 'run.json'), 'utf8'));
    expect(verdict).toBe('pass');
  }
  expect(leftovers(place)).toEqual([]);
});
