import { table } from '../common/layout.ts';
import { countedGrouped } from '../common/text/counted.ts';
import {
  type ConditionalMilestone,
  type ConditionalMilestoneName,
  conditionalMilestones,
  conditionalNames,
  numberText,
} from '../verdict/index.ts';
import { missedLines, type SureLosses, sureLossesOf } from './sure-losses.ts';

const bins = 10;

/** How predictions of one milestone fared over many runs. */
export type JudgedMilestone = {
  readonly link: ConditionalMilestoneName;
  readonly seen: number;
  /** Of these outside of p1 to p99 and a machine's slack. */
  readonly outside: number;
  /** Of those whose prediction is wider than a machine's slack: how many, and how many between p5 and p95. */
  readonly ranked: number;
  readonly within: number;
  /** 95 % interval (Wilson) of the share between p5 and p95, 0.9 where predictions are right; null where none is ranked. */
  readonly share: readonly [number, number] | null;
  /** Ranks from 0 to 1 in ten equal parts: evenly spread where predictions are right. */
  readonly ranks: readonly number[];
};

/** Chances that lie between two of them, and how often what they are of came. */
export type JudgedChances = {
  readonly from: number;
  readonly to: number;
  readonly cases: number;
  /** Of how many runs they are. */
  readonly runs: number;
  readonly expected: number;
  readonly came: number;
  /**
   * How often it comes in 95 % where they are right. All nodes of a run are judged by the same passes, so this is taken as wide as
   * it is where the cases of a run come or stay away together.
   */
  readonly range: readonly [number, number];
};

/** The calibration of a calibration: predictions from what was seen, over all runs that were given. */
export type JudgedCalibration = {
  readonly runs: number;
  readonly links: readonly JudgedMilestone[];
  /**
   * Chances of NotReady: the mean square of chance minus outcome (0 or 1), 0 at best; and what always saying how often it
   * happened would have come to. `expected`: the sum of the chances, about as many as `came` where they are right. null where there
   * was no chance.
   */
  readonly brier: {
    readonly cases: number;
    readonly score: number;
    readonly ofFrequency: number;
    readonly expected: number;
    readonly came: number;
    /** By fifths of the chance; those without a case are left out. */
    readonly chances: readonly JudgedChances[];
  } | null;
  readonly sureLosses: SureLosses;
};

/** Of a normal distribution 95 % lie within so many standard deviations of its mean. */
const z95 = 1.959964;

const wilson = (count: number, of: number): readonly [number, number] => {
  const z = z95;
  const share = count / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
};

const judgedMilestone = (
  milestone: ConditionalMilestoneName,
  all: readonly ConditionalMilestone[],
): JudgedMilestone => {
  const own = all.filter((one) => one.link === milestone && one.observedMs !== null);
  const ranks = own.flatMap(({ rank }) => (rank === null ? [] : [rank]));
  const within = ranks.filter((rank) => rank >= 0.05 && rank <= 0.95).length;
  return {
    link: milestone,
    seen: own.length,
    outside: own.filter(({ fit }) => fit === 'outside').length,
    ranked: ranks.length,
    within,
    share: ranks.length === 0 ? null : wilson(within, ranks.length),
    ranks: Array.from(
      { length: bins },
      (_, bin) => ranks.filter((rank) => Math.min(bins - 1, Math.floor(rank * bins)) === bin).length,
    ),
  };
};

/** A chance, what came of it (1, or 0 where nothing did), and in which run. */
type Case = { readonly chance: number; readonly came: number; readonly run: number };

const fifths = 5;

const judgedChances = (cases: readonly Case[]): readonly JudgedChances[] =>
  [...Map.groupBy(cases, ({ chance }) => Math.min(fifths - 1, Math.floor(chance * fifths)))]
    .toSorted(([one], [other]) => one - other)
    .map(([fifth, own]) => {
      const byRun = [...Map.groupBy(own, ({ run }) => run).values()];
      const deviations = byRun.map((of) => of.reduce((sum, { chance }) => sum + Math.sqrt(chance * (1 - chance)), 0));
      const half = z95 * Math.hypot(...deviations);
      const expected = own.reduce((sum, { chance }) => sum + chance, 0);
      return {
        from: fifth / fifths,
        to: (fifth + 1) / fifths,
        cases: own.length,
        runs: byRun.length,
        expected,
        came: own.reduce((sum, { came }) => sum + came, 0),
        range: [Math.max(0, expected - half), Math.min(own.length, expected + half)],
      };
    });

const brierOf = (runs: readonly (readonly ConditionalMilestone[])[]): JudgedCalibration['brier'] => {
  const cases = runs.flatMap((milestones, run) =>
    milestones.flatMap(({ chance, observedMs }): readonly Case[] =>
      chance === null ? [] : [{ chance, came: observedMs !== null ? 1 : 0, run }],
    ),
  );
  if (cases.length === 0) return null;
  const came = cases.reduce((sum, one) => sum + one.came, 0);
  const often = came / cases.length;
  const meanOf = (mean: (chance: number) => number): number =>
    cases.reduce((sum, one) => sum + (mean(one.chance) - one.came) ** 2, 0) / cases.length;
  return {
    cases: cases.length,
    score: meanOf((chance) => chance),
    ofFrequency: meanOf(() => often),
    expected: cases.reduce((sum, { chance }) => sum + chance, 0),
    came,
    chances: judgedChances(cases),
  };
};

/**
 * Judges predictions by what came of them.
 * @param runs milestones of each run, as `conditionedOn` has them
 */
export const judgeCalibration = (runs: readonly (readonly ConditionalMilestone[])[]): JudgedCalibration => {
  const all = runs.flat();
  return {
    runs: runs.length,
    links: conditionalMilestones.map((milestone) => judgedMilestone(milestone, all)).filter(({ seen }) => seen > 0),
    brier: brierOf(runs),
    sureLosses: sureLossesOf(runs),
  };
};

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A bar for each tenth, the highest for the fullest; a dot where a tenth is empty. */
const picture = (ranks: readonly number[]): string => {
  const max = Math.max(...ranks);
  return ranks.map((count) => (count === 0 ? '·' : bars[Math.ceil((count / max) * bars.length) - 1])).join('');
};

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const row = ({ link: milestone, seen, outside, ranked, within, share, ranks }: JudgedMilestone): readonly string[] => [
  conditionalNames[milestone],
  numberText(seen),
  numberText(outside),
  numberText(ranked),
  ranked === 0 ? '' : percent(within / ranked),
  share === null ? '' : `${percent(share[0]).replace(' %', '')} … ${percent(share[1])}`,
  ranked === 0 ? '' : picture(ranks),
];

const chancesRow = ({ from, to, cases, runs, expected, came, range }: JudgedChances): readonly string[] => {
  // What is certain came or did not: sums of chances are not exact.
  const isOut = came < range[0] - 1e-6 || came > range[1] + 1e-6;
  return [
    `${percent(from).replace(' %', '')} … ${percent(to)}`,
    numberText(cases),
    numberText(runs),
    expected.toFixed(1),
    `${range[0].toFixed(1)} … ${range[1].toFixed(1)}`,
    numberText(came),
    isOut ? 'OUT' : '',
  ];
};

/**
 * For people, 80 columns; ends in a line feed.
 * @param folders of the runs, in the order in which they were judged; runs are numbered where there are none
 */
export const judgedText = (
  { runs, links: milestones, brier, sureLosses }: JudgedCalibration,
  folders: readonly string[] = [],
): string => {
  const lines = [
    `Predictions from what was seen, judged by ${countedGrouped(runs, 'run')}`,
    ...(milestones.length === 0
      ? ['  no milestone was predicted and seen']
      : table(
          [['', 'seen', 'outside', 'ranked', 'in p5–p95', '95 % interval', 'ranks 0–1'], ...milestones.map(row)],
          2,
          [0, 6],
        ).map((line) => `  ${line}`)),
    ...missedLines(sureLosses, (run) => folders[run] ?? `run ${run + 1}`),
    '',
    '  Right predictions have 90 % in p5–p95, and as many ranks in each tenth.',
    '  Milestones within what a machine takes are not ranked; outside: of p1–p99.',
    ...(brier === null
      ? []
      : [
          `  Chances of NotReady, ${numberText(brier.cases)} silences: Brier score ${brier.score.toFixed(4)}, by frequency ${brier.ofFrequency.toFixed(4)}`,
          `  NotReady by these chances ${brier.expected.toFixed(1)} times, and it came ${countedGrouped(brier.came, 'time')}.`,
          ...table(
            [['chance', 'silences', 'in runs', 'expected', 'in 95 %', 'came', ''], ...brier.chances.map(chancesRow)],
            2,
            [0, 6],
          ).map((line) => `  ${line}`),
        ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
};
