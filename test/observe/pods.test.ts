import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { podGone, seePod } from '../../src/observe/pods.ts';

type Parts = { ready?: boolean; deletion?: string; disruption?: string };

const podObject = ({ ready = true, deletion, disruption }: Parts): V1Pod =>
  ({
    metadata: { name: 'beat-1', uid: 'u1', ...(deletion === undefined ? {} : { deletionTimestamp: deletion }) },
    status: {
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False' },
        ...(disruption === undefined ? [] : [{ type: 'DisruptionTarget', status: 'True', reason: disruption }]),
      ],
    },
  }) as unknown as V1Pod;

const changes = (events: readonly { type: string }[]): unknown[] =>
  events.map((event) => (event as { change?: string }).change);

describe('seePod', () => {
  test('a pod that is ready at first sight is emitted as seen and as ready', () => {
    expect(changes(seePod(podObject({}), 'worker', null).events)).toEqual(['seen', 'ready']);
  });

  test('a pod that the controller marks is emitted as notReady, once', () => {
    const { seen } = seePod(podObject({}), 'worker', null);
    const marked = seePod(podObject({ ready: false }), 'worker', seen);
    expect(changes(marked.events)).toEqual(['notReady']);
    expect(seePod(podObject({ ready: false }), 'worker', marked.seen).events).toEqual([]);
  });

  test('a deletion by the taint manager is an eviction; one by a person is not', () => {
    const { seen } = seePod(podObject({}), 'worker', null);
    const deletion = '2026-01-01T00:00:00Z';
    const evicted = seePod(podObject({ deletion, disruption: 'DeletionByTaintManager' }), 'worker', seen);
    expect(evicted.events).toMatchObject([{ change: 'deleting', evicted: true, deletionTimestamp: deletion }]);
    const deleted = seePod(podObject({ deletion }), 'worker', seen);
    expect(deleted.events).toMatchObject([{ change: 'deleting', evicted: false }]);
    const drained = seePod(podObject({ deletion, disruption: 'EvictionByEvictionAPI' }), 'worker', seen);
    expect(drained.events).toMatchObject([{ change: 'deleting', evicted: false }]);
  });

  test('a pod that left the API is emitted as gone', () => {
    const { seen } = seePod(podObject({}), 'worker', null);
    expect(podGone('u1', seen)).toMatchObject({
      type: 'pod',
      pod: 'beat-1',
      uid: 'u1',
      change: 'gone',
      node: 'worker',
    });
  });
});
