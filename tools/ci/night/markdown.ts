import { counted } from '../../../src/common/text/counted.ts';
import { type NightVerdict, unmeasuredHarms } from '../../../src/compare/index.ts';
import type { Cell } from './cell.ts';

export type JudgedCell = Cell & {
  readonly night: NightVerdict;
  /** Corrected over the night; null where it was not compared. */
  readonly p: number | null;
};

export type JudgedNight = {
  readonly cells: readonly JudgedCell[];
  /** Runs that were planned, or that a good night has, and tonight has not. */
  readonly missing: readonly string[];
  readonly nights: number;
  readonly minNights: number;
  readonly allowed: readonly string[];
  readonly code: number;
};

const marks: Readonly<Record<NightVerdict, string>> = {
  regression: '**regression**',
  suspect: '**suspect: worse by itself**, which chance makes some of so many',
  better: 'no regression, better',
  same: 'the same',
  unknown: 'unknown: may have got worse, or not',
  'too few nights': 'not compared: too few comparable nights',
};

const headline = ({ cells, missing, allowed }: JudgedNight): string => {
  const count = (pick: (cell: JudgedCell) => boolean): number => cells.filter(pick).length;
  const parts = [
    counted(
      count(({ night }) => night === 'regression'),
      'regression',
    ),
    `${count(({ verdict }) => verdict === 'fail')} failed`,
    `${count(({ verdict }) => verdict !== 'pass' && verdict !== 'fail')} without a verdict`,
    `${missing.length} missing`,
    `${count(({ night }) => night === 'too few nights')} not compared${allowed.includes('uncomparable') ? ' (allowed)' : ''}`,
    `${count(({ night }) => night === 'unknown')} unknown${allowed.includes('unknown') ? ' (allowed)' : ''}`,
    `${count(({ night }) => night === 'suspect')} suspect${allowed.includes('unknown') ? ' (allowed)' : ''}`,
  ];
  return `${counted(cells.length, 'run')}: ${parts.join(', ')}.`;
};

/** What got worse, by name, where nobody has to open anything to see it. */
const worseLines = ({ cells }: JudgedNight): readonly string[] => {
  const lines = cells.flatMap(({ name, compared }) => {
    const worse = compared?.comparison?.figures.filter(({ verdict }) => verdict === 'worse') ?? [];
    const named = worse.map(({ figure, harmed, base, candidate }) =>
      harmed === null
        ? figure
        : `${figure} (in ${harmed.candidate} of ${counted(candidate.of, 'run')}, before in ${harmed.base} of ${base.of})`,
    );
    return named.length === 0 ? [] : [`- ${name}: ${named.join(', ')}`];
  });
  return lines.length === 0 ? [] : ['Worse tonight, dealing out the runs of this one comparison:', '', ...lines, ''];
};

/** Of a cell: harms that were not measured in every run of tonight and of the good nights; empty where it was not compared. */
export const notMeasured = ({ compared }: Pick<Cell, 'compared'>): readonly string[] =>
  compared?.comparison == null ? [] : unmeasuredHarms(compared.comparison);

/** Fewer runs than before, as the plan has it: what they do not show the good nights might have shown. */
const fewerLines = ({ cells }: JudgedNight): readonly string[] => {
  const lines = cells.flatMap(({ name, fewer }) => (fewer === null ? [] : [`- ${name}: ${fewer}`]));
  return lines.length === 0 ? [] : ['Fewer runs than the good nights have:', '', ...lines, ''];
};

/** A harm of which nothing is known is named one by one, most of all where that fails no night. */
const notMeasuredLines = ({ cells, allowed }: JudgedNight): readonly string[] => {
  const by = allowed.includes('unknown') ? ', allowed by NIGHT_ALLOW' : '';
  const lines = cells.flatMap((cell) =>
    notMeasured(cell).map((figure) => `- ${cell.name}: ${figure}: not measured${by}`),
  );
  return lines.length === 0 ? [] : ['Harms of which not every run knows:', '', ...lines, ''];
};

/** Why good nights were not compared, where nobody has to open anything to see it. */
const leftOutLines = ({ cells, minNights }: JudgedNight): readonly string[] => {
  const all = cells.flatMap(({ leftOut }) => leftOut);
  const [first = ''] = all;
  const [were, why] =
    all.length === 1
      ? ['does not compare with tonight’s and was left out, named below with why', 'Why']
      : ['do not compare with tonight’s and were left out, each named below with why', 'The first'];
  return all.length === 0
    ? []
    : [
        `${counted(all.length, 'run')} of good nights ${were}. Where a commit changed what skipbeat plans or predicts, the nights before it are left out, and after ${minNights} good nights the comparisons are back. ${why}:`,
        '',
        ...first.split('\n').map((line) => `    ${line}`),
        '',
      ];
};

const pText = (p: number | null): string => (p === null ? '–' : p < 0.001 ? '<0.001' : p.toFixed(3));

/** The night for a job's summary. Ends in a line feed. */
export const nightMarkdown = (night: JudgedNight): string => {
  const lines = [
    '## The night',
    '',
    headline(night),
    '',
    ...worseLines(night),
    ...fewerLines(night),
    ...notMeasuredLines(night),
    ...leftOutLines(night),
    `Against the last ${counted(night.nights, 'good night')} (${night.minNights} are needed); p is corrected for all comparisons of the night (Holm). Exit code ${night.code}.`,
    '',
    '| run | verdict | nights | p | against the good nights |',
    '|---|---|--:|--:|---|',
    ...night.cells.map(
      ({ name, verdict, compared, p, night: word }) =>
        `| ${name} | ${verdict} | ${compared?.nights ?? 0} | ${pText(p)} | ${marks[word]} |`,
    ),
    ...night.missing.map((name) => `| ${name} | missing tonight | | | |`),
    ...night.cells.flatMap(({ name, details }) => [
      '',
      `<details><summary>${name}</summary>`,
      '',
      ...details.flatMap((text) => [text, '']),
      '</details>',
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
