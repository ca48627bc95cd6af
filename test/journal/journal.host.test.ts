import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findJournals, isAlive, openJournal, thisProcess, type UndoEntry } from '../../src/journal/index.ts';

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
  fault: 'kubelet-pause-1',
  faultKind: 'kubelet-pause',
  undo: [{ node: 'skipbeat-x-worker', argv: ['true'], timeoutMs: 1000 }],
};
const cluster: UndoEntry = { kind: 'cluster', cluster: 'skipbeat-x' };

/** A process that opens a journal with two entries and is killed without a chance to tidy up. */
const dieWithJournal = async (): Promise<void> => {
  const script = `
    import { openJournal } from ${JSON.stringify(new URL('../../src/journal/index.ts', import.meta.url).pathname)};
    const journal = openJournal('run-1', 'runs/x');
    journal.add(${JSON.stringify(cluster)});
    journal.add(${JSON.stringify(fault)});
    process.kill(process.pid, 'SIGKILL');
  `;
  const died = await execa(process.execPath, ['--input-type=module-typescript', '--eval', script], { reject: false });
  expect(died.signal).toBe('SIGKILL');
};

describe('the journal', () => {
  test('an entry is on the disk when add() returns, readable by its owner alone, and gone when it is done', () => {
    const journal = openJournal('run-1', 'runs/x');
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
    const journal = openJournal('run-1', null);
    journal.add(fault);
    journal.close();
    expect(findJournals()).toHaveLength(1);
  });

  test('what was to be undone on a cluster is done when the cluster is gone, and only that', () => {
    const journal = openJournal('run-1', null);
    journal.add(cluster);
    journal.add(fault);
    journal.add({ kind: 'cluster', cluster: 'skipbeat-other' });
    journal.clusterGone('skipbeat-x');
    expect(findJournals()[0]?.entries.map((entry) => entry.cluster)).toEqual(['skipbeat-other']);
  });

  test('the journal of a killed process is found with its entries, newest first, and its owner is dead', async () => {
    await dieWithJournal();
    const [found] = findJournals();
    expect(found).toMatchObject({ alive: false, owner: { run: 'run-1', folder: 'runs/x' } });
    expect(found?.entries.map(({ kind }) => kind)).toEqual(['fault', 'cluster']);
    for (const { id } of found?.entries ?? []) found?.done(id);
    found?.close();
    expect(findJournals()).toEqual([]);
  });

  test('the journal of a live process says so', () => {
    openJournal('run-1', null);
    expect(findJournals()[0]?.alive).toBe(true);
  });

  test('a damaged entry is an error that names the file', async () => {
    await dieWithJournal();
    const path = join(state, 'journal', 'run-1', '002-fault.json');
    writeFileSync(path, '{"kind":');
    expect(() => findJournals()).toThrow(`${path}: expected a journal entry, found`);
  });

  test('without a state folder there are no journals', () => {
    expect(findJournals()).toEqual([]);
  });
});

describe('isAlive', () => {
  test('knows this process, and not another one that was given the same number', () => {
    const me = thisProcess();
    expect(isAlive(me)).toBe(true);
    expect(isAlive({ ...me, startTicks: '1' })).toBe(false);
    expect(isAlive({ ...me, bootId: 'another boot' })).toBe(false);
  });

  test('knows that an ended process is gone', async () => {
    const child = execa(process.execPath, ['--eval', 'process.stdin.resume()'], { reject: false });
    const pid = child.pid as number;
    expect(isAlive({ ...thisProcess(), pid, startTicks: null })).toBe(true);
    child.kill('SIGKILL');
    await child;
    expect(isAlive({ ...thisProcess(), pid, startTicks: null })).toBe(false);
  });
});
