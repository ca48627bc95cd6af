import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cell, type Detection, openKept, runSweep } from '../../../src/sweep/index.ts';
import { smallSpec } from '../specs.ts';

let folder = '';
let out = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-keep-'));
  out = join(folder, 'sweep.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sweep = (done: readonly (Cell | Detection)[], onFinished: (entry: Cell | Detection) => void) =>
  runSweep(smallSpec, { shard: null, workers: 2, heapBytes: 1e9, onProgress: () => undefined, done, onFinished });

test('an interrupted sweep goes on where it was, and comes to the same bytes', async () => {
  const complete = await sweep([], () => undefined);
  const first = openKept(out, smallSpec, null);
  expect(first.done).toEqual([]);
  let finished = 0;
  const interrupted = sweep([], (entry) => {
    if (finished === 5) throw new Error('interrupted');
    finished += 1;
    first.keep(entry);
  });
  await expect(interrupted).rejects.toThrow('interrupted');
  // Killed in the middle of a line.
  appendFileSync(`${out}.partial`, '{"profile":"fa');
  const again = openKept(out, smallSpec, null);
  expect(again.done).toHaveLength(5);
  const anew: (Cell | Detection)[] = [];
  const document = await sweep(again.done, (entry) => {
    anew.push(entry);
    again.keep(entry);
  });
  expect(JSON.stringify(document)).toBe(JSON.stringify(complete));
  expect(anew).toHaveLength(24 - 5);
  expect(openKept(out, smallSpec, null).done).toHaveLength(24);
  again.remove();
  expect(existsSync(`${out}.partial`)).toBe(false);
});

test('what another sweep left is not taken for this one, and stays', () => {
  openKept(out, smallSpec, null);
  const before = readFileSync(`${out}.partial`, 'utf8');
  let refused: unknown = null;
  try {
    openKept(out, { ...smallSpec, seed: 99 }, null);
  } catch (thrown) {
    refused = thrown;
  }
  expect(refused).toMatchObject({
    code: 'SWEEP_KEPT_OF_ANOTHER',
    message: `${out}.partial: expected what is finished of this sweep by this version of skipbeat, found another one's.`,
  });
  expect(readFileSync(`${out}.partial`, 'utf8')).toBe(before);
  writeFileSync(`${out}.partial`, 'no json\n');
  expect(() => openKept(out, smallSpec, null)).toThrow('found another');
});
