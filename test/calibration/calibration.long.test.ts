import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../src/backend/model/index.ts';
import { type CalibrationMilestone, calibrate, calibrationText } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario, loadScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { judge } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';

const fast = makePlan(loadScenario('fast').scenario, { kubernetesVersion: 'v1.34.4' });
const budget = (runs: number) => ({ runs, withinMs: 60_000, signal: new AbortController().signal });

/** What another seed of the model comes to stands for what a cluster showed. */
const observed = async (plan: Plan, change: (event: TimelineEvent) => TimelineEvent = (event) => event) => {
  const run = record({ ...configOfPlan(plan), seed: 77 });
  const events = run.events.map(change).toSorted((one, other) => one.atMs - other.atMs);
  return { events, document: await judge(plan, events, run.requests) };
};

const milestone = (
  milestones: readonly CalibrationMilestone[] | undefined,
  name: CalibrationMilestone['link'],
): CalibrationMilestone => {
  const found = milestones?.find((one) => one.link === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('the calibration of a run', () => {
  test('holds each milestone against the formulas and against runs of the model of the very plan', async () => {
    const { events, document } = await observed(fast);
    const calibration = await calibrate(fast, events, document, budget(40));
    expect(calibration).toMatchObject({ schemaVersion: 1, model: { runs: 40, asked: 40, seed: 1 }, why: null });
    const notReady = milestone(calibration?.links, 'notReady');
    expect(notReady.fit).toBe('inside');
    expect(notReady.model).toMatchObject({ seen: 40, fit: 'inside' });
    const { minMs, p5Ms, p50Ms, p95Ms, maxMs } = notReady.model ?? { minMs: 0 };
    const inOrder = [minMs, p5Ms, p50Ms, p95Ms, maxMs].map(Number);
    expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
    expect(minMs).toBeGreaterThanOrEqual(notReady.window?.[0] ?? Number.NaN);
    expect(maxMs).toBeLessThanOrEqual(notReady.window?.[1] ?? Number.NaN);
    // fast is Ready again before its tolerations end.
    expect(milestone(calibration?.links, 'evicted')).toMatchObject({
      observedMs: null,
      model: { seen: 0, p50Ms: null },
    });
    for (const { model } of calibration?.links ?? []) expect(model?.fit).toBe('inside');
  });

  test('is the same for the same plan, events and number of runs', async () => {
    const { events, document } = await observed(fast);
    const twice = [
      await calibrate(fast, events, document, budget(5)),
      await calibrate(fast, events, document, budget(5)),
    ];
    expect(twice[0]).toEqual(twice[1]);
  });

  test('calls outside what no run of the model came to: too late, never, or though it always happens', async () => {
    const { events, document } = await observed(fast);
    const changed = document.calibration.map((check) => {
      if (check.link === 'notReady') return { ...check, observedMs: (check.observedMs ?? 0) + 60_000 };
      if (check.link === 'evicted') return { ...check, observedMs: 50_000 };
      return check.link === 'refused' ? { ...check, observedMs: null } : check;
    });
    const calibration = await calibrate(fast, events, { ...document, calibration: changed }, budget(20));
    const fitOf = (name: CalibrationMilestone['link']) => milestone(calibration?.links, name).model?.fit;
    expect([fitOf('notReady'), fitOf('evicted'), fitOf('refused'), fitOf('allReady')]).toEqual([
      'outside',
      'outside',
      'outside',
      'inside',
    ]);
  });

  test('counts recovery from the undo, however late that was in this run', async () => {
    const lateMs = 7000;
    const undo = (await observed(fast)).events.find(({ type }) => type === 'fault.undoing')?.atMs ?? 0;
    const { events, document } = await observed(fast, (event) =>
      event.atMs >= undo ? { ...event, atMs: event.atMs + lateMs } : event,
    );
    const calibration = await calibrate(fast, events, document, budget(20));
    expect(milestone(calibration?.links, 'allReady').observedMs).toBeGreaterThan(32_000);
    expect(milestone(calibration?.links, 'allReady')).toMatchObject({ fit: 'inside', model: { fit: 'inside' } });
  });

  test('says why where the model cannot be asked, or has no time, and is none where no fault began', async () => {
    const { events, document } = await observed(fast);
    const old: Plan = { ...fast, kubernetesVersion: 'v1.99.0' };
    const unknown = await calibrate(old, events, document, budget(5));
    expect(unknown?.model).toBeNull();
    expect(unknown?.why).toBe(
      'kubernetesVersion: expected an exact version from v1.11 to v1.37, such as v1.34.4, received "v1.99.0"',
    );
    expect(milestone(unknown?.links, 'notReady').fit).toBe('inside');
    const hurried = await calibrate(fast, events, document, { ...budget(5), withinMs: 0 });
    expect(hurried).toMatchObject({ model: null, why: 'there was no time for it' });
    const text = 'name: stable\nprofile: default\nphases: [{steady: 1s}]\n';
    const stable = makePlan(checkScenario(text, 'stable.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
    const run = await observed(stable);
    expect(await calibrate(stable, run.events, run.document, budget(5))).toBeNull();
  });
});

test('stands in 80 columns, what lies outside in words', () => {
  const check = { slackMs: [500, 700], window: [15_840, 24_000] } as const;
  const spread = { seen: 200, minMs: 16_100, p5Ms: 17_000, p50Ms: 20_000, p95Ms: 23_000, maxMs: 23_900 };
  const text = calibrationText({
    schemaVersion: 1,
    model: { runs: 200, asked: 200, seed: 1 },
    why: null,
    links: [
      {
        ...check,
        link: 'lastLease',
        window: [-10_400, 0],
        observedMs: -8123,
        fit: 'inside',
        model: { ...spread, minMs: -10_200, p5Ms: -10_100, p50Ms: -5000, p95Ms: -400, maxMs: -200, fit: 'inside' },
      },
      { ...check, link: 'notReady', observedMs: 30_000, fit: 'outside', model: { ...spread, fit: 'outside' } },
      {
        ...check,
        link: 'evicted',
        window: null,
        observedMs: null,
        fit: null,
        model: { seen: 0, minMs: null, p5Ms: null, p50Ms: null, p95Ms: null, maxMs: null, fit: 'inside' },
      },
    ],
  });
  expect(text).toBe(`
  Calibration: closed formulas and 200 runs of the model
    since the fault     observed    by formula     model p5  p50  p95
    last lease            -8.1 s -10.9 … 0.7 s in     -10.1 -5.0 -0.4 in
    first node NotReady   30.0 s 15.3 … 24.7 s OUT     17.0 20.0 23.0 OUT
`);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
