import fc from 'fast-check';
import { parse, type TestSuites } from 'junit2json';
import { expect, test } from 'vitest';
import { junitXml, openMetricsText, repeatsJunitXml, repeatsOpenMetricsText } from '../../../src/report/index.ts';
import { judge } from '../../../src/verdict/index.ts';
import { sampleOf } from '../../support/sample.ts';
import { tightRun } from '../../verdict/timeline-builder.ts';
import { readOpenMetrics } from './open-metrics-reader.ts';
import { repeatsDocument } from './repeats.ts';

const { plan, events, requests } = tightRun();
const run = await judge(plan, events, requests);
const repeats = await repeatsDocument();
const [repeated] = repeats.expectations;
const [counts] = Object.values(run.requests.byPhase);
if (counts === undefined || repeated === undefined) throw new Error('the run has phases and expectations');

/** Few texts, of which some are one once controls are taken out of them: what stands twice is to be met. */
const name = fc.oneof(
  fc.constantFrom('a', 'a (2)', 'a\u0007', 'requests.refused', 'b"\\\n'),
  fc.string({ maxLength: 3 }),
);
const expectation = fc.record({
  figure: name,
  expected: fc.constantFrom('≥ 1', '≥ 2', '≤ 1'),
  observed: fc.option(fc.nat(3)),
  held: fc.boolean(),
});

const caseNames = async (xml: string): Promise<readonly string[]> =>
  (((await parse(xml)) as TestSuites).testsuite ?? []).flatMap(({ testcase = [] }) =>
    testcase.map((one) => `${one.classname} ${one.name}`),
  );

test('no sample and no case stands twice, whatever is expected and however phases and nodes are called', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(expectation, { maxLength: 6 }),
      fc.array(name, { maxLength: 4 }),
      async (expectations, names) => {
        const document = {
          ...run,
          expectations,
          requests: { ...run.requests, byPhase: Object.fromEntries(names.map((each) => [each, counts])) },
        };
        const many = {
          ...repeats,
          repeats: [document, document],
          expectations: expectations.map(({ figure, expected, held }) => ({ ...repeated, figure, expected, held })),
        };
        for (const text of [openMetricsText(document), repeatsOpenMetricsText(many)]) readOpenMetrics(text);
        const read = readOpenMetrics(openMetricsText(document));
        const held = read.find((family) => family.name === 'skipbeat_expectation_held');
        expect(held?.samples.length ?? 0).toBe(expectations.length);
        const cases = await caseNames(junitXml(document));
        expect(new Set(cases).size).toBe(cases.length);
        expect(cases.length).toBe(1 + Math.max(1, expectations.length));
      },
    ),
    { numRuns: sampleOf(30, 1000) },
  );
});

test('cases of repeats are told apart by their repeat', async () => {
  const cases = await caseNames(repeatsJunitXml(repeats));
  expect(new Set(cases).size).toBe(cases.length);
});
