import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchProcesses } from '../../../../src/backend/kind/hollow/watch-processes.ts';
import { pause } from '../../../../src/common/wait.ts';
import {
  containerExec,
  hollowArgvFile,
  hollowCommand,
  hollowProcess,
  hollowRelay,
  hostExec,
} from '../../../../src/node/index.ts';

let folder: string;
let watching: AbortController;
let watched: Promise<void>;
let failures: unknown[];

const act = async (verb: 'start' | 'end' | 'remove'): Promise<void> => {
  const { exitCode } = await containerExec(hostExec)(hollowCommand(verb, folder, 'group-1'));
  expect(exitCode).toBe(0);
};

const kill = (): void => {
  process.kill(hollowProcess(folder, 'group-1')?.pid ?? Number.NaN, 'SIGKILL');
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-watch-'));
  writeFileSync(hollowArgvFile(folder, 'group-1'), ['sleep', '600'].map((word) => `${word}\0`).join(''));
  failures = [];
  watching = new AbortController();
  await act('start');
  watched = watchProcesses({
    sites: [{ group: 'group-1', nodes: ['hollow-1', 'hollow-2'], folder }],
    stays: true,
    fail: (thrown) => failures.push(thrown),
    signal: watching.signal,
  });
});
afterEach(async () => {
  watching.abort();
  await watched;
  await act('remove');
  rmSync(folder, { recursive: true });
});

const gone = 'was gone in the middle of the run:';
const silent = 'fell silent by no fault of the plan.';
const expectLost = (): void =>
  expect(failures).toEqual([
    expect.objectContaining({
      ...{ code: 'HOLLOW_LOST', exitCode: 2, message: `The kwok process of hollow-1, hollow-2 ${gone} they ${silent}` },
      next: `read ${folder}/group-1.log, then run again`,
    }),
  ]);

/** More than two checks of the processes. */
const checksMs = 1300;

test('one that dies before its fault is lost, though a fault of the plan is to end it', async () => {
  kill();
  await watched;
  expectLost();
});

test('one that a fault has ended is not, nor is it once it was started again', async () => {
  await act('end');
  await pause(checksMs, watching.signal);
  await act('start');
  await pause(checksMs, watching.signal);
  expect(failures).toEqual([]);
});

test('one that dies after its fault is lost', async () => {
  await act('end');
  await act('start');
  kill();
  await watched;
  expectLost();
});

test('a relay that dies is lost, too, and is called one', async () => {
  const name = hollowRelay('group-1');
  writeFileSync(hollowArgvFile(folder, name), ['sleep', '600'].map((word) => `${word}\0`).join(''));
  const run = (verb: 'start' | 'remove') => containerExec(hostExec)(hollowCommand(verb, folder, name));
  await run('start');
  const found: unknown[] = [];
  const relays = watchProcesses({
    sites: [{ group: name, nodes: ['hollow-1'], folder }],
    stays: false,
    fail: (thrown) => found.push(thrown),
    signal: watching.signal,
  });
  process.kill(hollowProcess(folder, name)?.pid ?? Number.NaN, 'SIGKILL');
  await relays;
  expect(found).toEqual([
    expect.objectContaining({
      ...{ code: 'HOLLOW_LOST', exitCode: 2, message: `The relay before kwok of hollow-1 ${gone} it ${silent}` },
      next: 'run again with --keep-cluster: what it logged goes with the cluster',
    }),
  ]);
  await run('remove');
});
