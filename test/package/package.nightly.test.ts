import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cacheDir } from '../../src/common/host/paths.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { containers, leftovers, madeCluster, makePlace } from '../e2e/support/harness.ts';
import { type Installed, installPackage, testExample } from './installed.ts';

// The installed package on real clusters: no checkout, what set-up has made on this machine, and state of its own.

const place = makePlace();
let installed: Installed;
beforeAll(async () => {
  const env = { SKIPBEAT_BACKEND: 'kind', SKIPBEAT_CACHE_DIR: cacheDir(), SKIPBEAT_STATE_DIR: place.state };
  installed = await installPackage({ env });
});
beforeEach(() => rmSync(runs(), { recursive: true, force: true }));
afterAll(() => {
  installed?.remove();
  place.remove();
});

const runs = (): string => join(installed.folder, 'runs');
const runOf = (scenario: string): string =>
  join(runs(), readdirSync(runs()).find((name) => name.endsWith(`-${scenario}`)) ?? `no run of ${scenario}`);
const documentOf = (folder: string): RunDocument =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunDocument;

test('the example’s fixture owns one cluster for its file: made by the first run, used by the second, gone at the end', async () => {
  const { ended, passed } = await testExample(installed);
  expect([ended.exitCode, passed], `${ended.stdout}\n${ended.stderr}`).toEqual([0, 3]);
  const [short, long] = [runOf('short-pause'), runOf('fast')];
  for (const folder of [short, long]) {
    expect(documentOf(folder)).toMatchObject({ backend: 'kind', predicted: false, verdict: 'pass' });
  }
  const cluster = madeCluster(short);
  expect(cluster).toMatch(/^skipbeat-own-[0-9a-f]{6}$/);
  expect(existsSync(join(long, 'logs', 'kind.log'))).toBe(false);
  expect(await containers(`${cluster}-`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
});

test('npx skipbeat runs for real a scenario of its own and one of the working folder, and leaves no cluster', async () => {
  for (const [scenario, name] of [
    ['tight-grace', 'tight-grace'],
    ['./short-pause.yaml', 'short-pause'],
  ] as const) {
    const { exitCode, stderr } = await installed.run('npx', ['skipbeat', 'run', scenario, '--kubernetes', 'v1.34']);
    expect(exitCode, stderr).toBe(0);
    const folder = runOf(name);
    expect(documentOf(folder)).toMatchObject({ backend: 'kind', predicted: false, verdict: 'pass' });
    expect(await containers(`${madeCluster(folder)}-`)).toEqual([]);
  }
  expect(leftovers(place)).toEqual([]);
});
