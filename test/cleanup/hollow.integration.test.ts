import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replay } from '../../src/cleanup/replay.ts';
import { type CleanupAct, createReport } from '../../src/cleanup/report.ts';
import { hollowFolder } from '../../src/cluster/hollow/processes.ts';
import type { InspectedCluster } from '../../src/cluster/index.ts';
import { incarnationVariable } from '../../src/cluster/names.ts';
import { findJournals, openJournal } from '../../src/journal/index.ts';
import { containerExec, type HollowVerb, hollowArgvFile, hollowCommand, hostExec } from '../../src/node/index.ts';

let place: string;
let folder: string;
let others: ChildProcess[];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'skipbeat-cleanup-'));
  folder = join(place, 'hollow');
  mkdirSync(folder);
  others = [];
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(place, 'state'));
});
afterEach(async () => {
  await run('remove');
  for (const other of others) other.kill('SIGKILL');
  vi.unstubAllEnvs();
  rmSync(place, { recursive: true });
});

const run = async (verb: HollowVerb): Promise<string> =>
  (await containerExec(hostExec)(hollowCommand(verb, folder, 'group-1'))).stdout.trim();

const launch = async (): Promise<void> => {
  writeFileSync(hollowArgvFile(folder, 'group-1'), ['sleep', '600'].map((word) => `${word}\0`).join(''));
  expect(await run('start')).toMatch(/^\d+ (?:R \(running\)|S \(sleeping\))$/);
};

const write = (): void => {
  openJournal('a-run', null, null).add({
    kind: 'hollow',
    cluster: 'skipbeat-a',
    incarnation: 'a1',
    ends: [hollowCommand('remove', folder, 'group-1')],
    undo: { node: 'skipbeat-a-control-plane', argv: ['false'], timeoutMs: 1000 },
  });
};

const begin = async (): Promise<void> => {
  await launch();
  write();
};

/** A process that is called kwok and bears an incarnation, as that of a cluster's hollow nodes does. */
const kwokOf = (incarnation: string): ChildProcess => {
  const program = join(place, `kwok-${incarnation}`);
  symlinkSync('/bin/sleep', program);
  const env = { ...process.env, [incarnationVariable]: incarnation };
  const child = spawn(program, ['600'], { stdio: 'ignore', env });
  others.push(child);
  return child;
};

const cleaned = async (dryRun: boolean, running: ReadonlyMap<string, InspectedCluster>) => {
  const acts: CleanupAct[] = [];
  const report = createReport(dryRun, (act) => acts.push(act));
  const [journal] = findJournals().journals;
  if (journal === undefined) throw new Error('no journal');
  const remove = () => Promise.resolve(true);
  await replay(journal, { host: hostExec, running, only: null, dryRun, report, remove });
  const lines = acts.map(({ outcome, what, name, detail }) => `${outcome} ${what} ${name}: ${detail}`);
  return { lines, isClean: report.isClean(), left: findJournals().journals.flatMap(({ entries }) => entries).length };
};

test('what keeps hollow nodes is ended though it is stopped, and though their cluster is gone; nothing starts it anew', async () => {
  await begin();
  await run('pause');
  expect(await cleaned(false, new Map())).toEqual({
    lines: [
      'done hollow nodes of skipbeat-a: 1 kwok process ended',
      'done hollow nodes of skipbeat-a: its cluster is gone, and they with it',
    ],
    isClean: true,
    left: 0,
  });
  expect(await run('state')).toBe('gone');
  await run('start');
  expect(await run('state')).toBe('gone');
});

test('a dry run says so and ends nothing', async () => {
  await begin();
  const { lines, left } = await cleaned(true, new Map());
  expect(lines).toEqual([
    'would hollow nodes of skipbeat-a: processes would be ended',
    'would hollow nodes of skipbeat-a: Node objects would be deleted',
  ]);
  expect(left).toBe(1);
  expect(await run('state')).not.toBe('gone');
});

test('kwok of the cluster that bears the name now is not ended by what a run left of the one before it', async () => {
  const [before, now] = ['aaaabbbbccccdddd', 'ddddccccbbbbaaaa'].map((which) => hollowFolder('skipbeat-a', which));
  if (before === undefined || now === undefined) throw new Error('expected a folder of each');
  expect(before).not.toBe(now);
  folder = now;
  for (const one of [before, now]) mkdirSync(one, { recursive: true });
  await launch();
  const own = await run('state');
  folder = before;
  expect(own).not.toBe('gone');
  await begin();
  expect((await cleaned(false, new Map())).isClean).toBe(true);
  expect(await run('state')).toBe('gone');
  folder = now;
  expect(await run('state')).toBe(own);
});

test('kwok of a dead run is ended by what it bears, though the files that say its number are gone, and no other is', async () => {
  const [own, other] = [kwokOf('a1'), kwokOf('a2')];
  write();
  expect(await cleaned(false, new Map())).toMatchObject({ isClean: true, left: 0 });
  await vi.waitUntil(() => own.signalCode !== null, 10_000);
  expect(own.signalCode).toBe('SIGKILL');
  expect(other.exitCode ?? other.signalCode).toBeNull();
});

test('what another cleanup undid since a journal was read is not undone again: a run may have begun on the cluster', async () => {
  await begin();
  const [stale, now] = [findJournals(), findJournals()].map(({ journals }) => journals[0]);
  if (stale === undefined || now === undefined) throw new Error('no journal');
  for (const { id } of now.entries) now.done(id);
  const state = await run('state');
  expect(state).not.toBe('gone');
  const acts: CleanupAct[] = [];
  const report = createReport(false, (act) => acts.push(act));
  const remove = () => Promise.resolve(true);
  await replay(stale, { host: hostExec, running: new Map(), only: null, dryRun: false, report, remove });
  expect([acts, report.isClean(), await run('state')]).toEqual([[], true, state]);
});
