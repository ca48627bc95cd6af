import type { ComparedFigure } from './compare.ts';
import type { ReportedComparison } from './text.ts';
import { harmedText, intervalText, neverSeen, pText, signed, signOf, textOf, verdictText } from './words.ts';

/** Text that came from elsewhere, in a table: on one line, with nothing in it that Markdown or HTML would read. */
const plain = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (mark) => `&#${mark.charCodeAt(0)};`);

const row = (one: ComparedFigure): string => {
  const text = textOf(one.figure);
  const cells = [
    `\`${one.figure}\``,
    text(one.base.median),
    text(one.candidate.median),
    signed(text, one.difference),
    harmedText(one),
    intervalText(one),
    pText(one.pAdjusted),
    `${signOf[one.verdict]} ${one.verdict}${one.why === '' ? '' : `: ${one.why}`}`,
  ];
  return `| ${cells.join(' | ')} |`;
};

/** A comparison for a pull request or a job's summary. */
export const comparisonMarkdown = ({
  base,
  candidate,
  differs,
  notes,
  comparison,
  tells,
}: ReportedComparison): string => {
  const { figures, runs, verdict } = comparison;
  const shown = figures.filter((one) => !neverSeen([one]).includes(one.figure));
  const lines = [
    `### ${plain(base.first.scenario)}: ${verdict === 'worse' ? 'regression' : verdict}`,
    '',
    `${verdictText(comparison)}.`,
    '',
    `${base.first.predicted || candidate.first.predicted ? 'Predicted, nothing was run. ' : ''}Base: ${runs.base} runs (${plain(base.path)}). Candidate: ${runs.candidate} runs (${plain(candidate.path)}).`,
    ...differs.flatMap((one) => [
      '',
      `Differs in ${one.condition}, as asked: ${plain(one.base)} → ${plain(one.candidate)}.`,
    ]),
    ...notes.flatMap((note) => ['', `> ${plain(note)}`]),
    '',
    '| figure | base | candidate | difference | in runs | ≥ 95 % | p | verdict |',
    '|---|--:|--:|--:|--:|--:|--:|---|',
    ...shown.map(row),
    ...(neverSeen(figures).length === 0
      ? []
      : [
          '',
          `0 in every run: ${neverSeen(figures)
            .map((name) => `\`${name}\``)
            .join(', ')}.`,
        ]),
    ...(tells === undefined ? [] : ['', plain(tells)]),
  ];
  return `${lines.join('\n')}\n`;
};
