import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../support/program.ts';
import { clusterName, containers, fixture, leftovers, makePlace, type Running, start } from '../support/harness.ts';
import { goesByName, withoutRun } from '../support/said.ts';

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

  const user = (): string => `process ${running.child.pid} on ${hostname()}`;
  /** Of another state folder; `life`: what of its run's can be seen from where cleanup is. */
  const theirs = (life: string): string =>
    `not of this state folder: run RUN made it or used it last (${user()}${life}; state folder ${place.state}); ${goesByName(cluster)}`;

  test.each<[string, () => ReturnType<typeof cleanupAll>, () => string]>([
    [
      'another state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: other.state }),
      () => theirs(', which still runs'),
    ],
    ['another home', () => cleanupAll(other.folder, { HOME: other.folder }), () => theirs(', which still runs')],
    [
      'another PID namespace',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: other.state }, pidNamespace),
      () => theirs(' in another PID namespace, whose end cannot be seen from here'),
    ],
    [
      'another PID namespace with the same state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: place.state }, pidNamespace),
      () => `${user()} in another PID namespace is at work on it`,
    ],
    [
      'its own state folder',
      () => cleanupAll(other.folder, { SKIPBEAT_STATE_DIR: place.state }),
      () => `${user()} is at work on it`,
    ],
  ])('is left alone, by name, by cleanup --all from %s', async (_, cleanup, why) => {
    const cleaned = await cleanup();
    const lines = withoutRun(cleaned.stdout)
      .split('\n')
      .filter((text) => text.startsWith(left('')));
    expect(lines, cleaned.all).toEqual([left(why())]);
    expect(await containers(`${cluster}-`)).toHaveLength(3);
  });

  test('goes on to its own end', async () => {
    const ended = await running.child;
    expect(ended.exitCode, ended.all).toBe(0);
    const { verdict } = JSON.parse(readFileSync(join(place.folder, 'out/run.json'), 'utf8'));
    expect(verdict).toBe('pass');
    expect(await containers(`${cluster}-`)).toEqual([]);
    expect(leftovers(place)).toEqual([]);
  });
});
