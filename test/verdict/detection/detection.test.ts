import { describe, expect, test } from 'vitest';
import { readyChanges } from '../../../src/figures/index.ts';
import { type Plan, standsOf } from '../../../src/plan/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { detectionOf } from '../../../src/verdict/detection/detection.ts';
import { detectionShape } from '../../../src/verdict/detection/shape.ts';
import type { BlindTime } from '../../../src/verdict/evidence/blind-times.ts';
import { faultSpan } from '../../../src/verdict/findings/milestones.ts';
import { failed, inOrder, reading, stormPlan } from './support.ts';

/** The stands of the plan's fault, the n-th from `beganMs[n]` to `undoneMs[n]`. */
const standsAt = (plan: Plan, beganMs: readonly number[], undoneMs: readonly number[]): readonly TimelineEvent[] => {
  const phase = plan.phases.find(({ kind }) => kind === 'fault');
  if (phase?.kind !== 'fault') throw new Error('a plan without a fault');
  return standsOf(phase).flatMap(({ id, planned: { kind, targets } }, index): TimelineEvent[] => [
    { atMs: beganMs[index] ?? Number.NaN, type: 'fault.injecting', fault: id, kind, targets },
    { atMs: undoneMs[index] ?? Number.NaN, type: 'fault.undone', fault: id, undone: true, evidence: 'running' },
  ]);
};

const renewed = (node: string, atMs: number): TimelineEvent => ({
  ...{ atMs, type: 'lease.renewed', node, renewTime: '2026-11-28T00:00:00.000000Z' },
});

const ready = (node: string, atMs: number, status: 'True' | 'Unknown'): TimelineEvent => ({
  ...{ atMs, type: 'node.ready', node, status, reason: 'x', lastTransitionTime: null, resourceVersion: '1' },
});

const graceRead: TimelineEvent = {
  ...{ atMs: 500, type: 'setting.read', component: 'kube-controller-manager', node: 'control-plane' },
  ...{ setting: 'node-monitor-grace-period', expected: '50s', observed: '50s', same: true },
};

const detect = (plan: Plan, events: readonly TimelineEvent[], blind: readonly BlindTime[] = []) => {
  const ordered = inOrder([graceRead, ...events]);
  const found = detectionOf(plan, ordered, readyChanges(ordered), faultSpan(plan, ordered), blind);
  if (found === null) throw new Error('no detection');
  return found;
};

const graceMsOf = ({ profile }: Plan): number => profile.effective.nodeMonitorGracePeriodMs;

describe('a node that faults hit more than once', () => {
  const plan = stormPlan({ nodes: 4, stands: ', lasts: 50s, every: 75s, times: 2' });
  const graceMs = graceMsOf(plan);
  const stands = standsAt(plan, [10_000, 85_000], [60_000, 135_000]);

  test('was late from the stand on that cost it', () => {
    const { nodes, lost } = detect(plan, [
      ...stands,
      ...['hollow-1', 'hollow-2'].flatMap((node) => [ready(node, 100, 'True'), renewed(node, 8000)]),
      ready('hollow-1', 9000 + graceMs, 'Unknown'),
      renewed('hollow-2', 80_000),
      ready('hollow-2', 81_000 + graceMs, 'Unknown'),
    ]);
    expect(lost).toBe(2);
    expect(nodes.map(({ which, node, lateMs, parts }) => [which, node, lateMs, parts.grace.ms])).toEqual([
      ['first', 'hollow-1', graceMs - 1000, graceMs - 2000],
      ['last', 'hollow-2', graceMs - 4000, graceMs - 5000],
    ]);
  });

  test('was found in a pass that began with another, which had been lost and come back', () => {
    const secondMs = 84_000 + graceMs;
    const { nodes } = detect(plan, [
      ...stands,
      ...['hollow-1', 'hollow-2'].flatMap((node) => [ready(node, 100, 'True'), renewed(node, 8000)]),
      ...[ready('hollow-1', 9000 + graceMs, 'Unknown'), ready('hollow-1', 62_000, 'True')],
      ...['hollow-1', 'hollow-2'].map((node) => renewed(node, 83_000)),
      ...[ready('hollow-1', secondMs, 'Unknown'), ready('hollow-2', secondMs + 300, 'Unknown')],
      ...[reading('start', 10_100, 3), reading('first', 9100 + graceMs, 11), reading('last', secondMs + 400, 25)],
    ]);
    const last = nodes.at(-1);
    expect([last?.node, last?.parts.passes.ms, last?.withinPassMs]).toEqual(['hollow-2', 1000, 300]);
    // Its passes did more than write statuses.
    expect(last?.parts.rateLimiter.why).toBe(
      'nodes had come back meanwhile: passes took their taints away, and what that waited for the rate limiter is not told apart',
    );
    expect(last?.parts.requests.ms).toBeNull();
  });

  test('counts once, by its first loss', () => {
    const { nodes, lost } = detect(plan, [
      ...stands,
      ...[ready('hollow-1', 100, 'True'), renewed('hollow-1', 8000)],
      ...[ready('hollow-1', 9000 + graceMs, 'Unknown'), ready('hollow-1', 62_000, 'True')],
      ...[renewed('hollow-1', 82_000), ready('hollow-1', 83_000 + graceMs, 'Unknown')],
    ]);
    expect([lost, nodes.map(({ lateMs }) => lateMs)]).toEqual([1, [graceMs - 1000]]);
  });
});

test('a reading that failed takes nothing from nodes that others were lost before or after', () => {
  const plan = stormPlan({ nodes: 8 });
  const graceMs = graceMsOf(plan);
  const lossMs = (index: number): number => 10_000 + graceMs + index * 6000;
  const lost = [0, 1, 2, 3].flatMap((index) => [
    ready(`hollow-${index + 1}`, 100, 'True'),
    renewed(`hollow-${index + 1}`, 9000),
    ready(`hollow-${index + 1}`, lossMs(index), 'Unknown'),
  ]);
  const { nodes } = detect(plan, [
    ...[...standsAt(plan, [10_000], [160_000]), ...lost, reading('start', 10_100, 3)],
    ...[reading('first', lossMs(0) + 100, 11), reading('median', lossMs(1) + 100, 12)],
    failed(reading('last', lossMs(3) + 100, 14)),
  ]);
  expect(nodes.map(({ which, parts }) => [which, parts.passes.ms])).toEqual([
    ['first', 1000],
    ['median', 7000],
    ['last', null],
  ]);
  expect(nodes.at(-1)?.parts.passes.why).toBe(
    "the controller manager's metrics could not be read: control-plane: curl: (28) timed out",
  );
});

describe('a node that was lost once', () => {
  const plan = stormPlan({ nodes: 4 });
  const graceMs = graceMsOf(plan);
  const lossMs = 9000 + graceMs;
  const events = [
    ...standsAt(plan, [10_000], [160_000]),
    ...[ready('hollow-1', 100, 'True'), renewed('hollow-1', 5000), ready('hollow-1', lossMs, 'Unknown')],
  ];
  const counted = (passes: readonly [number, number]) => [
    ...[reading('start', 10_100, passes[0]), reading('last', lossMs + 100, passes[1])],
  ];

  test('waited for its grace, and then for a pass', () => {
    const [{ parts, lateMs } = {}] = detect(plan, [...events, ...counted([3, 11])]).nodes;
    expect(lateMs).toBe(lossMs - 10_000);
    expect(parts?.grace).toMatchObject({ ms: graceMs - 5000, how: 'seen' });
    expect(parts?.passes).toMatchObject({ ms: 4000, how: 'inferred' });
    expect(parts?.rateLimiter.why).toBe(
      'a pass is taken to begin with the first node lost in it: of that one no time in it was seen',
    );
  });

  test.each([
    ['after the fault began', 12_000, 13_000],
    ['after the last sign of life that was seen, though before the fault', 6000, 9000],
  ])('waited for nothing that is known where leases were not seen %s', (_, fromMs, toMs) => {
    const blind: BlindTime = { source: 'leases', fromMs, toMs, late: false };
    const [{ parts } = {}] = detect(plan, [...events, ...counted([3, 11])], [blind]).nodes;
    expect(parts?.grace).toEqual({ ms: null, how: null, why: 'the watch on leases was blind meanwhile' });
    expect(parts?.passes.ms).toBeNull();
  });

  test.each([
    ['before it was lost', 20_000, 21_000],
    ['when it was lost', lossMs - 1000, lossMs + 1000],
    ['after it was lost, so that others may have been', 140_000, null],
  ])(
    'neither how many were lost nor which is known where the watch on nodes missed something %s',
    (_, fromMs, toMs) => {
      const blind: BlindTime = { source: 'nodes', fromMs, toMs, late: false };
      const found = detect(plan, [...events, ...counted([3, 11])], [blind]);
      const { lost, nodes, pace, counters, why } = found;
      expect({ lost, nodes, pace, counters }).toEqual({
        lost: null,
        nodes: [],
        pace: { perSecond: null },
        counters: null,
      });
      expect(why).toMatch(/^which nodes were lost, and when, is not known: the watch on nodes was blind /);
      expect(detectionShape.safeParse(found).success).toBe(true);
    },
  );

  test('what came late, or was missed once the fault was undone, takes nothing from it', () => {
    for (const blind of [
      { source: 'nodes', fromMs: 20_000, toMs: 21_000, late: true },
      { source: 'nodes', fromMs: 161_000, toMs: null, late: false },
    ] as const)
      expect(detect(plan, [...events, ...counted([3, 11])], [blind]).lost).toBe(1);
  });

  test('a watch that was blind before the last sign of life hides nothing', () => {
    const blind: BlindTime = { source: 'leases', fromMs: 3000, toMs: 4900, late: false };
    const [{ parts } = {}] = detect(plan, [...events, ...counted([3, 11])], [blind]).nodes;
    expect(parts?.grace.how).toBe('seen');
  });

  test.each([
    ['nobody asked', [], 'passes were not counted: the control plane was not asked twice'],
    [
      'a counter fell',
      counted([3, 2]),
      'the controller manager of control-plane was started anew meanwhile, and its counters with it',
    ],
  ])('says why no pass is known where %s', (_, readings, why) => {
    const [{ parts } = {}] = detect(plan, [...events, ...readings]).nodes;
    expect(parts?.passes).toEqual({ ms: null, how: null, why });
    expect(parts?.grace.how).toBe('seen');
  });
});
