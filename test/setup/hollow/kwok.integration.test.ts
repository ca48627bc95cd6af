import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openJournal } from '../../../src/journal/index.ts';
import { hollowCommand } from '../../../src/node/hollow-process.ts';
import { hostExec } from '../../../src/node/index.ts';
import { writeDown } from '../../../src/setup/changes.ts';
import { judgeKwok, kwokPath, probeKwok, requireKwok } from '../../../src/setup/hollow/kwok.ts';
import { undoSetup } from '../../../src/setup/undo.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-kwok-'));
  vi.stubEnv('SKIPBEAT_CACHE_DIR', join(folder, 'cache'));
  vi.stubEnv('SKIPBEAT_STATE_DIR', join(folder, 'state'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const program = async (lines: string): Promise<void> => {
  await mkdir(dirname(kwokPath()), { recursive: true });
  await writeFile(kwokPath(), `#!/bin/sh\n${lines}\n`);
  await chmod(kwokPath(), 0o755);
};

test('kwok that is not there is missing, and the error names the command that gets it', async () => {
  expect(judgeKwok(await probeKwok(), kwokPath())).toEqual({
    name: 'kwok',
    state: 'missing',
    found: null,
    problem: `expected kwok v0.8.0 at ${kwokPath()}, found none`,
    fix: 'npm run setup -- --hollow',
    requiredFor: 'hollow',
  });
  await expect(requireKwok()).rejects.toMatchObject({
    code: 'KWOK_UNUSABLE',
    exitCode: 75,
    next: 'npm run setup -- --hollow',
  });
});

test.each([
  ['echo kwok version v0.7.0 go1.26.0 "(linux/amd64)"', 'v0.7.0'],
  ['echo something else', 'something else'],
  ['exit 3', 'a file that does not answer'],
])('kwok that answers by %s is broken', async (lines, found) => {
  await program(lines);
  const check = judgeKwok(await probeKwok(), kwokPath());
  expect([check.state, check.problem]).toEqual(['broken', `expected kwok v0.8.0 at ${kwokPath()}, found ${found}`]);
  await expect(requireKwok()).rejects.toMatchObject({ code: 'KWOK_UNUSABLE' });
});

test('kwok of this release is ready, and set-up undone takes it away', async () => {
  await program('echo kwok version v0.8.0 go1.26.8 "(linux/amd64)"');
  expect(judgeKwok(await probeKwok(), kwokPath())).toMatchObject({ state: 'ready', found: `v0.8.0 at ${kwokPath()}` });
  expect(await requireKwok()).toBe(kwokPath());
  const lines: string[] = [];
  await undoSetup(hostExec, (line) => lines.push(line));
  expect(lines).toEqual([`${kwokPath()} removed`]);
  expect(await readdir(dirname(kwokPath()))).toEqual([]);
});

test('kwok that runs by another path to it is not taken away', async () => {
  await mkdir(dirname(kwokPath()), { recursive: true });
  await copyFile('/bin/sleep', kwokPath());
  const link = join(folder, 'link');
  await symlink(join(folder, 'cache'), link);
  const user = spawn(join(link, 'bin', basename(kwokPath())), ['600'], { stdio: 'ignore' });
  await once(user, 'spawn');
  try {
    await expect(undoSetup(hostExec, () => undefined)).rejects.toMatchObject({ code: 'SETUP_IN_USE' });
  } finally {
    user.kill();
  }
  expect(await readdir(dirname(kwokPath()))).toEqual(['kwok-v0.8.0']);
});

test('kwok that somebody runs is not taken away, nor anything else of set-up', async () => {
  await mkdir(dirname(kwokPath()), { recursive: true });
  await copyFile('/bin/sleep', kwokPath());
  const file = join(folder, 'wrapper');
  await writeFile(file, 'ours');
  await writeDown({ kind: 'file', path: file, before: null, after: 'ours' });
  const user = spawn(kwokPath(), ['600'], { stdio: 'ignore' });
  await once(user, 'spawn');
  const lines: string[] = [];
  const undo = () => undoSetup(hostExec, (line) => lines.push(line));
  try {
    await expect(undo()).rejects.toMatchObject({
      ...{ code: 'SETUP_IN_USE', exitCode: 75 },
      message: `Expected nobody to run ${kwokPath()}, found process ${user.pid}.`,
    });
  } finally {
    user.kill();
  }
  expect([lines, await readdir(dirname(kwokPath())), await readFile(file, 'utf8')]).toEqual([
    [],
    ['kwok-v0.8.0'],
    'ours',
  ]);
});

test('kwok of a run that has hollow nodes is not taken away while a fault has ended it', async () => {
  await program('exit 0');
  const journal = openJournal('run-hollow', null, null);
  const command = hollowCommand('remove', folder, 'workers');
  const entry = { cluster: 'skipbeat-demo', incarnation: '0123456789abcdef', ends: [command], undo: command };
  const { done } = journal.add({ kind: 'hollow', ...entry });
  const lines: string[] = [];
  const undo = () => undoSetup(hostExec, (line) => lines.push(line));
  await expect(undo()).rejects.toMatchObject({
    ...{ code: 'SETUP_IN_USE', exitCode: 75 },
    message: `Expected nobody to run ${kwokPath()}, found that run run-hollow has hollow nodes (process ${process.pid} on ${hostname()}).`,
  });
  expect([lines, await readdir(dirname(kwokPath()))]).toEqual([[], ['kwok-v0.8.0']]);
  done();
  journal.close();
  await undo();
  expect(lines).toEqual([`${kwokPath()} removed`]);
});
