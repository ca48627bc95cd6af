import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFence } from '../../src/fault/fence.ts';
import type { NodeCommand } from '../../src/node/index.ts';

// The node is this machine: what an engine was handed runs on, whoever handed it over.
let folder: string;
let fault: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipbeat-fence-'));
  fault = join(folder, 'fault');
});
afterEach(() => rmSync(folder, { recursive: true }));

const command = (...argv: [string, ...string[]]): NodeCommand => ({ node: 'this', argv, timeoutMs: 10_000 });
const run = ({ argv: [file, ...args] }: NodeCommand) => execa(file, args, { reject: false });
const begun = (): string => join(folder, 'begun');
const slow = (): NodeCommand => command('sh', '-c', 'touch "$1"; sleep 2; touch "$0"', fault, begun());

test('an injection that still runs when its undo begins is ended, with all that it started', async () => {
  const fence = createFence();
  const injection = run(fence.command(slow()));
  while (!existsSync(begun())) await delay(10);
  expect((await run(fence.undo(command('rm', '-f', fault)))).exitCode).toBe(0);
  await injection;
  await delay(2500);
  expect(existsSync(fault)).toBe(false);
});

test('an injection that begins after its undo is not run', async () => {
  const fence = createFence();
  writeFileSync(fault, '');
  await run(fence.undo(command('rm', '-f', fault)));
  const late = await run(fence.command(command('touch', fault)));
  expect([late.exitCode, late.stderr]).toEqual([72, 'came after the undo, and was not run']);
  expect(existsSync(fault)).toBe(false);
  await run(createFence().command(command('touch', fault)));
  expect(existsSync(fault)).toBe(true);
});

test('an injection and its undo are what they were otherwise, and the undo may be run twice', async () => {
  const fence = createFence();
  const injected = await run(fence.command(command('sh', '-c', 'touch "$0"; echo "$1"; exit 3', fault, 'a b')));
  expect([injected.exitCode, injected.stdout, existsSync(fault)]).toEqual([3, 'a b', true]);
  const undo = fence.undo({ ...command('rm', fault), before: 'x' });
  expect([undo.before, (await run(undo)).exitCode, (await run(undo)).exitCode]).toEqual(['x', 0, 1]);
});

test('what runs on this machine about a node needs no fence', () => {
  const frozen: NodeCommand = { ...command('docker', 'pause', 'x'), on: 'host' };
  expect(createFence().command(frozen)).toBe(frozen);
});
