import { parse, type TestSuite, type TestSuites } from 'junit2json';
import { describe, expect, test } from 'vitest';
import { junitXml, repeatsJunitXml } from '../../../src/report/index.ts';
import { judge, judgeRepeats, type RepeatsDocument, type RunDocument } from '../../../src/verdict/index.ts';
import { tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from './hostile.ts';
import { brokenRepeats, hostileRepeats, repeatRuns, repeatsDocument, repeatsPlan } from './repeats.ts';

const document = async (): Promise<RunDocument> => {
  const { plan, events, requests } = tightRun();
  return judge(plan, events, requests);
};

const suiteOf = async (run: RunDocument): Promise<TestSuite> => {
  const read = (await parse(junitXml(run))) as TestSuites;
  const [suite] = read.testsuite ?? [];
  if (suite === undefined) throw new Error('expected a suite');
  expect([read.tests, read.failures, read.errors]).toEqual([suite.tests, suite.failures, suite.errors]);
  return suite;
};

test('a case for each expectation and one for the evidence', async () => {
  const suite = await suiteOf(await document());
  expect(suite.testcase?.map(({ name }) => name)).toEqual([
    'the evidence is valid',
    'nodes.notReadyTransitions ≥ 1',
    'requests.refused ≥ 1',
  ]);
  expect(suite).toMatchObject({ name: 'tight-grace', tests: 3, failures: 0, errors: 0, skipped: 0, time: 92.2 });
  expect(suite.timestamp).toBe('2026-11-24T08:03:11');
  expect(suite.properties?.find(({ name }) => name === 'profile')?.value).toBe('tight-grace');
});

test('a run of which nothing was expected is measured, and no pass', async () => {
  const { properties } = await suiteOf({ ...(await document()), expectations: [] });
  expect(properties?.find(({ name }) => name === 'verdict')?.value).toBe('measured');
});

test('an expectation that was missed is a failure that says what was expected', async () => {
  const run = await document();
  const [first, ...others] = run.expectations;
  if (first === undefined) throw new Error('the run has expectations');
  const missed = { ...first, expected: '≤ 1', observed: 1471, held: false };
  const suite = await suiteOf({ ...run, verdict: 'fail', expectations: [missed, ...others] });
  expect(suite).toMatchObject({ tests: 3, failures: 1, errors: 0, skipped: 0 });
  expect(suite.testcase?.[1]?.failure).toEqual([
    {
      type: 'NOT_HELD',
      message: 'expected ≤ 1, observed 1,471',
      inner: 'nodes.notReadyTransitions: expected ≤ 1, observed 1,471',
    },
  ]);
});

test('a recovery that did not come in time is a failure, though the evidence is valid', async () => {
  const late = 'recover: not recovered within 90.0 s: worker2 NotReady';
  const run = await document();
  const steps = run.steps.map((step) => (step.kind === 'recover' ? { ...step, outcome: 'timedOut' as const } : step));
  const suite = await suiteOf({ ...run, verdict: 'fail', reasons: [late], steps });
  expect(suite).toMatchObject({ tests: 4, failures: 1, errors: 0, skipped: 0 });
  expect(suite.testcase?.[1]).toMatchObject({
    name: 'the cluster recovered in time',
    failure: [{ message: late, inner: late }],
  });
  const unproved = await suiteOf({ ...run, verdict: 'inconclusive', reasons: ['not proved', late], steps });
  expect(unproved).toMatchObject({ tests: 4, failures: 0, errors: 1, skipped: 3 });
});

/** A failed run of which one expectation was refuted, and two were met that prove nothing, each with its reason. */
const hollowFail = async (): Promise<RunDocument> => ({
  ...(await document()),
  verdict: 'fail',
  reasons: [
    'nodes.maxNotReady: expected ≤ 1, observed 2',
    'requests.refused ≤ 100,000 holds whatever happens, for so many are not offered: expect less of it',
    'requests.latencyMs.p99 holds, and 54 % of the requests failed in ways that no expectation names (3,000 timeout)',
  ],
  findings: ['a finding'],
  expectations: [
    { figure: 'nodes.maxNotReady', expected: '≤ 1', observed: 2, held: false },
    { figure: 'requests.refused', expected: '≤ 100,000', observed: 0, held: true },
    { figure: 'requests.byPhase.steady.timeout', expected: '≤ 0', observed: 0, held: true },
    { figure: 'requests.latencyMs.p99', expected: '≤ 10', observed: 2, held: true },
  ],
});

test('no expectation of a failed run passed that leaves something open, and all reasons are in its output', async () => {
  const run = await hollowFail();
  const suite = await suiteOf(run);
  const [, everything, latency] = run.reasons;
  expect(suite).toMatchObject({ tests: 6, failures: 1, errors: 1, skipped: 3 });
  const cases = suite.testcase ?? [];
  expect(cases.map(({ name, error, failure, skipped }) => [name, error, failure, skipped])).toEqual([
    ['the evidence is valid', undefined, undefined, undefined],
    [
      'nothing is left open',
      [{ type: 'INCONCLUSIVE', message: `inconclusive: ${everything}`, inner: `${everything}\n${latency}` }],
      undefined,
      undefined,
    ],
    [
      'nodes.maxNotReady ≤ 1',
      undefined,
      [
        {
          type: 'NOT_HELD',
          message: 'expected ≤ 1, observed 2',
          inner: 'nodes.maxNotReady: expected ≤ 1, observed 2',
        },
      ],
      undefined,
    ],
    ['requests.refused ≤ 100,000', undefined, undefined, [{ message: `inconclusive: ${everything}` }]],
    [
      'requests.byPhase.steady.timeout ≤ 0',
      undefined,
      undefined,
      [{ message: 'inconclusive: expected ≤ 0, observed 0, which proves nothing' }],
    ],
    ['requests.latencyMs.p99 ≤ 10', undefined, undefined, [{ message: `inconclusive: ${latency}` }]],
  ]);
  expect(suite['system-out']).toEqual([[...run.reasons, 'a finding'].join('\n')]);
});

test('what a failed run leaves open does not refute an expectation that it did not hold either', async () => {
  const run = await hollowFail();
  const missed = { figure: 'requests.ok', expected: '≥ 5,000', observed: 12, held: false };
  const suite = await suiteOf({ ...run, expectations: [...run.expectations, missed] });
  expect(suite).toMatchObject({ failures: 1, skipped: 4 });
});

test('a failed run that leaves nothing open passes what was met', async () => {
  const run = await hollowFail();
  const suite = await suiteOf({ ...run, reasons: run.reasons.slice(0, 1) });
  expect(suite).toMatchObject({ tests: 5, failures: 1, errors: 0, skipped: 0 });
  expect(suite['system-out']).toEqual(['nodes.maxNotReady: expected ≤ 1, observed 2\na finding']);
});

test('an inconclusive run is an error, and none of its expectations passed', async () => {
  const suite = await suiteOf({ ...(await document()), verdict: 'inconclusive', reasons: ['first', 'second'] });
  expect(suite).toMatchObject({ tests: 3, failures: 0, errors: 1, skipped: 2 });
  expect(suite.testcase?.[0]?.error?.[0]).toMatchObject({ message: 'inconclusive: first', inner: 'first\nsecond' });
  expect(suite['system-out']).toEqual(['first\nsecond']);
  expect(suite.testcase?.slice(1).map(({ skipped }) => skipped?.length)).toEqual([1, 1]);
});

test('names with markup in them come back as they were, less what XML cannot hold', async () => {
  const run = { ...hostile(await document()), verdict: 'fail' as const };
  const suite = await suiteOf(run);
  const expectations = suite.testcase?.slice(-hostileTexts.length);
  expect(expectations?.map(({ name }) => name?.split(' ')[0])).toEqual(
    hostileTexts.map((text) => text.split(/[\s]/)[0]),
  );
  expect(suite.name).toBe(hostileTexts[0]);
  expect(suite.testcase?.at(-1)?.name).toBe('a lone � half and  a lone � half and');
});

describe('junit.xml of repeats', () => {
  const suitesOf = async (document: RepeatsDocument): Promise<readonly TestSuite[]> => {
    const read = (await parse(repeatsJunitXml(document))) as TestSuites;
    const suites = read.testsuite ?? [];
    const sum = (count: (suite: TestSuite) => number | undefined): number =>
      suites.reduce((all, suite) => all + (count(suite) ?? Number.NaN), 0);
    expect([read.tests, read.failures, read.errors]).toEqual([
      sum(({ tests }) => tests),
      sum(({ failures }) => failures),
      sum(({ errors }) => errors),
    ]);
    return suites;
  };

  test('has a suite for each repeat and in it a case for each expectation, none of which another has', async () => {
    const suites = await suitesOf(await repeatsDocument());
    expect(suites.map(({ name }) => name)).toEqual([1, 2, 3].map((number) => `tight-grace, repeat ${number}`));
    for (const suite of suites) {
      expect(suite).toMatchObject({ tests: 3, failures: 0, errors: 0, skipped: 0, time: 92.2 });
      expect(suite.testcase?.map(({ name }) => name)).toEqual([
        'the evidence is valid',
        'nodes.notReadyTransitions ≥ 1',
        'requests.refused ≥ 1',
      ]);
    }
    const cases = suites.flatMap(({ testcase = [] }) => testcase.map(({ classname, name }) => `${classname} ${name}`));
    expect(new Set(cases).size).toBe(9);
  });

  test('fails in the repeat in which an expectation was missed, and in no other', async () => {
    const [first, second, third] = await repeatRuns();
    if (first === undefined || second === undefined || third === undefined) throw new Error('the plan has repeats');
    const [expectation, ...others] = second.expectations;
    if (expectation === undefined) throw new Error('the run has expectations');
    const missed = { ...second, verdict: 'fail' as const, expectations: [{ ...expectation, held: false }, ...others] };
    const suites = await suitesOf(judgeRepeats(repeatsPlan, [first, missed, third]));
    expect(suites.map(({ failures }) => failures)).toEqual([0, 1, 0]);
  });

  test('a repeat that was cut short, never begun or is missing is an error, and none of its cases passed', async () => {
    const suites = await suitesOf(await brokenRepeats());
    expect(suites.map(({ errors, skipped }) => [errors, skipped])).toEqual([
      [0, 0],
      [1, 2],
      [1, 2],
    ]);
    expect(suites[1]?.testcase?.[0]?.error?.[0]).toMatchObject({
      message: 'inconclusive: it was cut short',
      inner: 'the disk was full',
    });
    const [first, , third] = await repeatRuns();
    const gone = await suitesOf(judgeRepeats(repeatsPlan, [first, third] as RunDocument[], [], [2]));
    expect(gone.map(({ name, errors }) => [name, errors])).toEqual([
      ['tight-grace, repeat 1', 0],
      ['tight-grace, repeat 2', 1],
      ['tight-grace, repeat 3', 0],
    ]);
    expect(gone[1]?.testcase?.[0]?.error?.[0]?.inner).toBe('its folder is missing');
  });

  test('names with markup in them come back as they were', async () => {
    const [suite] = await suitesOf(await hostileRepeats());
    expect(suite?.name).toBe(`${hostileTexts[0]}, repeat 1`);
    expect(suite?.testcase?.slice(1).map(({ name }) => name?.split(' ')[0])).toEqual(
      hostileTexts.map((text) => text.split(/[\s]/)[0]),
    );
  });
});
