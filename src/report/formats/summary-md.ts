import { markdown, markdownTable } from '../../common/text/markdown.ts';
import type { Plan } from '../../plan/index.ts';
import {
  type AskedCounts,
  detectionParts,
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
import { detectionNotes, detectionTitle, partNames, partText, predictedText, whichNames } from '../detection.ts';
import { notReadyIn, notReadyInAll } from '../summary-tables.ts';
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

/** The same of a run that has the block on detection, which takes eight lines. */
const limitsBesideDetection = {
  expectations: 4,
  phases: 3,
  phasesBesideEntrances: 1,
  entrances: 2,
  findings: 2,
  reasons: 3,
  warnings: 1,
} as const satisfies Readonly<Record<keyof typeof limits, number>>;

/** Without a reading there is next to nothing in it that the milestones do not say, unless it is that nothing is known. */
const hasDetection = ({ detection }: RunDocument): boolean =>
  detection !== undefined && (detection.counters !== null || detection.lost === null);

const limitsOf = (document: RunDocument): Readonly<Record<keyof typeof limits, number>> =>
  hasDetection(document) ? limitsBesideDetection : limits;

const expectationRows = (document: RunDocument): readonly string[] => {
  const { expectations, verdict, predicted } = document;
  const sorted = expectations.toSorted((a, b) => Number(a.held) - Number(b.held));
  const word = ({ held, observed, atLeast }: ExpectationResult): string => {
    if (verdict === 'inconclusive' || (verdict === 'fail' && observed === null && atLeast === undefined))
      return 'not judged';
    return held ? 'met' : '**missed**';
  };
  const shown = sorted.slice(0, limitsOf(document).expectations);
  if (shown.length === 0) return [];
  return [
    ...markdownTable(
      ['expectation', 'expected', predicted ? 'modelled' : 'observed', ''],
      shown.map((result) => [markdown(result.figure), markdown(result.expected), observedText(result), word(result)]),
    ),
    ...(sorted.length > shown.length ? ['', `… and ${sorted.length - shown.length} more in \`run.json\``] : []),
  ];
};

const phaseRows = (document: RunDocument): readonly string[] => {
  const { requests } = document;
  const own = limitsOf(document);
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
  const shown = phases.slice(0, entrances.length === 0 ? own.phases : own.phasesBesideEntrances);
  return markdownTable(
    ['phase', 'NotReady', 'requests', 'ok', 'refused', 'timeout', 'other', 'p99'],
    [
      ...shown.map(([name, counts]) => row(markdown(name), numberText(notReadyIn(document, name)), counts)),
      ...(phases.length > shown.length ? [[`… and ${phases.length - shown.length} more`]] : []),
      row('**all**', numberText(notReadyInAll(document)), requests),
      ...entrances.slice(0, own.entrances).map(([node, counts]) => row(`via ${markdown(node)}`, '', counts)),
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

/** A row for each of the three nodes; in brackets the model's p1 to p99. */
const detectionRows = (document: RunDocument): readonly string[] => {
  const { detection } = document;
  if (detection === undefined || !hasDetection(document)) return [];
  if (detection.lost === null) return detectionNotes(detection).map(markdown);
  const beside = (text: string, predicted: Parameters<typeof predictedText>[0]): string =>
    predicted == null ? text : `${text} (${predictedText(predicted)})`;
  return [
    ...markdownTable(
      ['lost', 'NotReady after', ...detectionParts.map((part) => partNames[part]), 'then queue of taints'],
      detection.nodes.map(({ which, node, lateMs, predictedLateMs, parts, taint }) => [
        `${whichNames[which]}: ${markdown(node)}`,
        beside(secondsText(lateMs), predictedLateMs),
        ...detectionParts.map((part) => beside(partText(parts[part]), parts[part].predicted)),
        partText(taint.workQueue),
      ]),
    ),
  ];
};

/**
 * summary.md: the run as a comment on a pull request. At most 60 lines; every text that comes from a scenario, a cluster
 * or a process is escaped. `–` is what was not seen.
 */
export const summaryMarkdown = (document: RunDocument, plan: Plan): string => {
  const { verdict } = document;
  const own = limitsOf(document);
  const lines = [
    ...headLines(document),
    ...section(
      verdict === 'fail' ? 'What was missed' : 'Why it proves nothing',
      verdict === 'pass' ? [] : bullets(document.reasons, own.reasons),
    ),
    ...section('Expectations', expectationRows(document)),
    ...section(requestTitle(document), phaseRows(document)),
    ...section('Milestones', milestoneRows(document)),
    ...section(
      `${detectionTitle}${document.detection?.lost === null ? '' : ' (~ inferred, – not known, in brackets the model)'}`,
      detectionRows(document),
    ),
    ...section('Findings', bullets(document.findings, own.findings)),
    ...section('What these settings mean on this version', bullets(plan.profile.warnings, own.warnings)),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
