import { parse, type TestSuite, type TestSuites } from 'junit2json';
import { expect, test } from 'vitest';
import { junitXml } from '../../../src/report/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';
import { tightRun } from '../../verdict/timeline-builder.ts';
import { hostile, hostileTexts } from './hostile.ts';

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

test('an inconclusive run is an error, and none of its expectations passed', async () => {
  const suite = await suiteOf({ ...(await document()), verdict: 'inconclusive', reasons: ['first', 'second'] });
  expect(suite).toMatchObject({ tests: 3, failures: 0, errors: 1, skipped: 2 });
  expect(suite.testcase?.[0]?.error?.[0]).toMatchObject({ message: 'inconclusive: first', inner: 'first\nsecond' });
  expect(suite.testcase?.slice(1).map(({ skipped }) => skipped?.length)).toEqual([1, 1]);
});

test('names with markup in them come back as they were, less what XML cannot hold', async () => {
  const suite = await suiteOf({ ...hostile(await document()), verdict: 'fail' });
  expect(suite.testcase?.slice(1).map(({ name }) => name?.split(' ')[0])).toEqual(
    hostileTexts.map((text) => text.split(/[\s]/)[0]),
  );
  expect(suite.name).toBe(hostileTexts[0]);
  expect(suite.testcase?.at(-1)?.name).toBe('a lone � half and  a lone � half and');
});
