import { expect, test } from 'vitest';
import { detectionText } from '../../src/report/index.ts';
import type { Detection, Part } from '../../src/verdict/index.ts';

const seen = (ms: number): Part => ({
  ms,
  how: 'seen',
  why: null,
  predicted: { p1: ms - 500, p50: ms, p99: ms + 500 },
});
const inferred = (ms: number): Part => ({ ...seen(ms), how: 'inferred' });
const why = 'the controller manager of control-plane was started anew meanwhile, and its counters with it';
const unknown: Part = { ms: null, how: null, why };

const detection: Detection = {
  ...{ lost: 50, requestsPerSecond: 20, burst: 30, pace: { perSecond: 12.34 }, counters: null, why },
  nodes: (['first', 'median', 'last'] as const).map((which, index) => ({
    ...{ which, node: `hollow-${index + 1}`, lateMs: 47_000, withinPassMs: 1000 },
    predictedLateMs: { p1: 46_000, p50: 47_100, p99: 48_000 },
    parts: {
      ...{ grace: seen(44_000), passes: inferred(2000), rateLimiter: inferred(900), requests: inferred(100) },
      ...{ priorityLevel: unknown, controller: { ...inferred(0), predicted: null } },
    },
    taint: { afterMs: 300, workQueue: unknown },
  })),
};

test('a terminal of 80 columns has the parts below each other, each beside the model, and why one is not known', () => {
  expect(detectionText(detection, 80).split('\n')).toEqual([
    '',
    '  Why detection was late, beside the median of the model’s runs',
    '                                 first  model median  model   last  model',
    '    until the grace was over    44.0 s 44.0 s 44.0 s 44.0 s 44.0 s 44.0 s',
    '    until the next pass         ~2.0 s  2.0 s ~2.0 s  2.0 s ~2.0 s  2.0 s',
    '    in it, for the rate limiter ~0.9 s  0.9 s ~0.9 s  0.9 s ~0.9 s  0.9 s',
    '    in it, for priority levels       –             –             –',
    '    in it, for answers          ~0.1 s  0.1 s ~0.1 s  0.1 s ~0.1 s  0.1 s',
    '    in it, for the controller   ~0.0 s        ~0.0 s        ~0.0 s',
    '    NotReady since the fault    47.0 s 47.1 s 47.0 s 47.1 s 47.0 s 47.1 s',
    '    then in the taints’ queue        –             –             –',
    '    50 lost, 12.3 a second; each client of the controller manager may make 20',
    '    requests a second, 30 at once',
    '    ~ inferred: not measured by itself, but shared out as the counters of all',
    '    passes are',
    '    – not known: the controller manager of control-plane was started anew',
    '    meanwhile, and its counters with it',
    '',
  ]);
});

test.each([
  [112_500, '  Why detection was late, in seconds, beside the median of the model’s runs'],
  [1_412_500, '  Why detection was late, in seconds'],
])('no line is wider than the terminal, however late nodes were: %d ms', (ms, title) => {
  const nodes = detection.nodes.map((node) => ({
    ...node,
    ...{ lateMs: 2 * ms, predictedLateMs: { p1: ms, p50: 2 * ms, p99: 3 * ms } },
    parts: { ...node.parts, grace: seen(ms), passes: inferred(ms) },
  }));
  const lines = detectionText({ ...detection, nodes }, 80).split('\n');
  expect(lines[1]).toBe(title);
  expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
});

test('where the watch missed something there is no table, and why', () => {
  const blind = 'which nodes were lost, and when, is not known: the watch on nodes was blind for 6.0 s from 50.0 s on';
  const none: Detection = { ...detection, lost: null, nodes: [], pace: { perSecond: null }, why: blind };
  expect(detectionText(none, 80).split('\n')).toEqual([
    '',
    '  Why detection was late',
    '    which nodes were lost, and when, is not known: the watch on nodes was blind',
    '    for 6.0 s from 50.0 s on',
    '',
  ]);
});
