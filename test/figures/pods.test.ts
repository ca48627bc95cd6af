import { describe, expect, test } from 'vitest';
import { evictedPods } from '../../src/figures/pods.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';

const deleting = (pod: string, atMs: number, evicted = false): TimelineEvent => ({
  type: 'pod',
  atMs,
  pod,
  uid: pod,
  node: 'worker',
  change: 'deleting',
  evicted,
  deletionTimestamp: '2026-11-24T13:05:29Z',
});

const said = (reason: string, pod: string, message: string, atMs: number): TimelineEvent => ({
  type: 'kubernetes.event',
  atMs,
  reason,
  object: `Pod/${pod}`,
  source: 'node-controller',
  message,
});

const names = (events: readonly TimelineEvent[]): readonly string[] => evictedPods(events).map(({ pod }) => pod);

describe('a pod that is being deleted was evicted', () => {
  test('where its condition says so', () => {
    expect(names([deleting('a', 1, true), deleting('b', 2)])).toEqual(['a']);
  });

  test('where the node controller announced it, before or after the deletion was seen', () => {
    const marking = (pod: string, atMs: number) =>
      said('NodeControllerEviction', pod, `Marking for deletion Pod ${pod} from Node worker`, atMs);
    expect(names([marking('a', 1), deleting('a', 2), deleting('b', 3), marking('b', 4), deleting('c', 5)])).toEqual([
      'a',
      'b',
    ]);
  });

  test('where the taint manager announced it, not where it called it off', () => {
    const events = [
      said('TaintManagerEviction', 'a', 'Marking for deletion Pod skipbeat/a', 1),
      said('TaintManagerEviction', 'b', 'Cancelling deletion of Pod skipbeat/b', 1),
      deleting('a', 2),
      deleting('b', 2),
    ];
    expect(names(events)).toEqual(['a']);
  });
});
