import { expect, test } from 'vitest';
import { configOfPlan } from '../../src/backend/model/index.ts';
import { hollowBandOf, type SimulatedHollow } from '../../src/calibration/hollow-band.ts';
import { calibrate } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { type FaultSpan, judge } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';
import { event, ready } from '../verdict/timeline-builder.ts';

const spanOf = (startMs: number, undoingMs: number | null, laterMs: number | null = null): FaultSpan => ({
  startMs,
  injectedMs: startMs,
  undoingMs,
  undoneMs: undoingMs,
  laterMs,
  flapped: false,
  ownWordFirst: false,
});

const empty = { atMs: [], counts: [] };

/** A run of the model whose fault begins at 10 s and stands for 2 s: a node is lost so long after, and back so long after the undo. */
const simulated = (lostAfterMs: number, backAfterMs: number, endMs = 14_000): SimulatedHollow => ({
  span: spanOf(10_000, 12_000),
  curves: {
    notReady: { atMs: [10_000 + lostAfterMs, 12_000 + backAfterMs], counts: [1, 0] },
    tainted: empty,
    evicted: empty,
  },
  endMs,
});

const flat = (atMs: number, count: number) => ({ atMs, p1: count, p5: count, p50: count, p95: count, p99: count });
const open = (atMs: number, p50: number) => ({ atMs, p1: 0, p5: 0, p50, p95: 1, p99: 1 });

/** The measured fault begins at 20 s and stands for 3 s. */
const measured = [
  ready(19_000, 'hollow-1', 'True'),
  ready(21_200, 'hollow-1', 'Unknown'),
  ready(24_600, 'hollow-1', 'True'),
  event(30_000, { type: 'note', text: 'the end' }),
];

test('counts from the fault while that stands in all of them, and from the undo where that began in the run', () => {
  const { notReady, tainted } = hollowBandOf(measured, spanOf(20_000, 23_000), [
    simulated(800, 400),
    simulated(1300, 900),
    simulated(1400, 1400),
  ]);
  expect(notReady).toEqual({
    points: [
      [flat(0, 0), flat(500, 0), open(1000, 0), flat(1500, 1), flat(2000, 1)],
      [flat(3000, 1), open(3500, 1), open(4000, 0), flat(4500, 0), flat(5000, 0)],
    ],
    // At 1, 3.5 and 4 s the runs differ; what was seen lies in between each time, and outside of them at 4.5 s.
    within: 0.75,
  });
  expect(tainted).toEqual({
    points: [
      [flat(0, 0), flat(2000, 0)],
      [flat(3000, 0), flat(5000, 0)],
    ],
    within: null,
  });
});

test('says nothing past the end of a run whose nodes were not back, nor past a later fault', () => {
  const toMs = (span: FaultSpan, simulations: readonly SimulatedHollow[]): (number | undefined)[] =>
    hollowBandOf(measured, span, simulations).notReady.points.map((points) => points.at(-1)?.atMs);
  const span = spanOf(20_000, 23_000);
  expect(toMs(span, [simulated(800, 400), simulated(1300, 9000, 13_200)])).toEqual([2000, 4200]);
  expect(toMs(spanOf(20_000, 23_000, 23_700), [simulated(800, 400)])).toEqual([2000, 3700]);
  expect(toMs(spanOf(20_000, null), [simulated(800, 400)])).toEqual([2000]);
  expect(toMs(spanOf(20_000, 21_000), [simulated(800, 400)])).toEqual([1000, 3000]);
});

test.each([
  ['watch.lost', { type: 'watch.lost', resource: 'nodes', reason: 'closed' }],
  ['watch.gap', { type: 'watch.gap', resource: 'nodes', fromMs: 21_000, how: 'relisted', reason: 'closed' }],
  ['api.silent', { type: 'api.silent', fromMs: 21_000, reason: 'time-out' }],
] as const)('does not hold a count against the model that may not have been seen: %s', (_, body) => {
  const events: readonly TimelineEvent[] = [...measured, event(31_000, body)];
  expect(hollowBandOf(events, spanOf(20_000, 23_000), [simulated(800, 400)]).notReady.within).toBeNull();
});

test.each([
  ['pods', null],
  ['events', null],
  ['leases', 1],
] as const)('of evictions a watch on %s may have missed some', (resource, within) => {
  const pod = event(20_500, {
    ...{ type: 'pod', pod: 'hollow-1-pod-1', uid: 'u', node: 'hollow-1', change: 'deleting' },
    ...{ evicted: true, deletionTimestamp: null },
  });
  const lost = event(31_000, { type: 'watch.lost', resource, reason: 'closed' });
  const ofModel = (atMs: number): SimulatedHollow => {
    const one = simulated(800, 400);
    return { ...one, curves: { ...one.curves, evicted: { atMs: [one.span.startMs + atMs], counts: [1] } } };
  };
  const all: readonly TimelineEvent[] = [...measured, pod, lost].toSorted((one, other) => one.atMs - other.atMs);
  expect(hollowBandOf(all, spanOf(20_000, 23_000), [ofModel(300), ofModel(900)]).evicted.within).toBe(within);
});

test.each([
  ['watch.lost', { type: 'watch.lost', resource: 'nodes', reason: 'closed' }],
  ['api.silent', { type: 'api.silent', fromMs: 15_000, reason: 'time-out' }],
] as const)('nor where that began before the fault, and had no end: %s', (_, body) => {
  const within = (...ended: readonly TimelineEvent[]) =>
    hollowBandOf([event(16_000, body), ...ended, ...measured], spanOf(20_000, 23_000), [
      simulated(800, 400),
      simulated(1300, 900),
      simulated(1400, 1400),
    ]).notReady.within;
  const back = event(18_000, {
    type: 'watch.gap',
    resource: 'nodes',
    fromMs: 16_000,
    how: 'resumed',
    reason: 'closed',
  });
  expect(within()).toBeNull();
  expect(within(back, event(18_000, { type: 'api.answered', fromMs: 15_000, reason: 'ok' }))).toBe(0.75);
});

const calibrated = async (plan: Plan, runs: number) => {
  const run = record({ ...configOfPlan(plan), seed: 77 });
  const events = run.events.toSorted((one, other) => one.atMs - other.atMs);
  const document = await judge(plan, events, run.requests);
  return calibrate(plan, events, document, { runs, withinMs: 60_000, signal: new AbortController().signal });
};

const storm = (): Plan =>
  makePlan(
    loadScenario('storm-1000', {
      overrides: [{ origin: '--set', path: ['cluster', 'hollow', 'nodes'], value: 40 }],
    }).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

test('a calibration has it where the plan has hollow nodes, the same each time', async () => {
  const first = await calibrated(storm(), 8);
  const { points, within } = first?.hollow?.notReady ?? { points: [], within: null };
  expect(points.map((stretch) => stretch.at(-1))).toEqual([
    flat(120_000, 20),
    { ...flat(0, 0), atMs: expect.any(Number) },
  ]);
  expect(within).toBeGreaterThan(0.5);
  expect(await calibrated(storm(), 8)).toEqual(first);
});

test('of hollow nodes losses are predicted from what was seen before, and returns are not', async () => {
  const milestones = (await calibrated(storm(), 1))?.conditional?.links ?? [];
  const ofHollow = milestones.filter(({ of }) => of.startsWith('hollow-'));
  expect([...new Set(ofHollow.map(({ link: milestone }) => milestone))]).toEqual(['notReady', 'tainted']);
});

test('a calibration has nothing of it without hollow nodes', async () => {
  const fast = makePlan(loadScenario('fast').scenario, { kubernetesVersion: 'v1.34.4' });
  expect(Object.keys((await calibrated(fast, 1)) ?? {})).toEqual([
    'schemaVersion',
    'model',
    'why',
    'links',
    'requestsLost',
    'conditional',
    'detection',
  ]);
});
