import { clean, hang, paint, type Screen, table } from '../../common/layout.ts';
import { counted } from '../../common/text/counted.ts';
import type { RunDocument } from '../../verdict/index.ts';
import type { ComparedFigure, Comparison } from '../compare.ts';
import type { ConditionDifference } from '../conditions/conditions.ts';
import { pText } from '../judge.ts';
import type { SelfComparison } from '../self.ts';
import { harmedText, intervalText, neverObserved, signOf, textOf, verdictText } from './labels.ts';

/** A comparison with what a reader needs to judge it. */
export type ReportedComparison = {
  readonly base: { readonly path: string; readonly first: RunDocument };
  readonly candidate: { readonly path: string; readonly first: RunDocument };
  /** What differs between the sides, as asked. */
  readonly differs: readonly ConditionDifference[];
  readonly notes: readonly string[];
  readonly comparison: Comparison;
  /** What so many runs can tell, in sentences; where nights are the unit, runs do not say it. */
  readonly power?: string;
};

const row = (one: ComparedFigure): readonly string[] => {
  const text = textOf(one.figure);
  return [
    one.figure.replace(/^(?:sinceFault|steps|requests\.byPhase|requests(?=\.plannedLatencyMs))\./, ''),
    text(one.base.median),
    text(one.candidate.median),
    harmedText(one),
    intervalText(one),
    pText(one.pAdjusted),
  ];
};

const styles = { worse: 'red', better: 'green', same: 'dim', unknown: 'yellow' } as const;

/** `PASS`-like head words, so that colour is never the only sign. */
const headLabels = { worse: 'REGRESSION', better: 'BETTER', same: 'SAME', unknown: 'UNKNOWN' } as const;

const figureLines = (compared: readonly ComparedFigure[], screen: Screen): readonly string[] => {
  const zero = neverObserved(compared);
  const shown = compared.filter(({ figure }) => !zero.includes(figure));
  if (shown.length === 0) return [];
  const [head, ...lines] = table([['', 'base', 'candidate', 'in runs', '≥ 95 %', 'p'], ...shown.map(row)], 1);
  return [
    paint(`    ${head ?? ''}`, 'dim', screen),
    ...lines.map((line, index) => {
      const verdict = shown[index]?.verdict ?? 'unknown';
      return `  ${paint(signOf[verdict], styles[verdict], screen)} ${line}`;
    }),
  ];
};

/**
 * A comparison for a terminal: 80 columns are enough. Figures that were 0 in every run are named with what that says.
 * Ends in a line feed.
 */
export const comparisonText = (
  { base, candidate, differs, notes, comparison, power }: ReportedComparison,
  screen: Screen,
): string => {
  const { runs, figures, verdict } = comparison;
  const { first } = base;
  const zero = neverObserved(figures);
  const wide = (prefix: string, text: string): readonly string[] => hang(prefix, clean(text), screen.columns);
  const predicted = first.predicted || candidate.first.predicted;
  const lines = [
    ...wide('', `${first.scenario}: ${counted(runs.base, 'run')} of the base, ${runs.candidate} of the candidate`),
    ...(predicted ? wide('  ', 'predicted, nothing was run: figures come from the model') : []),
    ...wide('  base       ', base.path),
    ...wide('  candidate  ', candidate.path),
    ...differs.flatMap((one) => [
      `  differs in ${one.condition}, as asked`,
      ...wide('    base       ', one.base),
      ...wide('    candidate  ', one.candidate),
    ]),
    ...notes.flatMap((note) => wide('  ! ', note)),
    '',
    ...wide(`  ${headLabels[verdict]}  `, verdictText(comparison)).map((line, index) =>
      index === 0
        ? line.replace(
            headLabels[verdict],
            paint(headLabels[verdict], ['bold', styles[verdict] === 'dim' ? 'green' : styles[verdict]], screen),
          )
        : line,
    ),
    ...figureLines(
      figures.filter(({ kind }) => kind !== 'timing'),
      screen,
    ),
    '',
    paint('    since the fault; better is what you want it to be', 'dim', screen),
    ...figureLines(
      figures.filter(({ kind }) => kind === 'timing'),
      screen,
    ),
    ...(zero.length === 0 ? [] : ['', ...wide('  0 in every run: ', zero.join(', '))]),
    ...(power === undefined ? [] : ['', ...wide('  ', power)]),
    '',
    ...wide(
      '  ',
      '✓ better ✗ worse = same ? unknown. Medians; in so many runs of base and candidate there was any of it; how far the candidate lies above the base (≥ 95 %, by rank sums); p for all judged figures together, how much and how often, by dealing the runs out anew: verdicts go by it.',
    ),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
};

/** What comparing runs with themselves finds. Ends in a line feed. */
export const selfText = (path: string, self: SelfComparison, notes: readonly string[], screen: Screen): string => {
  const [head, ...lines] = table([
    ['', 'half differ by', '95 % by at most'],
    ...self.figures.map(({ figure, medianDifference, p95Difference }) => {
      const text = textOf(figure);
      return [figure, text(medianDifference), text(p95Difference)];
    }),
  ]).map((line) => `    ${line}`);
  const text = [
    ...hang(
      '',
      clean(`${path}: ${self.runs} runs, split at random into ${self.perSide} and ${self.perSide}`),
      screen.columns,
    ),
    ...notes.flatMap((note) => hang('  ! ', clean(note), screen.columns)),
    ...hang(
      '  ',
      `a regression was called in ${self.regressions} of ${self.splits} splits, where there is none (at most 5 % may be)`,
      screen.columns,
    ),
    '',
    paint(head ?? '', 'dim', screen),
    ...lines,
  ];
  return text.map((line) => `${line.trimEnd()}\n`).join('');
};
