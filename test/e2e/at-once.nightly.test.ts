import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, start, until } from './support/harness.ts';
import { endOf, measured } from './support/said.ts';

const place = makePlace();
const other = makePlace();
afterAll(() => {
  place.remove();
  other.remove();
});

type Event = { readonly atMs: number; readonly type: string; readonly name?: string; readonly startedAt?: string };

/** When the cluster of a run began to come up, and when it and its workload were up, by the clock of the machine. */
const bringUpOf = (folder: string): { readonly begins: number; readonly ends: number } => {
  const events = readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  const find = (type: string, name?: string): Event => {
    const found = events.find((event) => event.type === type && (name === undefined || event.name === name));
    if (found === undefined) throw new Error(`${folder}: expected ${type} ${name ?? ''}, found none`);
    return found;
  };
  const zeroMs = Date.parse(find('run.started').startedAt ?? '');
  const at = (event: Event): number => zeroMs + event.atMs;
  return { begins: at(find('step.started', 'cluster')), ends: at(find('step.ended', 'workload')) };
};

test('two runs at once both come to their end, each on its own cluster, which comes up after the other is up', async () => {
  const folders = ['one', 'two'].map((name) => join(place.folder, name));
  const ends = await Promise.all(folders.map((out) => skipbeat(place, ['run', fixture('short'), '--out', out])));
  for (const [index, ended] of ends.entries()) {
    expect(endOf(ended), ended.all).toEqual(measured);
    const { verdict } = JSON.parse(readFileSync(join(folders[index] ?? '', 'run.json'), 'utf8'));
    expect(verdict).toBe('pass');
  }
  const [early, late] = folders.map(bringUpOf).sort((a, b) => a.begins - b.begins);
  expect(late?.begins).toBeGreaterThanOrEqual(early?.ends ?? Number.POSITIVE_INFINITY);
  expect(leftovers(place)).toEqual([]);
});

test('a run that was killed while kind makes its cluster keeps the next from making one until kind has ended', async () => {
  const cluster = clusterName('orphan');
  const killed = start(place, ['run', fixture('short'), '--cluster', cluster]);
  await until('a container', async () => (await containers(`${cluster}-`)).length > 0, 120_000);
  killed.child.kill('SIGKILL');
  await killed.child;
  const next = start(other, ['run', fixture('short')]);
  await next.shown(`waits for cluster ${cluster} of 1 + 2 nodes`);
  const ended = await next.child;
  expect(endOf(ended), ended.all).toEqual(measured);
  expect(ended.stderr.replaceAll(/\s+/g, ' ')).toContain(
    'which has ended; what it started has not), or one of another user',
  );
  expect((await skipbeat(place, ['cleanup'])).exitCode).toBe(0);
  expect([await containers(`${cluster}-`), leftovers(place), leftovers(other)]).toEqual([[], [], []]);
});
