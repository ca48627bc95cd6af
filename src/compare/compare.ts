import { bootstrap95, type FigureSummary, medianOf, type RunDocument, summaryOf } from '../verdict/index.ts';
import { type Figure, figures, figureValue } from './figures.ts';
import { permute } from './permute.ts';
import { type Tolerance, toleranceFor } from './tolerance.ts';

/** A regression is called in at most this share of comparisons of like with like. */
export const alpha = 0.05;

export type FigureVerdict = 'better' | 'worse' | 'same' | 'unknown';

export type ComparedFigure = {
  readonly figure: string;
  /** null: which way is better depends on what is wanted. */
  readonly better: 'lower' | null;
  readonly base: FigureSummary;
  readonly candidate: FigureSummary;
  /** Candidate's median less the base's; null where either has none. */
  readonly difference: number | null;
  /** 95 %, by bootstrap of both sides; null where either side has a single run. */
  readonly ci95: readonly [number, number] | null;
  /** How often chance alone would set the sides so far apart, in this figure alone. null: not measured in every run. */
  readonly p: number | null;
  /** The same for the way it went, adjusted for all judged figures: what the verdict goes by. */
  readonly pAdjusted: number | null;
  /** Differences up to this are no regression, in the figure's own unit. */
  readonly tolerance: number;
  readonly verdict: FigureVerdict;
  /** Why, where it is `unknown`, or `same` although a difference shows; else empty. */
  readonly why: string;
};

export type Comparison = {
  readonly verdict: FigureVerdict;
  readonly runs: { readonly base: number; readonly candidate: number };
  /** Enough runs that a difference could be told from chance at all. */
  readonly telling: boolean;
  readonly figures: readonly ComparedFigure[];
};

export type CompareOptions = {
  readonly tolerance: Tolerance;
  /** Of every random choice. */
  readonly seed: number;
  /** Without intervals a comparison is fast, and none of its figures is called `same` by one. */
  readonly intervals?: boolean;
};

type Column = {
  readonly figure: Figure;
  readonly base: readonly (number | null)[];
  readonly candidate: Column['base'];
};

const isWhole = (values: readonly (number | null)[]): values is readonly number[] =>
  values.every((value) => value !== null);

const finite = (value: number | null): number | null => (value === null || !Number.isFinite(value) ? null : value);

const summary = (values: readonly (number | null)[], seed: number | null): FigureSummary =>
  summaryOf(values.map(finite), seed);

const unknown = (why: string): Pick<ComparedFigure, 'verdict' | 'why'> => ({ verdict: 'unknown', why });

const judgeFigure = (
  better: Figure['better'],
  told: { readonly worse: number; readonly better: number; readonly telling: boolean },
  { difference, ci95, tolerance }: Pick<ComparedFigure, 'difference' | 'ci95' | 'tolerance'>,
): Pick<ComparedFigure, 'verdict' | 'why'> => {
  if (!told.telling) return unknown('too few runs');
  const within = ci95 !== null && ci95[0] >= -tolerance && ci95[1] <= tolerance;
  if (better === null) return within ? { verdict: 'same', why: '' } : unknown('better is what you want it to be');
  const isWorse = told.worse <= alpha;
  const isBetter = told.better <= alpha;
  if (difference === null) return unknown('not seen');
  if ((isWorse || isBetter) && Math.abs(difference) <= tolerance) return { verdict: 'same', why: 'within tolerance' };
  if (isWorse && difference > 0) return { verdict: 'worse', why: '' };
  if (isBetter && difference < 0) return { verdict: 'better', why: '' };
  return within ? { verdict: 'same', why: '' } : unknown('may be chance');
};

const overall = (compared: readonly ComparedFigure[]): FigureVerdict => {
  const judged = compared.filter(({ better }) => better !== null);
  const has = (verdict: FigureVerdict): boolean => judged.some((one) => one.verdict === verdict);
  if (has('worse')) return 'worse';
  if (has('better')) return 'better';
  return has('unknown') ? 'unknown' : 'same';
};

/**
 * Compares the figures of two sets of runs. Pure, and the same for the same runs and seed. Over the whole comparison, not
 * per figure, a regression is called in at most `alpha` of comparisons of like with like.
 * @param base valid runs, at least one; @param candidate likewise
 */
export const compareRuns = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  { tolerance, seed, intervals = true }: CompareOptions,
): Comparison => {
  const columns: readonly Column[] = figures.map((figure) => ({
    figure,
    base: base.map((run) => figureValue(figure, run)),
    candidate: candidate.map((run) => figureValue(figure, run)),
  }));
  const measured = columns.map((one) => isWhole(one.base) && isWhole(one.candidate));
  const rows = (side: 'base' | 'candidate', length: number): number[][] =>
    Array.from({ length }, (_, run) => columns.map((one) => one[side][run] ?? 0));
  const told = permute(
    rows('base', base.length),
    rows('candidate', candidate.length),
    columns.map(({ figure }, index) => figure.better !== null && measured[index] === true),
    seed,
  );
  const telling = told.attainable <= alpha;
  const compared = columns.map((column, index): ComparedFigure => {
    const { figure } = column;
    const one = summary(column.base, intervals ? seed : null);
    const other = summary(column.candidate, intervals ? seed : null);
    const difference = one.median === null || other.median === null ? null : other.median - one.median;
    const known = [column.base, column.candidate].map((values) => values.map(finite).filter((value) => value !== null));
    const ci95 =
      intervals && known.every((values) => values.length > 1)
        ? bootstrap95(known, ([first = [], second = []]) => medianOf(second) - medianOf(first), seed)
        : null;
    const bound = toleranceFor(tolerance, figure.path, one.median);
    const shared = {
      figure: figure.path,
      better: figure.better,
      base: one,
      candidate: other,
      difference,
      ci95,
      tolerance: bound,
    };
    if (measured[index] !== true) {
      return { ...shared, p: null, pAdjusted: null, ...unknown('not measured in every run') };
    }
    const worse = told.worse[index] ?? 1;
    const better = told.better[index] ?? 1;
    return {
      ...shared,
      p: told.p[index] ?? 1,
      pAdjusted: figure.better === null ? null : Math.min(worse, better),
      ...judgeFigure(figure.better, { worse, better, telling }, shared),
    };
  });
  return {
    verdict: telling ? overall(compared) : 'unknown',
    runs: { base: base.length, candidate: candidate.length },
    telling,
    figures: compared,
  };
};
