import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { documentFile, notablesFile, openStore, stateFile } from '../../src/watch/store.ts';
import { play, startMs } from './sightings.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-store-'));
  const store = openStore(folder);
  const sittings = [{ fromMs: startMs, toMs: startMs + 1000, ended: 'for' }] as const;
  store.keep({ schemaVersion: 2, clusterUid: 'uid-1', sittings, counters: play([], 1).state });
  writeFileSync(join(folder, documentFile), '{}');
  store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stateText = (): string => readFileSync(join(folder, stateFile), 'utf8');
const change = (text: string): void => writeFileSync(join(folder, stateFile), text);
const edited = (edit: (state: { schemaVersion: number; counters: Record<string, unknown> }) => void): string => {
  const state = JSON.parse(stateText());
  edit(state);
  return JSON.stringify(state);
};

test('what was kept is there again', () => {
  const store = openStore(folder);
  expect(store.state).toEqual(JSON.parse(stateText()));
  store.close();
});

test.each<[string, () => string]>([
  ['is empty', () => ''],
  ['was cut off', () => stateText().slice(0, -40)],
  ['is of a newer version', () => edited((state) => Object.assign(state, { schemaVersion: 3 }))],
  ['is of an older version', () => edited((state) => Object.assign(state, { schemaVersion: 1 }))],
  ['lacks what was counted', () => edited(({ counters }) => delete counters.notReady)],
  ['holds what nobody knows', () => edited(({ counters }) => Object.assign(counters, { more: 1 }))],
  ['holds a time that is none', () => edited(({ counters }) => Object.assign(counters, { atMs: 9e15 }))],
  ['has counted less than nothing', () => edited(({ counters }) => Object.assign(counters, { unseenTransitions: -1 }))],
])('a state that %s is not gone on from', (_, text) => {
  change(text());
  expect(() => openStore(folder)).toThrow(
    expect.objectContaining({
      code: 'WATCH_FOLDER_INVALID',
      exitCode: 64,
      message: expect.stringContaining('state.json that is none of this version'),
    }),
  );
});

test('a report without the state that it was made of is not begun anew', () => {
  rmSync(join(folder, stateFile));
  expect(() => openStore(folder)).toThrow(
    expect.objectContaining({ code: 'WATCH_FOLDER_INVALID', message: expect.stringContaining('watch.json and no') }),
  );
});

test('a folder in which a watch died before it had kept anything is as good as new', () => {
  for (const name of [stateFile, documentFile]) rmSync(join(folder, name));
  writeFileSync(join(folder, notablesFile), '{"type":"node.added"}\n');
  const store = openStore(folder);
  expect(store.state).toBeNull();
  store.close();
});
