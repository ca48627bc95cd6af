import { describe, expect, test } from 'vitest';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { at, changed, event, type Run, tightRun } from '../timeline-builder.ts';

const startedMs = Date.parse('2026-11-24T08:03:11.000Z');

/** Readings every second, the wall clock ahead by so much from each of these moments on. */
const clock = (steps: readonly (readonly [fromMs: number, aheadMs: number])[] = []): TimelineEvent[] =>
  Array.from({ length: 92 }, (_, second) => {
    const atMs = second * 1000 + 500;
    const ahead = steps.findLast(([fromMs]) => atMs >= fromMs)?.[1] ?? 0;
    return event(atMs, { type: 'clock', unixMs: startedMs + atMs + ahead });
  });

const judged = ({ plan, events, requests }: Run) => judge(plan, events, requests);

/** The stamps of leases as a kubelet sets them whose wall clock was set by so much. */
const restamped = (run: Run, fromMs: number, aheadMs: number): Run =>
  changed(run, (one) =>
    one.type === 'lease.renewed' && one.atMs >= fromMs
      ? { ...one, renewTime: new Date(Date.parse(one.renewTime) + aheadMs).toISOString() }
      : one,
  );

const stamps =
  '(it was set, or the machine slept): times here are monotonic and did not move, but stamps of objects from before and after it (renewTime, lastTransitionTime, deletionTimestamp) do not compare';

describe('the wall clock', () => {
  test('that keeps step is no finding, and stands in run.json', async () => {
    expect(await judged(tightRun(clock()))).toMatchObject({
      verdict: 'pass',
      findings: [],
      clock: { readings: 92, jumps: [] },
    });
  });

  test('that was never read is null, not steady', async () => {
    expect((await judged(tightRun())).clock).toBeNull();
  });

  test('that was set ahead, or a machine that slept, is a finding with size and moment, and decides nothing', async () => {
    const run = restamped(tightRun(clock([[at.fault + 4000, 3_600_000]])), at.fault + 4000, 3_600_000);
    expect(await judged(run)).toMatchObject({
      verdict: 'pass',
      clock: { jumps: [{ fromMs: 57_500, toMs: 58_500, byMs: 3_600_000 }] },
      findings: [`the wall clock jumped ahead by 3,600.0 s between 57.5 s and 58.5 s ${stamps}`],
    });
  });

  test('no figure moves with it', async () => {
    const { findings, clock: seen, ...still } = await judged(tightRun(clock()));
    const jumped = restamped(tightRun(clock([[at.fault + 4000, 3_600_000]])), at.fault + 4000, 3_600_000);
    expect(await judged(jumped)).toMatchObject(still);
    expect([findings, seen?.jumps]).toEqual([[], []]);
  });

  test('that is corrected by less than a tenth of a second is none; corrections that add up to more are', async () => {
    expect((await judged(tightRun(clock([[40_000, 90]])))).findings).toEqual([]);
    const { clock: seen } = await judged(
      tightRun(
        clock([
          [40_000, 60],
          [60_000, 130],
          [80_000, 180],
        ]),
      ),
    );
    expect(seen?.jumps).toEqual([{ fromMs: 59_500, toMs: 60_500, byMs: 130 }]);
  });

  test('that jumped while leases were judged by it says what may be wrong with that', async () => {
    const gate = [
      event(24_000, { type: 'step.started', name: 'gate', kind: 'cluster', budgetMs: 180_000 }),
      event(24_400, { type: 'step.ended', name: 'gate', kind: 'cluster', outcome: 'done', detail: '' }),
    ];
    const within = await judged(tightRun([...gate, ...clock([[24_000, 5000]])]));
    expect(within.findings).toEqual([
      `the wall clock jumped ahead by 5.0 s between 23.5 s and 24.5 s ${stamps}; whether leases were fresh and where in the heartbeat the load began was read from it`,
    ]);
    const after = await judged(tightRun([...gate, ...clock([[60_000, 5000]])]));
    expect(after.findings).toEqual([`the wall clock jumped ahead by 5.0 s between 59.5 s and 60.5 s ${stamps}`]);
  });
});

describe('a wall clock that was set back', () => {
  const back = (byMs: number, fromMs: number): Run => restamped(tightRun(clock([[fromMs, -byMs]])), fromMs, -byMs);

  test('hides renewals from the controller: the run proves nothing, and says by what', async () => {
    expect(await judged(back(15_000, 30_000))).toMatchObject({
      verdict: 'inconclusive',
      reasons: [
        '3 renewals of control-plane, worker and worker2 did not count: the wall clock jumped back by 15.0 s between 29.5 s and 30.5 s, and a lease counts as renewed only when its renewTime grows',
      ],
      findings: [`the wall clock jumped back by 15.0 s between 29.5 s and 30.5 s ${stamps}`],
    });
  });

  test('by less than from one renewal to the next hides none: a finding alone', async () => {
    expect(await judged(back(2000, 30_000))).toMatchObject({
      verdict: 'pass',
      findings: [`the wall clock jumped back by 2.0 s between 29.5 s and 30.5 s ${stamps}`],
    });
  });

  test('a lease that came once more with an opened watch is no hidden renewal', async () => {
    const run = tightRun(clock([[30_000, -2000]]));
    const again = run.events
      .filter((one) => one.type === 'lease.renewed')
      .map((one) => ({ ...one, atMs: one.atMs + 1 }));
    expect((await judged({ ...run, events: [...run.events, ...again] })).reasons).toEqual([]);
  });

  test('stamps that go back without a jump of this machine are not taken for one', async () => {
    expect((await judged(restamped(tightRun(clock()), 30_000, -15_000))).reasons).toEqual([]);
  });
});
