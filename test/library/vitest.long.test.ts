import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assertion, afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ComparisonDocument,
  compare,
  type RepeatsDocument,
  type RunDocument,
  run,
} from '../../src/library/index.ts';
import '../../src/library/vitest.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** How a matcher fails; null where it does not. */
const failureOf = (assertion: () => void): string | null => {
  try {
    assertion();
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

let passed: RunDocument;
let repeated: RepeatsDocument;

beforeAll(async () => {
  // The nodes of tight-grace flap by themselves in one run of six; by this seed none is lost before the fault.
  const options = { backend: 'model', kubernetes: 'v1.34.4', seed: 2 } as const;
  passed = (await run('tight-grace', { ...options, outFolder: join(folder, 'one') })).document as RunDocument;
  const several = { ...options, repeats: 2, outFolder: join(folder, 'two') };
  repeated = (await run('tight-grace', several)).document as RepeatsDocument;
  const early = [passed, ...repeated.repeats].map(({ nodes }) => nodes.notReadyTransitionsBeforeFault);
  expect(early).toEqual([0, 0, 0]);
});

const blind = (figure: string, why: string, atLeast?: number): Pick<RunDocument, 'unknown'> => ({
  unknown: [{ figure, why, ...(atLeast === undefined ? {} : { atLeast }) }],
});
const why = 'the watch on nodes was blind for 2.0 s from 61.5 s on';

describe('what the evidence says', () => {
  test('holds one way and not the other', () => {
    expect(passed.verdict).toBe('pass');
    expect(passed).toHold();
    expect({ document: passed }).toHold();
    const { refused } = passed.requests;
    expect(passed).toRefuseAtMost(Number(refused));
    expect(passed).not.toRefuseAtMost(Number(refused) - 1);
    expect(passed).toMeasure('requests.byPhase.steady.refused', { equals: 0 });
    expect(passed).not.toMeasure('requests.refused', { max: 0 });
    const detected = Number(passed.timing.firstNotReadyMs) - Number(passed.timing.faultStartMs);
    expect(passed).toDetectWithin(`${Math.ceil(detected)}ms`);
    expect(passed).not.toDetectWithin(`${Math.floor(detected) - 1}ms`);
    expect(passed).toRecoverWithin('90s');
    expect(passed).not.toRecoverWithin('0');
    expect(passed).not.toStayReady();
    expect(passed).toEvictAtMost(Number(passed.pods.evicted));
  });

  test('harm that a figure leaves out keeps no bound', () => {
    const { requests, pods } = passed;
    const timedOut = { ...passed, requests: { ...requests, refused: 0, timeout: 275 } };
    expect(failureOf(() => expect(timedOut).toRefuseAtMost(0))).toBe(
      'expected that at most 0 connections are refused, but the evidence does not say, which holds neither way: requests.refused was 0, and 275 requests failed otherwise',
    );
    expect(failureOf(() => expect(timedOut).not.toRefuseAtMost(0))).not.toBeNull();
    expect(timedOut).toRefuseAtMost(275);
    const early = { ...passed, pods: { ...pods, evicted: 0, evictedBeforeFault: 2 } };
    expect(failureOf(() => expect(early).toEvictAtMost(1))).toBe(
      'expected that at most 1 pod is evicted, but the evidence does not say, which holds neither way: pods.evicted was 0, and 2 pods were evicted before the first fault',
    );
    expect(early).toEvictAtMost(2);
  });

  test('a failure says what was asked and what was found', () => {
    const seconds = failureOf(() => expect(passed).toDetectWithin('1s'));
    expect(seconds).toMatch(
      /^expected that a node that a fault hits is NotReady within 1s of the fault, but worker2? was NotReady after \d/,
    );
    const document = { ...passed, verdict: 'fail', reasons: ['requests.refused: expected 0, observed 7'] } as const;
    expect(failureOf(() => expect(document).toHold())).toBe(
      'expected that every expectation holds, but requests.refused: expected 0, observed 7',
    );
    expect(document).not.toHold();
  });

  test('nodes that stayed Ready were not detected, and had nothing to recover from', () => {
    const ready = { notReadyTransitions: 0, notReadySeconds: 0, firstNotReadyMs: null, lastReadyMs: null };
    const byNode = Object.fromEntries(Object.keys(passed.nodes.byNode).map((node) => [node, ready]));
    const document = {
      ...passed,
      nodes: { ...passed.nodes, notReadyTransitions: 0, notReadyNodeSeconds: 0, unrecovered: 0, byNode },
      timing: { ...passed.timing, firstNotReadyMs: null, lastReadyMs: null },
    };
    expect(document).toStayReady();
    const lostBefore = { ...document, nodes: { ...document.nodes, notReadyTransitionsBeforeFault: 1 } };
    expect(lostBefore).not.toStayReady();
    // One that was NotReady when the load began made no transition.
    expect({ ...document, nodes: { ...document.nodes, notReadyNodeSeconds: 8.6 } }).not.toStayReady();
    expect(document).not.toDetectWithin('5m');
    expect(document).toRecoverWithin('0');
    expect({ ...document, nodes: { ...document.nodes, unrecovered: 1 } }).not.toRecoverWithin('5m');
  });

  test('a run whose cluster did not recover in time says no to that, and yes to nothing that was still to come', () => {
    const late = { name: 'recover', kind: 'recover', outcome: 'timedOut', detail: 'not recovered within 30 s: 1 of 2' };
    const steps = passed.steps.map((step) => (step.kind === 'recover' ? { ...step, ...late } : step));
    const document = {
      ...passed,
      verdict: 'fail' as const,
      steps,
      nodes: { ...passed.nodes, notReadyTransitions: 0, unrecovered: 0 },
    };
    expect(failureOf(() => expect(document).toRecoverWithin('5m'))).toBe(
      'expected that every node is Ready again within 5m of the undo, but recover: not recovered within 30 s: 1 of 2',
    );
    for (const [ask, asked, seen] of [
      [(to: Assertion) => to.toStayReady(), 'no node becomes NotReady', 'nodes.notReadyTransitions'],
      [
        (to: Assertion) => to.toMeasure('nodes.unrecovered', { max: 0 }),
        'nodes.unrecovered is ≤ 0',
        'nodes.unrecovered',
      ],
    ] as const) {
      expect(failureOf(() => ask(expect(document)))).toBe(
        `expected that ${asked}, but the evidence does not say, which holds neither way: ${seen} was 0, and the run ended there: recover: not recovered within 30 s: 1 of 2`,
      );
    }
    expect(document).toMeasure('requests.refused', { min: 1 });
  });
});

describe('what the evidence does not say holds neither way', () => {
  const neither = (document: object, ask: (to: Assertion) => void): readonly (string | null)[] => [
    failureOf(() => ask(expect(document))),
    failureOf(() => ask(expect(document).not as Assertion)),
  ];
  const unknownText = (sentence: string, because: string): readonly string[] =>
    ['', 'it is not so that '].map(
      (not) => `expected that ${not}${sentence}, but the evidence does not say, which holds neither way: ${because}`,
    );

  test('an inconclusive run answers nothing', () => {
    const document = { ...passed, verdict: 'inconclusive', reasons: ['settings were not read back'] } as const;
    const because = 'the run is inconclusive: settings were not read back';
    expect(neither(document, (to) => to.toHold())).toEqual(unknownText('every expectation holds', because));
    expect(neither(document, (to) => to.toRefuseAtMost(1e6))).toEqual(
      unknownText('at most 1000000 connections are refused', because),
    );
    for (const [sentence, ask] of [
      ['a node that a fault hits is NotReady within 5m of the fault', (to: Assertion) => to.toDetectWithin('5m')],
      ['every node is Ready again within 5m of the undo', (to: Assertion) => to.toRecoverWithin('5m')],
      ['no node becomes NotReady', (to: Assertion) => to.toStayReady()],
      ['at most 9 pods are evicted', (to: Assertion) => to.toEvictAtMost(9)],
      ['durationMs is ≥ 0', (to: Assertion) => to.toMeasure('durationMs', { min: 0 })],
    ] as const) {
      expect(neither(document, ask)).toEqual(unknownText(sentence, because));
    }
  });

  test('a figure that was not seen', () => {
    const document = {
      ...passed,
      ...blind('requests.refused', why),
      requests: { ...passed.requests, refused: null },
    };
    expect(neither(document, (to) => to.toRefuseAtMost(5))).toEqual(
      unknownText('at most 5 connections are refused', `requests.refused is not known: ${why}`),
    );
  });

  test('of a count that was seen in part, more than the bound is a no; less says nothing', () => {
    const document = {
      ...passed,
      ...blind('requests.refused', why, 6),
      requests: { ...passed.requests, refused: null },
    };
    expect(document).not.toRefuseAtMost(5);
    expect(failureOf(() => expect(document).toRefuseAtMost(5))).toBe(
      'expected that at most 5 connections are refused, but requests.refused was at least 6',
    );
    expect(neither(document, (to) => to.toRefuseAtMost(6))).toEqual(
      unknownText('at most 6 connections are refused', `requests.refused is not known: ${why}`),
    );
  });

  test('a detection that a blind watch may have missed, and one of no fault', () => {
    const timing = { ...passed.timing, firstNotReadyMs: null };
    const unseen = { ...passed, ...blind('timing.firstNotReadyMs', why), timing };
    const sentence = 'a node that a fault hits is NotReady within 60s of the fault';
    expect(neither(unseen, (to) => to.toDetectWithin('60s'))).toEqual(
      unknownText(sentence, `timing.firstNotReadyMs is not known: ${why}`),
    );
    const { unknown: _, ...older } = { ...passed, timing };
    expect(neither(older, (to) => to.toDetectWithin('60s'))).toEqual(
      unknownText(
        sentence,
        'timing.firstNotReadyMs is not known: this document is older than the record of what was not seen',
      ),
    );
    expect(neither({ ...passed, faults: [] }, (to) => to.toDetectWithin('60s'))).toEqual(
      unknownText(sentence, 'the scenario has no fault that could be detected'),
    );
  });

  test('a scenario that expects nothing does not hold, nor fail to', () => {
    expect(neither({ ...passed, expectations: [] }, (to) => to.toHold())).toEqual(
      unknownText('every expectation holds', 'the scenario expects nothing'),
    );
  });
});

describe('of repeats', () => {
  test('each is asked', () => {
    const refused = repeated.repeats.map(({ requests }) => Number(requests.refused));
    const max = Math.max(...refused);
    expect(repeated).toHold();
    expect(repeated).toRefuseAtMost(max);
    expect(repeated).not.toRefuseAtMost(max - 1);
    expect(failureOf(() => expect(repeated).toRefuseAtMost(0))).toBe(
      `expected that at most 0 connections are refused, but ${refused.map((count, index) => `repeat ${index + 1}: requests.refused was ${count.toLocaleString('en')}`).join('; ')}`,
    );
  });

  test('one that did not come leaves a yes open, and not a no', () => {
    const short = { ...repeated, repeats: repeated.repeats.slice(0, 1) };
    expect(failureOf(() => expect(short).toDetectWithin('5m'))).toBe(
      'expected that a node that a fault hits is NotReady within 5m of the fault, but the evidence does not say, which holds neither way: 1 of 2 repeats came to their end',
    );
    expect(failureOf(() => expect(short).not.toDetectWithin('5m'))).toBe(
      'expected that it is not so that a node that a fault hits is NotReady within 5m of the fault, but the evidence does not say, which holds neither way: 1 of 2 repeats came to their end',
    );
    expect(short).not.toRefuseAtMost(0);
  });

  test('one that is inconclusive does not hide another that says no', () => {
    const [first, second] = repeated.repeats as readonly [RunDocument, RunDocument];
    const open = { ...second, verdict: 'inconclusive', reasons: ['late'] } as const;
    const mixed = { ...repeated, repeats: [first, open] };
    expect(mixed).not.toRefuseAtMost(0);
    expect(failureOf(() => expect(mixed).not.toRefuseAtMost(1e6))).toBe(
      'expected that it is not so that at most 1000000 connections are refused, but the evidence does not say, which holds neither way: repeat 2: the run is inconclusive: late',
    );
  });
});

describe('of comparisons', () => {
  const comparison = async (): Promise<ComparisonDocument> =>
    compare(join(folder, 'two'), join(folder, 'other'), { tolerances: { 'requests.refused': 1000 } });

  beforeAll(async () => {
    await run('tight-grace', { backend: 'model', kubernetes: 'v1.34.4', seed: 9, outFolder: join(folder, 'other') });
  });

  test('runs that cannot tell are no good news and no bad', async () => {
    const found = await comparison();
    expect(found.verdict).toBe('unknown');
    expect(failureOf(() => expect(found).toBeNoWorse())).toBe(
      'expected that the candidate is no worse, but the evidence does not say, which holds neither way: the runs cannot tell',
    );
    expect(failureOf(() => expect(found).not.toBeNoWorse())).toBe(
      'expected that it is not so that the candidate is no worse, but the evidence does not say, which holds neither way: the runs cannot tell',
    );
    expect({ ...found, verdict: 'worse' }).not.toBeNoWorse();
    expect({ ...found, verdict: 'same' }).toBeNoWorse();
    const unsealed = { ...found, verdict: 'same', unsealed: ['one: edited'] };
    expect(failureOf(() => expect(unsealed).toBeNoWorse())).toBe(
      'expected that the candidate is no worse, but the evidence does not say, which holds neither way: evidence is not sealed: one: edited',
    );
    expect(failureOf(() => expect({ ...found, uneven: true }).not.toBeNoWorse())).toBe(
      'expected that it is not so that the candidate is no worse, but the evidence does not say, which holds neither way: more runs dropped out of one side than of the other',
    );
  });
});

describe('what makes no sense is refused, with or without not', () => {
  test.each([
    ['NOT_A_RUN', () => expect(7).toHold()],
    ['NOT_A_RUN', () => expect({ document: null }).not.toHold()],
    ['DURATION_INVALID', () => expect(passed).toDetectWithin('60')],
    ['DURATION_INVALID', () => expect(passed).not.toRecoverWithin('-1s')],
    ['COUNT_INVALID', () => expect(passed).toRefuseAtMost(0.5)],
    ['COUNT_INVALID', () => expect(passed).not.toEvictAtMost(-1)],
    ['BOUNDS_INVALID', () => expect(passed).toMeasure('requests.refused', {})],
    ['BOUNDS_INVALID', () => expect(passed).not.toMeasure('requests.refused', { max: Number.NaN })],
    ['FIGURE_UNKNOWN', () => expect(passed).not.toMeasure('requests.refuse', { max: 5 })],
    ['NOT_A_COMPARISON', () => expect(passed).toBeNoWorse()],
  ])('%s', (code, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code, exitCode: 64, next: expect.any(String) }));
  });
});
