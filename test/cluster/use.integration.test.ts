import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writtenUse } from '../../src/cluster/index.ts';
import { markSourcePath } from '../../src/cluster/owner.ts';
import { clusterDir } from '../../src/cluster/store.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { findJournals } from '../../src/journal/index.ts';

const [name, incarnation] = ['skipbeat-used', 'feedbeef01234567'];

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-use-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', place);
  mkdirSync(clusterDir(name), { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

test.each(['null', '5', '{}', '{"process":null}', '{"process":{"pid":"abc","host":"a"}}', '{"process":', ''])(
  'a mark that says %j names no user, and stops nobody who asks',
  (text) => {
    writeFileSync(markSourcePath(name, incarnation), text);
    expect(writtenUse(name, incarnation)).toBeNull();
  },
);

test('a journal whose owner is no process is damaged, and hides no other', () => {
  const owner = { run: 'one', folder: null, engine: null };
  for (const [run, process] of [
    ['damaged', null],
    ['damaged-number', { ...thisProcess(), pid: 2 ** 40 }],
    ['whole', { ...thisProcess(), pid: 1, startTicks: null }],
  ] as const) {
    mkdirSync(join(place, 'journal', run), { recursive: true });
    writeFileSync(join(place, 'journal', run, 'owner.json'), JSON.stringify({ ...owner, run, process }));
  }
  const { journals, damaged } = findJournals();
  expect(journals.map(({ owner: { run } }) => run)).toEqual(['whole']);
  expect(damaged.map(({ path }) => path)).toEqual(
    ['damaged', 'damaged-number'].map((run) => join(place, 'journal', run, 'owner.json')),
  );
  expect(writtenUse(name, incarnation)).toBeNull();
});
