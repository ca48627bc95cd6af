import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../src/backend/model/index.ts';
import { conditionedOn } from '../../src/calibration/conditional/conditional.ts';
import { seenFromMs, whyUnconditional } from '../../src/calibration/conditional/seen.ts';
import { makePlan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { record } from '../backend/model/support/runs.ts';
import { event } from '../verdict/timeline-builder.ts';

// What a watch lacked before the load began.

const plan = makePlan(
  checkScenario(
    'name: a\nprofile: default\nphases: [{steady: 30s}, {fault: 90s, inject: [{kind: kubelet-pause, target: {nodes: [worker]}}]}]\n',
    'x',
  ).scenario,
  { kubernetesVersion: 'v1.34.4' },
);
const unseen = { firstRefusedMs: null, lastRefusedMs: null };
const sorted = (events: readonly TimelineEvent[]) => events.toSorted((one, other) => one.atMs - other.atMs);
const events = sorted(record({ ...configOfPlan(plan), seed: 1 }).events);
const momentOf = (type: TimelineEvent['type']): number => events.find((one) => one.type === type)?.atMs ?? Number.NaN;
const loadMs = momentOf('load.started');
const faultMs = momentOf('fault.injecting');

const lost = (resource: 'leases' | 'nodes' | 'pods', atMs: number) =>
  event(atMs, { type: 'watch.lost', resource, reason: 'closed' });
const back = (resource: 'leases' | 'nodes' | 'pods', fromMs: number, atMs: number) =>
  event(atMs, { type: 'watch.gap', resource, fromMs, how: 'resumed', reason: 'closed' });

const milestonesIn = (all: readonly TimelineEvent[]) => conditionedOn(plan, all, unseen);
const namesIn = (all: readonly TimelineEvent[]) => milestonesIn(all).map(({ link: milestone }) => milestone);

describe('a watch that was lost before the load', () => {
  test.each(['leases', 'nodes'] as const)('and never came back says nothing of what follows: %s', (resource) => {
    const blind = sorted([...events, lost(resource, loadMs - 1000)]);
    expect(whyUnconditional(plan, blind)).toBe(
      'a watch on nodes or leases was blind, so that signs of life may be missing',
    );
    expect(milestonesIn(blind)).toEqual([]);
  });

  test.each(['leases', 'pods'] as const)('says all of it where it came back: %s', (resource) => {
    const came = sorted([...events, lost(resource, loadMs - 2000), back(resource, loadMs - 3000, loadMs - 1000)]);
    expect(whyUnconditional(plan, came)).toBeNull();
    expect(milestonesIn(came)).toEqual(milestonesIn(events));
  });

  test('of pods says nothing of what becomes of them, and all of their nodes', () => {
    const blind = sorted([...events, lost('pods', loadMs - 1000)]);
    expect(whyUnconditional(plan, blind)).toBeNull();
    expect(milestonesIn(blind)).toEqual(
      milestonesIn(events).filter(({ link: milestone }) => ['notReady', 'tainted'].includes(milestone)),
    );
  });
});

test('an API server that never answered again says nothing, whenever that began', () => {
  const silent = event(loadMs - 1000, { type: 'api.silent', fromMs: loadMs - 2000, reason: 'time-out' });
  expect(milestonesIn(sorted([...events, silent]))).toEqual([]);
  const answered = event(loadMs - 500, { type: 'api.answered', fromMs: loadMs - 2000, reason: 'ok' });
  expect(milestonesIn(sorted([...events, silent, answered]))).toEqual(milestonesIn(events));
});

test('what was held back in a gap came later than it was, so that no milestone begins within an interval after it', () => {
  expect(seenFromMs(plan, events)).toBe(0);
  // The load begins with the fault, and 2 s before that the watch brought all that it had held back for 8 s.
  const [fromMs, toMs] = [faultMs - 10_000, faultMs - 2000];
  const held = events.map((one) => {
    if (one.type === 'load.started') return { ...one, atMs: faultMs - 1000 };
    return one.type === 'lease.renewed' && one.atMs > fromMs && one.atMs < toMs ? { ...one, atMs: toMs + 5 } : one;
  });
  const gap = sorted([...held, lost('leases', toMs - 1000), back('leases', fromMs, toMs)]);
  expect(seenFromMs(plan, gap)).toBe(toMs + 10_400);
  expect(whyUnconditional(plan, gap)).toBeNull();
  expect(namesIn(events)).toEqual(['notReady', 'tainted', 'endpointLost']);
  // Nor is a node the first to be tainted where one was lost before of which nothing is known.
  expect(milestonesIn(gap)).toEqual([]);
});

test.each(['resumed', 'relisted'] as const)(
  'what became of pods while their watch was blind is judged by no time, for what it %s came later than it was',
  (how) => {
    const evicting = makePlan(
      checkScenario(
        `name: a
profile: {name: p, nodeMonitorGracePeriod: 20s, evictionAfter: 10s}
workload: {replicas: 3}
phases:
  - steady: 30s
  - fault: 90s
    inject: [{kind: kubelet-pause, target: {nodes: [worker]}, lasts: 60s}]
  - recover: {within: 100s}
`,
        'x',
      ).scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
    const all = sorted(record({ ...configOfPlan(evicting), seed: 1 }).events);
    const deletedMs = all.find((one) => one.type === 'pod' && one.change === 'deleting')?.atMs ?? Number.NaN;
    const [fromMs, toMs] = [deletedMs - 2000, deletedMs + 30_000];
    const held = all.map((one) =>
      one.type === 'pod' && one.atMs > fromMs && one.atMs < toMs ? { ...one, atMs: toMs + 5 } : one,
    );
    const gap = event(toMs, { type: 'watch.gap', resource: 'pods', fromMs, how, reason: 'closed' });
    const linksOf = (of: readonly TimelineEvent[]) => conditionedOn(evicting, of, unseen);
    expect(linksOf(all).map(({ link: milestone }) => milestone)).toEqual([
      'notReady',
      'tainted',
      'endpointLost',
      'evicted',
      'ready',
    ]);
    const blind = linksOf(sorted([...held, lost('pods', fromMs + 100), gap]));
    expect(blind.filter(({ fit }) => fit === 'outside')).toEqual([]);
    expect(blind.map(({ link: milestone }) => milestone)).toEqual(expect.arrayContaining(['notReady', 'tainted']));
  },
);
