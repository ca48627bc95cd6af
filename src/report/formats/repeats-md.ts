import { markdown, markdownTable } from '../../common/text/markdown.ts';
import type { Plan } from '../../plan/index.ts';
import { type FigureSummary, notSeen, numberText, type RepeatsDocument } from '../../verdict/index.ts';
import { chanceNames, mainFigures, type NamedFigure, rangeText, startsText, zeroText } from '../repeats-figures.ts';
import { bullets, headLines, section } from './markdown.ts';

// At most 60 lines, whatever the runs: with every block there and full it is exactly that.
const limits = { expectations: 5, findings: 3, reasons: 4, warnings: 2 } as const;

const figureHeads = ['median', 'range', '≥ 95 %'] as const;

const cells = ({ median, min, max, ci95 }: FigureSummary, unit: NamedFigure['unit']): readonly string[] => [
  unit(median),
  rangeText([min, max], unit) ?? notSeen,
  rangeText(ci95, unit) ?? notSeen,
];

const expectationRows = ({ expectations, verdict, repeats }: RepeatsDocument): readonly string[] => {
  const shown = expectations.toSorted((a, b) => Number(a.held) - Number(b.held)).slice(0, limits.expectations);
  if (shown.length === 0) return [];
  const word = (held: boolean, missedIn: number): string => {
    if (verdict === 'inconclusive') return 'not judged';
    return held ? 'met in each' : `**missed** in ${missedIn} of ${repeats.length}`;
  };
  return [
    ...markdownTable(
      ['expectation', 'expected', ...figureHeads, ''],
      shown.map(({ figure, expected, observed, held, notHeldIn }) => [
        markdown(figure),
        markdown(expected),
        ...cells(observed, numberText),
        word(held, notHeldIn.length),
      ]),
    ),
    ...(expectations.length > shown.length
      ? ['', `… and ${expectations.length - shown.length} more in \`run.json\``]
      : []),
  ];
};

const figureRows = (document: RepeatsDocument): readonly string[] =>
  markdownTable(
    [zeroText(document), ...figureHeads, 'seen in'],
    mainFigures(document).map(({ name, summary, unit }) => [
      name,
      ...cells(summary, unit),
      `${summary.seen} of ${summary.of}`,
    ]),
  );

const chanceLines = ({ chances }: RepeatsDocument): readonly string[] => [
  ...Object.entries(chanceNames).map(([name, label]) => `- ${label}: ${chances[name as keyof typeof chances].words}`),
  '- (95 %: by Wilson; of what was never or always seen the exact bound behind the rule of three)',
];

const repeatsLine = (document: RepeatsDocument): string => {
  const starts = startsText(document);
  const count = `${document.repeats.length} of ${document.repeatsPlanned} repeats`;
  return starts === null ? count : `${count}; ${markdown(starts)}`;
};

/** What there is to say of repeats that came to their end. */
const figures = (document: RepeatsDocument): readonly string[] =>
  document.repeats.length === 0
    ? []
    : [
        ...section('Expectations', expectationRows(document)),
        ...section(document.predicted ? 'Figures, modelled' : 'Figures', figureRows(document)),
        ...section('In so many repeats', chanceLines(document)),
      ];

/**
 * summary.md of several repeats, as `summaryMarkdown` makes it of one: every figure as median, range and interval of the
 * median (by order statistics), chances in words.
 */
export const repeatsMarkdown = (document: RepeatsDocument, plan: Plan): string => {
  const { verdict } = document;
  const lines = [
    ...headLines(document),
    '',
    repeatsLine(document),
    ...section(
      verdict === 'fail' ? 'What was missed' : 'Why it proves nothing',
      verdict === 'pass' ? [] : bullets(document.reasons, limits.reasons),
    ),
    ...figures(document),
    ...section('Findings', bullets(document.findings, limits.findings)),
    ...section('What these settings mean on this version', bullets(plan.profile.warnings, limits.warnings)),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
