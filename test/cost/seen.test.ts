import { expect, test } from 'vitest';
import { readingNotes } from '../../src/cost/notes.ts';
import { createSeen, unseenBetween } from '../../src/cost/seen.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';

type Body<T extends TimelineEvent['type']> = Omit<Extract<TimelineEvent, { readonly type: T }>, 'type'>;

const gap = (
  resource: Body<'watch.gap'>['resource'],
  how: Body<'watch.gap'>['how'],
  fromMs = 50_000,
): TimelineEvent => ({
  ...{ atMs: 56_000, type: 'watch.gap', resource, fromMs, how, reason: 'the connection was closed' },
});

const lost = (resource: Body<'watch.lost'>['resource']): TimelineEvent => ({
  ...{ atMs: 50_500, type: 'watch.lost', resource, reason: 'the connection was closed' },
});

/** What was seen before some events, and after them. */
const between = (...events: readonly TimelineEvent[]) => {
  const seen = createSeen();
  seen.add({ atMs: 1000, type: 'lease.renewed', node: 'hollow-1', renewTime: '2026-11-29T00:00:00.000000Z' });
  const before = { seen: seen.now() };
  for (const event of events) seen.add(event);
  return [before, { seen: seen.now() }] as const;
};

test('heartbeats are counted as watches bring them', () => {
  const [{ seen: before }, { seen: after }] = between(
    { atMs: 2000, type: 'lease.renewed', node: 'hollow-2', renewTime: '2026-11-29T00:00:01.000000Z' },
    { atMs: 2000, type: 'node.statusPosted', node: 'hollow-2', lastHeartbeatTime: '2026-11-29T00:00:01Z' },
  );
  expect([before.leases, before.statuses, after.leases, after.statuses]).toEqual([1, 0, 2, 1]);
  expect(unseenBetween({ seen: before }, { seen: after })).toEqual([]);
});

test('a watch that was lost and listed anew may have missed some, and says so', () => {
  expect(unseenBetween(...between(lost('nodes'), gap('nodes', 'relisted')))).toEqual([
    'the watch on nodes brought nothing for 6.0 s: heartbeats are missing',
  ]);
});

test('a watch that is lost at a reading has not brought what that reading has', () => {
  const [before, after] = between(lost('leases'));
  const missing = ['the watch on leases brought nothing when the counters were read: heartbeats are missing'];
  expect(unseenBetween(before, after)).toEqual(missing);
  expect(unseenBetween(after, before)).toEqual(missing);
});

test('a watch that went on from where it was has missed nothing, and others have no heartbeats', () => {
  expect(unseenBetween(...between(lost('leases'), gap('leases', 'resumed')))).toEqual([]);
  expect(unseenBetween(...between(lost('pods'), gap('pods', 'relisted')))).toEqual([]);
});

test('readings that took long for the time between them say by how much figures may be off', () => {
  const at = (fromMs: number, atMs: number) => ({ fromMs, atMs });
  expect(readingNotes(at(0, 600), at(120_000, 120_600))).toEqual([]);
  expect(readingNotes(at(0, 600), at(25_600, 30_600))).toEqual([
    'its counters were read within 0.6 s and 5.0 s: each figure may be off by 17 %',
  ]);
});
