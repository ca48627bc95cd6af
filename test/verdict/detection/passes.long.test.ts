import { expect, test } from 'vitest';
import { configOfRun, type ModelSink, modelOfPlan, recordInto, runModel } from '../../../src/backend/model/index.ts';
import { readyChanges } from '../../../src/figures/index.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { lossesIn } from '../../../src/verdict/detection/losses.ts';
import { passesOf } from '../../../src/verdict/detection/passes.ts';
import { readMilestones } from '../../../src/verdict/index.ts';
import { inOrder, reading, stormPlan } from './support.ts';

type Work = Parameters<NonNullable<ModelSink['passWork']>>[1] & { readonly atMs: number };

const run = (plan: ReturnType<typeof stormPlan>, seed: number) => {
  const { config, maxWaitUs } = modelOfPlan(plan);
  const events: TimelineEvent[] = [];
  const work: Work[] = [];
  const sink = recordInto({
    event: (body, atMs = 0) => {
      events.push({ atMs, ...body });
    },
    requests: () => undefined,
  });
  runModel(configOfRun(config, seed, ((seed * 7) % 10) * (maxWaitUs / 10)), {
    ...sink,
    ...{ heartbeats: null, lastRenewal: sink.lease, requests: () => undefined },
    passWork: (atUs, one) => work.push({ atMs: atUs / 1000, ...one }),
  });
  return { events: inOrder(events), work };
};

/** For each node the first that was lost in the pass that found it, by what the model's passes did. */
const found = (plan: ReturnType<typeof stormPlan>, seed: number) => {
  const { events, work } = run(plan, seed);
  const span = readMilestones(plan, events, () => ({ firstRefusedMs: null, lastRefusedMs: null }))?.span;
  if (span === undefined) throw new Error('a run without a fault');
  const changes = readyChanges(events);
  const losses = lossesIn(plan, events, changes, span);
  const [first] = losses;
  if (first === undefined) throw new Error('a run without a loss');
  const foundIn = (node: string, atMs: number): number =>
    work.findLast((one) => one.node === node && one.atMs - one.updateUs / 1000 <= atMs)?.beganUs ?? Number.NaN;
  const firstOf = new Map<number, number>();
  for (const { node, atMs } of losses) {
    const pass = foundIn(node, atMs);
    if (!firstOf.has(pass)) firstOf.set(pass, atMs);
  }
  const ends = [...Map.groupBy(work, ({ beganUs }) => beganUs).values()].map((all) =>
    Math.max(...all.map(({ atMs }) => atMs)),
  );
  // As many as were: those that found nothing before the first loss, and those that did.
  const { nodeMonitorPeriodMs } = plan.profile.effective;
  const endedBy = (atMs: number): number =>
    Math.floor(Math.min(atMs, first.atMs) / nodeMonitorPeriodMs) +
    ends.filter((endMs) => endMs >= first.atMs && endMs <= atMs).length;
  const lossAt = (index: number): number => (losses[index]?.atMs ?? Number.NaN) + 1;
  const readings = (
    [
      ['start', span.startMs],
      ['first', lossAt(0)],
      ['median', lossAt(Math.floor((losses.length - 1) / 2))],
      ['last', lossAt(losses.length - 1)],
    ] as const
  ).map(([moment, atMs]) => reading(moment, atMs, endedBy(atMs)));
  const passOf = passesOf(plan, inOrder([...events, ...readings]), changes, span.startMs);
  return losses.map(({ node, atMs }) => ({
    said: passOf({ atMs }).beganMs,
    was: firstOf.get(foundIn(node, atMs)),
  }));
};

test.each([
  { nodes: 20, pods: 2, perSecond: 5, burst: 10 },
  { nodes: 40, pods: 4, perSecond: 3, burst: 6 },
  { nodes: 40, pods: 10, perSecond: 3, burst: 6, periodS: 1 },
  { nodes: 40, pods: 10, perSecond: 5, burst: 30, periodS: 2 },
  { nodes: 80, perSecond: 3, burst: 6 },
])('a pass is never taken to begin within another: %o', (storm) => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const wrong = found(stormPlan(storm), seed).filter(({ said, was }) => said !== null && said !== was);
    expect(wrong).toEqual([]);
  }
});

test('with the usual budget, and no pods, every pass is known', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const all = found(stormPlan({ nodes: 300 }), seed);
    expect(all.map(({ said }) => said)).toEqual(all.map(({ was }) => was));
    expect(new Set(all.map(({ said }) => said)).size).toBeGreaterThan(1);
  }
});
