import type { V1Node } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { seeNode } from '../../src/observe/nodes.ts';

type Parts = { status?: string; reason?: string; heartbeat?: string; taints?: { key: string; effect: string }[] };

const nodeObject = ({
  status = 'True',
  reason = 'KubeletReady',
  heartbeat = '2026-01-01T00:00:00Z',
  taints = [],
}: Parts): V1Node =>
  ({
    metadata: { name: 'x-worker', resourceVersion: '7' },
    spec: { taints },
    status: {
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status, reason, lastHeartbeatTime: heartbeat, lastTransitionTime: '2026-01-01T00:00:09Z' },
      ],
    },
  }) as unknown as V1Node;

const unreachable = 'node.kubernetes.io/unreachable';

describe('seeNode', () => {
  test('emits Ready at first sight, and no status post, for nothing moved yet', () => {
    const { events } = seeNode('worker', nodeObject({}), null);
    expect(events).toEqual([
      {
        type: 'node.ready',
        node: 'worker',
        status: 'True',
        reason: 'KubeletReady',
        lastTransitionTime: '2026-01-01T00:00:09Z',
        resourceVersion: '7',
      },
    ]);
  });

  test('a moved heartbeat stamp is a status post of the kubelet and no change of Ready', () => {
    const { seen } = seeNode('worker', nodeObject({}), null);
    const { events } = seeNode('worker', nodeObject({ heartbeat: '2026-01-01T00:00:10Z' }), seen);
    expect(events).toEqual([{ type: 'node.statusPosted', node: 'worker', lastHeartbeatTime: '2026-01-01T00:00:10Z' }]);
  });

  test('Unknown set by the controller is a change of Ready and no status post', () => {
    const { seen } = seeNode('worker', nodeObject({}), null);
    const { events } = seeNode('worker', nodeObject({ status: 'Unknown', reason: 'NodeStatusUnknown' }), seen);
    expect(events.map(({ type }) => type)).toEqual(['node.ready']);
    expect(events[0]).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
  });

  test('taints are emitted when they come and when they go, each by key and effect', () => {
    const { seen } = seeNode('worker', nodeObject({}), null);
    const both = [
      { key: unreachable, effect: 'NoSchedule' },
      { key: unreachable, effect: 'NoExecute' },
    ];
    const tainted = seeNode('worker', nodeObject({ taints: both }), seen);
    expect(tainted.events).toEqual(
      both.map((taint) => ({ type: 'node.taint', node: 'worker', change: 'added', ...taint, timeAdded: null })),
    );
    const half = seeNode('worker', nodeObject({ taints: both.slice(0, 1) }), tainted.seen);
    expect(half.events).toEqual([
      { type: 'node.taint', node: 'worker', change: 'removed', key: unreachable, effect: 'NoExecute', timeAdded: null },
    ]);
  });

  test('a node without a Ready condition counts as Unknown', () => {
    const { seen } = seeNode('worker', { metadata: { name: 'x' } } as V1Node, null);
    expect(seen).toMatchObject({ ready: 'Unknown', heartbeat: null });
  });

  test('the same sight twice emits nothing', () => {
    const { seen } = seeNode('worker', nodeObject({}), null);
    expect(seeNode('worker', nodeObject({}), seen).events).toEqual([]);
  });
});
