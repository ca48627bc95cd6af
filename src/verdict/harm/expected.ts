import type { Plan } from '../../plan/index.ts';

// What an expectation bounds, and where.

export type Expected = Plan['expectations'][number];

/** The greatest value that keeps to an expectation; null where there is none. */
export const boundOf = ({ max, equals }: Pick<Expected, 'max' | 'equals'>): number | null => max ?? equals;

/** The least; null where there is none. */
export const minOf = ({ min, equals }: Pick<Expected, 'min' | 'equals'>): number | null => min ?? equals;

/** The one phase, entrance or node that a figure is of; each null where it is of all. */
export type Place = { readonly phase: string | null; readonly entrance: string | null; readonly node: string | null };

export const placeOf = (figure: string): Place => {
  const [, part, name = null] = /^\w+\.(byPhase|byEntrance|byNode)\.([^.]+)\./.exec(figure) ?? [];
  return {
    phase: part === 'byPhase' ? name : null,
    entrance: part === 'byEntrance' ? name : null,
    node: part === 'byNode' ? name : null,
  };
};
