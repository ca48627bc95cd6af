import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memberCountsIn } from '../../../src/observe/control-plane/read.ts';
import type { MemberCounts } from '../../../src/timeline/index.ts';
import { countedUntil } from '../../../src/verdict/detection/counters.ts';

const metrics = join(import.meta.dirname, '../../fixtures/metrics');

/** What the script printed of a control plane of kind as a fault began, and once the last of its nodes was lost. */
const readings = (version: string): readonly [MemberCounts, MemberCounts] => {
  const read = (moment: string): MemberCounts =>
    memberCountsIn('control-plane', readFileSync(join(metrics, `${version}-${moment}.txt`), 'utf8'));
  return [read('start'), read('last')];
};

const countedBetween = ([before, after]: readonly [MemberCounts, MemberCounts]) => {
  const event = { type: 'controlPlane.counted', lost: 0 } as const;
  const counted = countedUntil(
    [
      { ...event, atMs: 1000, fromMs: 500, moment: 'start', members: [before] },
      { ...event, atMs: 60_000, fromMs: 59_500, moment: 'last', members: [after] },
    ],
    59_000,
  );
  if ('why' in counted) throw new Error(counted.why);
  return counted;
};

describe('of v1.34.4, 50 of 100 hollow nodes silenced', () => {
  const [before, after] = readings('v1.34.4');

  test('a page says which process it is, that it leads, its passes, its queues and its zones', () => {
    expect(before.why).toBeNull();
    expect(after.manager).toMatchObject({
      startedS: 1_795_905_190.81,
      leads: true,
      passes: { count: 20 },
      zones: {
        '': { nodes: 3, unhealthy: 0, healthyPercent: 100, evictions: 0 },
        a: { nodes: 34, unhealthy: 17, healthyPercent: 50 },
        b: { nodes: 33, unhealthy: 17 },
        c: { nodes: 33, unhealthy: 16 },
      },
    });
    expect(Object.keys(after.manager?.queues ?? {})).toEqual([
      ...['node_lifecycle_controller', 'node_lifecycle_controller_pods', 'noexec_taint_node', 'noexec_taint_pod'],
    ]);
    // By host and verb alone.
    expect(after.manager?.requests.map(({ verb, resource }) => `${verb} ${resource}`).toSorted()).toEqual([
      ...['GET null', 'PATCH null', 'POST null', 'PUT null'],
    ]);
    expect(after.server?.levels['workload-high']).toEqual({ executing: 0, limit: 114 });
  });

  test('passes waited for the rate limiter in 92 % of the time of their workers, and next to nothing in priority levels', () => {
    const { work, queueMs, document } = countedBetween([before, after]);
    expect(work?.updates).toBeCloseTo(28.529, 3);
    expect(work?.rateLimiter).toBeCloseTo(26.252, 3);
    expect(work?.writes).toBeCloseTo(28.984, 3);
    expect(work?.priorityLevel).toBeCloseTo(0.007, 3);
    expect(queueMs).toBeCloseTo(1800.7, 1);
    expect(document.served?.find(({ verb, resource }) => verb === 'PUT' && resource === 'nodes/status')?.count).toBe(
      50,
    );
    expect(document.flows?.every(({ rejected }) => rejected === 0)).toBe(true);
  });
});

describe('of v1.20.2, both workers silenced', () => {
  const [before, after] = readings('v1.20.2');

  test('a page has neither passes nor waits for the rate limiter, and requests by URL', () => {
    expect([before.why, after.why]).toEqual([null, null]);
    expect(after.manager).toMatchObject({
      ...{ leads: true, passes: null, nodeUpdates: null },
      zones: { '': { nodes: 3, unhealthy: 2, evictions: 2 } },
    });
    expect(after.manager?.requests.every(({ waited }) => waited === null)).toBe(true);
    const resources = new Set(after.manager?.requests.map(({ resource }) => resource));
    for (const resource of ['nodes', 'nodes/status', 'pods/status', 'leases', 'events', 'namespaces'])
      expect(resources).toContain(resource);
    expect(after.server?.levels['workload-high']?.limit).toBe(118);
  });

  test('of passes only what their writes took is known', () => {
    const { work, queueMs, document } = countedBetween([before, after]);
    expect(work).toMatchObject({ updates: null, rateLimiter: null });
    expect(work?.writes).toBeCloseTo(0.319, 3);
    expect(work?.priorityLevel).toBeCloseTo(0.003, 3);
    expect(queueMs).toBeCloseTo(1.17, 2);
    expect(document.served?.find(({ verb, resource }) => verb === 'PUT' && resource === 'nodes/status')?.count).toBe(2);
  });
});

describe('what did not answer', () => {
  test('is null, and why is what curl said', () => {
    const output = `! kube-controller-manager curl: (7) Failed to connect to 127.0.0.1 port 10257: Connection refused\n! kube-apiserver curl: (28) Operation timed out after 5001 milliseconds\n`;
    expect(memberCountsIn('control-plane', output)).toEqual({
      node: 'control-plane',
      manager: null,
      server: null,
      why: 'kube-controller-manager curl: (7) Failed to connect to 127.0.0.1 port 10257: Connection refused; kube-apiserver curl: (28) Operation timed out after 5001 milliseconds',
    });
  });

  test('is named where nothing at all was printed', () => {
    expect(memberCountsIn('control-plane', '')).toMatchObject({
      manager: null,
      why: 'kube-controller-manager says nothing of itself; kube-apiserver says nothing of itself',
    });
  });

  test('leaves what did', () => {
    const text = readFileSync(join(metrics, 'v1.34.4-last.txt'), 'utf8');
    const output = `! kube-controller-manager curl: (28) late\n${text.slice(text.indexOf('# kube-apiserver'))}`;
    const found = memberCountsIn('control-plane', output);
    expect([found.manager, found.why]).toEqual([null, 'kube-controller-manager curl: (28) late']);
    expect(found.server?.flows.length).toBeGreaterThan(0);
  });
});
