import {
  type FigureSummary,
  millisecondsText,
  notSeen,
  numberText,
  type RepeatedExpectation,
  type RepeatsDocument,
  secondsText,
} from '../verdict/index.ts';
import { capped, clean, clip, hang, paint, type Screen, table, wrap } from './layout.ts';
import type { SummaryOptions } from './terminal.ts';

const mostReasons = 6;
const mostExpectations = 8;

type Unit = (value: number | null) => string;

const oneDecimal: Unit = (value) => numberText(value === null ? null : Math.round(value * 10) / 10);

/** `9.1 … 11.9 s`: the unit once, at the end. */
const rangeText = (ends: readonly [number | null, number | null] | null, unit: Unit): string => {
  if (ends === null || ends[0] === null || ends[1] === null) return notSeen;
  const [low, high] = ends.map(unit) as [string, string];
  return `${low.replace(/ (s|ms)$/, '')} … ${high}`;
};

const cells = ({ median, min, max, ci95 }: FigureSummary, unit: Unit): readonly string[] => [
  unit(median),
  rangeText([min, max], unit),
  rangeText(ci95, unit),
];

const verdictLine = (document: RepeatsDocument, screen: Screen): string => {
  const { verdict, repeats, repeatsPlanned } = document;
  const missed = document.expectations.filter(({ held }) => !held).length;
  const all = document.expectations.length;
  const of = repeats.length === repeatsPlanned ? `all ${repeats.length} repeats` : `${repeats.length} repeats`;
  if (verdict === 'pass') {
    if (all === 0) return `  ${paint('PASS', ['bold', 'green'], screen)}  nothing was expected of it; ${of} are whole`;
    const held = all === 1 ? 'the expectation held in' : `${all} expectations held in`;
    return `  ${paint('PASS', ['bold', 'green'], screen)}  ${held} ${of}`;
  }
  if (verdict === 'fail') {
    return `  ${paint('FAIL', ['bold', 'red'], screen)}  ${missed} of ${all} expectations not held in every repeat`;
  }
  return `  ${paint('INCONCLUSIVE', ['bold', 'yellow'], screen)}  neither pass nor fail: the evidence is not valid or not whole`;
};

const sign = ({ held }: RepeatedExpectation, screen: Screen): string =>
  held ? paint('✓', 'green', screen) : paint('✗', 'red', screen);

const expectationLines = (document: RepeatsDocument, screen: Screen): readonly string[] => {
  const { expectations } = document;
  if (expectations.length === 0) return [];
  const [head, ...lines] = table(
    [
      ['', 'expected', document.predicted ? 'modelled' : 'median', 'range', '95 %'],
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
      mostExpectations,
      (left) => `    … and ${left} more in run.json`,
    ),
  ];
};

const figureLines = (document: RepeatsDocument, screen: Screen): readonly string[] => {
  const { sinceFault, nodes, requests } = document;
  const rows: readonly (readonly [string, FigureSummary, Unit])[] = [
    ['first node NotReady', sinceFault.firstNotReadyMs, secondsText],
    ['first refused', sinceFault.firstRefusedMs, secondsText],
    ['first pod evicted', sinceFault.firstEvictionMs, secondsText],
    ['last node Ready again', sinceFault.lastReadyMs, secondsText],
    ['last refused', sinceFault.lastRefusedMs, secondsText],
    ['NotReady node seconds', nodes.notReadyNodeSeconds, oneDecimal],
    ['requests refused', requests.refused, numberText],
    ['p99 of answers', requests.latencyMs.p99, millisecondsText],
  ];
  const [head, ...lines] = table(
    [
      [
        document.repeats[0]?.faults.length === 0 ? 'since the load began' : 'since the fault',
        'median',
        'range',
        '95 %',
        'seen in',
      ],
      ...rows.map(([name, summary, unit]) => [name, ...cells(summary, unit), `${summary.seen} of ${summary.of}`]),
    ],
    2,
  ).map((line) => `    ${line}`);
  return [paint(head ?? '', 'dim', screen), ...lines];
};

const chanceNames: readonly (readonly [keyof RepeatsDocument['chances'], string])[] = [
  ['nodeNotReady', 'a node went NotReady'],
  ['requestRefused', 'a request was refused'],
  ['podEvicted', 'a pod was evicted'],
];

const startLine = ({ repeats }: RepeatsDocument): string | null => {
  const ages = repeats.map(({ repeat }) => repeat?.leaseAgeAtFaultMs ?? null).filter((age) => age !== null);
  const node = repeats[0]?.repeat?.heartbeatOf ?? null;
  if (ages.length === 0 || node === null) return null;
  const shown = ages.toSorted((a, b) => a - b).map((age) => (age / 1000).toFixed(1));
  return `the lease of ${clean(node)} was ${shown.join(', ')} s old when the faults began`;
};

/** What there is to say of repeats that came to their end. */
const whole = (document: RepeatsDocument, options: Screen): readonly string[] => [
  ...expectationLines(document, options),
  '',
  ...figureLines(document, options),
  '',
  paint('    in so many repeats', 'dim', options),
  ...table(
    chanceNames.map(([name, words]) => [words, document.chances[name].words]),
    3,
  ).map((line) => `    ${line}`),
  '',
];

/**
 * The end of a run with repeats: verdict, expectations, figures as median, range and 95 % interval, chances in words.
 * From 80 columns on no line is wider than `columns` (but for the folder's path). Ends in a line feed.
 */
export const repeatsText = (document: RepeatsDocument, options: SummaryOptions): string => {
  const starts = startLine(document);
  const lines = [
    ...(document.predicted
      ? wrap('predicted, nothing was run: every figure comes from the model', options.columns - 2).map(
          (line) => `  ${paint(line, 'yellow', options)}`,
        )
      : []),
    verdictLine(document, options),
    ...capped(
      document.verdict === 'pass'
        ? []
        : document.reasons.map((reason) => hang('    - ', clean(reason), options.columns)),
      mostReasons,
      (left) => `    … and ${left} more in run.json`,
    ),
    ...(document.repeats.length === 0 ? [] : whole(document, options)),
    ...(starts === null ? [] : hang('  Starts    ', starts, options.columns)),
    `  Evidence  ${clean(options.folder)}  (run.json; each repeat in repeats/)`,
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
};
