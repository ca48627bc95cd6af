import { counted } from '../../common/text/counted.ts';
import { codeSpan, markdown, markdownTable } from '../../common/text/markdown.ts';
import type { ComparedFigure } from '../compare.ts';
import { pText } from '../judge.ts';
import { harmedText, intervalText, neverObserved, signed, signOf, textOf, verdictText } from './labels.ts';
import type { ReportedComparison } from './text.ts';

const row = (one: ComparedFigure): readonly string[] => {
  const text = textOf(one.figure);
  return [
    codeSpan(one.figure),
    text(one.base.median),
    text(one.candidate.median),
    signed(text, one.difference),
    harmedText(one),
    intervalText(one),
    pText(one.pAdjusted),
    `${signOf[one.verdict]} ${one.verdict}${one.why === '' ? '' : `: ${one.why}`}`,
  ];
};

/** A comparison for a pull request or a job's summary. */
export const comparisonMarkdown = ({
  base,
  candidate,
  differs,
  notes,
  comparison,
  power,
}: ReportedComparison): string => {
  const { figures, runs, verdict } = comparison;
  const shown = figures.filter((one) => !neverObserved([one]).includes(one.figure));
  const lines = [
    `### ${markdown(base.first.scenario)}: ${verdict === 'worse' ? 'regression' : verdict}`,
    '',
    `${verdictText(comparison)}.`,
    '',
    `${base.first.predicted || candidate.first.predicted ? 'Predicted, nothing was run. ' : ''}Base: ${counted(runs.base, 'run')} (${markdown(base.path)}). Candidate: ${counted(runs.candidate, 'run')} (${markdown(candidate.path)}).`,
    ...differs.flatMap((one) => [
      '',
      `Differs in ${one.condition}, as asked: ${markdown(one.base)} → ${markdown(one.candidate)}.`,
    ]),
    ...notes.flatMap((note) => ['', `> ${markdown(note)}`]),
    '',
    ...markdownTable(
      ['figure', 'base', 'candidate', 'difference', 'in runs', '≥ 95 %', 'p', 'verdict'],
      shown.map(row),
      [0, 7],
    ),
    ...(neverObserved(figures).length === 0
      ? []
      : ['', `0 in every run: ${neverObserved(figures).map(codeSpan).join(', ')}.`]),
    ...(power === undefined ? [] : ['', markdown(power)]),
  ];
  return `${lines.join('\n')}\n`;
};
