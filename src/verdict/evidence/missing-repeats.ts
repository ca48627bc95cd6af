import * as z from 'zod';
import type { Frozen } from '../../common/frozen.ts';
import { nounFor } from '../../common/text/counted.ts';
import type { Plan } from '../../plan/index.ts';
import type { RunDocument } from '../document.ts';
import { listText } from '../text.ts';

export const missingRepeatShape = z
  .strictObject({
    number: z.number(),
    how: z
      .enum(['cutShort', 'missing', 'neverBegun'])
      .describe('`missing`: it was on record once, and its folder is no longer there.'),
    reasons: z.array(z.string()),
  })
  .describe('A planned repeat that is part of no figure.');

export type MissingRepeat = Frozen<z.infer<typeof missingRepeatShape>>;

/** A repeat that is missing does not move the numbers of those after it. */
export const numberOf = ({ repeat }: RunDocument, index: number): number => repeat?.number ?? index + 1;

/** `repeat 2`, `repeats 1 and 3`. */
export const numbered = (numbers: readonly number[]): string =>
  `${nounFor(numbers.length, 'repeat')} ${listText(numbers.map(String))}`;

/** A repeat that did not come to its end: it is named, and no part of a figure. */
export type CutShort = { readonly number: number; readonly document: RunDocument };

/** Planned repeats without a whole record, by their numbers. */
export const missingRepeats = (
  plan: Plan,
  documents: readonly RunDocument[],
  cutShort: readonly CutShort[],
  missing: readonly number[],
): readonly MissingRepeat[] => {
  const complete = new Set(documents.map(numberOf));
  return Array.from({ length: plan.repeats }, (_, index) => index + 1).flatMap((number): MissingRepeat[] => {
    if (complete.has(number)) return [];
    const cut = cutShort.find((one) => one.number === number);
    if (cut !== undefined) return [{ number, how: 'cutShort', reasons: cut.document.reasons }];
    return missing.includes(number)
      ? [{ number, how: 'missing', reasons: ['its folder is missing'] }]
      : [{ number, how: 'neverBegun', reasons: ['it was never begun'] }];
  });
};

/** The same in words, for the reasons of the whole; without why their evidence proves nothing, which is said of all repeats together. */
export const missingReasons = (
  plan: Plan,
  complete: number,
  incomplete: readonly MissingRepeat[],
  cutShort: readonly CutShort[],
): readonly string[] => {
  if (incomplete.length === 0) return [];
  const whyOf = (number: number): readonly string[] =>
    cutShort.find((one) => one.number === number)?.document.evidence?.why ?? [];
  const missing = incomplete.filter(({ how }) => how === 'missing').map(({ number }) => number);
  return [
    ...incomplete.flatMap(({ number, how, reasons }) =>
      how === 'cutShort'
        ? reasons
            .filter((reason) => !whyOf(number).includes(reason))
            .map((reason) => `repeat ${number} was cut short: ${reason}`)
        : [],
    ),
    ...(missing.length === 0
      ? []
      : [`${numbered(missing)}: what was seen in ${missing.length === 1 ? 'it' : 'them'} is missing from the folder`]),
    `${complete} of ${plan.repeats} repeats came to their end${missing.length === 0 ? '' : ' and are here'}`,
  ];
};
