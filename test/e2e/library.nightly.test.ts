import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openCluster } from '../../src/library/index.ts';
import { containers, fixture, leftovers, makePlace } from './support/harness.ts';

const place = makePlace();
// A program that uses the library has no other way to say where its state is to be; this file has a process of its own.
process.env.SKIPBEAT_STATE_DIR = place.state;
afterAll(place.remove);

test('a cluster that a program opens is made by its first run, used by the next, and gone when it is closed', async () => {
  const cluster = openCluster({ backend: 'kind' });
  try {
    expect(await containers(`${cluster.name}-`)).toEqual([]);
    const folders = ['first', 'second'].map((name) => join(place.folder, name));
    const first = await cluster.run(fixture('short'), { outFolder: folders[0] ?? '' });
    const made = await containers(`${cluster.name}-`);
    expect(made.toSorted()).toEqual(['control-plane', 'worker', 'worker2'].map((node) => `${cluster.name}-${node}`));
    const second = await cluster.run(fixture('short'), { outFolder: folders[1] ?? '' });
    expect(await containers(`${cluster.name}-`)).toEqual(made);
    for (const { document } of [first, second]) expect([document.backend, document.predicted]).toEqual(['kind', false]);
    expect(readFileSync(join(folders[0] ?? '', 'logs/kind.log'), 'utf8')).toContain(
      `create cluster --name ${cluster.name}`,
    );
  } finally {
    await cluster.close();
  }
  expect(await containers(`${cluster.name}-`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
});
