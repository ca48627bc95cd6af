import { fewerThan } from '../common/statistics.ts';
import { alpha, pText } from './judge.ts';
import { type Deals, dealsOf, sharesOf, sumsOf } from './statistics/deals.ts';
import { oftenerBy, type Unseen } from './statistics/often.ts';
import { shareAtMost } from './statistics/permute.ts';

/** What so many runs can tell of a harm that the base never has; chances and shares from 0 to 1. */
export type DetectionPower = {
  readonly base: number;
  readonly candidate: number;
  /** In so many of the candidate's runs it is told from chance, with that p; null: not even in all of them. */
  readonly seen: { readonly runs: number; readonly p: number } | null;
  /** The most runs in which it is not; null: seen in one already. */
  readonly unseen: { readonly runs: number; readonly p: number } | null;
  /** True chance of the harm from which four comparisons of five see it; null as `seen`. */
  readonly seenFromChance: number | null;
  /** Where neither side shows it: in which share of runs at most the candidate may have it all the same. */
  readonly open: number;
  /** Runs of both sides that dropped out, each of which `open` takes for one with the harm. */
  readonly dropped: number;
  /** So many runs a side, all without it, show that it is within the frequency tolerance; null: 10,000 do not. */
  readonly neededPerSide: number | null;
};

const power = 0.8;

const chanceSeen = (min: number, of: number): number => {
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step += 1) {
    const middle = (low + high) / 2;
    if (1 - fewerThan(min, of, middle) < power) low = middle;
    else high = middle;
  }
  return high;
};

const maxNeeded = 10_000;

const neededFor = (frequencyTolerance: number): number | null => {
  let runs = 1;
  while (oftenerBy(0, runs, 0, runs).high > frequencyTolerance && runs <= maxNeeded) runs += 1;
  return runs > maxNeeded ? null : runs;
};

/**
 * What a comparison of that size tells, by its own machinery.
 * @param minWorse of the statistics that vary besides; none in a plan, before anything is known
 */
export const powerOf = (
  deals: Deals,
  frequencyTolerance: number,
  minWorse: Float64Array = new Float64Array(deals.count).fill(1),
  unseen: Unseen = { base: 0, candidate: 0 },
): DetectionPower => {
  const { candidate, runs: all } = deals;
  const base = all - candidate;
  const pOf = (harmed: number): number => {
    const scores = Array.from({ length: all }, (_, run) => Number(run >= all - harmed));
    const { atLeast } = sharesOf(sumsOf(deals, scores));
    return shareAtMost(
      minWorse.map((min, deal) => Math.min(min, atLeast[deal] as number)),
      atLeast[0] as number,
    );
  };
  let missed: DetectionPower['unseen'] = null;
  let seen: DetectionPower['seen'] = null;
  for (let runs = 1; runs <= candidate && seen === null; runs += 1) {
    const p = pOf(runs);
    if (p <= alpha) seen = { runs, p };
    else missed = { runs, p };
  }
  return {
    base,
    candidate,
    seen,
    unseen: missed,
    seenFromChance: seen === null ? null : chanceSeen(seen.runs, candidate),
    // Of a side with few runs less is known than of the other: both ways count.
    open: Math.max(
      oftenerBy(0, base + unseen.base, unseen.candidate, candidate + unseen.candidate).high,
      oftenerBy(0, candidate + unseen.candidate, unseen.base, base + unseen.base).high,
    ),
    dropped: unseen.base + unseen.candidate,
    neededPerSide: neededFor(frequencyTolerance),
  };
};

/** The same for runs that are still to be made. */
export const powerOfRepeats = (perSide: number, frequencyTolerance: number): DetectionPower =>
  powerOf(dealsOf(perSide, perSide, 1), frequencyTolerance);

const percentUp = (share: number): string => `${Math.min(100, Math.ceil(share * 100 - 1e-9))} %`;

const sidesText = (base: number, candidate: number): string =>
  base === candidate ? `${base} a side` : `${base} against ${candidate}`;

/** `5 a side: a harm in 4 of 5 runs against none is seen (p 0.024), in 3 of 5 it is not (p 0.083); …` */
export const powerText = (power: DetectionPower, frequencyTolerance: number): string => {
  const { base, candidate, seen, unseen, seenFromChance, open, dropped, neededPerSide } = power;
  const p = (value: number): string => `p ${pText(value)}`;
  const many = (runs: number): string =>
    runs === candidate ? `every run (${runs} of ${candidate})` : `${runs} of ${candidate} runs`;
  const visible =
    seen === null || seenFromChance === null
      ? `not even a harm in ${many(candidate)} against none is told from chance (${p(unseen?.p ?? 1)})`
      : `a harm in ${many(seen.runs)} against none is seen (${p(seen.p)})${
          unseen === null ? '' : `, in ${unseen.runs} of ${candidate} it is not (${p(unseen.p)})`
        }; one with a chance of ${percentUp(seenFromChance)} is seen 4 times of 5`;
  const counted = dropped === 0 ? '' : `, the ${dropped} that dropped out taken for such`;
  const needed =
    neededPerSide === null
      ? 'more than 10,000 a side would be needed to show that it is within the frequency tolerance'
      : `${neededPerSide} a side would show at most ${percentUp(frequencyTolerance)}`;
  const clean =
    open <= frequencyTolerance
      ? `No harm in any run shows that it is worse in at most ${percentUp(open)} of runs${counted}, which is within the frequency tolerance.`
      : `No harm in any run leaves open that it is worse in up to ${percentUp(open)} of runs${counted}; ${needed}.`;
  return `${sidesText(base, candidate)}: ${visible}. ${clean}`;
};
