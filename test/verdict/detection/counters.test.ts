import { describe, expect, test } from 'vitest';
import type { ManagerCounts, MemberCounts, ServerCounts, TimelineEvent } from '../../../src/timeline/index.ts';
import { countedUntil } from '../../../src/verdict/detection/counters.ts';

const spent = (count: number, seconds: number) => ({ count, seconds });

const manager = (times: number, change: Partial<ManagerCounts> = {}): ManagerCounts => ({
  startedS: 1000,
  leads: true,
  passes: spent(10 * times, times),
  nodeUpdates: spent(1000 * times, 10 * times),
  requests: [
    { verb: 'PUT', resource: null, took: spent(40 * times, 9 * times), waited: spent(40 * times, 8 * times) },
    { verb: 'PATCH', resource: null, took: spent(40 * times, 7 * times), waited: spent(40 * times, 6 * times) },
  ],
  queues: { node_lifecycle_controller: { depth: 3, adds: 20 * times, waited: spent(20 * times, 2 * times) } },
  zones: { ':a': { nodes: 50, unhealthy: 25, healthyPercent: 50, evictions: 2 * times } },
  ...change,
});

const server = (times: number, change: Partial<ServerCounts> = {}): ServerCounts => ({
  startedS: 900,
  flows: [
    { level: 'workload-high', schema: 'kube-system-service-accounts', waited: spent(100 * times, times), rejected: 0 },
    { level: 'exempt', schema: 'exempt', waited: spent(7 * times, 0), rejected: 0 },
  ],
  levels: { 'workload-high': { executing: 1, limit: 98 } },
  requests: [{ verb: 'PUT', resource: 'nodes/status', took: spent(32 * times, 0.25 * times) }],
  ...change,
});

const member = (node: string, times: number, change: Partial<MemberCounts> = {}): MemberCounts => ({
  ...{ node, manager: manager(times), server: server(times), why: null },
  ...change,
});

const reading = (
  moment: 'start' | 'first' | 'last',
  atMs: number,
  ...members: readonly MemberCounts[]
): TimelineEvent => ({ atMs, type: 'controlPlane.counted', moment, fromMs: atMs - 100, lost: 0, members });

const whyOf = (...events: readonly TimelineEvent[]): string => {
  const counted = countedUntil(events, 50_000);
  return 'why' in counted ? counted.why : 'counted';
};

const cp = 'control-plane';

describe('what was counted from the fault to a loss', () => {
  const counted = countedUntil(
    [reading('start', 10_000, member(cp, 1)), reading('last', 51_000, member(cp, 3))],
    50_000,
  );

  test('is the difference of two readings', () => {
    expect('work' in counted && counted.work).toEqual({
      updates: 20,
      writes: 18,
      rateLimiter: 16,
      priorityLevel: 0.8,
      isByHost: true,
    });
    expect('document' in counted && counted.document).toEqual({
      ...{ fromMs: 10_000, toMs: 51_000, node: cp, passes: spent(20, 2), why: null },
      requests: [
        { verb: 'PUT', resource: null, count: 80, tookMs: 225, waitedMs: 200 },
        { verb: 'PATCH', resource: null, count: 80, tookMs: 175, waitedMs: 150 },
      ],
      queues: { node_lifecycle_controller: { items: 40, waitedMs: 100, depth: 3 } },
      zones: { ':a': { nodes: 50, unhealthy: 25, healthyPercent: 50, evictions: 4 } },
      flows: [
        ...[{ level: 'workload-high', schema: 'kube-system-service-accounts', count: 200, waitedMs: 10, rejected: 0 }],
        ...[{ level: 'exempt', schema: 'exempt', count: 14, waitedMs: 0, rejected: 0 }],
      ],
      levels: { 'workload-high': { executing: 1, limit: 98 } },
      served: [{ verb: 'PUT', resource: 'nodes/status', count: 64, tookMs: 7.8125 }],
    });
  });

  test('a URL tells the requests of passes from all others', () => {
    const requests = (times: number): ManagerCounts['requests'] => [
      { verb: 'PUT', resource: 'nodes/status', took: spent(times, 2 * times), waited: spent(times, times) },
      { verb: 'PUT', resource: 'leases', took: spent(times, 50 * times), waited: spent(times, 50 * times) },
    ];
    const one = (times: number): MemberCounts => member(cp, 1, { manager: manager(1, { requests: requests(times) }) });
    const found = countedUntil([reading('start', 10_000, one(1)), reading('last', 51_000, one(2))], 50_000);
    expect('work' in found && found.work).toMatchObject({ writes: 2, rateLimiter: 1 });
  });
});

describe('nothing is made of counters that began anew, or were not read', () => {
  const start = reading('start', 10_000, member(cp, 1));

  test.each([
    ['nobody asked', [], 'nobody asked the control plane for its metrics'],
    [
      'the last reading came before the loss',
      [start, reading('first', 49_000, member(cp, 2))],
      'nobody asked the control plane for its metrics once this node was lost',
    ],
    [
      'the reading began before the loss',
      [start, { ...reading('last', 51_000, member(cp, 2)), fromMs: 49_900 } as TimelineEvent],
      'nobody asked the control plane for its metrics once this node was lost',
    ],
    [
      'the controller manager was started anew',
      [start, reading('last', 51_000, member(cp, 2, { manager: manager(2, { startedS: 1020 }) }))],
      'the controller manager of control-plane was started anew meanwhile, and its counters with it',
    ],
    [
      'a counter fell',
      [start, reading('last', 51_000, member(cp, 0.5))],
      'the controller manager of control-plane was started anew meanwhile, and its counters with it',
    ],
    [
      'it did not answer',
      [
        start,
        reading('last', 51_000, member(cp, 2, { manager: null, why: 'kube-controller-manager curl: (28) timed out' })),
      ],
      "the controller manager's metrics could not be read: control-plane: kube-controller-manager curl: (28) timed out",
    ],
    [
      'another leads',
      [
        reading('start', 10_000, member(cp, 1), member('control-plane2', 1, { manager: manager(1, { leads: false }) })),
        reading('last', 51_000, member(cp, 2, { manager: manager(2, { leads: false }) }), member('control-plane2', 2)),
      ],
      'the controller manager of control-plane led when the fault began, that of control-plane2 later',
    ],
    [
      'the page of who leads could not be read',
      [
        reading('start', 10_000, member(cp, 1), member('control-plane2', 1, { manager: manager(1, { leads: false }) })),
        reading(
          'last',
          51_000,
          member(cp, 2, { manager: null, why: 'curl: (28) timed out' }),
          member('control-plane2', 2, { manager: manager(2, { leads: false }) }),
        ),
      ],
      'which controller manager led is not known (0 say that they do; control-plane: curl: (28) timed out)',
    ],
    [
      'who leads is not known',
      [
        reading('start', 10_000, member(cp, 1), member('control-plane2', 1)),
        reading('last', 51_000, member(cp, 2), member('control-plane2', 2)),
      ],
      'which controller manager led is not known (2 say that they do)',
    ],
  ] as const)('%s', (_, events, expected) => {
    expect(whyOf(...events)).toBe(expected);
  });

  test('an API server that was started anew takes its own part alone', () => {
    const anew = member(cp, 3, { server: server(3, { startedS: 950 }) });
    const found = countedUntil([start, reading('last', 51_000, anew)], 50_000);
    expect('work' in found && found.work).toMatchObject({ rateLimiter: 16, priorityLevel: null });
    expect('work' in found && found.whyNoPriorityLevel).toBe(
      'an API server was started anew meanwhile, and its counters with it',
    );
    expect('document' in found && [found.document.flows, found.document.served]).toEqual([null, null]);
  });
});
