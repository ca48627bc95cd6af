import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { thisProcess } from '../../src/common/host/process.ts';
import { findJournals, openJournal, removeAsides, type UndoEntry } from '../../src/journal/index.ts';

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

/** A process that opens a journal with two entries and is killed without a chance to tidy up. */
const dieWithJournal = async (): Promise<void> => {
  const script = `
    import { openJournal } from ${JSON.stringify(fileURLToPath(new URL('../../src/journal/index.ts', import.meta.url)))};
    const journal = openJournal('run-1', 'runs/x', 'ENGINE');
    journal.add(${JSON.stringify(cluster)});
    journal.add(${JSON.stringify(fault)});
    process.kill(process.pid, 'SIGKILL');
  `;
  const died = await execa(process.execPath, ['--input-type=module-typescript', '--eval', script], { reject: false });
  expect(died.signal).toBe('SIGKILL');
};

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

  test('the journal of a killed process is found with its entries, newest first, and its owner is dead', async () => {
    await dieWithJournal();
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

  test('one damaged entry is named, and keeps neither the others of its journal nor other journals from being read', async () => {
    await dieWithJournal();
    openJournal('run-2', null, null).add(cluster);
    const path = join(state, 'journal', 'run-1', '002-fault.json');
    writeFileSync(path, '{"kind":');
    const { journals, damaged } = findJournals();
    expect(damaged).toEqual([
      {
        ...{ path, problem: expect.stringContaining("expected a journal's JSON, found"), run: 'run-1', life: 'dead' },
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

  test('of a damaged journal all is known that can still be read of it', async () => {
    await dieWithJournal();
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
    expect(damaged).toMatchObject([{ path, problem: expect.stringContaining('ELOOP'), run: 'loop', owner: null }]);
    expect(journals.map(({ owner }) => owner.run)).toEqual(['run-1']);
    rmSync(join(state, 'journal'), { recursive: true });
    symlinkSync('journal', join(state, 'journal'));
    expect(findJournals()).toMatchObject({ journals: [], damaged: [{ path: join(state, 'journal'), run: null }] });
  });

  test('what dead processes left of journals that were none yet, or no more, is removed, and nothing else', () => {
    const open = openJournal('run-1', null, null);
    open.add(cluster);
    const place = (name: string): string => join(state, 'journal', name);
    const owner = { run: 'x', folder: null, engine: null };
    for (const [name, text] of [
      ['.draft-dead', JSON.stringify({ ...owner, process: { ...thisProcess(), startTicks: '1' } })],
      ['.draft-live', JSON.stringify({ ...owner, process: thisProcess() })],
      ['.draft-half', '{"run":'],
      ['.gone-one', '{}'],
      ['.obsidian', '{}'],
    ] as const) {
      mkdirSync(place(name));
      writeFileSync(join(place(name), 'owner.json'), text);
    }
    removeAsides();
    expect(readdirSync(join(state, 'journal')).sort()).toEqual(['.draft-half', '.draft-live', '.obsidian', 'run-1']);
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
