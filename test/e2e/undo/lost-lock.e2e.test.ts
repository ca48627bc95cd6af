import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
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
import { goesByName, linesOf } from '../support/said.ts';

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

type User = {
  readonly cluster: string;
  readonly engine: string;
  /** As it knows itself: in a PID namespace of its own it has a number of its own. */
  readonly pid: number;
  readonly end: () => Promise<void>;
};

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
  const { process: user } = JSON.parse(readFileSync(markSourcePath(cluster, incarnation), 'utf8'));
  return { cluster, engine, pid: user.pid, end } satisfies User;
};

const withoutUser = async ({ cluster, end }: User): Promise<void> => {
  await end();
  const cleaned = await skipbeat(place, ['cleanup']);
  expect([cleaned.exitCode, linesOf(cluster, cleaned)], cleaned.all).toEqual([
    0,
    [`done    cluster ${cluster}: removed (1 container)`],
  ]);
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
    const { cluster, engine, pid } = user;
    try {
      const cleaned = await skipbeat(place, ['cleanup']);
      const [run, holder] = [`alive-on-${cluster}`, `process ${pid} on ${hostname()}`];
      expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([
        0,
        [
          `left    run ${run}: still runs as process ${pid}; it undoes what it did when it ends`,
          `left    cluster ${cluster}: ${holder} is at work on it (run ${run})`,
        ],
      ]);
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      const busy = `Cluster ${cluster}: expected to have it alone, found ${holder} at work on it.`;
      const end = `end it (Ctrl-C there, or kill -TERM ${pid})`;
      expect([named.exitCode, named.all]).toEqual([
        75,
        `CLUSTER_BUSY  ${busy}\nTry: wait for it to end, or ${end}, then run cleanup again`,
      ]);
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({
        ...{ code: 'CLUSTER_BUSY', exitCode: 75, message: busy },
        next: `wait for it to end, ${end}, or choose another name with --cluster`,
      });
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
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({
        code: 'CLUSTER_BUSY',
        message: `Cluster ${cluster}: expected to have it alone, found process ${child.pid} on ${hostname()} at work on it.`,
      });
    } finally {
      child.kill('SIGKILL');
      await child;
    }
    expect(await assertUsable(hostExec, cluster, engine)).toBe(false);
  });

  test('is left where its end cannot be seen from here, and goes by name', async () => {
    const inside = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const { cluster, engine, pid, end } = await withUser('unseen', 'uses', inside);
    try {
      const run = `alive-on-${cluster}`;
      const user = `process ${pid} on ${hostname()} in another PID namespace`;
      const why = `run ${run} may be at work on it (${user}, whose end cannot be seen from here)`;
      const journal = join(place.state, 'journal', run);
      const left = `left    run ${run}: ${user} wrote it, whose end cannot be seen from here: clean up there, or remove its cluster by name and then ${journal}`;
      const cleaned = await skipbeat(place, ['cleanup']);
      expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([
        0,
        [left, `left    cluster ${cluster}: ${why}; ${goesByName(cluster)}`],
      ]);
      expect(await containers(`${cluster}-`)).toHaveLength(1);
      await expect(assertUsable(hostExec, cluster, engine)).rejects.toMatchObject({
        ...{ code: 'CLUSTER_UNCLEAN', exitCode: 75, next: 'choose another name with --cluster' },
        message: `Cluster ${cluster}: expected to have it alone, found that ${why}.`,
      });
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect([named.exitCode, named.all]).toEqual([
        0,
        `done    cluster ${cluster}: removed (1 container), by name: ${why}`,
      ]);
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
    expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([
      0,
      [`left    cluster ${cluster}: ${why}; ${goesByName(cluster)}`],
    ]);
    const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
    expect([named.exitCode, named.all]).toEqual([
      0,
      `done    cluster ${cluster}: removed (1 container), by name: nobody is known to have made it`,
    ]);
  });

  test('is left to a process that may run on it again, and goes by name', async () => {
    const { cluster, pid, end } = await withUser('between', 'used');
    try {
      const cleaned = await skipbeat(place, ['cleanup']);
      const why = `process ${pid} on ${hostname()} made it or used it last, and still runs`;
      expect([cleaned.exitCode, linesOf(cluster, cleaned)]).toEqual([
        0,
        [`left    cluster ${cluster}: ${why}; ${goesByName(cluster)}`],
      ]);
      const named = await skipbeat(place, ['cleanup', '--cluster', cluster]);
      expect([named.exitCode, named.all]).toEqual([
        0,
        `done    cluster ${cluster}: removed (1 container), by name: ${why}`,
      ]);
      expect([await containers(`${cluster}-`), leftovers(place)]).toEqual([[], []]);
    } finally {
      await end();
      await skipbeat(place, ['cleanup', '--cluster', cluster]);
    }
  });
});
