import { once } from 'node:events';
import fs, {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SkipbeatError } from '../../src/common/errors.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { documentFile, notablesFile, openStore, stateFile, type WatchState } from '../../src/watch/store.ts';
import { play, startMs } from './sightings.ts';

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-store-'));
  const store = await openStore(folder);
  const sittings = [{ fromMs: startMs, toMs: startMs + 1000, ended: 'for' }] as const;
  store.keep({ schemaVersion: 2, clusterUid: 'uid-1', sittings, counters: play([], 1).state });
  writeFileSync(join(folder, documentFile), '{}');
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stateText = (): string => readFileSync(join(folder, stateFile), 'utf8');
const change = (text: string): void => writeFileSync(join(folder, stateFile), text);
const edited = (edit: (state: { schemaVersion: number; counters: Record<string, unknown> }) => void): string => {
  const state = JSON.parse(stateText());
  edit(state);
  return JSON.stringify(state);
};

test('what was kept is there again', async () => {
  const store = await openStore(folder);
  expect(store.state).toEqual(JSON.parse(stateText()));
  await store.close();
});

test('what is kept is on the disk: its lines, its file before it is in place, and its folder after', async () => {
  const { fsyncSync, renameSync } = fs;
  const store = await openStore(folder);
  const seen: string[] = [];
  const nameOf = (path: string): string => basename(path).replace(/\.[\w-]+\.part$/, '.part');
  Object.assign(fs, {
    fsyncSync: (descriptor: number) => {
      seen.push(`flushed ${nameOf(readlinkSync(`/proc/self/fd/${descriptor}`))}`);
      fsyncSync(descriptor);
    },
    renameSync: (from: string, to: string) => {
      seen.push(`renamed ${nameOf(from)}`);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    store.note({ at: 'now' });
    store.keep(store.state as WatchState);
  } finally {
    Object.assign(fs, { fsyncSync, renameSync });
    syncBuiltinESMExports();
    await store.close();
  }
  const part = `${stateFile}.part`;
  expect(seen).toEqual([
    `flushed ${notablesFile}`,
    `flushed ${part}`,
    `renamed ${part}`,
    `flushed ${basename(folder)}`,
  ]);
});

test('what an older version kept, without what was added since, is gone on from', async () => {
  const sit = ({ sittings }: WatchState) => Array.from({ length: 200 }, () => sittings[0]);
  change(edited((state) => Object.assign(state, { sittings: sit(state as unknown as WatchState) })));
  const store = await openStore(folder);
  expect(store.state).not.toHaveProperty('firstMs');
  await store.close();
});

const invalid = (found: string) => ({
  ...{ code: 'WATCH_FOLDER_INVALID', exitCode: 64 },
  message: `${folder}: expected a folder that is new, empty or of an earlier watch, found ${found}.`,
});

test.each<[string, string, () => string]>([
  ['is empty', 'Unexpected end of JSON input', () => ''],
  ['was cut off', 'Unterminated string in JSON at position END (line 1 column END)', () => stateText().slice(0, -40)],
  [
    'is of a newer version',
    'schemaVersion: Invalid input: expected 2',
    () => edited((state) => Object.assign(state, { schemaVersion: 3 })),
  ],
  [
    'is of an older version',
    'schemaVersion: Invalid input: expected 2',
    () => edited((state) => Object.assign(state, { schemaVersion: 1 })),
  ],
  [
    'lacks what was counted',
    'counters.notReady: Invalid input: expected object, received undefined',
    () => edited(({ counters }) => delete counters.notReady),
  ],
  [
    'holds what nobody knows',
    'counters: Unrecognized key: "more"',
    () => edited(({ counters }) => Object.assign(counters, { more: 1 })),
  ],
  [
    'has so many sittings that the first may be lost',
    'the top: of so many sittings the first may be lost, and an older skipbeat did not write when it began',
    () =>
      edited((state) => {
        const { sittings } = state as unknown as WatchState;
        Object.assign(state, { sittings: Array.from({ length: 201 }, () => sittings[0]) });
      }),
  ],
  [
    'holds a time that is none',
    'counters.atMs: Too big: expected number to be <=8640000000000000',
    () => edited(({ counters }) => Object.assign(counters, { atMs: 9e15 })),
  ],
  [
    'has counted less than nothing',
    'counters.unseenTransitions: Too small: expected number to be >=0',
    () => edited(({ counters }) => Object.assign(counters, { unseenTransitions: -1 })),
  ],
])('a state that %s is not gone on from', async (_, why, text) => {
  change(text());
  const refused = await openStore(folder).catch((thrown: unknown) => thrown as SkipbeatError);
  if (!(refused instanceof SkipbeatError)) throw new Error('expected a refusal');
  const { code, exitCode, message } = refused;
  // Where the cut text ends is where its times end.
  expect({ code, exitCode, message: message.replaceAll(/(?<=position |column )\d+/g, 'END') }).toEqual(
    invalid(`state.json that is none of this version: ${why}`),
  );
});

test('a report without the state that it was made of is not begun anew', async () => {
  rmSync(join(folder, stateFile));
  await expect(openStore(folder)).rejects.toMatchObject(invalid('watch.json and no state.json'));
});

test('a folder in which a watch died before it had kept anything is as good as new', async () => {
  for (const name of [stateFile, documentFile]) rmSync(join(folder, name));
  writeFileSync(join(folder, notablesFile), '{"type":"node.added"}\n');
  const store = await openStore(folder);
  expect(store.state).toBeNull();
  await store.close();
});

test('it is the lock that says whether somebody has it, whatever the file says of who', async () => {
  const held = await openStore(folder);
  writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...thisProcess(), pid: 4_000_000 }));
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'WATCH_BUSY', exitCode: 75 });
  await held.close();
});

test.each(['{"pid":', 'null', '{}', '5'])(
  'of a folder that is held, and of which nobody says by whom (%s), that is said',
  async (text) => {
    const held = await openStore(folder);
    writeFileSync(join(folder, 'holder.json'), text);
    await expect(openStore(folder)).rejects.toMatchObject({
      code: 'WATCH_BUSY',
      message: `${folder}: expected nobody to watch into it, found that somebody does, of whom holder.json does not say who it is.`,
    });
    await held.close();
  },
);

test('a link in the place of the holder is not followed, and what it leads to stays as it is', async () => {
  const other = `${folder}-other`;
  writeFileSync(other, 'precious');
  symlinkSync(other, join(folder, 'holder.json'));
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'LOCK_FOREIGN', exitCode: 75 });
  expect(readFileSync(other, 'utf8')).toBe('precious');
  rmSync(other);
});

test('who lost the folder by a kill of what held its lock writes nothing over what another counts there', async () => {
  const lost = await openStore(folder);
  const kept = lost.state as WatchState;
  const holder = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
    .split(' ')
    .find((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder));
  process.kill(-Number(holder), 'SIGKILL');
  await expect.poll(() => existsSync(`/proc/${holder}`)).toBe(false);
  const next = await openStore(folder);
  next.keep(kept);
  const before = readFileSync(join(folder, notablesFile), 'utf8');
  lost.note({ type: 'node.added' });
  expect(readFileSync(join(folder, notablesFile), 'utf8')).toBe(before);
  expect(() => lost.keep(kept)).toThrow(expect.objectContaining({ code: 'WATCH_BUSY', exitCode: 75 }));
  await lost.close();
  next.keep(kept);
  await next.close();
});

test('what a killed watch had half written goes with the next one, and nothing else', async () => {
  const [part, other] = [join(folder, `${stateFile}.4000000.part`), join(folder, 'mine.part')];
  for (const file of [part, other]) writeFileSync(file, '');
  await (await openStore(folder)).close();
  expect([part, other].map((file) => existsSync(file))).toEqual([false, true]);
});

const store = JSON.stringify(fileURLToPath(new URL('../../src/watch/store.ts', import.meta.url)));

test('of several that open it at once one has it, though the one before was killed', async () => {
  const program = `
    import { mkdirSync, rmdirSync } from 'node:fs';
    import { openStore } from ${store};
    const [folder, inside] = process.argv.slice(1);
    process.stdout.write('ready');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    const opened = await openStore(folder);
    mkdirSync(inside);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rmdirSync(inside);
    if (process.argv[3] === 'killed') process.kill(process.pid, 'SIGKILL');
    await opened.close();
    process.exit();
  `;
  const inside = `${folder}-inside`;
  writeFileSync(join(folder, 'holder.json'), JSON.stringify({ ...thisProcess(), pid: 4_000_000 }));
  const start = (end: string) =>
    execa(process.execPath, ['--input-type=module-typescript', '--eval', program, folder, inside, end], {
      reject: false,
    });
  const contenders = ['killed', 'closed', 'killed', 'closed', 'killed', 'closed'].map(start);
  await Promise.all(contenders.map((one) => once(one.stdout, 'data')));
  for (const one of contenders) one.stdin.end('go');
  const ends = await Promise.all(contenders);
  expect(ends.map(({ stderr }) => stderr).filter((text) => text.includes('EEXIST'))).toEqual([]);
  await (await openStore(folder)).close();
  expect(readdirSync(folder).sort()).toEqual(['events.ndjson', 'state.json', 'watch.json']);
});
