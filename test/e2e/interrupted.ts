import { expect } from 'vitest';
import { containers, fixture, leftovers, makePlace, start, until } from './harness.ts';

/** Ctrl-C as soon as a run on a cluster of its own shows `sign`: it ends with 130 and leaves nothing. */
export const interruptedAt = async (sign: string): Promise<void> => {
  const place = makePlace();
  const running = start(place, ['run', fixture('short'), '--cluster', 'e2e-int']);
  await running.shown(sign);
  // In the first step: as soon as there is something to undo.
  if (sign === '… cluster')
    await until('a container', async () => (await containers('skipbeat-e2e-int-')).length > 0, 60_000);
  running.child.kill('SIGINT');
  const ended = await running.child;
  expect(ended.exitCode).toBe(130);
  expect(await containers('skipbeat-e2e-int-')).toEqual([]);
  expect(leftovers(place)).toEqual([]);
  place.remove();
};
