import { expect, test } from 'vitest';
import { summaryMarkdown } from '../../../src/report/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from './hostile.ts';

const document = async (): Promise<RunDocument> => {
  const { plan, events, requests } = tightRun();
  return judge(plan, events, requests);
};

test('a run reads as a comment on a pull request', async () => {
  const lines = summaryMarkdown(await document(), tightPlan).split('\n');
  expect(lines).toEqual([
    '### PASS: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '**Expectations**',
    '',
    '| expectation | expected | observed |  |',
    '|---|---:|---:|---:|',
    '| nodes.notReadyTransitions | ≥ 1 | 2 | met |',
    '| requests.refused | ≥ 1 | 1,470 | met |',
    '',
    '**Requests entered through control-plane, which no fault touches**',
    '',
    '| phase | NotReady | requests | ok | refused | timeout | other | p99 |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    '| steady | 0 | 1,500 | 1,500 | 0 | 0 | 0 | 2.4 ms |',
    '| fault | 2 | 1,250 | 400 | 850 (68.0 %) | 0 | 0 | 2.4 ms |',
    '| recover | 2 | 620 | 0 | 620 (100.0 %) | 0 | 0 | – |',
    '| **all** | 2 | 3,370 | 1,900 | 1,470 (43.6 %) | 0 | 0 | 2.4 ms |',
    '',
    '**Milestones**',
    '',
    '| since the fault | observed | by formula |',
    '|---|---:|---:|',
    '| first node NotReady | 2.7 s | 0.0 … 20.7 s, inside |',
    '| no endpoint left | 7.7 s |  |',
    '| first refused | 8.0 s |  |',
    '| first pod evicted | 12.8 s | 8.6 … 41.6 s, inside |',
    '| last node Ready again | 36.2 s |  |',
    '| last refused | 37.4 s |  |',
    '',
    '**What these settings mean on this version**',
    '',
    '- nodeMonitorGracePeriod 10s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 3 % of heartbeats, fewer as status posts drift away from leases)',
    '- … and 2 more in `run.json`',
    '',
  ]);
});

test('a prediction says so before any figure', async () => {
  const [title = '', ...lines] = summaryMarkdown(await document(), tightPlan).split('\n');
  expect(summaryMarkdown({ ...(await document()), predicted: true }, tightPlan).split('\n')).toEqual([
    ...[title, '', '**Predicted, nothing was run**: every figure comes from the model.'],
    ...lines.map((line) => line.replace('| observed |', '| modelled |')),
  ]);
});

test('an inconclusive run gives its reasons first and judges no expectation', async () => {
  const text = summaryMarkdown(
    { ...(await document()), verdict: 'inconclusive', reasons: ['no setting was read back'] },
    tightPlan,
  );
  expect(text.split('\n').slice(0, 14)).toEqual([
    '### INCONCLUSIVE: tight-grace, Grace as short as the heartbeat',
    '',
    'Profile tight-grace (literal) on Kubernetes v1.34.4, 1 control plane + 2 workers, kind, seed 1',
    '',
    '**Why it proves nothing**',
    '',
    '- no setting was read back',
    '',
    '**Expectations**',
    '',
    '| expectation | expected | observed |  |',
    '|---|---:|---:|---:|',
    '| nodes.notReadyTransitions | ≥ 1 | 2 | not judged |',
    '| requests.refused | ≥ 1 | 1,470 | not judged |',
  ]);
});

test('the longest run takes 60 lines at most, and says what it leaves out', async () => {
  const one = await document();
  const many = (count: number, text: string): string[] => Array.from({ length: count }, (_, at) => `${text} ${at}`);
  const [counts] = Object.values(one.requests.byPhase);
  const [expectation] = one.expectations;
  if (counts === undefined || expectation === undefined) throw new Error('the run has phases and expectations');
  const everything: RunDocument = {
    ...one,
    verdict: 'fail',
    predicted: true,
    reasons: many(100, 'reason'),
    findings: many(100, 'finding'),
    expectations: many(100, 'figure').map((figure) => ({ ...expectation, figure })),
    requests: { ...one.requests, byPhase: Object.fromEntries(many(50, 'phase').map((name) => [name, counts])) },
  };
  const plan = { ...tightPlan, profile: { ...tightPlan.profile, warnings: many(20, 'warning') } };
  const text = summaryMarkdown(everything, plan);
  const detected = withDetection(everything);
  const { detection } = detected;
  if (detection === undefined) throw new Error('a run that was asked');
  const blind = { ...detected, detection: { ...detection, lost: null, nodes: [], counters: null, why: 'blind' } };
  for (const one of [detected, blind])
    expect(summaryMarkdown(one, plan).trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  expect(text.split('\n').filter((line) => line.includes('… and'))).toEqual([
    '- … and 97 more in `run.json`',
    '… and 94 more in `run.json`',
    '| … and 46 more |  |  |  |  |  |  |  |',
    '- … and 97 more in `run.json`',
    '- … and 19 more in `run.json`',
  ]);
});

const detectionPart = { ms: 1234, how: 'inferred', why: null, predicted: { p1: 1000, p50: 1200, p99: 1500 } } as const;

/** A run of which the control plane was asked why it was late. */
const withDetection = (one: RunDocument): RunDocument => ({
  ...one,
  detection: {
    ...{ lost: 2, requestsPerSecond: 20, burst: 30, pace: { perSecond: 4 }, why: null },
    nodes: (['first', 'median', 'last'] as const).map((which) => ({
      ...{ which, node: 'worker', lateMs: 7404, withinPassMs: 4936, predictedLateMs: null },
      parts: {
        grace: { ms: 1234, how: 'seen', why: null },
        passes: detectionPart,
        rateLimiter: detectionPart,
        priorityLevel: { ms: null, how: null, why: 'nobody asked', predicted: null },
        requests: detectionPart,
        controller: detectionPart,
      },
      taint: { afterMs: null, workQueue: { ms: 1800, how: 'counted', why: null } },
    })),
    counters: {
      ...{ fromMs: 0, toMs: 1, node: 'control-plane', passes: null, requests: [], queues: {}, zones: {} },
      ...{ flows: null, levels: {}, served: null, why: null },
    },
  },
});

test('why detection was late is a row for each of three nodes', async () => {
  const text = summaryMarkdown(withDetection(await document()), tightPlan);
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('**Why detection was late'));
  expect(lines.slice(from, from + 5)).toEqual([
    '**Why detection was late (~ inferred, – not known, in brackets the model)**',
    '',
    '| lost | NotReady after | grace | next pass | rate limiter | priority levels | answers | controller | then queue of taints |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    '| first: worker | 7.4 s | 1.2 s | ~1.2 s (1.0 … 1.5 s) | ~1.2 s (1.0 … 1.5 s) | – | ~1.2 s (1.0 … 1.5 s) | ~1.2 s (1.0 … 1.5 s) | 1.8 s |',
  ]);
});

test('which nodes were lost is not left out where nobody knows it', async () => {
  const why = 'which nodes were lost, and when, is not known: the watch on nodes was blind for 6.0 s from 50.0 s on';
  const { detection, ...one } = withDetection(await document());
  if (detection === undefined) throw new Error('a run that was asked');
  const none = { ...detection, lost: null, nodes: [], counters: null, why, pace: { perSecond: null } };
  const lines = summaryMarkdown({ ...one, detection: none }, tightPlan).split('\n');
  const from = lines.indexOf('**Why detection was late**');
  expect(lines.slice(from + 1, from + 4)).toEqual(['', why, '']);
});

test('names with markup in them are shown and do nothing', async () => {
  const text = summaryMarkdown(hostile(await document()), tightPlan);
  expect(text).not.toMatch(/</);
  expect(text).not.toMatch(/(?<!&)[@#](?=\w)/);
  expect(text).not.toMatch(/(?<!\\|run\.json)`(?!run\.json`)/);
  expect(text).not.toMatch(/(?<!\\)\[/);
  expect(text).not.toMatch(/https?:\/\/|www\./);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  for (const line of text.split('\n').filter((each) => each.startsWith('| ') && each.includes('alert'))) {
    const cells = line.split(/(?<!\\)\|/).length - 2;
    expect([4, 8]).toContain(cells);
  }
  expect(text.split('\n')[0]).toBe(
    '### PASS: &lt;script&gt;alert(1)&lt;/script&gt;, @&#8203;somebody see \\#&#8203;12 and https:&#8203;//example.org or www&#8203;.example.org',
  );
  expect(hostileTexts.length).toBeGreaterThan(8);
});
