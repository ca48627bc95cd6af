import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { engineId } from '../../../src/cluster/index.ts';
import { clusterLabels } from '../../../src/cluster/inspect.ts';
import { markPath } from '../../../src/cluster/names.ts';
import { markSourcePath } from '../../../src/cluster/owner.ts';
import { clusterDir } from '../../../src/cluster/store.ts';
import { assertUsable } from '../../../src/cluster/usable.ts';
import { hostExec } from '../../../src/node/index.ts';
import { probeReference } from '../../../src/setup/engine/probe.ts';
import { clusterName, containers, leftovers, makePlace, type Place, skipbeat } from '../support/harness.ts';

const leaveJournal = fileURLToPath(new URL('../support/leave-journal.ts', import.meta.url));
const loseLock = fileURLToPath(new URL('../support/lose-lock.ts', import.meta.url));
const incarnation = 'feedbeef01234567';

let place: Place;
beforeEach(() => {
  place = makePlace();
  vi.stubEnv('SKIPBEAT_STATE_DIR', place.state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

type User = { readonly cluster: string; readonly engine: string; readonly end: () => Promise<void> };

/** A cluster of one node, made and never started, and a process that uses it and has lost its lock. */
const withUser = async (word: string, mode: 'makes' | 'uses' | 'used', before: readonly string[] = []) => {
  const cluster = clusterName(word);
  const engine = await engineId(hostExec);
  const [program = '', ...args] = [...before, process.execPath, loseLock, cluster, incarnation, engine, mode];
  const child = execa(program, args, { reject: false, buffer: false, env: { SKIPBEAT_STATE_DIR: place.state } });
  const first = await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), child]);
  expect(String(first)).toBe('alone\n');
  const labels = clusterLabels(cluster, 'control-plane').flatMap((label) => ['--label', label]);
  const mark = `type=bind,source=${markSourcePath(cluster, incarnation)},target=${markPath},readonly`;
  await execa('docker', ['create', '--name', `${cluster}-control-plane`, ...labels, '--mount', mark, probeReference]);
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child;
  };
  return { cluster, engine, end } satisfies User;
};

const withoutUser = async ({ cluster, end }: User): Promise<void> => {
  await end();
  const cleaned = await skipbeat(place, ['cleanup']);
  expect(cleaned.exitCode, cleaned.all).toBe(0);
  expect(cleaned.stdout).toContain(`done    cluster ${cluster}: removed (1 container)`);
  expect([await containers(`${cluster}-`), leftovers(place)]).toEqual([[], []]);
};

test('what a killed run left is found by its folder, whichever link leads there', async () => {
  const cluster = clusterName('linked');
  const [folder, link] = [join(place.folder, 'out'), join(place.folder, 'link')];
  mkdirSync(folder);
  symlinkSync(folder, link);
  await execa(process.execPath, [leaveJournal, cluster, await engineId(hostExec), folder], {
    ...{ reject: false, env: { SKIPBEAT_STATE_DIR: place.state } },
  });
  const cleaned = await skipbeat(place, ['cleanup', '--run', link]);
  expect(cleaned.stdout).toBe(`done    fault kubelet-pause-1 on ${cluster}: its nodes are gone, and it with them`);
  expect(leftovers(place)).toEqual([cluster]);
});

describe('a cluster whose user lives, though the shell that held its lock was killed', () => {
  test.each([
    ['a run that makes it', 'makes'],
    ['a run on one that was there, with no fault at work', 'uses'],
  ] as const)('is left to %s', async (_, mode) => {
    const user = await withUser(mode, mode);
    const { cluster, engine } = user;
    try {
      const cleaned = await skipbeat(place, ['cleanup']);
      expect(cleaned.stdout).toMatch(
        new RegExp(
          `^left {4}cluster ${cluster}: process \\d+ on \\S+ is at work on it \\(run alive-on-${cluster}\\)$`,
          'm',
        ),
      );
      expect(cleaned.exitCode, cleaned.all).toBe(0);
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect(named.exitCode, named.all).toBe(75);
      expect(named.stderr).toContain('CLUSTER_BUSY');
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({ code: 'CLUSTER_BUSY' });
      expect(await containers(`${cluster}-`)).toHaveLength(1);
    } finally {
      await withoutUser(user);
    }
  });

  test('has its name to itself before the first container of it is there', async () => {
    const cluster = clusterName('early');
    const engine = await engineId(hostExec);
    const child = execa(process.execPath, [loseLock, cluster, incarnation, engine, 'makes'], {
      ...{ reject: false, buffer: false, env: { SKIPBEAT_STATE_DIR: place.state } },
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    try {
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({ code: 'CLUSTER_BUSY' });
    } finally {
      child.kill('SIGKILL');
      await child;
    }
    expect(await assertUsable(hostExec, cluster, engine)).toBe(false);
  });

  test('is left where its end cannot be seen from here, and goes by name', async () => {
    const { cluster, engine, end } = await withUser('unseen', 'uses', [
      'unshare',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
    ]);
    try {
      const cleaned = await skipbeat(place, ['cleanup']);
      const why = `run alive-on-${cluster} may be at work on it \\(process \\d+ on \\S+ in another PID namespace, whose end cannot be seen from here\\)`;
      expect(cleaned.stdout).toMatch(
        new RegExp(`^left {4}cluster ${cluster}: ${why}; it goes with .*cleanup --cluster ${cluster}$`, 'm'),
      );
      expect(await containers(`${cluster}-`)).toHaveLength(1);
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({ code: 'CLUSTER_UNCLEAN' });
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect(named.stdout).toMatch(
        new RegExp(`^done {4}cluster ${cluster}: removed \\(1 containers\\), by name: ${why}$`, 'm'),
      );
    } finally {
      await end();
      await skipbeat(place, ['cleanup', '--cluster', cluster]);
    }
  });

  test('is left, as everything else is cleaned up, where its mark says nothing', async () => {
    const { cluster, end } = await withUser('blank', 'used');
    await end();
    writeFileSync(markSourcePath(cluster, incarnation), 'null');
    rmSync(join(clusterDir(cluster), 'cluster.json'));
    const cleaned = await skipbeat(place, ['cleanup']);
    const why = 'not of this state folder: nobody is known to have made it';
    expect(cleaned.stdout).toContain(`left    cluster ${cluster}: ${why}; it goes with`);
    expect(cleaned.exitCode, cleaned.all).toBe(0);
    const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect(named.stdout).toContain(`done    cluster ${cluster}: removed (1 container), by name: nobody is known`);
  });

  test('is left to a process that may run on it again, and goes by name', async () => {
    const { cluster, end } = await withUser('between', 'used');
    try {
      const cleaned = await skipbeat(place, ['cleanup']);
      const why = 'process \\d+ on \\S+ made it or used it last, and still runs';
      expect(cleaned.stdout).toMatch(
        new RegExp(`^left {4}cluster ${cluster}: ${why}; it goes with .*cleanup --cluster ${cluster}$`, 'm'),
      );
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect(named.stdout).toMatch(
        new RegExp(`^done {4}cluster ${cluster}: removed \\(1 containers\\), by name: ${why}$`, 'm'),
      );
      expect([await containers(`${cluster}-`), leftovers(place)]).toEqual([[], []]);
    } finally {
      await end();
      await skipbeat(place, ['cleanup', '--cluster', cluster]);
    }
  });
});
