import { expect, test } from 'vitest';
import { openMetricsText } from '../../../src/report/index.ts';
import { requestOutcomes } from '../../../src/timeline/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { tightPlan, tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from './hostile.ts';
import { type ReadSample, readOpenMetrics } from './open-metrics-reader.ts';

const document = async (): Promise<RunDocument> => {
  const { plan, events, requests } = tightRun();
  return judge(plan, events, requests);
};

const samplesOf = (text: string): readonly ReadSample[] => readOpenMetrics(text).flatMap(({ samples }) => samples);

test('every sample is what run.json says', async () => {
  const run = await document();
  const samples = samplesOf(openMetricsText(run));
  const valueAt = (name: string, labels: Record<string, string> = {}): number | undefined =>
    samples.find(
      (each) => each.name === name && Object.entries(labels).every(([key, text]) => each.labels[key] === text),
    )?.value;
  for (const outcome of requestOutcomes) {
    expect(valueAt('skipbeat_requests_total', { outcome })).toBe(run.requests[outcome]);
    expect(valueAt('skipbeat_phase_requests_total', { outcome, phase: 'fault' })).toBe(
      run.requests.byPhase.fault?.[outcome],
    );
  }
  expect(valueAt('skipbeat_request_latency_seconds', { quantile: '0.99' })).toBe(
    (run.requests.latencyMs.p99 ?? 0) / 1000,
  );
  expect(valueAt('skipbeat_request_mean_latency_seconds')).toBe((run.requests.latencyMs.mean ?? 0) / 1000);
  expect(valueAt('skipbeat_phase_request_mean_latency_seconds', { phase: 'fault' })).toBe(
    (run.requests.byPhase.fault?.latencyMs.mean ?? 0) / 1000,
  );
  expect(valueAt('skipbeat_node_not_ready_transitions_total', { node: 'worker' })).toBe(1);
  expect(valueAt('skipbeat_verdict', { skipbeat_verdict: 'pass' })).toBe(1);
  expect(valueAt('skipbeat_verdict', { skipbeat_verdict: 'fail' })).toBe(0);
  expect(valueAt('skipbeat_moment_seconds', { moment: 'firstNotReady' })).toBe(57.2);
  expect(valueAt('skipbeat_predicted_window_seconds', { moment: 'notReady', bound: 'latest' })).toBe(20);
  expect(new Set(samples.map(({ labels }) => labels.predicted))).toEqual(new Set(['false']));
});

test('a run of which nothing was expected was measured, and did not pass', async () => {
  const run = await document();
  const states = samplesOf(openMetricsText({ ...run, expectations: [] })).filter(
    ({ name }) => name === 'skipbeat_verdict',
  );
  expect(states.filter(({ value }) => value === 1).map(({ labels }) => labels.skipbeat_verdict)).toEqual(['measured']);
});

test('what was not seen has no sample, and no family stands empty', async () => {
  const cut = await judge(tightPlan, [], []);
  const names = new Set(samplesOf(openMetricsText(cut)).map(({ name }) => name));
  expect([...names]).toEqual([
    'skipbeat_run_info',
    'skipbeat_verdict',
    'skipbeat_expectation_held',
    'skipbeat_evidence_sealed',
    'skipbeat_predicted_window_seconds',
  ]);
});

test('names with quotes, backslashes and line feeds in them break no line', async () => {
  const samples = samplesOf(openMetricsText(hostile(await document())));
  const nodes = samples
    .filter(({ name }) => name === 'skipbeat_node_not_ready_transitions_total')
    .map(({ labels }) => labels.node);
  expect(nodes).toEqual(hostileTexts.map((text) => (text.startsWith('line') ? 'line break and colour turned' : text)));
});

test.each([
  ['no end', 'a 1\n'],
  ['a sample without its family', 'a 1\n# EOF\n'],
  ['a counter without its suffix', '# TYPE a counter\na 1\n# EOF\n'],
  ['a quote inside a label', '# TYPE a gauge\na{b="c"d"} 1\n# EOF\n'],
  ['a unit that the name does not end in', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'],
  ['a quantile that is not canonical', '# TYPE a summary\na{quantile="1"} 1\n# EOF\n'],
  ['the same sample twice', '# TYPE a gauge\na 1\na 2\n# EOF\n'],
])('the reader of these tests refuses %s', (_, text) => {
  expect(() => readOpenMetrics(text)).toThrow();
});
