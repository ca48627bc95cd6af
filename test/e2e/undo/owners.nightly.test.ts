import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../support/program.ts';
import { clusterName, containers, fixture, leftovers, makePlace, type Running, start } from '../support/harness.ts';

const cluster = clusterName('owned');

/**
 * `cleanup --all` as somebody else on this engine would type it; `before` is what the command stands behind. Where it
 * would take anything, which is then what another run left and no test's to remove, the answer is that of its dry run.
 */
const cleanupAll = async (folder: string, env: Record<string, string>, before: readonly string[] = []) => {
  const { SKIPBEAT_STATE_DIR: _, XDG_STATE_HOME: __, ...inherited } = process.env;
  const [program = '', ...args] = [...before, process.execPath, main, 'cleanup', '--all'];
  const options = { cwd: folder, reject: false, all: true, extendEnv: false, env: { ...inherited, ...env } } as const;
  const dryRun = await execa(program, [...args, '--dry-run'], options);
  expect(dryRun.stdout).not.toMatch(new RegExp(`^would .*${cluster}`, 'm'));
  return /^would/m.test(dryRun.stdout) ? dryRun : execa(program, args, options);
};

const pidNamespace = ['unshare', '--pid', '--fork', '--mount-proc'];

describe('a run on an engine that others use, too', () => {
  const place = makePlace();
  const other = makePlace();
  let running: Running;

  beforeAll(async () => {
    running = start(place, [
      'run',
      fixture('short'),
      '--set',
      'phases=[{steady: 40s}]',
      '--cluster',
      cluster,
      '--out',
      join(place.folder, 'out'),
    ]);
    await running.shown('… steady');
  });
  afterAll(async () => {
    running.child.kill('SIGTERM');
    await running.child;
    place.remove();
    other.remove();
  });

  const left = (why: string): string => `left    cluster ${cluster}: ${why}`;

  test.each<[string, () => ReturnType<typeof cleanupAll>, RegExp]>([
    [
      'another state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: other.state }),
      /not of this state folder: run \S+ made it or used it last \(process \d+ on \S+, which still runs; state folder \S+\)/,
    ],
    [
      'another home',
      () => cleanupAll(other.folder, { HOME: other.folder }),
      /not of this state folder: run \S+ made it or used it last \(process \d+ on \S+, which still runs; state folder \S+\)/,
    ],
    [
      'another PID namespace',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: other.state }, pidNamespace),
      /not of this state folder: run \S+ made it or used it last \(process \d+ on \S+ in another PID namespace, whose end cannot be seen from here; state folder \S+\)/,
    ],
    [
      'another PID namespace with the same state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: place.state }, pidNamespace),
      /process \d+ on \S+ in another PID namespace is at work on it/,
    ],
    [
      'its own state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: place.state }),
      /process \d+ on \S+ is at work on it/,
    ],
  ])('is left alone, by name, by cleanup --all from %s', async (_, cleanup, why) => {
    const cleaned = await cleanup();
    const line = cleaned.stdout.split('\n').find((text) => text.startsWith(left('')));
    expect(line, cleaned.all).toMatch(why);
    expect(await containers(`${cluster}-`)).toHaveLength(3);
  });

  test('goes on to its own end', async () => {
    const ended = await running.child;
    expect(ended.exitCode, ended.all).toBe(0);
    expect(readFileSync(join(place.folder, 'out/run.json'), 'utf8')).toContain('"verdict": "pass"');
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});
