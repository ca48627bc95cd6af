import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { fixture, leftovers, makePlace, skipbeat } from './support/harness.ts';

const place = makePlace();
afterAll(place.remove);

test('two runs at once both come to their end, each on its own cluster', async () => {
  const names = ['one', 'two'];
  const ends = await Promise.all(
    names.map((name) => skipbeat(place, ['run', fixture('short'), '--out', join(place.folder, name)])),
  );
  for (const [index, ended] of ends.entries()) {
    expect(ended.all).toContain('MEASURED');
    expect(ended.exitCode).toBe(0);
    expect(readFileSync(join(place.folder, names[index] ?? '', 'run.json'), 'utf8')).toContain('"verdict": "pass"');
  }
  expect(leftovers(place)).toEqual([]);
});
