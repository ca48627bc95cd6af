import { expect, test } from 'vitest';
import { repeatsOpenMetricsText } from '../../../src/report/index.ts';
import { requestOutcomes } from '../../../src/timeline/index.ts';
import { judgeRepeats, type RepeatsDocument } from '../../../src/verdict/index.ts';
import { hostileTexts } from './hostile.ts';
import { type ReadSample, readOpenMetrics } from './open-metrics-reader.ts';
import { brokenRepeats, hostileRepeats, repeatRuns, repeatsDocument, repeatsPlan } from './repeats.ts';

const samplesOf = (document: RepeatsDocument): readonly ReadSample[] =>
  readOpenMetrics(repeatsOpenMetricsText(document)).flatMap(({ samples }) => samples);

const valueIn =
  (samples: readonly ReadSample[]) =>
  (name: string, labels: Record<string, string> = {}): number | undefined =>
    samples.find(
      (each) => each.name === name && Object.entries(labels).every(([key, text]) => each.labels[key] === text),
    )?.value;

test('every sample of the whole is what run.json says', async () => {
  const document = await repeatsDocument();
  const valueAt = valueIn(samplesOf(document));
  for (const outcome of requestOutcomes) {
    const { median, min, max, ci95 } = document.requests[outcome];
    const statistics = { median, min, max, ci95_low: ci95?.[0], ci95_high: ci95?.[1] };
    for (const [statistic, value] of Object.entries(statistics))
      expect(valueAt('skipbeat_repeats_requests', { outcome, statistic })).toBe(value);
  }
  expect(valueAt('skipbeat_repeats_since_fault_seconds', { moment: 'firstNotReady', statistic: 'median' })).toBe(2.7);
  expect(valueAt('skipbeat_repeats_chance_ratio', { event: 'nodeNotReady', statistic: 'ci95_low' })).toBe(
    0.05 ** (1 / 3),
  );
  expect(valueAt('skipbeat_repeats_verdict', { skipbeat_repeats_verdict: 'pass' })).toBe(1);
  expect(valueAt('skipbeat_repeats', { state: 'planned' })).toBe(3);
  expect(valueAt('skipbeat_repeats', { state: 'whole' })).toBe(3);
});

test('the figures of each repeat stand under its number, in the families of a single run', async () => {
  const document = await repeatsDocument();
  const valueAt = valueIn(samplesOf(document));
  for (const [index, run] of document.repeats.entries()) {
    const repeat = String(index + 1);
    expect(valueAt('skipbeat_requests_total', { repeat, outcome: 'refused' })).toBe(run.requests.refused);
    expect(valueAt('skipbeat_moment_seconds', { repeat, moment: 'firstNotReady' })).toBe(57.2);
  }
});

test('what was not seen has no sample, and a repeat that has none is counted as missing', async () => {
  const valueAt = valueIn(samplesOf(await brokenRepeats()));
  expect(valueAt('skipbeat_repeats_requests', { statistic: 'median' })).toBeDefined();
  expect(valueAt('skipbeat_repeats_requests', { statistic: 'ci95_low' })).toBeUndefined();
  expect(valueAt('skipbeat_requests_total', { repeat: '2' })).toBeUndefined();
  expect([valueAt('skipbeat_repeats', { state: 'planned' }), valueAt('skipbeat_repeats', { state: 'whole' })]).toEqual([
    3, 1,
  ]);
  const [first] = await repeatRuns();
  if (first === undefined) throw new Error('the plan has repeats');
  const none = samplesOf(judgeRepeats(repeatsPlan, [], [{ number: 1, document: first }]));
  expect(valueIn(none)('skipbeat_repeats_verdict', { skipbeat_repeats_verdict: 'inconclusive' })).toBe(1);
  expect(none.filter(({ name }) => name === 'skipbeat_repeats_requests')).toEqual([]);
});

test('names with quotes, backslashes and line feeds in them break no line', async () => {
  const nodes = samplesOf(await hostileRepeats()).filter(
    ({ name, labels }) => name === 'skipbeat_node_not_ready_transitions_total' && labels.repeat === '3',
  );
  expect(nodes.map(({ labels }) => labels.node)).toEqual(
    hostileTexts.map((text) => (text.startsWith('line') ? 'line break and colour turned' : text)),
  );
});
