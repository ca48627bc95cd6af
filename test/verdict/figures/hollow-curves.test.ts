import { expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { countAt, hollowCurves } from '../../../src/verdict/index.ts';
import { event, ready } from '../timeline-builder.ts';

const taint = (
  atMs: number,
  node: string,
  change: 'added' | 'removed',
  effect: 'NoExecute' | 'NoSchedule' = 'NoExecute',
): TimelineEvent =>
  event(atMs, { type: 'node.taint', node, change, key: 'node.kubernetes.io/unreachable', effect, timeAdded: null });

const deleting = (atMs: number, pod: string, node: string, evicted: boolean): TimelineEvent =>
  event(atMs, { type: 'pod', pod, uid: pod, node, change: 'deleting', evicted, deletionTimestamp: null });

const curves = hollowCurves([
  ready(0, 'hollow-1', 'Unknown'),
  ready(100, 'hollow-1', 'True'),
  ready(100, 'hollow-2', 'True'),
  ready(100, 'worker', 'True'),
  ready(2000, 'hollow-1', 'Unknown'),
  ready(2500, 'worker', 'Unknown'),
  ready(3000, 'hollow-1', 'False'),
  taint(3000, 'hollow-1', 'added', 'NoSchedule'),
  taint(3500, 'hollow-1', 'added'),
  taint(3500, 'worker', 'added'),
  ready(4000, 'hollow-2', 'Unknown'),
  deleting(5000, 'of-hollow', 'hollow-1', true),
  deleting(5000, 'of-worker', 'worker', true),
  deleting(5500, 'scaled-down', 'hollow-2', false),
  ready(6000, 'hollow-1', 'True'),
  taint(6500, 'hollow-1', 'removed'),
]);

test('counts hollow nodes alone, from their first Ready on, and their evicted pods', () => {
  expect(curves).toEqual({
    notReady: { atMs: [2000, 4000, 6000], counts: [1, 2, 1] },
    tainted: { atMs: [3500, 6500], counts: [1, 0] },
    evicted: { atMs: [5000], counts: [1] },
  });
});

test('a count holds from its moment on', () => {
  expect([0, 1999.999, 2000, 3999, 4000, 60_000].map((atMs) => countAt(curves.notReady, atMs))).toEqual([
    0, 0, 1, 1, 2, 1,
  ]);
  expect(countAt({ atMs: [], counts: [] }, 5)).toBe(0);
});
