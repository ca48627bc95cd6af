import { expect, test } from 'vitest';
import type { WatchedResource } from '../../../src/timeline/index.ts';
import { lostForGood } from '../../../src/verdict/evidence/watch-gaps.ts';
import { event } from '../timeline-builder.ts';

const lost = (atMs: number, fromMs?: number, resource: WatchedResource = 'pods') =>
  event(atMs, { type: 'watch.lost', resource, reason: 'closed', ...(fromMs === undefined ? {} : { fromMs }) });

const back = (fromMs: number, atMs: number, resource: WatchedResource = 'pods') =>
  event(atMs, { type: 'watch.gap', resource, fromMs, how: 'resumed', reason: 'closed' });

const sinceMs = (...events: Parameters<typeof lostForGood>[0]): readonly number[] =>
  lostForGood(events).map(({ fromMs }) => fromMs);

test('a watch that was lost is back with the gap that follows, and with none before', () => {
  expect(sinceMs(lost(1000))).toEqual([1000]);
  expect(sinceMs(lost(1000), back(1000, 3000))).toEqual([]);
  expect(sinceMs(lost(1000), back(1000, 3000), lost(9000, 5000))).toEqual([5000]);
  expect(sinceMs(lost(1000), back(1000, 3000, 'nodes'))).toEqual([1000]);
});

test('of two on one resource the one that comes back is not the other', () => {
  expect(sinceMs(lost(1000), lost(1004), back(1004, 3000))).toEqual([1000]);
  expect(sinceMs(lost(1000), lost(1004), back(1000, 3000))).toEqual([1004]);
  expect(sinceMs(lost(1000), lost(1004), back(1000, 3000), back(1004, 3001))).toEqual([]);
});

test('a gap that began before the loss was noticed is its own, also where the record has rounded one of the two', () => {
  expect(sinceMs(lost(9000, 5000), back(4000, 9100))).toEqual([]);
  expect(sinceMs(lost(1000.123), back(1000.123_4, 3000))).toEqual([]);
});
