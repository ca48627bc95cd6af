import { expect, test } from 'vitest';
import { readingNotes } from '../../src/cost/notes.ts';
import { createSeen, unseenBetween } from '../../src/cost/seen.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';

type Body<T extends TimelineEvent['type']> = Omit<Extract<TimelineEvent, { readonly type: T }>, 'type'>;

/** Of a run whose clock began 1000 s after that of the readings. */
const runMs = 1_000_000;

const gap = (
  resource: Body<'watch.gap'>['resource'],
  how: Body<'watch.gap'>['how'],
  [fromMs, atMs]: readonly [number, number] = [50_000, 56_000],
): TimelineEvent => ({
  ...{ atMs, type: 'watch.gap', resource, fromMs, how, reason: 'the connection was closed' },
});

const lost = (resource: Body<'watch.lost'>['resource'], atMs: number, fromMs?: number): TimelineEvent => ({
  ...{ atMs, type: 'watch.lost', resource, reason: 'the connection was closed' },
  ...(fromMs === undefined ? {} : { fromMs }),
});

/** What is missing between readings at 40 s and 100 s of a run in which this happened. */
const missing = (...events: readonly TimelineEvent[]): readonly string[] => {
  let nowMs = runMs;
  const seen = createSeen(() => nowMs);
  for (const event of events) {
    nowMs = runMs + event.atMs;
    seen.add(event);
  }
  return unseenBetween(seen.silences(), { atMs: runMs + 40_000 }, { atMs: runMs + 100_000 }).map(({ why }) => why);
};

test('heartbeats are counted as watches bring them', () => {
  const seen = createSeen(() => 0);
  seen.add({ atMs: 1000, type: 'lease.renewed', node: 'hollow-1', renewTime: '2026-11-29T00:00:00.000000Z' });
  const before = seen.now();
  seen.add({ atMs: 2000, type: 'lease.renewed', node: 'hollow-2', renewTime: '2026-11-29T00:00:01.000000Z' });
  seen.add({ atMs: 2000, type: 'node.statusPosted', node: 'hollow-2', lastHeartbeatTime: '2026-11-29T00:00:01Z' });
  expect([before, seen.now()]).toEqual([
    { leases: 1, statuses: 0 },
    { leases: 2, statuses: 1 },
  ]);
  expect(missing()).toEqual([]);
});

test('a watch that was lost and listed anew may have missed some, and says so, of the time between the readings', () => {
  expect(missing(lost('nodes', 50_000), gap('nodes', 'relisted'))).toEqual([
    'the watch on nodes brought nothing for 6.0 s: heartbeats are missing',
  ]);
  expect(missing(lost('nodes', 30_000), gap('nodes', 'relisted', [30_000, 42_000]))).toEqual([
    'the watch on nodes brought nothing for 2.0 s: heartbeats are missing',
  ]);
  expect(missing(lost('nodes', 30_000), gap('nodes', 'relisted', [30_000, 39_000]))).toEqual([]);
});

test('what is in two gaps is missing once', () => {
  const again = gap('nodes', 'relisted', [50_000, 57_000]);
  expect(missing(lost('nodes', 50_000), gap('nodes', 'relisted'), lost('nodes', 56_500, 50_000), again)).toEqual([
    'the watch on nodes brought nothing for 7.0 s: heartbeats are missing',
  ]);
  const apart = gap('nodes', 'relisted', [90_000, 105_000]);
  expect(missing(lost('nodes', 50_000), gap('nodes', 'relisted'), lost('nodes', 90_000), apart)).toEqual([
    'the watch on nodes brought nothing for 16.0 s: heartbeats are missing',
  ]);
});

test.each([
  ['the first', 35_000, 45_000],
  ['the second', 95_000, 105_000],
])('a watch that was lost at %s reading has not brought what that reading has', (_, fromMs, toMs) => {
  expect(missing(lost('leases', fromMs), gap('leases', 'resumed', [fromMs, toMs]))).toEqual([
    'the watch on leases brought nothing when the counters were read: heartbeats are missing, or too many',
  ]);
});

test('a watch that was found to be silent only after the second reading had brought nothing at it', () => {
  const events = [lost('nodes', 110_000, 60_000), gap('nodes', 'resumed', [60_000, 110_100])];
  expect(missing(...events)).toEqual([
    'the watch on nodes brought nothing when the counters were read: heartbeats are missing, or too many',
  ]);
  expect(missing(...events.slice(0, 1))).toEqual([
    'the watch on nodes brought nothing for 40.0 s: heartbeats are missing',
  ]);
  expect(missing(lost('nodes', 110_000), gap('nodes', 'relisted', [110_000, 112_000]))).toEqual([]);
});

test('a watch that went on from where it was has missed nothing, and others have no heartbeats', () => {
  expect(missing(lost('leases', 50_000), gap('leases', 'resumed'))).toEqual([]);
  expect(missing(lost('pods', 50_000), gap('pods', 'relisted'))).toEqual([]);
});

test('readings that took long for the time between them say by how much figures may be off', () => {
  const at = (fromMs: number, atMs: number) => ({ fromMs, atMs });
  expect(readingNotes(at(0, 600), at(120_000, 120_600))).toEqual([]);
  expect(readingNotes(at(0, 600), at(25_600, 30_600))).toEqual([
    'its counters were read within 0.6 s and 5.0 s: each figure may be off by 17 %',
  ]);
});
