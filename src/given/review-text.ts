import type { Review, ReviewRow } from './review.ts';
import { amountsTo } from './text.ts';

const unknown = 'does not start';

const signs = { same: ' ', better: '+', worse: '-', changed: '~' } as const;

const rowLines = (rows: readonly ReviewRow[]): readonly string[] => {
  const cells = rows.map(({ figure, base, candidate, verdict }) => [
    figure,
    base ?? unknown,
    candidate ?? unknown,
    verdict,
  ]);
  const head = ['', 'base', 'candidate', ''];
  const widths = [0, 1, 2].map((column) => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], sign: string): string =>
    `  ${sign} ${(row[0] ?? '').padEnd(widths[0] ?? 0)}   ${(row[1] ?? '').padStart(widths[1] ?? 0)}   ${(row[2] ?? '').padStart(widths[2] ?? 0)}   ${row[3] ?? ''}`.trimEnd();
  return [line(head, ' '), ...rows.map((row, index) => line(cells[index] ?? [], signs[row.verdict]))];
};

/** Remarks that only one side has. */
const newRemarks = ({ base, candidate }: Review): readonly string[] => {
  const known = new Set(base.remarks.map(({ text }) => text));
  return candidate.remarks
    .filter(({ text, weight }) => !known.has(text) && weight !== 'note')
    .map(({ origin, text }) => `  - ${origin}: ${text}`);
};

/** A review for people, as plain lines. */
export const reviewText = (review: Review): string => {
  const remarks = newRemarks(review);
  const lines = [
    `base       ${amountsTo(review.base)}`,
    `candidate  ${amountsTo(review.candidate)}`,
    '',
    'Settings',
    ...rowLines(review.settings),
    '',
    'Predicted by formula, nothing was run',
    ...rowLines(review.predicted),
    ...(remarks.length === 0 ? [] : ['', 'New in the candidate', ...remarks]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};

const cell = (text: string): string => text.replace(/[\\`*_[\]|<>]/g, '\\$&');

const table = (title: string, rows: readonly ReviewRow[]): readonly string[] => [
  '',
  `| ${title} | base | candidate | |`,
  '|---|---:|---:|---|',
  ...rows.map(
    ({ figure, base, candidate, verdict }) =>
      `| ${cell(figure)} | ${cell(base ?? unknown)} | ${cell(candidate ?? unknown)} | ${verdict === 'worse' ? '**worse**' : verdict} |`,
  ),
];

/** A review as a comment on a pull request. */
export const reviewMarkdown = (review: Review): string => {
  const remarks = newRemarks(review);
  const lines = [
    '### Review of heartbeat settings',
    '',
    `- base: ${cell(amountsTo(review.base))}`,
    `- candidate: ${cell(amountsTo(review.candidate))}`,
    ...table('setting', review.settings),
    ...table('predicted by formula, nothing was run', review.predicted),
    ...(remarks.length === 0
      ? []
      : ['', '**New in the candidate**', '', ...remarks.map((line) => cell(line.trim()).replace(/^- /, '- '))]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
