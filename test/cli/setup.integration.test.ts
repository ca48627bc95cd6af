import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setup } from '../../src/cli/machine/setup.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-setup-'));
  lines = [];
  vi.stubEnv('SKIPBEAT_CACHE_DIR', join(folder, 'cache'));
  vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'no.sock')}`);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    lines.push(String(text).trimEnd());
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const headings = (): readonly string[] => lines.filter((line) => line.startsWith('Kubernetes '));

test('goes through several versions in order, each once', async () => {
  await expect(setup({ dryRun: true, kubernetes: 'v1.34.4, v1.20.2,v1.34.4' }, signal)).resolves.toBe(0);
  expect(headings()).toEqual(['Kubernetes v1.34.4', 'Kubernetes v1.20.2']);
  const all = lines.join(' ').replace(/\s+/g, ' ');
  const images = [...all.matchAll(/→ node-image (.*?) → workload-image/g)].map(([, text = '']) => text);
  expect(images).toEqual([
    'would build Kubernetes v1.34.4 from Go modules (about 7 minutes on 2 cores)',
    "would build Kubernetes v1.20.2 from Debian's source package (about 7 minutes on 2 cores)",
  ]);
});

test('adds the version that only the tests need, and its tools once', async () => {
  await expect(setup({ dryRun: true, tests: true }, signal)).resolves.toBe(0);
  expect(headings()).toEqual(['Kubernetes v1.34', 'Kubernetes v1.20.2']);
  expect(lines.filter((line) => /^ {2}[✓→] test-tools /.test(line))).toHaveLength(1);
});

test.each(['v1.34,v1.99', 'v1.34,', 'newest,v1.34'])('refuses %s before the first step of any', async (kubernetes) => {
  await expect(setup({ kubernetes }, signal)).rejects.toMatchObject({ exitCode: 64 });
  expect(lines).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});
