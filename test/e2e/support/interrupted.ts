import { expect } from 'vitest';
import { clusterName, containers, fixture, leftovers, makePlace, skipbeat, start, until } from './harness.ts';
import { linesOf } from './said.ts';

/** Ctrl-C as soon as a run on a cluster of its own shows `sign`: it ends with 130 and leaves nothing. */
export const interruptedAt = async (sign: string): Promise<void> => {
  const place = makePlace();
  const cluster = clusterName('int');
  const running = start(place, ['run', fixture('short'), '--cluster', cluster]);
  await running.shown(sign);
  // In the first step: as soon as there is something to undo.
  if (sign === '… cluster')
    await until('a container', async () => (await containers(`${cluster}-`)).length > 0, 60_000);
  running.child.kill('SIGINT');
  const ended = await running.child;
  expect(ended.exitCode).toBe(130);
  expect(await containers(`${cluster}-`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
  place.remove();
};

/** `kill -9` once `sign` is shown, then `cleanup`: nothing is left, and a second one finds nothing. */
export const killedAt = async (sign: string): Promise<void> => {
  const place = makePlace();
  const cluster = clusterName('kill');
  const running = start(place, ['run', fixture('interrupted'), '--cluster', cluster]);
  await running.shown(sign);
  await until('a container', async () => (await containers(`${cluster}-`)).length > 0, 60_000);
  running.child.kill('SIGKILL');
  await running.child;
  expect(leftovers(place)).toHaveLength(2);
  const cleaned = await skipbeat(place, ['cleanup']);
  // As many as kind had made by then.
  const removed = expect.stringMatching(new RegExp(`^done {4}cluster ${cluster}: removed \\([1-3] containers\\)$`));
  expect([cleaned.exitCode, linesOf(cluster, cleaned)], cleaned.all).toEqual([0, [removed]]);
  expect(await containers(`${cluster}-`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
  const again = await skipbeat(place, ['cleanup']);
  // Clusters of other state folders may stand beside it: they are printed, and left.
  expect([again.exitCode, linesOf(cluster, again)]).toEqual([0, []]);
  place.remove();
};
