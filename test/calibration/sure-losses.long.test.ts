import { expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../src/backend/model/index.ts';
import { conditionedOn, judgeCalibration, judgedText } from '../../src/calibration/index.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { conditionalFindings } from '../../src/verdict/findings/model-findings.ts';
import { record } from '../backend/model/support/runs.ts';

const stopped = '{fault: 65s, inject: [{kind: kubelet-stop, target: {role: worker}}]}';

const graced = (seconds: number, minor = 34, fault: string = stopped): Plan => {
  const text = `
name: graced
profile: {nodeMonitorGracePeriod: ${seconds}s, nodeMonitorPeriod: 5s}
cluster: {kubernetes: v1.${minor}, workers: 2}
phases: [{steady: 20s}, ${fault}, {recover: {within: 60s}}]
`;
  return makePlan(checkScenario(text, 'graced.yaml').scenario, { kubernetesVersion: `v1.${minor}.4` });
};

const judgedBy = (plan: Plan, actual: Plan, runs: number) =>
  judgeCalibration(
    Array.from({ length: runs }, (_, run) => {
      const { events } = record(configOfRun(configOfPlan(actual), 500 + run, run * 1_700_000));
      const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
      return conditionedOn(plan, inOrder, { firstRefusedMs: null, lastRefusedMs: null });
    }),
  );

test('a controller manager with a longer grace than the plan says is found out by losses that never came', () => {
  const wrong = judgedBy(graced(40), graced(90), 6);
  expect(wrong).toMatchObject({ runs: 6, links: [], brier: { cases: 12, expected: 12, came: 0 } });
  expect(wrong.sureLosses.cases).toBe(12);
  expect(wrong.sureLosses.missed.map(({ run, of }) => `${run} ${of}`).toSorted()).toEqual(
    [0, 1, 2, 3, 4, 5].flatMap((run) => [`${run} worker`, `${run} worker2`]),
  );
  const text = judgedText(wrong, ['runs/a', 'runs/b', 'runs/c', 'runs/d', 'runs/e', 'runs/f']);
  expect(text).toBe(`Predictions from what was seen, judged by 6 runs
  no milestone was predicted and seen
  NEVER CAME: 12 of 12 losses that were predicted with over 99 %, in 6 runs
    runs/a: worker 40.1 … 45.0 s after the last lease, worker2 40.1 … 45.0 s
    after the last lease
    runs/b: worker2 40.1 … 45.0 s after the last lease, worker 40.1 … 45.0 s
    after the last lease
    runs/c: worker 40.1 … 45.0 s after the last lease, worker2 40.1 … 45.0 s
    after the last lease
    runs/d: worker2 40.1 … 45.0 s after the last lease, worker 40.1 … 45.0 s
    after the last lease
    runs/e: worker2 40.1 … 45.0 s after the last lease, worker 40.1 … 45.0 s
    after the last lease
    runs/f: worker 40.1 … 45.0 s after the last lease, worker2 40.1 … 45.0 s
    after the last lease

  Right predictions have 90 % in p5–p95, and as many ranks in each tenth.
  Milestones within what a machine takes are not ranked; outside: of p1–p99.
  Chances of NotReady, 12 silences: Brier score 1.0000, by frequency 0.0000
  NotReady by these chances 12.0 times, and it came 0 times.
  chance      silences  in runs  expected      in 95 %  came
  80 … 100 %        12        6      12.0  12.0 … 12.0     0  OUT
`);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('so is one whose kubelets say NotReady themselves as they start, to v1.30', () => {
  expect(judgedBy(graced(40, 28), graced(90, 28), 4).sureLosses).toMatchObject({ cases: 8, missed: { length: 8 } });
  expect(judgedBy(graced(40, 28), graced(40, 28), 4).sureLosses.missed).toEqual([]);
});

test('one with a shorter grace is found out by losses in silences that the plan says cost nothing', () => {
  const short = '{fault: 28s, inject: [{kind: kubelet-pause, target: {role: worker}}]}';
  const [notReady] = judgedBy(graced(40, 34, short), graced(20, 34, short), 4).links;
  expect(notReady).toMatchObject({ link: 'notReady', seen: 8, outside: 8 });
  expect(judgedBy(graced(40, 34, short), graced(40, 34, short), 4)).toMatchObject({ links: [], brier: null });
});

test('a kubelet that says NotReady and Ready in one second, and is stopped again, leaves no loss unjudged', () => {
  const wave =
    '{fault: 160s, inject: [{kind: kubelet-stop, target: {role: worker}, lasts: 48s, every: 52s, times: 3}]}';
  const right = judgedBy(graced(20, 28, wave), graced(20, 28, wave), 4);
  expect(right.links[0]).toMatchObject({ link: 'notReady', seen: 24, outside: 0 });
  expect(judgedBy(graced(40, 28, wave), graced(20, 28, wave), 4).links[0]).toMatchObject({ seen: 24, outside: 24 });
});

test('right predictions miss none that is as good as certain, and say nothing of it', () => {
  const right = judgedBy(graced(40), graced(40), 6);
  expect(right.sureLosses).toEqual({ cases: 12, missed: [] });
  expect(right.brier).toMatchObject({ cases: 12, came: 12 });
  expect(judgedText(right)).toBe(`Predictions from what was seen, judged by 6 runs
                   seen  outside  ranked  in p5–p95  95 % interval  ranks 0–1
  NotReady           12        0      12       83 %      55 … 95 %  ▄▂▆▂·█▂···
  endpoint lost       6        0       0
  NoExecute taint     6        0       0

  Right predictions have 90 % in p5–p95, and as many ranks in each tenth.
  Milestones within what a machine takes are not ranked; outside: of p1–p99.
  Chances of NotReady, 12 silences: Brier score 0.0000, by frequency 0.0000
  NotReady by these chances 12.0 times, and it came 12 times.
  chance      silences  in runs  expected      in 95 %  came
  80 … 100 %        12        6      12.0  12.0 … 12.0    12
`);
});

test('no more than a dozen runs are listed, and of each no more than four losses', () => {
  const loss = { link: 'notReady', chance: 1, observedMs: null, rank: null, fit: null } as const;
  const times = { p1Ms: 40_100, p5Ms: 41_000, p50Ms: 43_000, p95Ms: 44_000, p99Ms: 45_000 };
  const since = { what: 'lease', atMs: 0 } as const;
  const run = Array.from({ length: 6 }, (_, node) => ({ ...loss, ...times, given: since, of: `worker${node + 1}` }));
  const lines = judgedText(judgeCalibration(Array.from({ length: 14 }, () => run))).split('\n');
  expect(lines).toEqual([
    'Predictions from what was seen, judged by 14 runs',
    '  no milestone was predicted and seen',
    '  NEVER CAME: 84 of 84 losses that were predicted with over 99 %, in 14 runs',
    ...Array.from({ length: 12 }, (_, index) => [
      `    run ${index + 1}: worker1 40.1 … 45.0 s after the last lease, worker2 40.1 … 45.0 s`,
      '    after the last lease, worker3 40.1 … 45.0 s after the last lease, worker4',
      '    40.1 … 45.0 s after the last lease, and 2 more',
    ]).flat(),
    '    and 2 more runs',
    '',
    '  Right predictions have 90 % in p5–p95, and as many ranks in each tenth.',
    '  Milestones within what a machine takes are not ranked; outside: of p1–p99.',
    '  Chances of NotReady, 84 silences: Brier score 1.0000, by frequency 0.0000',
    '  NotReady by these chances 84.0 times, and it came 0 times.',
    '  chance      silences  in runs  expected      in 95 %  came',
    '  80 … 100 %        84       14      84.0  84.0 … 84.0     0  OUT',
    '',
  ]);
});

// A grace of nine passes beside a lease every 10 s: a node that renews then may be given up at the tenth, or just not yet.
test('a loss is as good as certain only where what passes take leaves it so', () => {
  const text = `
name: borderline
profile: {nodeStatusUpdateFrequency: 10s, nodeMonitorPeriod: 1s, nodeMonitorGracePeriod: 9s}
cluster: {kubernetes: v1.15, workers: 1}
workload: {replicas: 1}
phases: [{steady: 34s}, {fault: 60s, inject: [{kind: node-pause, target: {nodes: [worker]}, lasts: 40s}]}, {recover: {within: 100s}}]
`;
  const plan = makePlan(checkScenario(text, 'borderline.yaml').scenario, { kubernetesVersion: 'v1.15.0' });
  const runs = Array.from({ length: 30 }, (_, run) => {
    const { events } = record(configOfRun(configOfPlan(plan), 1000 + run, ((run * 0.618034) % 1) * 30_000_000));
    const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
    return conditionedOn(plan, inOrder, { firstRefusedMs: null, lastRefusedMs: null });
  });
  const silences = runs.flat().filter(({ link }) => link === 'notReady');
  // Some such silence does not cost the node, and of none of them that is a surprise.
  expect(silences.filter(({ observedMs }) => observedMs === null).length).toBeGreaterThan(3);
  expect(runs.flatMap((links) => conditionalFindings(links).filter((one) => one.includes(': no NotReady')))).toEqual(
    [],
  );
  // One that is frozen for long is as certain as ever.
  expect(
    silences.filter(({ chance, observedMs }) => chance === 1 && observedMs !== null).length,
  ).toBeGreaterThanOrEqual(30);
});
