import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isDead } from '../../src/common/host/process.ts';
import {
  containerExec,
  type HollowVerb,
  hollowArgvFile,
  hollowCommand,
  hollowProcess,
  hostExec,
  readHollowCommand,
} from '../../src/node/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-hollow-'));
});
afterEach(async () => {
  await run('end');
  rmSync(folder, { recursive: true });
});

const run = async (verb: HollowVerb): Promise<readonly [number | null, string]> => {
  const { exitCode, stdout } = await containerExec(hostExec)(hollowCommand(verb, folder, 'group-1'));
  return [exitCode, stdout.trim()];
};

const begin = (...argv: readonly string[]): void =>
  writeFileSync(hollowArgvFile(folder, 'group-1'), argv.map((word) => `${word}\0`).join(''));

test('a process is started, paused, let go on, ended and started again; each is safe twice', async () => {
  begin('env', 'A=a b', 'sleep', '600');
  expect(await run('state')).toEqual([0, 'gone']);
  const [code, started] = await run('start');
  expect([code, /^\d+ [RS] /.test(started)]).toEqual([0, true]);
  const first = hollowProcess(folder, 'group-1');
  await run('start');
  expect(hollowProcess(folder, 'group-1')).toEqual(first);
  expect(await run('pause')).toEqual([0, `${first?.pid} T (stopped)`]);
  expect(await run('pause')).toEqual([0, `${first?.pid} T (stopped)`]);
  const goesOn = [`${first?.pid} R (running)`, `${first?.pid} S (sleeping)`];
  expect(goesOn).toContain((await run('continue'))[1]);
  expect(goesOn).toContain((await run('continue'))[1]);
  await run('pause');
  // One that is stopped is ended all the same.
  expect(await run('end')).toEqual([0, 'gone']);
  expect(await run('end')).toEqual([0, 'gone']);
  expect(first !== null && isDead(first)).toBe(true);
  await run('start');
  expect(hollowProcess(folder, 'group-1')?.pid).not.toBe(first?.pid);
});

test("one that was removed is not started anew, by a dead-man's switch that comes late for one", async () => {
  begin('sleep', '600');
  await run('start');
  const first = hollowProcess(folder, 'group-1');
  const [removed, late] = await Promise.all([run('remove'), run('start')]);
  expect(removed).toEqual([0, 'gone']);
  expect(first !== null && isDead(first)).toBe(true);
  // The one that came first may have found it running; none of them left it so.
  expect([3, 0]).toContain(late[0]);
  expect(await run('start')).toEqual([3, '']);
  expect(await run('state')).toEqual([0, 'gone']);
});

test('one that is gone cannot be paused, and is not there', async () => {
  expect(await run('pause')).toEqual([3, '']);
  expect(await run('continue')).toEqual([0, 'gone']);
  expect(hollowProcess(folder, 'group-1')).toBeNull();
});

test('without its command line none is started', async () => {
  expect(await run('start')).toEqual([3, '']);
  expect(hollowProcess(folder, 'group-1')).toBeNull();
});

test('another process that has the number by now is left alone', async () => {
  writeFileSync(join(folder, 'group-1.pid'), `${process.pid} 1\n`);
  expect(await run('end')).toEqual([0, 'gone']);
  expect((await run('pause'))[0]).toBe(3);
});

test('a command tells what it is about, and no other does', () => {
  expect(readHollowCommand(hollowCommand('pause', '/a b', 'group-2'))).toEqual({
    verb: 'pause',
    folder: '/a b',
    group: 'group-2',
  });
  expect(readHollowCommand({ argv: ['bash', '-c', 'true'] })).toBeNull();
});
