import { fewerThan } from '../../common/statistics.ts';

/** How much more often than in the base something is so in the candidate; -1 to 1, at 95 %. */
export type OftenInterval = { readonly seen: number; readonly low: number; readonly high: number };

const halfOutside = 0.025;

const memory = new Map<string, number>();

/** Clopper and Pearson's upper end of a chance. */
const upper = (seen: number, of: number): number => {
  if (seen === of) return 1;
  const key = `${seen} ${of}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  let [low, high] = [seen / of, 1];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (fewerThan(seen + 1, of, middle) > halfOutside) low = middle;
    else high = middle;
  }
  memory.set(key, high);
  return high;
};

const lower = (seen: number, of: number): number => 1 - upper(of - seen, of);

/**
 * The difference of two chances, from the exact interval of each. Where the true difference is `d` or more, the upper end
 * lies at `d` or less in at most 5 % of cases; likewise below (a test counts it out).
 * @see Newcombe, Interval estimation for the difference between independent proportions (1998), the square-and-add of
 *   method 10, here with Clopper and Pearson's ends in the place of Wilson's
 */
export const oftenerBy = (base: number, ofBase: number, candidate: number, ofCandidate: number): OftenInterval => {
  const [one, other] = [base / ofBase, candidate / ofCandidate];
  const seen = other - one;
  return {
    seen,
    low: seen - Math.hypot(other - lower(candidate, ofCandidate), upper(base, ofBase) - one),
    high: seen + Math.hypot(upper(candidate, ofCandidate) - other, one - lower(base, ofBase)),
  };
};

const above = (values: readonly number[], bound: number): number =>
  values.reduce((count, value) => count + Number(value > bound), 0);

/** Runs that gave no valid evidence, of each side: nobody knows what they would have shown. */
export type Unseen = { readonly base: number; readonly candidate: number };

type Part = { readonly values: readonly number[]; readonly unseen: number };

/** The tolerance in the figure's own unit, and whether any of it is harm, be it within that. */
export type Bounds = { readonly tolerance: number; readonly anyIsHarm: boolean };

/**
 * The greatest excess over all levels: of how many runs `many` has more than `few`, in the figure and at most. What was
 * not seen counts in the most alone, and there against it: clean in `few`, harmed in `many`.
 */
const excess = (
  few: Part,
  many: Part,
  { tolerance, anyIsHarm }: Bounds,
): { readonly seen: number; readonly high: number } => {
  const at = (level: number, over: number) => {
    const [fewAbove, manyAbove] = [above(few.values, level), above(many.values, level + over)];
    const [fewRuns, manyRuns] = [few.values.length, many.values.length];
    const { seen } = oftenerBy(fewAbove, fewRuns, manyAbove, manyRuns);
    const { high } = oftenerBy(fewAbove, fewRuns + few.unseen, manyAbove + many.unseen, manyRuns + many.unseen);
    return { seen, high };
  };
  let worst = anyIsHarm ? at(0, 0) : at(0, tolerance);
  for (const level of new Set([0, ...few.values])) {
    const one = at(level, tolerance);
    worst = { seen: Math.max(worst.seen, one.seen), high: Math.max(worst.high, one.high) };
  }
  return worst;
};

/**
 * In which share of runs the sides may differ by more than the tolerance, any harm being one such difference where it is one: over
 * every level there is, the share of runs of one side above it by more than the tolerance, less that of the other side
 * above it. So a harm that is rare, or great in a few runs only, shows however little the medians differ.
 * @param bounds the tolerance in the figure's own unit, and whether any of it is harm
 */
export const oftenOf = (
  base: readonly number[],
  candidate: readonly number[],
  bounds: Bounds,
  unseen: Unseen = { base: 0, candidate: 0 },
) => {
  const one = { values: base, unseen: unseen.base };
  const other = { values: candidate, unseen: unseen.candidate };
  return {
    /** Runs with any harm. */
    harmed: oftenerBy(above(base, 0), base.length, above(candidate, 0), candidate.length),
    /** Of how many runs more the candidate is the worse one. */
    worse: excess(one, other, bounds),
    better: excess(other, one, bounds),
  };
};

export type Often = ReturnType<typeof oftenOf>;
