import type { Plan } from '../../../plan/index.ts';
import { numberText } from '../../text.ts';
import type { Figures } from '../evidence-problems.ts';

// What an expectation bounds, and whether its figure is known.

export type Expected = Plan['expectations'][number];

/** The greatest value that keeps to an expectation; null where there is none. */
export const boundOf = ({ max, equals }: Expected): number | null => max ?? equals;

/** Whether an expectation says how much of its figure there may be, or that there is to be some: harm on purpose. */
export const speaks = (one: Expected): boolean => boundOf(one) !== null || (one.min ?? 0) > 0;

export const names = ({ expectations }: Plan, figure: string): boolean =>
  expectations.some((one) => one.figure === figure && speaks(one));

export const counted = (count: number, one: string, many: string): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** Why a figure is not known; null where it is, or where there was nothing to know. */
export const whyUnknown = ({ unknown = [] }: Figures, figure: string): string | null =>
  unknown.find((one) => one.figure === figure)?.why ?? null;
