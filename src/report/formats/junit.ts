import { numberText, type RunDocument } from '../../verdict/index.ts';
import { clean } from '../layout.ts';

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

/** What became of a case: its child element, or none where it passed. */
type Ending = {
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly lines: readonly string[];
};

type Case = { readonly name: string; readonly timeMs: number | null; readonly ending: Ending | null };

const caseLines = (scenario: string, { name, timeMs, ending }: Case): readonly string[] => {
  const head = `    <testcase${attributes({ classname: `skipbeat.${scenario}`, name, time: seconds(timeMs) })}`;
  if (ending === null) return [`${head}/>`];
  const { kind, message, lines } = ending;
  const element =
    kind === 'skipped'
      ? `      <skipped${attributes({ message })}/>`
      : `      <${kind}${attributes({ type: kind === 'error' ? 'INCONCLUSIVE' : 'NOT_HELD', message })}>${lines.map(xml).join('\n')}</${kind}>`;
  return [`${head}>`, element, '    </testcase>'];
};

const evidenceCase = ({ verdict, reasons, durationMs }: RunDocument): Case => ({
  name: 'the evidence is valid',
  timeMs: durationMs,
  ending:
    verdict === 'inconclusive'
      ? { kind: 'error', message: `inconclusive: ${reasons[0] ?? 'no reason is on record'}`, lines: reasons }
      : null,
});

const expectationCases = ({ expectations, verdict }: RunDocument): readonly Case[] =>
  expectations.map(({ figure, expected, observed, held }) => {
    const message = `expected ${expected}, observed ${numberText(observed)}`;
    const judged = verdict !== 'inconclusive';
    const skipped: Ending = { kind: 'skipped', message: `inconclusive: ${message}, which proves nothing`, lines: [] };
    const failed: Ending = { kind: 'failure', message, lines: [`${figure}: ${message}`] };
    return { name: `${figure} ${expected}`, timeMs: null, ending: !judged ? skipped : held ? null : failed };
  });

/**
 * junit.xml: a case for each expectation, and one for the evidence as such, which is an error where the run is
 * inconclusive; expectations are then skipped, never passed. Settings stand in the suite's properties, findings in its
 * output.
 */
export const junitXml = (document: RunDocument): string => {
  const cases = [evidenceCase(document), ...expectationCases(document)];
  const count = (kind: Ending['kind']): string => String(cases.filter(({ ending }) => ending?.kind === kind).length);
  const counts = {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    time: seconds(document.durationMs),
  };
  const properties = {
    verdict: document.verdict,
    predicted: String(document.predicted),
    backend: document.backend ?? '',
    profile: document.profile.name,
    reading: document.profile.reading,
    kubernetes: document.kubernetesVersion,
    topology: document.topology.name,
    seed: String(document.seed),
  };
  const timestamp: Record<string, string> =
    document.startedAt === null ? {} : { timestamp: document.startedAt.replace(/\.\d+Z$|Z$/, '') };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'skipbeat', ...counts })}>`,
    `  <testsuite${attributes({ name: document.scenario, ...counts, skipped: count('skipped'), ...timestamp })}>`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
    '    </properties>',
    ...cases.flatMap((each) => caseLines(document.scenario, each)),
    ...(document.findings.length === 0
      ? []
      : [`    <system-out>${document.findings.map(xml).join('\n')}</system-out>`]),
    '  </testsuite>',
    '</testsuites>',
  ];
  return lines.map((line) => `${line}\n`).join('');
};
