import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { makePlace, skipbeat } from '../support/harness.ts';

const place = makePlace();
afterAll(place.remove);

test('taints that somebody removes on a real v1.34 are put back, and each pod has its whole toleration again', async () => {
  const folder = join(place.folder, 'run');
  await skipbeat(place, ['run', 'taints-removed', '--backend', 'kind', '--out', folder]);
  const { faults } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;
  expect(faults.map(({ kind, attested, undone }) => [kind, attested, undone])).toEqual([
    ['node-stop', true, true],
    ['taints-removed', true, true],
  ]);
  const events = readFileSync(join(folder, 'events.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TimelineEvent);
  const changesOf = (effect: string) =>
    events.flatMap((event) =>
      event.type === 'node.taint' && event.effect === effect && event.key === 'node.kubernetes.io/unreachable'
        ? [{ change: event.change, atMs: event.atMs }]
        : [],
    );
  for (const effect of ['NoSchedule', 'NoExecute'])
    expect(changesOf(effect).map(({ change }) => change)).toEqual(['added', 'removed', 'added', 'removed']);
  const [, removed, back] = changesOf('NoExecute');
  const evicted = events.find((event) => event.type === 'pod' && event.change === 'deleting' && event.evicted);
  // A pass every 2 s, a turn of the loop that taints, and what a busy machine takes.
  expect((back?.atMs ?? Number.NaN) - (removed?.atMs ?? Number.NaN)).toBeLessThan(4000);
  expect((evicted?.atMs ?? Number.NaN) - (back?.atMs ?? Number.NaN)).toBeGreaterThan(29_000);
  expect((evicted?.atMs ?? Number.NaN) - (back?.atMs ?? Number.NaN)).toBeLessThan(33_000);
}, 900_000);
