import { clean } from '../../common/layout.ts';
import { enteredText, type MissingRepeat, type RepeatsDocument, type RunDocument } from '../../verdict/index.ts';
import { outcomeOf } from '../outcome.ts';
import { casesOf, evidence, type JunitCase, type JunitEnding } from './junit-cases.ts';

/** A text as XML 1.0 allows it, in an element or an attribute; characters that XML cannot hold are left out. */
const xml = (text: string): string =>
  clean(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, '')
    .trim()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(value)}"`)
    .join('');

const seconds = (ms: number | null): string => ((ms ?? 0) / 1000).toFixed(3);

const caseLines = (classname: string, { name, timeMs, ending }: JunitCase): readonly string[] => {
  const head = `    <testcase${attributes({ classname, name, time: seconds(timeMs) })}`;
  if (ending === null) return [`${head}/>`];
  const { kind, message, lines } = ending;
  const element =
    kind === 'skipped'
      ? `      <skipped${attributes({ message })}/>`
      : `      <${kind}${attributes({ type: kind === 'error' ? 'INCONCLUSIVE' : 'NOT_HELD', message })}>${lines.map(xml).join('\n')}</${kind}>`;
  return [`${head}>`, element, '    </testcase>'];
};

type Suite = {
  readonly name: string;
  /** Of its cases: with their names it tells a case from all others of the file. */
  readonly classname: string;
  readonly durationMs: number | null;
  readonly startedAt: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
  /** Reasons for the verdict, then findings. */
  readonly output: readonly string[];
};

const countsOf = (cases: readonly JunitCase[], durationMs: number | null) => {
  const count = (kind: JunitEnding['kind']): string =>
    String(cases.filter(({ ending }) => ending?.kind === kind).length);
  return {
    totals: {
      tests: String(cases.length),
      failures: count('failure'),
      errors: count('error'),
      time: seconds(durationMs),
    },
    skipped: count('skipped'),
  };
};

/** Of cases with one name, as an expectation that stands twice gives, the later ones are numbered: readers keep one a name. */
const distinct = (cases: readonly JunitCase[]): readonly JunitCase[] => {
  const taken = new Set<string>();
  return cases.map((each) => {
    let { name } = each;
    for (let number = 2; taken.has(xml(name)); number += 1) name = `${each.name} (${number})`;
    taken.add(xml(name));
    return { ...each, name };
  });
};

const suiteLines = (suite: Suite): readonly string[] => {
  const { totals, skipped } = countsOf(suite.cases, suite.durationMs);
  const timestamp: Record<string, string> =
    suite.startedAt === null ? {} : { timestamp: suite.startedAt.replace(/\.\d+Z$|Z$/, '') };
  return [
    `  <testsuite${attributes({ name: suite.name, ...totals, skipped, ...timestamp })}>`,
    '    <properties>',
    ...Object.entries(suite.properties).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...distinct(suite.cases).flatMap((each) => caseLines(suite.classname, each)),
    ...(suite.output.length === 0 ? [] : [`    <system-out>${suite.output.map(xml).join('\n')}</system-out>`]),
    '  </testsuite>',
  ];
};

const suitesXml = (suites: readonly Suite[]): string => {
  const known = suites.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]));
  const durationMs = known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
  const { totals } = countsOf(
    suites.flatMap(({ cases }) => cases),
    durationMs,
  );
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'skipbeat', ...totals })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
  ];
  return lines.map((line) => `${line}\n`).join('');
};

/** `sealed`, or why it is not. */
const evidenceText = ({ evidence }: Pick<RunDocument, 'evidence'>): string =>
  evidence === undefined || evidence.sealed ? 'sealed' : `unsealed: ${evidence.why.join('; ')}`;

const propertiesOf = (document: RunDocument): Readonly<Record<string, string>> => ({
  verdict: outcomeOf(document),
  evidence: evidenceText(document),
  predicted: String(document.predicted),
  backend: document.backend ?? '',
  profile: document.profile.name,
  reading: document.profile.reading,
  kubernetes: document.kubernetesVersion,
  topology: document.topology.name,
  entrance: enteredText(document),
  seed: String(document.seed),
});

type Names = Pick<Suite, 'name' | 'classname'>;

const suiteOf = (names: Names, document: RunDocument): Suite => ({
  ...names,
  durationMs: document.durationMs,
  startedAt: document.startedAt,
  properties: propertiesOf(document),
  cases: casesOf(document),
  output: [...document.reasons, ...document.findings],
});

/**
 * junit.xml: a case for each expectation, and one for the evidence as such, which is an error where the run is
 * inconclusive; expectations are then skipped, never passed. So is one that was met in a failed run which leaves something
 * open. Settings stand in the suite's properties, reasons and findings in its output.
 */
export const junitXml = (document: RunDocument): string =>
  suitesXml([suiteOf({ name: document.scenario, classname: `skipbeat.${document.scenario}` }, document)]);

/** A repeat without a whole record has a suite all the same: a reader who counts must not miss it. */
const missingSuite = (names: Names, document: RepeatsDocument, { how, reasons }: MissingRepeat): Suite => {
  const why = { cutShort: 'it was cut short', missing: 'it is missing', neverBegun: 'it was never begun' }[how];
  return {
    ...names,
    durationMs: null,
    startedAt: null,
    properties: { verdict: 'inconclusive', predicted: String(document.predicted) },
    cases: [
      { ...evidence, timeMs: null, ending: { kind: 'error', message: `inconclusive: ${why}`, lines: reasons } },
      ...document.expectations.map(
        ({ figure, expected }): JunitCase => ({
          name: `${figure} ${expected}`,
          timeMs: null,
          ending: { kind: 'skipped', message: `inconclusive: ${why}`, lines: [] },
        }),
      ),
    ],
    output: reasons,
  };
};

/** Of evidence that is not as its run left it: whatever the repeats say, a reader who counts finds an error. */
const unsealedSuite = ({ scenario, evidence: seal, predicted }: RepeatsDocument): readonly Suite[] =>
  seal === undefined || seal.sealed
    ? []
    : [
        {
          name: `${scenario}, all repeats`,
          classname: `skipbeat.${scenario}.repeats`,
          durationMs: null,
          startedAt: null,
          properties: {
            verdict: 'inconclusive',
            evidence: evidenceText({ evidence: seal }),
            predicted: String(predicted),
          },
          cases: [
            {
              ...evidence,
              timeMs: null,
              ending: { kind: 'error', message: `inconclusive: ${seal.why[0] ?? ''}`, lines: seal.why },
            },
          ],
          output: seal.why,
        },
      ];

/** junit.xml of several repeats: a suite for each that was planned, in their order, as `junitXml` makes it of one run. */
export const repeatsJunitXml = (document: RepeatsDocument): string => {
  const suites = [
    ...document.repeats.map((run, index) => ({ number: run.repeat?.number ?? index + 1, run })),
    ...(document.lacking ?? []).map((incomplete) => ({ number: incomplete.number, incomplete })),
  ];
  return suitesXml([
    ...unsealedSuite(document),
    ...suites
      .toSorted((one, other) => one.number - other.number)
      .map((one) => {
        const { scenario } = document;
        const names = {
          name: `${scenario}, repeat ${one.number}`,
          classname: `skipbeat.${scenario}.repeat-${one.number}`,
        };
        return 'run' in one ? suiteOf(names, one.run) : missingSuite(names, document, one.incomplete);
      }),
  ]);
};
