import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../src/backend/model/index.ts';
import { conditionedOn } from '../../src/calibration/conditional/conditional.ts';
import { evenly } from '../../src/calibration/conditional/distribution.ts';
import { narrowedBy, passesBy } from '../../src/calibration/conditional/passes.ts';
import { judgeCalibration } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import type { ConditionalMilestone } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';
import { sampleOf } from '../support/sample.ts';

type Wanted = { readonly kubernetes: string; readonly profile?: string; readonly pods?: number };

/** Nodes are lost one after the other under the same controller manager, the second and the third after one was seen. */
const planOf = ({ kubernetes, profile = 'default', pods = 0 }: Wanted): Plan => {
  const text = `name: one
profile: ${profile}
cluster: {kubernetes: ${kubernetes}, workers: 3, age: old, podsPerNode: ${pods}}
load: {ratePerSecond: 1}
phases:
  - steady: 20s
  - fault: 140s
    inject:
      - {kind: kubelet-pause, target: {nodes: [worker]}, lasts: 75s}
      - {kind: kubelet-pause, target: {nodes: [worker2]}, after: 30s, lasts: 75s}
      - {kind: kubelet-pause, target: {nodes: [worker3]}, after: 60s, lasts: 75s}
  - recover: {within: 200s}
`;
  return makePlan(checkScenario(text, 'one.yaml').scenario, { kubernetesVersion: kubernetes });
};

const unseen = { firstRefusedMs: null, lastRefusedMs: null };

const eventsOf = (plan: Plan, run: number): readonly TimelineEvent[] =>
  record(configOfRun(configOfPlan(plan), run, ((run * 0.618_034) % 1) * 30_000_000)).events.toSorted(
    (one, other) => one.atMs - other.atMs,
  );

const notReadyOf = (milestones: readonly ConditionalMilestone[]): readonly ConditionalMilestone[] =>
  milestones.filter(({ link: milestone, observedMs }) => milestone === 'notReady' && observedMs !== null);

const widthMs = ({ p1Ms, p99Ms }: ConditionalMilestone): number => p99Ms - p1Ms;

test('losses after one that was seen have a fourth of the window or less, none comes outside, and ranks stay those of the sign', () => {
  const runs = sampleOf(6, 60);
  const all: (readonly ConditionalMilestone[])[] = [];
  for (const kubernetes of ['v1.13.12', 'v1.20.2', 'v1.28.0', 'v1.34.4', 'v1.37.2']) {
    const plan = planOf({ kubernetes });
    const linked = Array.from({ length: runs }, (_, run) => conditionedOn(plan, eventsOf(plan, run), unseen));
    const notReady = linked.flatMap(notReadyOf);
    expect(notReady.filter(({ fit }) => fit === 'outside')).toEqual([]);
    const narrow = notReady.filter((one) => widthMs(one) < 1250);
    expect(narrow.length).toBeGreaterThan(notReady.length / 4);
    expect(Math.min(...narrow.map(widthMs))).toBeLessThan(1000);
    all.push(...linked);
  }
  const { within, ranked } = judgeCalibration(all).links.find(({ link: milestone }) => milestone === 'notReady') ?? {};
  expect(ranked).toBe(15 * runs);
  expect(Math.abs(Number(within) / Number(ranked) - 0.9)).toBeLessThan(2 * Math.sqrt(0.09 / Number(ranked)));
});

describe('nothing is made of passes', () => {
  const plan = planOf({ kubernetes: 'v1.34.4' });
  const events = eventsOf(plan, 1);
  const widths = (of: readonly TimelineEvent[], by: Plan = plan) =>
    notReadyOf(conditionedOn(by, of, unseen)).filter((one) => widthMs(one) < 1250).length;

  test('where another controller manager may have led, or nobody knows who did', () => {
    expect(widths(events)).toBeGreaterThan(0);
    expect(widths(events.filter(({ type }) => type !== 'leader'))).toBe(0);
    const moved = events.map((event) =>
      event.type === 'leader' && event.moment === 'end' ? { ...event, transitions: event.transitions + 1 } : event,
    );
    expect(widths(moved)).toBe(0);
    const restarted = events.map((event) =>
      event.type === 'process.read' && event.component === 'kube-controller-manager' && event.moment === 'end'
        ? { ...event, pid: event.pid + 1 }
        : event,
    );
    expect(widths(restarted)).toBe(0);
  });

  test('where the pods of a node take their time to be marked, or too many passes lie between', () => {
    const full = planOf({ kubernetes: 'v1.34.4', pods: 60 });
    expect(widths(eventsOf(full, 1), full)).toBe(0);
    const loss = { atMs: 100_000, what: 'loss' } as const;
    const passes = passesBy(plan, events, [loss]);
    expect(passes?.(104_000)(105_000, 110_000).length).toBe(2);
    expect(passes?.(104_000)(295_000, 300_000)).toEqual([]);
    expect(passes?.(99_000)(105_000, 110_000)).toEqual([]);
  });
});

test('a distribution keeps what passes may be in, a little beyond its ends too, or all of itself', () => {
  const at = (...spans: (readonly [number, number])[]) => narrowedBy(evenly(50_000, 55_000), () => spans);
  expect(at([47_000, 47_500], [52_000, 52_500], [57_000, 57_500])).toEqual([
    { fromMs: 52_000, toMs: 52_500, share: 1 },
  ]);
  // The sign may have come just before that pass, and too late for it.
  expect(at([49_900, 50_250], [54_900, 55_250])).toEqual([
    { fromMs: 49_900, toMs: 50_250, share: 0.5 },
    { fromMs: 54_900, toMs: 55_250, share: 0.5 },
  ]);
  expect(at()).toEqual(evenly(50_000, 55_000));
  expect(at([57_000, 57_500])).toEqual(evenly(50_000, 55_000));
});
