import type { Review, ReviewRow, ReviewSide } from './review.ts';
import { amountsTo, weightWords } from './text.ts';

/** Why is said above the tables and below them. */
const unknown = 'not known';

const signs = { same: ' ', better: '+', worse: '-', changed: '~', unknown: '?' } as const;

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

const sentencesOf = ({ remarks, passedOver }: ReviewSide, weights: 'all' | 'withoutNotes'): readonly string[] => [
  ...remarks
    .filter(({ weight }) => weights === 'all' || weight !== 'note')
    .map(({ weight, origin, text }) => `${origin}: ${weightWords[weight]}: ${text}`),
  ...passedOver,
];

/** What stands in the way of figures, is of no effect or needs a word; the place tells the sides apart. */
const sections = ({
  base,
  candidate,
}: Review): readonly { readonly heading: string; readonly lines: readonly string[] }[] =>
  [
    { heading: 'Of the base', lines: sentencesOf(base, 'withoutNotes') },
    { heading: 'Of the candidate', lines: sentencesOf(candidate, 'all') },
  ].filter(({ lines }) => lines.length > 0);

/** A review for people, as plain lines. */
export const reviewText = (review: Review): string => {
  const lines = [
    `base       ${amountsTo(review.base)}`,
    `candidate  ${amountsTo(review.candidate)}`,
    '',
    'Settings',
    ...rowLines(review.settings),
    '',
    'What then holds',
    ...rowLines(review.effective),
    '',
    'Predicted by formula, nothing was run',
    ...rowLines(review.predicted),
    ...sections(review).flatMap(({ heading, lines }) => ['', heading, ...lines.map((line) => `  - ${line}`)]),
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
  const lines = [
    '### Review of heartbeat settings',
    '',
    `- base: ${cell(amountsTo(review.base))}`,
    `- candidate: ${cell(amountsTo(review.candidate))}`,
    ...table('setting', review.settings),
    ...table('what then holds', review.effective),
    ...table('predicted by formula, nothing was run', review.predicted),
    ...sections(review).flatMap(({ heading, lines }) => [
      '',
      `**${heading}**`,
      '',
      ...lines.map((line) => `- ${cell(line)}`),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
