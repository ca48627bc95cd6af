import { expect, test } from 'vitest';
import type { ModelConfig } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, steady, version } from '../support/clusters.ts';
import { observationsOf } from '../support/observations.ts';
import { faultStart, ofType, type Recorded, record } from '../support/runs.ts';

const configOf = (minor: number, nodes: number): ModelConfig =>
  cluster(
    version(minor),
    {},
    { age: 'fresh', hollow: { nodes, zones: 1 }, phases: [steady(5), fault(70, pauseOf('hollow-1'))] },
  );

const newTaints = (run: Recorded, change: 'added' | 'removed') =>
  ofType(run, 'node.taint').filter(
    (event) => event.change === change && event.key === 'node.kubernetes.io/not-ready' && event.effect === 'NoSchedule',
  );

/**
 * A read and a PATCH for each of them by eight workers, and one event at a time: of nine requests of the client eight are about
 * taints, so that at 20 requests a second some 8.9 nodes lose theirs. On a real v1.34.4 of 1,000 hollow nodes, where each had two
 * more requests for a label that it lacked, 4.5 did.
 */
test('each new hollow node has a taint, which goes at the pace of the controller’s client; the load begins once all are gone', () => {
  const run = record(configOf(34, 200));
  expect(newTaints(run, 'added')).toHaveLength(200);
  const gone = newTaints(run, 'removed').map(({ atMs }) => atMs);
  expect(gone).toHaveLength(200);
  // The burst is spent by then.
  const late = gone.slice(50);
  const perSecond = ((late.length - 1) * 1000) / ((late.at(-1) ?? 0) - (late[0] ?? 0));
  expect(perSecond).toBeGreaterThan(8.4);
  expect(perSecond).toBeLessThan(9.4);
  const leases = ofType(run, 'step.ended').find(({ name }) => name === 'leases');
  expect(leases).toMatchObject({ outcome: 'done', detail: 'no new node tainted' });
  expect(gone.at(-1)).toBeLessThanOrEqual(leases?.atMs ?? 0);
  expect(faultStart(run)).toBeGreaterThanOrEqual((leases?.atMs ?? 0) + 5000);
});

test('to v1.11 new nodes have no taint, and nothing is waited for', () => {
  const run = record(configOf(11, 20));
  expect(ofType(run, 'node.taint')).toEqual([]);
  expect(ofType(run, 'step.started').map(({ name }) => name)).toEqual([
    'cluster',
    'workload',
    'steady',
    'fault',
    'undo',
  ]);
});

test('heartbeats of new nodes come to the same deferred and one by one', () => {
  const config = configOf(34, 60);
  expect(observationsOf(config, { oneByOne: false })).toEqual(observationsOf(config, { oneByOne: true }));
});
