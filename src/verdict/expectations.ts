import { labelledFigures } from '../figures/index.ts';
import type { Expectation, Plan } from '../plan/index.ts';
import type { ExpectationResult, RunDocument, UnknownFigure } from './document.ts';
import { numberText } from './text.ts';

/**
 * The number that stands at a dotted path: `requests.byPhase.fault.refused`.
 * @returns null where it was not observed; undefined where the document has no number at that path
 */
export const figureAt = (document: object, path: string): number | null | undefined => {
  let at: unknown = document;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return typeof at === 'number' || at === null ? at : undefined;
};

/** The instants of `timing` that tables show, as people call them; ms since the run's start, null where not seen. */
export const labelledMoments = (
  document: Pick<RunDocument, 'timing'>,
): readonly { readonly path: string; readonly label: string; readonly atMs: number | null }[] =>
  labelledFigures
    .filter(({ path }) => path.startsWith('timing.'))
    .map(({ path, label }) => ({ path, label, atMs: figureAt(document, path) ?? null }));

/** `≥ 1`, `≤ 5`, `1 … 3`, `0`. */
export const expectedText = ({ min, max, equals }: Expectation): string => {
  if (equals !== null) return numberText(equals);
  if (min !== null && max !== null) return `${numberText(min)} … ${numberText(max)}`;
  if (min !== null) return `≥ ${numberText(min)}`;
  return max === null ? 'observed' : `≤ ${numberText(max)}`;
};

const holds = ({ min, max, equals }: Expectation, observed: number): boolean =>
  (equals === null || observed === equals) && (min === null || observed >= min) && (max === null || observed <= max);

/** Whether so much was seen that an expectation of less cannot hold, whatever else there was. */
export const isExceeded = ({ max, equals }: Expectation, seen: number): boolean => seen > (max ?? equals ?? Infinity);

/** What was not observed is not met. @param unknown figures of which no more than a part was seen */
export const expectationResults = (
  plan: Plan,
  figures: object,
  unknown: readonly UnknownFigure[] = [],
): ExpectationResult[] =>
  plan.expectations.map((expectation) => {
    const { figure } = expectation;
    const observed = figureAt(figures, figure) ?? null;
    const seen = observed === null ? unknown.find((one) => one.figure === figure)?.atLeast : undefined;
    return {
      figure,
      expected: expectedText(expectation),
      observed,
      held: observed !== null && holds(expectation, observed),
      ...(seen !== undefined && isExceeded(expectation, seen) ? { atLeast: seen } : {}),
    };
  });
