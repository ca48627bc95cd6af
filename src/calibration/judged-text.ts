import { table } from '../common/layout.ts';
import { conditionalNames, numberText } from '../verdict/index.ts';
import type { JudgedCalibration, JudgedLink } from './judged.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar for each tenth, the highest for the fullest; a dot where a tenth is empty. */
const picture = (ranks: readonly number[]): string => {
  const max = Math.max(...ranks);
  return ranks.map((count) => (count === 0 ? '·' : bars[Math.ceil((count / max) * bars.length) - 1])).join('');
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const row = ({ link, seen, outside, ranked, within, share, ranks }: JudgedLink): readonly string[] => [
  conditionalNames[link],
  numberText(seen),
  numberText(outside),
  numberText(ranked),
  ranked === 0 ? '' : percent(within / ranked),
  share === null ? '' : `${percent(share[0]).replace(' %', '')} … ${percent(share[1])}`,
  ranked === 0 ? '' : picture(ranks),
];

/** For people, 80 columns; ends in a line feed. */
export const judgedText = ({ runs, links, brier }: JudgedCalibration): string => {
  const lines = [
    `Predictions from what was seen, judged by ${numberText(runs)} run${runs === 1 ? '' : 's'}`,
    ...(links.length === 0
      ? ['  no link was predicted and seen']
      : table(
          [['', 'seen', 'outside', 'ranked', 'in p5–p95', '95 % interval', 'ranks 0–1'], ...links.map(row)],
          2,
          [0, 6],
        ).map((line) => `  ${line}`)),
    '',
    '  Right predictions have 90 % in p5–p95, and as many ranks in each tenth. Links',
    '  that come within what a machine takes are not ranked; outside: of p1–p99.',
    ...(brier === null
      ? []
      : [
          `  Chances of NotReady, ${numberText(brier.cases)} silences: Brier score ${brier.score.toFixed(4)}, by frequency ${brier.ofFrequency.toFixed(4)}`,
        ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
