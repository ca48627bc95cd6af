import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { fewerThan, median } from '../../common/statistics.ts';

const interval = z.tuple([z.number(), z.number()]).nullable();

export const figureSummaryShape = z
  .strictObject({
    median: z.number().nullable(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    ci95: interval.describe(
      'Interval of the median by order statistics; null where fewer than six runs have the figure: none of 95 % exists.',
    ),
    level: z
      .number()
      .nullable()
      .describe(
        'How surely `ci95` holds the median, 0.95 or more; null where that is. Not in documents that an older skipbeat wrote.',
      )
      .exactOptional(),
    seen: z
      .number()
      .describe('In how many of the runs it was seen: a figure that is null in a run is no part of the others.'),
    of: z.number(),
  })
  .meta({
    id: 'FigureSummary',
    description: 'One figure over several runs. Everything is null where no run has it.',
  });

export type FigureSummary = Frozen<z.infer<typeof figureSummaryShape>>;

export const chanceEstimateShape = z
  .strictObject({
    seen: z.number(),
    of: z.number(),
    share: z.number().nullable(),
    ci95: interval.describe('95 %; null where there was no trial.'),
    words: z.string().describe('`3 of 5: 60 %, 23 to 89 %`; `0 of 20: at most 14 %`.'),
  })
  .meta({ id: 'ChanceEstimate', description: 'How often something happened, and what that says of its chance.' });

export type ChanceEstimate = Frozen<z.infer<typeof chanceEstimateShape>>;

/** Two-sided 95 % quantile of the standard normal distribution. */
const z95 = 1.959963984540054;

/**
 * The narrowest pair of ordered values, equally far from both ends, that holds the median in 95 % of samples or more,
 * whatever the distribution.
 * @param sorted ascending; @returns null where even the least and the greatest do not hold it so surely: below six values
 * @see Hahn and Meeker, Statistical intervals (1991), section 5.2
 */
const medianInterval = (sorted: readonly number[]): Required<Pick<FigureSummary, 'ci95' | 'level'>> => {
  const levelFrom = (from: number): number => 1 - 2 * fewerThan(from + 1, sorted.length, 0.5);
  if (levelFrom(0) < 0.95) return { ci95: null, level: null };
  let from = 0;
  while (levelFrom(from + 1) >= 0.95) from += 1;
  return { ci95: [sorted[from] as number, sorted[sorted.length - 1 - from] as number], level: levelFrom(from) };
};

/** Of values, null where a run does not have the figure. */
export const summaryOf = (values: readonly (number | null)[]): FigureSummary => {
  const known = values.filter((value) => value !== null).toSorted((one, other) => one - other);
  const counts = { seen: known.length, of: values.length };
  if (known.length === 0) return { median: null, min: null, max: null, ci95: null, level: null, ...counts };
  return {
    median: median(known),
    min: known[0] as number,
    max: known[known.length - 1] as number,
    ...medianInterval(known),
    ...counts,
  };
};

/** In words a bound rounds to the careful side, and what is not always is never 100 %. */
const percentUp = (share: number): string => String(Math.ceil(share * 100 - 1e-9));
const percentDown = (share: number): string => String(Math.floor(share * 100 + 1e-9));

const shareText = (share: number): string => {
  const percent = Math.round(share * 100);
  if (percent === 100) return 'over 99 %';
  return percent === 0 ? 'under 1 %' : `${percent} %`;
};

/**
 * A chance by Wilson's interval; where something never or always happened, by the exact one-sided bound 0.05^(1/n)
 * that the rule of three (3/n) approximates.
 * @see Wilson, Probable inference, the law of succession, and statistical inference (1927); Hanley and Lippman-Hand,
 *   If nothing goes wrong, is everything all right? (1983)
 */
export const chanceOf = (seen: number, of: number): ChanceEstimate => {
  if (of === 0) return { seen, of, share: null, ci95: null, words: 'never tried' };
  const share = seen / of;
  const surest = 0.05 ** (1 / of);
  if (seen === 0) {
    return { seen, of, share, ci95: [0, 1 - surest], words: `0 of ${of}: at most ${percentUp(1 - surest)} %` };
  }
  if (seen === of) {
    return { seen, of, share, ci95: [surest, 1], words: `${of} of ${of}: at least ${percentDown(surest)} %` };
  }
  const square = z95 * z95;
  const middle = (share + square / (2 * of)) / (1 + square / of);
  const reach = (z95 / (1 + square / of)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of * of));
  const ci95 = [middle - reach, middle + reach] as const;
  return {
    seen,
    of,
    share,
    ci95,
    words: `${seen} of ${of}: ${shareText(share)}, ${percentDown(ci95[0])} to ${percentUp(ci95[1])} %`,
  };
};
