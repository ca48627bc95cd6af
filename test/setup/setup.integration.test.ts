import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dryRunSetup, runSetup } from '../../src/setup/setup.ts';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skipbeat-setup-'));
  lines = [];
  vi.stubEnv('SKIPBEAT_CACHE_DIR', join(folder, 'cache'));
  vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'no.sock')}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const options = (more: { kubernetes?: string; signal?: AbortSignal } = {}) => ({
  rebuild: false,
  withoutHa: false,
  hollow: false,
  signal: new AbortController().signal,
  print: (line: string) => lines.push(line),
  ...more,
});

/** Without the times. */
const shape = (): string[] => lines.map((line) => line.replace(/ +\d+\.\d s {2}/, ' '));

describe('set-up where another engine is asked for and does not answer', () => {
  test('stops there with 75, starts nothing and lets its lock go', async () => {
    await expect(runSetup(options())).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      exitCode: 75,
      message: `DOCKER_HOST is unix://${join(folder, 'no.sock')} and no engine answers there. Cannot connect to the Docker daemon at unix://${join(folder, 'no.sock')}.`,
      next: 'start that engine, or unset DOCKER_HOST, then npm run setup',
    });
    expect(shape().map((line) => line.replace(/\d+\.\d GB free/, 'FREE'))).toEqual([
      '  ✓ disk FREE, 12.0 GB needed',
      '  ✗ engine failed',
    ]);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('says in a dry run what it would do, and does nothing', async () => {
    await dryRunSetup(options());
    const heads = lines.filter((line) => /^ {2}[✓→]/.test(line)).map((line) => line.trim().split(/ +/, 2).join(' '));
    expect(heads).toEqual([
      '✓ disk',
      '→ engine',
      '→ reach',
      '✓ inotify',
      '→ privileged',
      expect.stringMatching(/^[✓→] kind$/),
      '→ node-image',
      '→ workload-image',
      '→ load-balancer-image',
    ]);
    // In as many lines as it takes; what the others would do depends on the machine.
    const [, engine] = lines
      .map((line) => line.trim())
      .join(' ')
      .split(/(?<=[✓→] engine) +| → reach /);
    expect(engine).toBe(`would stop: DOCKER_HOST is unix://${join(folder, 'no.sock')} and no engine answers there`);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('set-up', () => {
  test.each(['v1.99', 'v1.34.99', 'newest'])('refuses Kubernetes %s with 64 before any step', async (kubernetes) => {
    await expect(runSetup(options({ kubernetes }))).rejects.toMatchObject({ exitCode: 64 });
    await expect(dryRunSetup(options({ kubernetes }))).rejects.toMatchObject({ exitCode: 64 });
    expect(lines).toEqual([]);
  });

  test('that is interrupted before it begins does no step', async () => {
    await expect(runSetup(options({ signal: AbortSignal.abort('SIGINT') }))).rejects.toMatchObject({
      code: 'SETUP_INTERRUPTED',
      exitCode: 130,
    });
    expect(lines).toEqual([]);
  });

  test('stops before anything else where the disk is too full for a build', async () => {
    await mkdir(join(folder, 'cache'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(folder, 'cache')]);
    try {
      await expect(runSetup(options({ kubernetes: 'v1.20' }))).rejects.toMatchObject({
        code: 'DISK_TOO_FULL',
        exitCode: 75,
        message: `0.0 GB free in ${join(folder, 'cache')}; 12.0 GB needed.`,
      });
      expect(shape()).toEqual(['  ✗ disk failed']);
    } finally {
      await execa('umount', [join(folder, 'cache')]);
    }
  });
});
