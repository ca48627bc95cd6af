import { expect, test } from 'vitest';
import { signsOfLife, silencesOf } from '../../../src/calibration/conditional/signs.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';

const lease = (atMs: number): TimelineEvent => ({
  type: 'lease.renewed',
  atMs,
  node: 'worker',
  renewTime: new Date(atMs).toISOString(),
});
const post = (atMs: number): TimelineEvent => ({
  type: 'node.statusPosted',
  atMs,
  node: 'worker',
  lastHeartbeatTime: new Date(atMs).toISOString(),
});
const silences = (...events: readonly TimelineEvent[]) =>
  silencesOf('worker', signsOfLife(events, false).get('worker') ?? []).map(({ since, leaseMs, until }) => [
    since.atMs,
    leaseMs,
    until?.atMs ?? null,
  ]);

test('a lease that was listed as the watch began was renewed at a time that nobody saw: no silence counts from it', () => {
  // Seen so in a real run: listed 0.5 s after the start, renewed some 3 s before it, lost 6.7 s after it with a grace of 10 s.
  expect(silences(lease(512), lease(6815), lease(17_003))).toEqual([
    [6815, 6815, 17_003],
    [17_003, 17_003, null],
  ]);
});

test('nor is it known how old it was at a post that came after it', () => {
  expect(silences(lease(512), post(900), lease(6815))).toEqual([
    [900, null, 6815],
    [6815, 6815, null],
  ]);
});
