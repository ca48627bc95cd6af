import { type FigureSummary, type RunDocument, summaryOf } from '../verdict/index.ts';
import { answersCaveat } from './answers.ts';
import { belowSlowCaveat } from './below-slow.ts';
import { mayDifferOutsideOfRuns } from './conditions/conditions.ts';
import { type ExposureDifference, exposureDifferences } from './exposure.ts';
import { type Figure, type FigureKind, figuresOf } from './figures.ts';
import { alpha, type FigureVerdict, judgeFigure, liesWithin, notMeasured } from './judge.ts';
import { hiddenParts } from './parts/hidden-parts.ts';
import { type DetectionPower, powerOf } from './power.ts';
import { dealsOf } from './statistics/deals.ts';
import { oftenOf, type Unseen } from './statistics/often.ts';
import { harmedOf, permute, ranksOf } from './statistics/permute.ts';
import { shiftOf } from './statistics/shift.ts';
import { type Tolerance, toleranceFor } from './statistics/tolerance.ts';

export type ComparedFigure = {
  readonly figure: string;
  readonly kind: FigureKind;
  /** null: which way is better depends on what is wanted. */
  readonly better: 'lower' | null;
  /** What never came in a run is later than everything that did; a median that falls there is infinite (null in JSON). */
  readonly base: FigureSummary;
  readonly candidate: FigureSummary;
  /** Runs with any of this harm; null where any of it is none, or it is not judged. */
  readonly harmed: { readonly base: number; readonly candidate: number } | null;
  /** Candidate's median less the base's; null where either has none that is finite. */
  readonly difference: number | null;
  /** How far the candidate lies above the base, by rank sums; null where either side has too few runs to say, or no end. */
  readonly ci95: readonly [number, number] | null;
  /** How surely `ci95` holds it, 0.95 or more; null where that is. */
  readonly level: number | null;
  /**
   * In which share of runs at most the candidate may be worse by more than the tolerance (95 % interval), runs that dropped
   * out taken for such; null as `harmed`.
   */
  readonly worseInAtMost: number | null;
  /**
   * How often chance alone would set any judged figure apart as far as this one, how much or how often, the way it went:
   * what the verdict goes by. null: not judged.
   */
  readonly pAdjusted: number | null;
  /** Differences up to this are no regression, in the figure's own unit. */
  readonly tolerance: number;
  readonly verdict: FigureVerdict;
  /** Why, where it is `unknown`; else empty. */
  readonly why: string;
};

/** Repeats that were planned, and those of them that gave no valid evidence. */
export type Dropped = { readonly planned: number; readonly dropped: number };

export type Comparison = {
  readonly verdict: FigureVerdict;
  readonly runs: { readonly base: number; readonly candidate: number };
  /** Enough runs that a difference could be told from chance at all. */
  readonly telling: boolean;
  /** Runs dropped out of one side more than of the other: what is left is no fair sample, and the verdict is unknown. */
  readonly uneven: boolean;
  /** The sides differ in what was given and no run has, or may differ: no figure shows what it does. */
  readonly mayDifferOutsideOfRuns: boolean;
  /** How often chance alone would make any figure look at least as much worse as the worst one here. */
  readonly pWorse: number;
  /** In which share of runs a side may be worse by more than a figure's tolerance, and still be the same. */
  readonly frequencyTolerance: number;
  readonly figures: readonly ComparedFigure[];
};

export type CompareOptions = {
  readonly tolerance: Tolerance;
  /** Of every random choice. */
  readonly seed: number;
  readonly dropped?: { readonly base: Dropped; readonly candidate: Dropped };
};

type Values = readonly (number | null)[];
type Column = {
  readonly figure: Figure;
  readonly base: Values;
  readonly candidate: Values;
  /** Why the sides do not compare in it; null: they do. */
  readonly differs: ExposureDifference | null;
};

/** Whether a column can tell anything: `worse` alone where the candidate was asked less of what gives less of it. */
const detectableOf = ({ figure, base, candidate, differs }: Column): 'all' | 'worse' | 'nothing' => {
  if (!isComplete(base) || !isComplete(candidate)) return 'nothing';
  if (differs === null) return 'all';
  return differs.candidateHasLess && figure.lessGivesLess ? 'worse' : 'nothing';
};

/** The 5 % are there for harm above all: where nothing costs more, a cost takes up little of them. */
const costWeight = 0.1;

const isComplete = (values: Values): values is readonly number[] => values.every((value) => value !== null);

const finite = (value: number | null): number | null => (value === null || !Number.isFinite(value) ? null : value);

const summary = (values: Values): FigureSummary => {
  const { ci95, level, ...rest } = summaryOf(values);
  const ends = ci95?.every(Number.isFinite) === true;
  return {
    ...rest,
    ci95: ends ? ci95 : null,
    level: ends ? (level ?? null) : null,
    seen: values.filter((value) => finite(value) !== null).length,
  };
};

const overall = (compared: readonly ComparedFigure[]): FigureVerdict => {
  const judged = compared.filter(({ kind }) => kind !== 'timing');
  const has = (verdict: FigureVerdict): boolean => judged.some((one) => one.verdict === verdict);
  if (has('worse')) return 'worse';
  // What a harm may have become outranks what a cost did.
  if (judged.some(({ kind, verdict }) => kind === 'harm' && verdict === 'unknown')) return 'unknown';
  return has('better') ? 'better' : 'same';
};

const unseenOf = (dropped: CompareOptions['dropped']): Unseen => ({
  base: dropped?.base.dropped ?? 0,
  candidate: dropped?.candidate.dropped ?? 0,
});

const isUneven = (dropped: CompareOptions['dropped']): boolean =>
  dropped !== undefined &&
  dropped.base.dropped * dropped.candidate.planned !== dropped.candidate.dropped * dropped.base.planned;

/** Every figure of both sides, and everything by which they are told apart, in one family. */
const familyOf = (base: readonly RunDocument[], candidate: readonly RunDocument[], seed: number) => {
  const deals = dealsOf(base.length, candidate.length, seed);
  const differences = exposureDifferences(base, candidate);
  const columns: readonly Column[] = figuresOf([...base, ...candidate]).map((figure) => ({
    figure,
    base: base.map(figure.value),
    candidate: candidate.map(figure.value),
    differs: figure.growsWith === null ? null : differences[figure.growsWith],
  }));
  const statistics = columns.flatMap((column) => {
    const { figure, base: one, candidate: other } = column;
    if (figure.kind === 'timing' || detectableOf(column) === 'nothing' || !isComplete(one) || !isComplete(other))
      return [];
    const all = [...one, ...other];
    if (figure.kind === 'cost') return [{ figure, scores: ranksOf(all), weight: costWeight }];
    return [
      { figure, scores: ranksOf(all), weight: 1 },
      ...(figure.anyIsHarm ? [{ figure, scores: harmedOf(all), weight: 1 }] : []),
    ];
  });
  return { deals, columns, statistics, permuted: permute(deals, statistics) };
};

/** What these runs can tell of one more harm, beside all that varies in them. */
export const powerOfRuns = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  { tolerance, seed, dropped }: CompareOptions,
): DetectionPower => {
  const { deals, permuted } = familyOf(base, candidate, seed);
  return powerOf(deals, tolerance.frequency, permuted.minWorse, unseenOf(dropped));
};

/**
 * Compares the figures of two sets of runs. Pure, and the same for the same runs and seed. Each harm is judged by how
 * often and by how much together. Over the whole comparison, not per figure, a regression is called in at most `alpha`
 * of comparisons of like with like; a harm that differs by more than the tolerances is called the same in at most that share.
 * @param base valid runs, at least one; @param candidate likewise
 */
export const compareRuns = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  { tolerance, seed, dropped }: CompareOptions,
): Comparison => {
  const { deals, columns, statistics, permuted } = familyOf(base, candidate, seed);
  const { worse, better, attainable } = permuted;
  const telling = attainable <= alpha;
  const terms = { deals, tolerance, unseen: unseenOf(dropped) };
  const boundOf = ({ figure, base: one }: Column): number => toleranceFor(tolerance, figure, summary(one).median);
  const bounds = new Map(columns.map((column) => [column.figure.path, boundOf(column)]));
  const parts = hiddenParts(base, candidate, (path) => bounds.get(path) ?? 0, terms);
  /** Why a figure that looks the same, or better, is not known to be; null: it is. */
  const partsCaveat = (path: string, verdict: FigureVerdict, values: readonly number[]): string | null => {
    if (verdict !== 'same' && verdict !== 'better') return null;
    // Of recoveries that are the same more is asked below.
    const hidden = parts(path, verdict);
    const total = verdict === 'same' ? 'the same' : 'less';
    if (hidden.length > 0) return `the total is ${total}, and ${hidden.join(', ')}`;
    // What came after the end of an observation nobody knows, on either side.
    const isCutShort = path === 'steps.recover.timedOut' && values.some((value) => value > 0);
    return isCutShort ? 'recoveries were given up: how long the harm went on is not known' : null;
  };
  const compared = columns.map((column): ComparedFigure => {
    const { figure, base: one, candidate: other, differs } = column;
    const [first, second] = [summary(one), summary(other)];
    const bound = boundOf(column);
    const shared = {
      figure: figure.path,
      kind: figure.kind,
      better: figure.kind === 'timing' ? null : ('lower' as const),
      base: first,
      candidate: second,
      difference: first.median === null || second.median === null ? null : finite(second.median - first.median),
      tolerance: bound,
    };
    const unjudged = { harmed: null, ci95: null, level: null, worseInAtMost: null, pAdjusted: null };
    if (detectableOf(column) === 'nothing' || !isComplete(one) || !isComplete(other)) {
      return { ...shared, ...unjudged, verdict: 'unknown', why: differs?.why ?? notMeasured };
    }
    const shift = shiftOf(one, other, deals);
    const { anyIsHarm } = figure;
    const often = oftenOf(one, other, { tolerance: bound, anyIsHarm }, unseenOf(dropped));
    const at = statistics.findIndex((statistic) => statistic.figure === figure);
    const isHarm = figure.kind === 'harm';
    const pOf = (p: readonly number[]) => ({ much: p[at] ?? 1, often: anyIsHarm ? (p[at + 1] ?? 1) : 1 });
    const p = { worse: pOf(worse), better: pOf(better) };
    const found = judgeFigure({
      kind: figure.kind,
      p,
      shift,
      isWithin: liesWithin(one, other, bound),
      often,
      tolerance: bound,
      frequencyTolerance: tolerance.frequency,
    });
    // Asked less, no more of it proves nothing.
    if (differs !== null && !(telling && found.verdict === 'worse')) {
      return { ...shared, ...unjudged, verdict: 'unknown', why: differs.why };
    }
    const isSameSlow = figure.path === 'requests.slowSeconds' && found.verdict === 'same';
    const caveat =
      partsCaveat(figure.path, found.verdict, other) ??
      (isSameSlow
        ? belowSlowCaveat(base, candidate, terms)
        : answersCaveat(figure.path, found.verdict, base, candidate));
    const judged = caveat === null ? found : { verdict: 'unknown' as const, why: caveat };
    const harmedRuns = (values: readonly number[]): number => values.filter((value) => value > 0).length;
    const ends = shift !== null && Number.isFinite(shift.low) && Number.isFinite(shift.high) ? shift : null;
    return {
      ...shared,
      harmed: anyIsHarm ? { base: harmedRuns(one), candidate: harmedRuns(other) } : null,
      ci95: ends === null ? null : [ends.low, ends.high],
      level: ends?.level ?? null,
      worseInAtMost: isHarm ? often.worse.high : null,
      pAdjusted: at === -1 ? null : Math.min(p.worse.much, p.worse.often, p.better.much, p.better.often),
      ...(telling || judged.verdict === 'same' ? judged : { verdict: 'unknown', why: 'too few runs' }),
    };
  });
  const uneven = isUneven(dropped);
  const outside = mayDifferOutsideOfRuns(base, candidate);
  const found = overall(compared);
  return {
    verdict: uneven || !telling || (outside && found !== 'worse') ? 'unknown' : found,
    runs: { base: base.length, candidate: candidate.length },
    telling,
    uneven,
    mayDifferOutsideOfRuns: outside,
    pWorse: Math.min(1, ...worse),
    frequencyTolerance: tolerance.frequency,
    figures: compared,
  };
};
