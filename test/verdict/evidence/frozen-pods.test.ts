import { expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { EventBody, TimelineEvent } from '../../../src/timeline/index.ts';
import { watchFrozenPods } from '../../../src/verdict/evidence/faults/frozen-pods.ts';
import { event } from '../timeline-builder.ts';

const plan = makePlan(
  checkScenario(
    'name: a\nprofile: default\nphases: [{steady: 30s}, {fault: 60s, inject: [{kind: node-pause, target: {nodes: [worker]}}]}]\n',
    'x.yaml',
  ).scenario,
  { kubernetesVersion: 'v1.34.4' },
);

const [fault, faultMs] = ['node-pause-1', 30_000] as const;

const pod: EventBody = {
  ...{ type: 'pod', pod: 'web-1', uid: 'uid-1', node: 'worker', change: 'seen' },
  ...{ evicted: false, deletionTimestamp: null },
};

const frame: readonly TimelineEvent[] = [
  event(1000, pod),
  event(faultMs, { type: 'fault.injecting', fault, kind: 'node-pause', targets: ['worker'] }),
  event(faultMs + 100, { type: 'fault.injected', fault }),
  event(faultMs + 60_100, { type: 'fault.undoing', fault }),
];

/** Whether an answer 50 s after the fault began shows that not every pod stood still. */
const shows = (...events: readonly TimelineEvent[]): boolean => {
  const all = [...frame, ...events].toSorted((one, other) => one.atMs - other.atMs);
  const frozen = watchFrozenPods(plan, all);
  const dueMs = faultMs + 50_000;
  frozen.add({
    ...{
      seq: 1,
      connection: 'fresh',
      dueMs,
      sentMs: dueMs,
      endedMs: dueMs + 2,
      outcome: 'ok',
      status: 200,
      code: null,
    },
  });
  return frozen.answered().get(fault) === 1;
};

const lost = (atMs: number, fromMs?: number, resource: 'pods' | 'nodes' = 'pods') =>
  event(atMs, { type: 'watch.lost', resource, reason: 'closed', ...(fromMs === undefined ? {} : { fromMs }) });

const back = (fromMs: number, atMs: number) =>
  event(atMs, { type: 'watch.gap', resource: 'pods', fromMs, how: 'resumed', reason: 'closed' });

const silent = (fromMs: number) => event(fromMs + 3000, { type: 'api.silent', fromMs, reason: 'no answer' });

const answered = (fromMs: number, atMs: number) => event(atMs, { type: 'api.answered', fromMs, reason: 'no answer' });

test('an answer while all pods are on a node that stands still shows that it does not', () => {
  expect(shows()).toBe(true);
  expect(shows(event(faultMs + 40_000, { ...pod, uid: 'uid-2', node: 'worker2' }))).toBe(false);
});

test('not where another pod may have begun elsewhere, for the watch brought nothing: since it did not, not since that was noticed', () => {
  expect(shows(lost(faultMs + 55_000))).toBe(true);
  expect(shows(lost(faultMs + 55_000, faultMs + 40_000))).toBe(false);
  expect(shows(lost(faultMs + 55_000, faultMs + 40_000), back(faultMs + 40_000, faultMs + 56_000))).toBe(false);
  expect(shows(lost(faultMs + 55_000, faultMs + 40_000, 'nodes'))).toBe(true);
});

test('nor where nobody saw where the pods were as the fault began', () => {
  expect(shows(lost(faultMs - 5000))).toBe(false);
  expect(shows(lost(faultMs + 55_000, faultMs - 5000))).toBe(false);
  expect(shows(lost(faultMs - 5000), back(faultMs - 5000, faultMs + 10))).toBe(false);
  expect(shows(lost(faultMs - 5000), back(faultMs - 5000, faultMs - 10))).toBe(true);
  expect(shows(silent(faultMs - 500))).toBe(false);
  expect(shows(silent(faultMs - 5000), answered(faultMs - 5000, faultMs - 100))).toBe(true);
  expect(shows(silent(faultMs + 40_000))).toBe(false);
});
