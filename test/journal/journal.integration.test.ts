import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheDir, stateDir } from '../../src/common/host/paths.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { findAsides, findJournals, openJournal, type UndoEntry } from '../../src/journal/index.ts';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'skipbeat-state-'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true });
});

const fault: UndoEntry = {
  kind: 'fault',
  cluster: 'skipbeat-x',
  incarnation: 'a1',
  fault: 'kubelet-pause-1',
  faultKind: 'kubelet-pause',
  undo: [{ node: 'skipbeat-x-worker', argv: ['true'], timeoutMs: 1000 }],
};
const cluster: UndoEntry = { kind: 'cluster', cluster: 'skipbeat-x', incarnation: 'a1' };

/** The state of a process that opened a journal with two entries and was killed without a chance to tidy up. */
let left: string;
beforeAll(async () => {
  left = mkdtempSync(join(tmpdir(), 'skipbeat-state-left-'));
  const script = `
    import { openJournal } from ${JSON.stringify(fileURLToPath(new URL('../../src/journal/index.ts', import.meta.url)))};
    const journal = openJournal('run-1', 'runs/x', 'ENGINE');
    journal.add(${JSON.stringify(cluster)});
    journal.add(${JSON.stringify(fault)});
    process.kill(process.pid, 'SIGKILL');
  `;
  const died = await execa(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    ...{ reject: false, env: { SKIPBEAT_STATE_DIR: left } },
  });
  expect(died.signal).toBe('SIGKILL');
});
afterAll(() => rmSync(left, { recursive: true }));

/** A killed process has left its journal in the state of this test. */
const dieWithJournal = (): void => cpSync(left, state, { recursive: true, preserveTimestamps: true });

describe('the journal', () => {
  test('an entry is on the disk when add() returns, readable by its owner alone, and gone when it is done', () => {
    const journal = openJournal('run-1', 'runs/x', 'ENGINE');
    const entry = journal.add(fault);
    const place = join(state, 'journal', 'run-1');
    expect(readdirSync(place).sort()).toEqual(['001-fault.json', 'owner.json']);
    expect(statSync(join(place, '001-fault.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, 'journal')).mode & 0o777).toBe(0o700);
    entry.done();
    entry.done();
    expect(readdirSync(place)).toEqual(['owner.json']);
    journal.close();
    expect(existsSync(place)).toBe(false);
  });

  test('closing a journal that still holds something leaves it there', () => {
    const journal = openJournal('run-1', null, null);
    journal.add(fault);
    journal.close();
    expect(findJournals().journals).toHaveLength(1);
  });

  test('what was to be undone on a cluster is done when the cluster is gone, and only that', () => {
    const journal = openJournal('run-1', null, null);
    journal.add(cluster);
    journal.add(fault);
    journal.add({ kind: 'cluster', cluster: 'skipbeat-other', incarnation: 'b2' });
    journal.clusterGone('skipbeat-x');
    expect(findJournals().journals[0]?.entries.map((entry) => entry.cluster)).toEqual(['skipbeat-other']);
  });

  test('the journal of a killed process is found with its entries, newest first, and its owner is dead', () => {
    dieWithJournal();
    const [found] = findJournals().journals;
    expect(found).toMatchObject({ life: 'dead', owner: { run: 'run-1', folder: resolve('runs/x'), engine: 'ENGINE' } });
    expect(found?.entries.map(({ kind }) => kind)).toEqual(['fault', 'cluster']);
    for (const { id } of found?.entries ?? []) found?.done(id);
    found?.close();
    expect(findJournals()).toEqual({ journals: [], damaged: [] });
  });

  test('the journal of a live process says so', () => {
    openJournal('run-1', null, null);
    expect(findJournals().journals[0]?.life).toBe('alive');
  });

  test('one damaged entry is named, and keeps neither the others of its journal nor other journals from being read', () => {
    dieWithJournal();
    openJournal('run-2', null, null).add(cluster);
    const path = join(state, 'journal', 'run-1', '002-fault.json');
    writeFileSync(path, '{"kind":');
    const { journals, damaged } = findJournals();
    expect(damaged).toEqual([
      {
        ...{
          path,
          problem: "expected a journal's JSON, found Unexpected end of JSON input",
          run: 'run-1',
          life: 'dead',
        },
        ...{ owner: expect.objectContaining({ folder: resolve('runs/x') }), entries: [] },
      },
    ]);
    expect(journals.map(({ owner, entries }) => [owner.run, entries.map(({ id }) => id)])).toEqual([
      ['run-1', ['001-cluster']],
      ['run-2', ['001-cluster']],
    ]);
    const owner = join(state, 'journal', 'run-2', 'owner.json');
    writeFileSync(owner, 'null');
    expect(findJournals().damaged.map((one) => one.path)).toEqual([path, owner]);
    expect(findJournals().journals.map((one) => one.owner.run)).toEqual(['run-1']);
  });

  test('of a damaged journal all is known that can still be read of it', () => {
    dieWithJournal();
    const place = join(state, 'journal', 'run-1');
    const cutOff = (name: string, after: string): void => {
      const text = readFileSync(join(place, name), 'utf8');
      writeFileSync(join(place, name), text.slice(0, text.indexOf(after) + after.length));
    };
    cutOff('002-fault.json', '"incarnation":"a1"');
    cutOff('owner.json', '"realFolder"');
    const path = join(place, 'owner.json');
    const known = { run: 'run-1', life: 'unknown', path };
    const entries = [
      { ...cluster, id: '001-cluster' },
      { cluster: 'skipbeat-x', incarnation: 'a1' },
    ];
    expect(findJournals().damaged).toEqual([
      { ...known, problem: expect.any(String), owner: { folder: resolve('runs/x'), realFolder: null }, entries },
    ]);
    writeFileSync(path, '{"run":"run-1","folder":"/ru');
    expect(findJournals().damaged).toEqual([{ ...known, problem: expect.any(String), owner: null, entries }]);
  });

  test('a folder of journals that cannot be read is named, and keeps no other from being read', () => {
    openJournal('run-1', null, null).add(cluster);
    const path = join(state, 'journal', 'loop');
    symlinkSync('loop', path);
    const { journals, damaged } = findJournals();
    const problem = `expected a folder that can be read, found ELOOP: too many symbolic links encountered, scandir '${path}'`;
    expect(damaged).toEqual([{ path, problem, run: 'loop', owner: null, life: 'unknown', entries: [] }]);
    expect(journals.map(({ owner }) => owner.run)).toEqual(['run-1']);
    rmSync(join(state, 'journal'), { recursive: true });
    symlinkSync('journal', join(state, 'journal'));
    expect(findJournals()).toMatchObject({ journals: [], damaged: [{ path: join(state, 'journal'), run: null }] });
  });

  test('what dead processes left of journals that were none yet, or no more, goes; what is not known to be such is named', () => {
    const open = openJournal('run-1', null, null);
    open.add(cluster);
    const place = (name: string): string => join(state, 'journal', name);
    const owner = { run: 'x', folder: null, engine: null };
    const dead = JSON.stringify({ ...owner, process: { ...thisProcess(), startTicks: '1' } });
    const elsewhere = { ...thisProcess(), startTicks: '1', pidNamespace: 'pid:[1]' };
    for (const [name, file, text] of [
      ['.draft-dead', 'owner.json', dead],
      ['.draft-elsewhere', 'owner.json', JSON.stringify({ ...owner, process: elsewhere })],
      ['.draft-live', 'owner.json', JSON.stringify({ ...owner, process: thisProcess() })],
      ['.draft-new', 'owner.json.4000000.part', '{"run":'],
      ['.draft-old', 'owner.json', '{"run":'],
      ['.git', 'HEAD', 'ref: refs/heads/main'],
      ['.gone-half', 'owner.json.4000000.part', ''],
      ['.gone-more', 'notes.txt', 'precious'],
      ['.gone-one', 'owner.json', dead],
    ] as const) {
      mkdirSync(place(name));
      writeFileSync(join(place(name), file), text);
    }
    mkdirSync(join(place('.gone-earlier'), 'owner'), { recursive: true });
    writeFileSync(join(place('.gone-earlier'), 'owner', 'owner.json'), dead);
    writeFileSync(place('.DS_Store'), '');
    utimesSync(place('.draft-old'), 1, 1);
    const found = findAsides();
    expect(found.map(({ path, why }) => [path.slice(place('').length + 1), why])).toEqual([
      ['.DS_Store', 'skipbeat put nothing of that name there'],
      ['.draft-dead', null],
      ['.draft-elsewhere', 'the end of the process that made it cannot be seen from here; it holds nothing to undo'],
      ['.draft-old', 'it does not say which process began it; it holds nothing to undo: delete it'],
      ['.git', 'skipbeat put nothing of that name there'],
      ['.gone-earlier', null],
      ['.gone-half', null],
      ['.gone-more', 'it holds what no run writes there; look at it, then delete it'],
      ['.gone-one', null],
    ]);
    for (const { why, remove } of found) if (why === null) remove();
    expect(findAsides().map(({ why }) => why)).not.toContain(null);
    expect(readdirSync(join(state, 'journal')).sort()).toEqual([
      ...['.DS_Store', '.draft-elsewhere', '.draft-live', '.draft-new', '.draft-old', '.git', '.gone-more', 'run-1'],
    ]);
  });

  test('an empty name of a state folder is none', () => {
    vi.stubEnv('SKIPBEAT_STATE_DIR', '');
    vi.stubEnv('XDG_STATE_HOME', '/some');
    vi.stubEnv('SKIPBEAT_CACHE_DIR', '');
    vi.stubEnv('XDG_CACHE_HOME', '/other');
    expect([stateDir(), cacheDir()]).toEqual(['/some/skipbeat', '/other/skipbeat']);
  });

  test.each<[string, (place: string) => void, string]>([
    ['a folder of journals that is a file', (place) => writeFileSync(place, 'garbage'), ''],
    ['an empty folder', (place) => mkdirSync(place), 'owner.json'],
    ['a link that leads nowhere', (place) => symlinkSync(join(state, 'nowhere'), place), ''],
  ])('%s is damage, and keeps no journal from being read', (_, make, file) => {
    openJournal('run-1', null, null).add(cluster);
    const place = join(state, 'journal', 'run-x');
    make(place);
    const { journals, damaged } = findJournals();
    expect(damaged).toMatchObject([{ path: join(place, file), run: 'run-x', owner: null, life: 'unknown' }]);
    expect(journals).toHaveLength(1);
  });

  test('what a process was killed in beginning goes: it is empty for a minute, or says who was killed', () => {
    const dead = JSON.stringify({ run: 'x', process: { ...thisProcess(), startTicks: '1' } });
    const place = (name: string) => join(state, 'journal', name);
    for (const name of ['.draft-new', '.draft-old', '.draft-part', '.draft-late'])
      mkdirSync(place(name), { recursive: true });
    writeFileSync(join(place('.draft-part'), 'owner.json.812-aaaabbbbcccc.part'), dead);
    for (const name of ['.draft-old', '.draft-late']) utimesSync(place(name), 1, 1);
    const found = findAsides();
    expect(found.map(({ path, why }) => [path, why])).toEqual(
      ['.draft-late', '.draft-old', '.draft-part'].map((name) => [place(name), null]),
    );
    // Whoever made it was slow, and writes now: it is not taken away.
    writeFileSync(join(place('.draft-late'), 'owner.json'), '');
    const [late, ...others] = found;
    expect(late?.remove).toThrow('ENOTEMPTY');
    for (const { remove } of others) remove();
    expect(readdirSync(join(state, 'journal')).sort()).toEqual(['.draft-late', '.draft-new']);
  });

  test('a journal is begun again whose beginning was taken for what a dead process left', async () => {
    const script = `
      import { readdirSync, rmdirSync } from 'node:fs';
      process.stdout.write('busy');
      for (;;) for (const name of readdirSync('.')) try { if (name.startsWith('.draft-')) rmdirSync(name); } catch {}
    `;
    const root = join(state, 'journal');
    mkdirSync(root);
    const busy = execa(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, reject: false });
    await new Promise((done) => busy.stdout.once('data', done));
    const runs = Array.from({ length: 60 }, (_, index) => `run-${String(index).padStart(3, '0')}`);
    try {
      for (const run of runs) openJournal(run, null, null);
    } finally {
      busy.kill('SIGKILL');
      await busy;
    }
    expect(readdirSync(root).sort()).toEqual(runs);
  });

  test('a journal that cannot be begun leaves nothing of itself', () => {
    openJournal('run-1', null, null);
    expect(() => openJournal('run-1', null, null)).toThrow(/ENOTEMPTY|EEXIST/);
    expect(readdirSync(join(state, 'journal'))).toEqual(['run-1']);
  });

  test.each<[string, (root: string) => void]>([
    ['a file', (root) => writeFileSync(root, '')],
    ['a link that leads nowhere', (root) => symlinkSync(join(state, 'nowhere'), root)],
  ])('where the place of all journals is %s, it is not said that there are none', (_, make) => {
    make(join(state, 'journal'));
    expect(findJournals()).toMatchObject({ journals: [], damaged: [{ path: join(state, 'journal'), run: null }] });
  });

  test('where the state folder is a link that leads nowhere, it is not said that there are no journals', () => {
    symlinkSync(join(state, 'nowhere'), join(state, 'link'));
    vi.stubEnv('SKIPBEAT_STATE_DIR', join(state, 'link'));
    expect(findJournals().damaged).toMatchObject([{ path: join(state, 'link', 'journal'), run: null }]);
  });

  test.each<[string, string, (path: string) => void]>([
    ['a link that leads nowhere', '009-fault.json', (path) => symlinkSync(join(state, 'nowhere'), path)],
    ['a named pipe', '009-fault.json', (path) => execaSync('mkfifo', [path])],
    ['a folder', '009-fault.json', (path) => mkdirSync(path)],
    ['a file of somebody else', 'note.txt', (path) => writeFileSync(path, '')],
  ])('in a journal %s is damage of that name alone', (_, name, make) => {
    dieWithJournal();
    const path = join(state, 'journal', 'run-1', name);
    make(path);
    const { journals, damaged } = findJournals();
    expect(damaged).toMatchObject([{ path, run: 'run-1', life: 'dead', entries: [] }]);
    expect(journals[0]?.entries).toHaveLength(2);
  });

  test.each<[string, object]>([
    ['of no kind that is known', { kind: 'relay' }],
    ['with nothing to undo', { undo: [] }],
    ['without what undoes it', { undo: undefined }],
    ['with a command that names no node', { undo: [{ argv: ['true'], timeoutMs: 1000 }] }],
    ['without its name', { fault: undefined }],
  ])('an entry %s is damage, and is not called undone', (_, other) => {
    dieWithJournal();
    const path = join(state, 'journal', 'run-1', '002-fault.json');
    writeFileSync(path, JSON.stringify({ ...fault, ...other }));
    const { journals, damaged } = findJournals();
    expect(damaged).toMatchObject([{ path, entries: [{ cluster: 'skipbeat-x', incarnation: 'a1' }] }]);
    expect(journals[0]?.entries.map(({ id }) => id)).toEqual(['001-cluster']);
  });

  test.each<[string, object]>([
    ['whose process has no boot', { process: { ...thisProcess(), bootId: undefined } }],
    ['whose folder is a number', { folder: 5, realFolder: {} }],
    ['whose run is none', { run: null }],
    ['whose engine is missing', { engine: undefined }],
  ])('an owner %s is damage: who wrote the journal is not known, and nobody takes them for dead', async (_, other) => {
    openJournal('run-1', null, 'ENGINE').add(cluster);
    const path = join(state, 'journal', 'run-1', 'owner.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...other }));
    const { journals, damaged } = findJournals();
    expect(journals).toEqual([]);
    expect(damaged).toMatchObject([{ path, life: 'unknown', entries: [cluster] }]);
  });

  test.each<[string, (path: string) => void, string]>([
    [
      'cut off after 20 MB',
      (path) => writeFileSync(path, `{"folder":"${'a'.repeat(20e6)}`),
      'Unterminated string in JSON at position 20000011 (line 1 column 20000012)',
    ],
    ['of 600 MB', (path) => truncateSync(path, 600e6), '600.0 MB instead of at most 64 MB'],
    [
      'that is a named pipe',
      (path) => {
        rmSync(path);
        execaSync('mkfifo', [path]);
      },
      'something else instead of a file',
    ],
  ])('an owner %s stops nothing', (_, damage, problem) => {
    openJournal('run-1', null, 'ENGINE').add(cluster);
    openJournal('run-2', null, 'ENGINE').add(cluster);
    const path = join(state, 'journal', 'run-1', 'owner.json');
    damage(path);
    const { journals, damaged } = findJournals();
    expect(damaged).toMatchObject([{ path, problem: `expected a journal's JSON, found ${problem}`, owner: null }]);
    expect(journals).toHaveLength(1);
  });

  test('a journal keeps its folder by the name that no link changes', () => {
    mkdirSync(join(state, 'disk'));
    symlinkSync(join(state, 'disk'), join(state, 'link'));
    const { folder, realFolder } = openJournal('run-1', join(state, 'link', 'out'), null);
    expect([folder, realFolder]).toEqual([join(state, 'link', 'out'), join(realpathSync(state), 'disk', 'out')]);
    expect(findJournals().journals[0]?.owner).toMatchObject({ folder, realFolder });
  });

  test('a reader is not disturbed by a process that opens, fills, empties and closes journals all the time', async () => {
    const script = `
      import { openJournal } from ${JSON.stringify(fileURLToPath(new URL('../../src/journal/index.ts', import.meta.url)))};
      for (let count = 0; ; count += 1) {
        const journal = openJournal('busy-' + count, null, null);
        const entries = [journal.add(${JSON.stringify(cluster)}), journal.add(${JSON.stringify(fault)})];
        for (const { done } of entries) done();
        journal.close();
        if (count === 20) process.stdout.write('busy');
      }
    `;
    const busy = execa(process.execPath, ['--input-type=module-typescript', '--eval', script], { reject: false });
    await new Promise((done) => busy.stdout.once('data', done));
    const kept = openJournal('run-1', null, null);
    kept.add(cluster);
    for (let probe = 0; probe < 1500; probe += 1) {
      const { journals, damaged } = findJournals();
      expect(damaged).toEqual([]);
      expect(journals.find(({ owner }) => owner.run === 'run-1')?.entries).toHaveLength(1);
    }
    busy.kill('SIGKILL');
    await busy;
  });

  test('without a state folder there are no journals', () => {
    expect(findJournals()).toEqual({ journals: [], damaged: [] });
  });
});
