import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { claimCluster, clusterUse, writtenUse } from '../../src/cluster/index.ts';
import { markSourcePath } from '../../src/cluster/owner.ts';
import { clusterDir } from '../../src/cluster/store.ts';
import { assertUnused } from '../../src/cluster/usable.ts';
import { thisProcess } from '../../src/common/host/process.ts';
import { findJournals } from '../../src/journal/index.ts';
import { refusalOf } from '../support/refusal.ts';

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
  // What they are about they do not say: whether it is this cluster, its mark may.
  expect(writtenUse(name, incarnation)).toMatchObject({ process: null, mayBeAtWork: true });
  writeFileSync(markSourcePath(name, incarnation), JSON.stringify({ process: { ...thisProcess(), startTicks: '1' } }));
  expect(writtenUse(name, incarnation)).toBeNull();
});

/** The journal of a run in another PID namespace, with no entry, as between its faults; and the mark that it left. */
const leaveUnseen = (owner: string): void => {
  const process = { ...thisProcess(), pidNamespace: 'pid:[1]' };
  mkdirSync(join(place, 'journal', 'unseen'), { recursive: true });
  const text = JSON.stringify({ run: 'unseen', folder: null, engine: null, process });
  writeFileSync(join(place, 'journal', 'unseen', 'owner.json'), owner === '' ? text : owner);
  writeFileSync(markSourcePath(name, incarnation), JSON.stringify({ run: 'unseen', process }));
};

test.each(['', '{"run":'])(
  'a run whose end cannot be seen keeps others off its cluster between its faults: %j',
  (owner) => {
    leaveUnseen(owner);
    const use = writtenUse(name, incarnation);
    expect(use).toMatchObject({ isAtWork: false, mayBeAtWork: true });
    const damaged = join(place, 'journal/unseen/owner.json');
    const who =
      owner === ''
        ? `run unseen may be at work on it (process ${process.pid} on ${hostname()} in another PID namespace, whose end cannot be seen from here)`
        : `a run may be at work on it, of whose journal ${damaged} is damaged`;
    expect(refusalOf(() => assertUnused(name, use))).toMatchObject({
      ...{ code: 'CLUSTER_UNCLEAN', exitCode: 75 },
      message: `Cluster ${name}: expected to have it alone, found that ${who}.`,
    });
  },
);

test('a process that ran on a cluster and lives on keeps nobody off it', () => {
  writeFileSync(
    markSourcePath(name, incarnation),
    JSON.stringify({ process: { ...thisProcess(), pid: process.ppid, startTicks: null } }),
  );
  const use = writtenUse(name, incarnation);
  expect(use).toMatchObject({ isAtWork: false, mayBeAtWork: false });
  expect(() => assertUnused(name, use)).not.toThrow();
});

test('by a damaged journal whose run has ended, as the mark that it left says, nobody is at work on its cluster', () => {
  leaveUnseen('{"run":');
  const dead = { ...thisProcess(), startTicks: '1' };
  writeFileSync(markSourcePath(name, incarnation), JSON.stringify({ run: 'unseen', process: dead }));
  expect(writtenUse(name, incarnation)).toBeNull();
});

test('a mark that cannot be read leaves it open who uses its cluster', () => {
  mkdirSync(markSourcePath(name, incarnation));
  expect(writtenUse(name, incarnation)).toMatchObject({
    process: null,
    mayBeAtWork: true,
    text: 'the mark that says who uses it cannot be read: something else instead of a file',
  });
});

test.each(['', '{"pid":', '{}', 'null'])(
  'a cluster whose lock is held and says %j is in use by somebody unknown',
  async (text) => {
    const { release } = await claimCluster(name);
    const lock = join(place, 'locks', `${name}.lock`);
    writeFileSync(lock, text);
    const silent = `${lock}: expected to read who holds it, found a lock that says nothing`;
    const who =
      text === ''
        ? `its lock cannot be read: ${silent}; fuser -v ${lock}  names the process that holds it: wait for it, or end what started it`
        : `${lock} is locked and names no process; once  fuser -v ${lock}  names nobody, run this again`;
    const unknown = `who is at work on it is not known, for ${who}`;
    const busy = `Cluster ${name}: expected to have it alone, found that ${unknown}.`;
    try {
      const use = await clusterUse(name, incarnation);
      expect(use).toMatchObject({ process: null, isAtWork: true, text: unknown });
      expect(refusalOf(() => assertUnused(name, use))).toMatchObject({
        ...{ code: 'CLUSTER_BUSY', exitCode: 75, message: busy },
      });
      await expect(claimCluster(name)).rejects.toMatchObject({
        exitCode: 75,
        message: text === '' ? `${silent}.` : busy,
      });
    } finally {
      await release();
    }
  },
);
