import type { FigureKind } from './figures.ts';
import type { Often } from './statistics/often.ts';
import type { Interval } from './statistics/shift.ts';

/** A regression is called in at most this share of comparisons of like with like. */
export const alpha = 0.05;

export type FigureVerdict = 'better' | 'worse' | 'same' | 'unknown';

/** What is known of one figure that was measured in every run. */
export type Evidence = {
  readonly kind: FigureKind;
  /** Adjusted p of how much and of how often, by the way it went; how often is judged of harm alone. */
  readonly p: Readonly<Record<'worse' | 'better', { readonly much: number; readonly often: number }>>;
  /** How far the candidate lies above the base; null: too few runs to say. */
  readonly shift: Interval | null;
  /** No run of the candidate lies further from any of the base than the tolerance: whatever sets them apart is none. */
  readonly isWithin: boolean;
  readonly often: Often;
  readonly tolerance: number;
  readonly frequencyTolerance: number;
};

/** Whether no run of either side lies further from any of the other than the bound. */
export const liesWithin = (one: readonly number[], other: readonly number[], bound: number): boolean =>
  Math.max(Math.max(...other) - Math.min(...one), Math.max(...one) - Math.min(...other)) <= bound;

/** Why a figure is not judged that some run does not have. */
export const notMeasured = 'not measured in every run';

type Judged = { readonly verdict: FigureVerdict; readonly why: string };

/** Rounded to the careful side. */
export const percentUp = (share: number): string => `${Math.min(100, Math.ceil(share * 100 - 1e-9))} %`;

/**
 * The verdict on one figure. `same` is what the whole interval shows to lie within the tolerance, in size and, of harm,
 * in how often; worse (better) is what differs by more than chance and is not shown to be within it; all else is unknown.
 * A harm is never better where it was seen to be worse in some runs, and may be so in more than the frequency tolerance.
 */
export const judgeFigure = ({ kind, p, shift, isWithin, often, tolerance, frequencyTolerance }: Evidence): Judged => {
  const isHarm = kind === 'harm';
  const small = shift !== null && shift.low >= -tolerance && shift.high <= tolerance;
  const rare = often.worse.high <= frequencyTolerance && often.better.high <= frequencyTolerance;
  if (kind === 'timing') {
    return small ? { verdict: 'same', why: '' } : { verdict: 'unknown', why: 'better is what you want it to be' };
  }
  if (small && (rare || !isHarm)) return { verdict: 'same', why: '' };
  const isProven = (way: 'worse' | 'better'): boolean => {
    const unseen = !isHarm || often[way].seen <= frequencyTolerance;
    const { low, high } = often.harmed;
    const harmedAlike = low >= -frequencyTolerance && high <= frequencyTolerance;
    return (
      (p[way].much <= alpha && !((small || isWithin) && unseen)) || (isHarm && p[way].often <= alpha && !harmedAlike)
    );
  };
  if (isProven('worse')) return { verdict: 'worse', why: '' };
  const worseInSome = isHarm && often.worse.seen > 0 && often.worse.high > frequencyTolerance;
  if (isProven('better') && !worseInSome) return { verdict: 'better', why: '' };
  if (isHarm && often.worse.high > frequencyTolerance) {
    return { verdict: 'unknown', why: `may be worse in up to ${percentUp(often.worse.high)} of runs` };
  }
  return { verdict: 'unknown', why: 'may differ by more than the tolerance' };
};

/** Rounded up, so that none looks surer than it is, and never 0: a permutation cannot say less than one in all its ways. */
export const pText = (p: number | null): string => {
  if (p === null) return '–';
  return p < 0.001 ? '<0.001' : (Math.ceil(p * 1000 - 1e-9) / 1000).toFixed(3);
};
