import { bullets, capped, clean, clip, hang, paint, type Screen, table, wrap } from '../common/layout.ts';
import { counted } from '../common/text/counted.ts';
import {
  type FigureSummary,
  notSeen,
  numberText,
  type RepeatedExpectation,
  type RepeatsDocument,
} from '../verdict/index.ts';
import { lateRecoveries, nothingExpected, outcomeOf, recoveredLate } from './outcome.ts';
import {
  chanceNames,
  intervalText,
  mainFigures,
  type NamedFigure,
  rangeText,
  startsText,
  zeroText,
} from './repeats-figures.ts';
import type { SummaryOptions } from './terminal.ts';

const maxReasons = 6;
const maxExpectations = 8;
const maxFindings = 4;

const cells = ({ median, min, max, ci95 }: FigureSummary, unit: NamedFigure['unit']): readonly string[] => [
  unit(median),
  rangeText([min, max], unit) ?? notSeen,
  rangeText(ci95, unit) ?? notSeen,
];

const verdictLine = (document: RepeatsDocument, screen: Screen): string => {
  const { verdict, repeats, repeatsPlanned } = document;
  const missed = document.expectations.filter(({ held }) => !held).length;
  const all = document.expectations.length;
  const of = repeats.length === repeatsPlanned ? `all ${repeats.length} repeats` : counted(repeats.length, 'repeat');
  if (outcomeOf(document) === 'measured') {
    return `  ${paint('MEASURED', 'bold', screen)}  ${nothingExpected}; ${of} are complete`;
  }
  if (verdict === 'pass') {
    const met = all === 1 ? 'the expectation was met in' : `${all} expectations met in`;
    return `  ${paint('PASS', ['bold', 'green'], screen)}  ${met} ${of}`;
  }
  if (verdict === 'fail') {
    const late = repeats.filter((one) => lateRecoveries(one) > 0).length;
    const parts = [
      ...(late > 0 ? [`${recoveredLate} in ${late} of ${of}`] : []),
      ...(missed > 0 || late === 0 ? [`${missed} of ${counted(all, 'expectation')} not met in every repeat`] : []),
    ];
    return `  ${paint('FAIL', ['bold', 'red'], screen)}  ${parts.join('; ')}`;
  }
  return `  ${paint('INCONCLUSIVE', ['bold', 'yellow'], screen)}  neither pass nor fail: not every repeat decides it`;
};

const sign = ({ held }: RepeatedExpectation, screen: Screen): string =>
  held ? paint('✓', 'green', screen) : paint('✗', 'red', screen);

const expectationLines = (document: RepeatsDocument, screen: Screen): readonly string[] => {
  const { expectations } = document;
  if (expectations.length === 0) return [];
  const [head, ...lines] = table(
    [
      ['', 'expected', document.predicted ? 'modelled' : 'median', 'range', '≥ 95 %'],
      ...expectations.map((one) => [
        clip(clean(one.figure), 34),
        clean(one.expected),
        ...cells(one.observed, numberText),
      ]),
    ],
    2,
  );
  return [
    paint(`    ${head ?? ''}`, 'dim', screen),
    ...capped(
      lines.map((line, index) => {
        const one = expectations[index];
        if (one === undefined) return [];
        const missed =
          one.notHeldIn.length === 0 ? [] : hang('      ', `not in ${one.notHeldIn.join(', ')}`, screen.columns);
        return [`  ${sign(one, screen)} ${line}`, ...missed];
      }),
      maxExpectations,
      (left) => `    … and ${left} more in run.json`,
    ),
  ];
};

const figureLines = (document: RepeatsDocument, screen: Screen): readonly string[] => {
  const [head, ...lines] = table(
    [
      [zeroText(document), 'median', 'range', '≥ 95 %', 'seen in'],
      ...mainFigures(document).map(({ name, summary, unit }) => [
        name,
        ...cells(summary, unit),
        `${summary.seen} of ${summary.of}`,
      ]),
    ],
    2,
  ).map((line) => `    ${line}`);
  return [
    paint(head ?? '', 'dim', screen),
    ...lines,
    ...hang('    ', intervalText(document.repeats.length), screen.columns).map((line) => paint(line, 'dim', screen)),
  ];
};

/** The others follow from the tables above. */
const shownChances = ['nodeNotReady', 'requestRefused', 'podEvicted'] as const;

/** What there is to say of repeats that came to their end. */
const completeLines = (document: RepeatsDocument, options: Screen): readonly string[] => [
  ...expectationLines(document, options),
  '',
  ...figureLines(document, options),
  '',
  paint('    in so many repeats', 'dim', options),
  ...table(
    shownChances.map((name) => [chanceNames[name], document.chances[name].words]),
    3,
  ).map((line) => `    ${line}`),
  '',
];

/**
 * The end of a run with repeats: verdict, expectations, figures as median, range and interval of the median, chances in words.
 * From 80 columns on no line is wider than `columns` (but for the folder's path). Ends in a line feed.
 */
export const repeatsText = (document: RepeatsDocument, options: Omit<SummaryOptions, 'again'>): string => {
  const starts = startsText(document);
  const lines = [
    ...(document.predicted
      ? wrap('predicted, nothing was run: every figure comes from the model', options.columns - 2).map(
          (line) => `  ${paint(line, 'yellow', options)}`,
        )
      : []),
    verdictLine(document, options),
    ...bullets(document.verdict === 'pass' ? [] : document.reasons, options, maxReasons),
    ...(document.repeats.length === 0 ? [] : completeLines(document, options)),
    ...(document.findings.length === 0 ? [] : [paint('    findings', 'dim', options)]),
    ...bullets(document.findings, options, maxFindings),
    ...(document.findings.length === 0 ? [] : ['']),
    ...(starts === null ? [] : hang('  Starts    ', clean(starts), options.columns)),
    `  Evidence  ${clean(options.folder)}  (${document.evidence?.sealed === false ? 'unsealed' : 'run.json; each repeat in repeats/'})`,
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
};
