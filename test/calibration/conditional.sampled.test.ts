import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../src/backend/model/index.ts';
import { conditionedOn } from '../../src/calibration/conditional/conditional.ts';
import { evenly, momentOf, shareBefore, truncateAt } from '../../src/calibration/conditional/distribution.ts';
import { readyAfterSign, taintAfterNotReady } from '../../src/calibration/conditional/milestones.ts';
import { predictedMilestone } from '../../src/calibration/conditional/predicted-milestone.ts';
import { notReadyAfterSign } from '../../src/calibration/conditional/second-grace.ts';
import { whyUnconditional } from '../../src/calibration/conditional/seen.ts';
import { judgeCalibration, judgedText } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import type { TimelineEvent } from '../../src/timeline/index.ts';
import { conditionalFindings } from '../../src/verdict/findings/model-findings.ts';
import type { ConditionalMilestone } from '../../src/verdict/index.ts';
import { record } from '../backend/model/support/runs.ts';
import { sampleOf } from '../support/sample.ts';

type Wanted = {
  readonly kubernetes?: string;
  readonly profile?: string;
  readonly age?: 'fresh' | 'old';
  readonly fault?: string;
  readonly seconds?: number;
};

const planOf = ({
  kubernetes = 'v1.34.4',
  profile = 'default',
  age = 'fresh',
  fault = 'kubelet-pause',
  seconds = 75,
}: Wanted): Plan => {
  const text = `name: one
profile: ${profile}
cluster: {kubernetes: ${kubernetes}, workers: 3, age: ${age}}
load: {ratePerSecond: 1}
phases:
  - steady: 20s
  - fault: ${seconds}s
    inject: [{kind: ${fault}, target: {role: worker, count: 2}}]
  - recover: {within: 200s}
`;
  return makePlan(checkScenario(text, 'one.yaml').scenario, { kubernetesVersion: kubernetes });
};

/** One run of the model; the fault meets the heartbeats of each in a phase of its own. */
const eventsOf = (plan: Plan, run: number): readonly TimelineEvent[] => {
  const config = configOfRun(configOfPlan(plan), run, ((run * 0.618_034) % 1) * 30_000_000);
  return record(config).events.toSorted((one, other) => one.atMs - other.atMs);
};

/** No request was refused, or nobody asked. */
const unseen = { firstRefusedMs: null, lastRefusedMs: null };

const milestonesOf = (
  plan: Plan,
  runs: number,
  judgedBy: Plan = plan,
  from = 0,
): readonly (readonly ConditionalMilestone[])[] =>
  Array.from({ length: runs }, (_, run) => conditionedOn(judgedBy, eventsOf(plan, from + run), unseen));

const effective = planOf({}).profile.effective;
const lease = { since: { atMs: 60_000, kind: 'lease' }, leaseMs: 60_000, postsMs: [] } as const;
/** A status post at 60 s, the last lease so much before it, and other posts between them. */
const post = (olderMs: number | null, beforeMs: readonly number[] = []) =>
  ({
    since: { atMs: 60_000, kind: 'status' },
    leaseMs: olderMs === null ? null : 60_000 - olderMs,
    postsMs: [...beforeMs.map((ms) => 60_000 - ms), 60_000],
  }) as const;

describe('a milestone after the one before it', () => {
  test('NotReady is G to G + P after a lease, later after a status post whose lease an earlier pass has seen', () => {
    expect(effective).toMatchObject({ nodeMonitorGracePeriodMs: 50_000, nodeMonitorPeriodMs: 5000 });
    expect(notReadyAfterSign(effective, lease)).toEqual(evenly(50_000, 55_000));
    expect(notReadyAfterSign(effective, post(8000))).toEqual(evenly(55_000, 60_000));
    // Where no lease was seen, a post before may have made the pass before it forget the lease.
    expect(notReadyAfterSign(effective, post(null))).toEqual(evenly(50_000, 60_000));
    expect(notReadyAfterSign(effective, post(1000))).toEqual([
      { fromMs: 50_000, toMs: 54_000, share: 0.8 },
      { fromMs: 59_000, toMs: 60_000, share: 0.2 },
    ]);
    // A pass that forgot the lease is followed by one that takes it up with the next post, so that there is no second grace.
    expect(notReadyAfterSign(effective, post(11_000, [8000, 4000]))).toEqual([
      { fromMs: 50_000, toMs: 54_000, share: expect.closeTo(0.8, 9) },
      { fromMs: 59_000, toMs: 60_000, share: expect.closeTo(0.2, 9) },
    ]);
    // Where the status is the heartbeat there is no second grace.
    const withoutLeases = planOf({ kubernetes: 'v1.13.12' }).profile.effective;
    expect(notReadyAfterSign(withoutLeases, post(8000))).toEqual(evenly(40_000, 45_000));
  });

  test('the taint comes with the next pass, from v1.34 with the same; Ready a status period later from v1.31', () => {
    expect(taintAfterNotReady(effective, 'v1.33.0')).toEqual(evenly(5000, 5100));
    expect(taintAfterNotReady(effective, 'v1.34.0')).toEqual([
      { fromMs: 0, toMs: 100, share: 0.96 },
      // The first read came too soon, and spent the token.
      { fromMs: 10_000, toMs: 10_100, share: 0.04 },
    ]);
    expect(
      taintAfterNotReady(planOf({ kubernetes: 'v1.20.2', profile: 'fast' }).profile.effective, 'v1.20.2'),
    ).toBeNull();
    // Its watch came first, and its check of the runtime, too, where that was due for so long.
    for (const [frozenMs, atOnce] of [
      [24_000, 0.12],
      [60_000, 0.12 * (1 - 0.59)],
      [200_000, 0.12 * (1 - 0.59) * (1 - 0.9)],
    ] as const)
      expect(readyAfterSign(effective, 'v1.31.0', frozenMs)).toEqual([
        { fromMs: 0, toMs: 1, share: expect.closeTo(atOnce, 9) },
        { fromMs: 10_000, toMs: 10_401, share: expect.closeTo(1 - atOnce, 9) },
      ]);
    expect(readyAfterSign(effective, 'v1.30.0', 20_000)).toEqual(evenly(0, 1));
    expect(readyAfterSign(effective, 'v1.34.0', 5000)).toBeNull();
    expect(readyAfterSign(effective, 'v1.34.0', null)).toBeNull();
  });

  test('between two parts of a prediction, and a slack from both, is outside of it', () => {
    const parts = readyAfterSign(effective, 'v1.34.0', 60_000) ?? [];
    const fitOf = (observedMs: number) =>
      predictedMilestone(
        { link: 'ready', of: 'worker', given: { what: 'lease', atMs: 0 }, chance: null, observedMs },
        parts,
      ).fit;
    expect([0, 501, 502, 9499, 9500, 10_896, 10_898].map(fitOf)).toEqual([
      ...['inside', 'inside', 'outside', 'outside', 'inside', 'inside', 'outside'],
    ]);
  });

  test('a distribution in parts: shares, moments, and what is left before a moment', () => {
    const parts = notReadyAfterSign(effective, post(1000));
    expect([50_000, 52_000, 57_000, 59_500, 70_000].map((atMs) => shareBefore(parts, atMs))).toEqual([
      0, 0.4, 0.8, 0.9, 1,
    ]);
    expect([0, 0.4, 0.9, 1].map((share) => momentOf(parts, share))).toEqual([50_000, 52_000, 59_500, 60_000]);
    expect(truncateAt(parts, 52_000)).toEqual([{ fromMs: 50_000, toMs: 52_000, share: 1 }]);
    expect(truncateAt(parts, 50_000)).toBeNull();
  });
});

const everywhere: readonly Wanted[] = [
  ...(['v1.13.12', 'v1.20.2', 'v1.28.0', 'v1.34.4', 'v1.37.2'] as const).flatMap((kubernetes) =>
    (['fresh', 'old'] as const).flatMap((age) => [
      { kubernetes, age, profile: 'fast' },
      { kubernetes, age, profile: 'default' },
    ]),
  ),
  { fault: 'partition' },
  { fault: 'kubelet-stop', age: 'old' },
  { fault: 'node-stop', profile: 'fast' },
  { profile: 'tight-grace', kubernetes: 'v1.30.0' },
];

test('the model against itself: 90 % of the milestones between p5 and p95, as many in each tenth, few outside', () => {
  const runs = sampleOf(8, 45);
  const judged = judgeCalibration(
    everywhere.flatMap((wanted, index) => {
      const plan = planOf(wanted);
      return milestonesOf(plan, runs, plan, 1000 * index);
    }),
  );
  const byName = new Map(judged.links.map((one) => [one.link, one]));
  expect([...byName.keys()]).toEqual(['notReady', 'endpointLost', 'tainted', 'evicted', 'ready', 'podReady']);
  for (const name of ['notReady', 'podReady'] as const) {
    const { ranked = 0, within = 0, ranks = [], outside } = byName.get(name) ?? {};
    expect(ranked).toBeGreaterThan(15 * runs);
    // Two standard deviations of so many.
    expect(Math.abs(within / ranked - 0.9)).toBeLessThan(2 * Math.sqrt(0.09 / ranked));
    const squares = ranks.reduce((sum, count) => sum + (count - ranked / 10) ** 2 / (ranked / 10), 0);
    // Chi square of 9 degrees of freedom, 0.1 %.
    expect(squares).toBeLessThan(27.9);
    expect(outside).toBe(0);
  }
  for (const name of ['endpointLost', 'tainted', 'evicted'] as const) expect(byName.get(name)?.outside).toBe(0);
  expect(judged.brier?.score).toBeLessThan((judged.brier?.ofFrequency ?? 0) / 4);
});

test.each([
  [24, 0.12],
  [60, 0.12 * (1 - 0.59)],
])('of kubelets frozen for %d s as many are Ready at once as their prediction says', (seconds, atOnce) => {
  const plan = planOf({
    profile: '{name: own, nodeMonitorGracePeriod: 12s, nodeMonitorPeriod: 5s}',
    seconds,
  });
  const ready = milestonesOf(plan, sampleOf(60, 300)).flatMap((all) => all.filter(({ link }) => link === 'ready'));
  expect(ready.length).toBeGreaterThan(80);
  const seen = ready.filter(({ observedMs, given }) => (observedMs ?? Number.NaN) - given.atMs < 1000).length;
  expect(Math.abs(seen / ready.length - atOnce)).toBeLessThan(3.3 * Math.sqrt((atOnce * (1 - atOnce)) / ready.length));
  // So few are not among the fifth at the least.
  for (const { p5Ms, given } of ready) expect(p5Ms - given.atMs >= 9999).toBe(atOnce < 0.05);
});

test('a controller manager with another grace than the plan says is found out by the milestones alone', () => {
  const fortySeconds = planOf({ profile: '{name: own, nodeMonitorGracePeriod: 40s, nodeMonitorPeriod: 5s}' });
  const twentySeconds = planOf({ profile: '{name: own, nodeMonitorGracePeriod: 20s, nodeMonitorPeriod: 5s}' });
  const right = milestonesOf(twentySeconds, 5);
  const wrong = milestonesOf(twentySeconds, 5, fortySeconds);
  const outside = (runs: typeof right): readonly string[] =>
    runs.flatMap((milestones) => conditionalFindings(milestones));
  expect(outside(right)).toEqual([]);
  for (const milestones of wrong) {
    expect(conditionalFindings(milestones)).toContainEqual(
      expect.stringMatching(
        /^worker2?: NotReady 2\d\.\d s after the last (lease|status post), outside the 4\d\.\d … 4\d\.\d s predicted from it$/,
      ),
    );
  }
  const { links: milestones } = judgeCalibration(wrong);
  expect(milestones[0]).toMatchObject({ link: 'notReady', seen: 10, outside: 10, within: 0 });
});

describe('where nothing is predicted', () => {
  test('what judges nodes is hit, or a watch was blind: it says why, and has no milestones', () => {
    const judge = makePlan(
      checkScenario('name: one\nprofile: default\nphases: [{fault: 60s, inject: [{kind: etcd-pause}]}]\n', 'x')
        .scenario,
      { kubernetesVersion: 'v1.34.4' },
    );
    expect(whyUnconditional(judge, [])).toBe(
      'etcd-pause-1 hits what judges nodes, so that it may begin anew at any time',
    );
    const plan = planOf({});
    const events = eventsOf(plan, 1);
    expect(whyUnconditional(plan, events)).toBeNull();
    expect(conditionedOn(plan, events, unseen).length).toBeGreaterThan(3);
    const blind: readonly TimelineEvent[] = [
      ...events,
      { atMs: 1e9, type: 'watch.lost', resource: 'leases', reason: 'gone' },
    ];
    expect(whyUnconditional(plan, blind)).toBe(
      'a watch on nodes or leases was blind, so that signs of life may be missing',
    );
    expect(conditionedOn(plan, blind, unseen)).toEqual([]);
    expect(conditionedOn(plan, [], unseen)).toEqual([]);
  });

  test('a silence that was certain to cost the node, and did not, is a finding', () => {
    const plan = planOf({});
    const milestones = conditionedOn(
      plan,
      eventsOf(plan, 1).filter((event) => event.type !== 'node.ready' || event.status === 'True'),
      unseen,
    );
    expect(conditionalFindings(milestones)).toContainEqual(
      expect.stringMatching(/^worker: no NotReady, though it was predicted 5\d\.\d … 5\d\.\d s after the last lease$/),
    );
  });
});

const chanceOf = (chance: number, came: boolean): ConditionalMilestone =>
  predictedMilestone(
    { link: 'notReady', of: 'worker', given: { what: 'lease', atMs: 0 }, chance, observedMs: came ? 52_000 : null },
    evenly(50_000, 55_000),
  );

test('chances are judged by fifths, and the cases of one run may come together', () => {
  const apart = Array.from({ length: 100 }, (_, run) => [chanceOf(0.5, run < 65)]);
  const row = judgeCalibration(apart).brier?.chances;
  expect(row).toEqual([
    {
      from: 0.4,
      to: 0.6,
      cases: 100,
      runs: 100,
      expected: 50,
      came: 65,
      range: [expect.closeTo(40.2, 1), expect.closeTo(59.8, 1)],
    },
  ]);
  expect(judgedText(judgeCalibration(apart))).toMatch(/40 … 60 % +100 +100 +50\.0 +40\.2 … 59\.8 +65 {2}OUT\n$/);
  // The same of four runs may be all or nothing.
  const together = [0, 1, 2, 3].map((run) => apart.slice(run * 25, run * 25 + 25).flat());
  expect(judgeCalibration(together).brier?.chances[0]).toMatchObject({
    runs: 4,
    range: [expect.closeTo(1, 0), expect.closeTo(99, 0)],
  });
  expect(judgedText(judgeCalibration(together))).not.toContain('OUT');
  expect(judgeCalibration([[chanceOf(1, true), chanceOf(0.05, false)]]).brier?.chances.map(({ from }) => from)).toEqual(
    [0, 0.8],
  );
});

test('judged calibrations stand in 80 columns, also where nothing was seen', () => {
  const text = judgedText(judgeCalibration(milestonesOf(planOf({}), 20)));
  expect(text).toContain('judged by 20 runs');
  expect(text).toMatch(
    /\n {2}chance +silences +in runs +expected +in 95 % +came\n(.*\n)*? {2}80 … 100 % +40 +20 +40\.0 +40\.0 … 40\.0 +40\n$/,
  );
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(judgedText(judgeCalibration([[]]))).toBe(
    'Predictions from what was seen, judged by 1 run\n  no milestone was predicted and seen\n\n  Right predictions have 90 % in p5–p95, and as many ranks in each tenth.\n  Milestones within what a machine takes are not ranked; outside: of p1–p99.\n',
  );
});
