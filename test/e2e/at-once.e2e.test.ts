import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { clusterComingUp } from '../../src/cluster/index.ts';
import { inotifyNeeded } from '../../src/setup/engine/inotify.ts';
import { clusterName, containers, fixture, leftovers, makePlace, start } from './support/harness.ts';
import { endOf, errorIn, measured } from './support/said.ts';

// Of two state folders, as of two users: neither finds the journals and locks of the other.
const places = [makePlace(), makePlace(), makePlace()] as const;
afterAll(() => {
  for (const place of places) place.remove();
});

/** As many as a scenario may have, where the limit of this machine is far above what two such clusters take. */
const workersBeside = (limit: number, others: number): number =>
  Array.from({ length: 20 }, (_, index) => index + 1).find(
    (workers) => inotifyNeeded({ controlPlanes: 1, workers }).instances > limit - others,
  ) ?? 20;

test('of two that are begun at once one cluster comes up; the other run waits, ends at once on Ctrl-C, and one without room is refused', async () => {
  const runs = ['one', 'two'].map((word, index) => {
    const place = places[index] ?? places[0];
    const cluster = clusterName(word);
    const out = join(place.folder, 'run');
    return { place, cluster, ...start(place, ['run', fixture('short'), '--cluster', cluster, '--out', out]) };
  });
  const waiting = await Promise.any(runs.map((run) => run.shown('waits for cluster ').then(() => run)));
  const making = runs.find((run) => run !== waiting) ?? waiting;
  const at = { cluster: making.cluster, controlPlanes: 1, workers: 2, process: { pid: making.child.pid } };
  expect(await clusterComingUp()).toMatchObject(at);

  const limit = Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  const kept = inotifyNeeded(at).instances;
  const workers = workersBeside(limit, kept);
  const large = start(places[2], ['run', fixture('short'), '--set', `cluster.workers=${workers}`]);
  if (inotifyNeeded({ controlPlanes: 1, workers }).instances > limit - kept) {
    const refused = await large.child;
    expect([refused.exitCode, errorIn(refused)]).toEqual([
      75,
      expect.stringMatching(
        new RegExp(
          `^INOTIFY_SHORT .*; ${kept} are kept for cluster ${making.cluster} of 1 \\+ 2 nodes, which run \\S+ \\(process ${making.child.pid} on .*\\) brings up\\)\\.\nTry: .*; or run this when that run has ended\\)$`,
        ),
      ),
    ]);
    expect(readdirSync(places[2].folder)).toEqual([]);
  } else {
    await large.shown('waits for cluster ');
    large.child.kill('SIGINT');
    expect((await large.child).exitCode).toBe(130);
  }

  waiting.child.kill('SIGINT');
  const ended = await waiting.child;
  expect([ended.exitCode, errorIn(ended).split('\n')[0]]).toEqual([
    130,
    'INTERRUPTED  Interrupted by SIGINT; everything this run did was undone.',
  ]);
  // At once: the other is still about it.
  expect(await clusterComingUp()).toMatchObject(at);
  expect([await containers(`${waiting.cluster}-`), leftovers(waiting.place)]).toEqual([[], []]);

  const up = await making.child;
  expect(endOf(up), up.all).toEqual(measured);
  expect([await clusterComingUp(), leftovers(making.place), leftovers(places[2])]).toEqual([null, [], []]);
});
