import { markdown, markdownTable } from '../../common/markdown.ts';
import type { Plan } from '../../plan/index.ts';
import {
  type AskedCounts,
  type ExpectationResult,
  enteredText,
  judgedWindow,
  labelledMoments,
  millisecondsText,
  notSeen,
  numberText,
  observedText,
  otherOutcomes,
  percentText,
  type RunDocument,
  secondsText,
  severalEntrances,
  type WindowCheck,
  windowChecks,
} from '../../verdict/index.ts';
import { bullets, headLines, section } from './markdown.ts';

// A comment on a pull request is to be read without scrolling: at most 60 lines, whatever the run.
const limits = {
  expectations: 6,
  phases: 4,
  phasesBesideEntrances: 2,
  entrances: 3,
  findings: 4,
  reasons: 4,
  warnings: 2,
} as const;

const expectationRows = ({ expectations, verdict, predicted }: RunDocument): readonly string[] => {
  const sorted = expectations.toSorted((a, b) => Number(a.held) - Number(b.held));
  const word = ({ held, observed, atLeast }: ExpectationResult): string => {
    if (verdict === 'inconclusive' || (verdict === 'fail' && observed === null && atLeast === undefined))
      return 'not judged';
    return held ? 'met' : '**missed**';
  };
  const shown = sorted.slice(0, limits.expectations);
  if (shown.length === 0) return [];
  return [
    ...markdownTable(
      ['expectation', 'expected', predicted ? 'modelled' : 'observed', ''],
      shown.map((result) => [markdown(result.figure), markdown(result.expected), observedText(result), word(result)]),
    ),
    ...(sorted.length > shown.length ? ['', `… and ${sorted.length - shown.length} more in \`run.json\``] : []),
  ];
};

const phaseRows = ({ requests, steps }: RunDocument): readonly string[] => {
  const phases = Object.entries(requests.byPhase);
  if (phases.length === 0) return [];
  const row = (name: string, notReady: string, counts: AskedCounts) => [
    name,
    notReady,
    numberText(counts.offered),
    numberText(counts.ok),
    (counts.refused ?? 0) === 0
      ? numberText(counts.refused)
      : `${numberText(counts.refused)} (${percentText(counts.refused, counts.offered)})`,
    numberText(counts.timeout),
    numberText(otherOutcomes(counts, ['ok', 'refused', 'timeout'])),
    millisecondsText(counts.latencyMs.p99),
  ];
  const entrances = severalEntrances(requests);
  const shown = phases.slice(0, entrances.length === 0 ? limits.phases : limits.phasesBesideEntrances);
  return markdownTable(
    ['phase', 'NotReady', 'requests', 'ok', 'refused', 'timeout', 'other', 'p99'],
    [
      ...shown.map(([name, counts]) =>
        row(markdown(name), numberText(steps.find((step) => step.name === name)?.maxNotReady ?? null), counts),
      ),
      ...(phases.length > shown.length ? [[`… and ${phases.length - shown.length} more`]] : []),
      row('**all**', numberText(null), requests),
      ...entrances.slice(0, limits.entrances).map(([node, counts]) => row(`via ${markdown(node)}`, '', counts)),
    ],
  );
};

const requestTitle = (document: RunDocument): string =>
  ['Requests', enteredText(document)].filter((text) => text !== '').join(' ');

const windowText = (check: WindowCheck | null): string => {
  const window = check === null ? null : judgedWindow(check);
  if (check === null || window === null) return '';
  const [from, to] = window;
  return `${secondsText(from).replace(/ s$/, '')} … ${secondsText(to)}${check.fit === null ? '' : `, ${check.fit}`}`;
};

const milestoneRows = (document: RunDocument): readonly string[] => {
  const { timing, predicted, nodes } = document;
  const own = nodes.notReadyByKubelet ?? 0;
  const zeroMs = timing.faultStartMs;
  if (zeroMs === null) return [];
  const { notReady, eviction } = windowChecks(document);
  const checks: Readonly<Record<string, WindowCheck | null>> = {
    'timing.firstNotReadyMs': notReady,
    'timing.firstEvictionMs': eviction,
  };
  return [
    ...markdownTable(
      ['since the fault', predicted ? 'modelled' : 'observed', 'by formula'],
      labelledMoments(document).map(({ path, label, atMs }) => [
        label,
        atMs === null ? notSeen : secondsText(atMs - zeroMs),
        windowText(checks[path] ?? null),
      ]),
    ),
    ...(own === 0
      ? []
      : [
          '',
          `${numberText(own)} of ${numberText(nodes.notReadyTransitions)} NotReady came from a kubelet’s own report.`,
        ]),
  ];
};

/**
 * summary.md: the run as a comment on a pull request. At most 60 lines; every text that comes from a scenario, a cluster
 * or a process is escaped. `–` is what was not seen.
 */
export const summaryMarkdown = (document: RunDocument, plan: Plan): string => {
  const { verdict } = document;
  const lines = [
    ...headLines(document),
    ...section(
      verdict === 'fail' ? 'What was missed' : 'Why it proves nothing',
      verdict === 'pass' ? [] : bullets(document.reasons, limits.reasons),
    ),
    ...section('Expectations', expectationRows(document)),
    ...section(requestTitle(document), phaseRows(document)),
    ...section('Milestones', milestoneRows(document)),
    ...section('Findings', bullets(document.findings, limits.findings)),
    ...section('What these settings mean on this version', bullets(plan.profile.warnings, limits.warnings)),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
