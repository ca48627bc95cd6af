import { type RunDocument, summaryOf } from '../verdict/index.ts';
import { recoveryAnswers } from './answers.ts';
import { figures, recoveriesOf } from './figures.ts';
import { judgeFigure } from './judge.ts';
import type { Deals } from './statistics/deals.ts';
import { oftenOf, type Unseen } from './statistics/often.ts';
import { shiftOf } from './statistics/shift.ts';
import { type Tolerance, toleranceFor } from './statistics/tolerance.ts';

// `requests.slowSeconds` is of what answers of recoveries take beyond 20 ms each: what they take up to there it does not show.

type Answers = ReturnType<typeof recoveryAnswers>;

/** Answers of all recoveries of a run, less what is in `slowSeconds`, so that none counts more than 20 ms. */
const withoutSlow = (run: RunDocument): Answers => {
  const { slowSeconds = null } = run.requests;
  const found = recoveryAnswers(run);
  return found === null || slowSeconds === null ? null : { ...found, sumMs: found.sumMs - slowSeconds * 1000 };
};

/** The mean of the answers of each run, in ms. null: not known of a run, or it has none and others have; empty: none has any. */
const meansOf = (all: readonly Answers[]): readonly number[] | null => {
  if (all.every((one) => one?.answered === 0)) return [];
  const means = all.flatMap((one) => (one === null || one.answered === 0 ? [] : [one.sumMs / one.answered]));
  return means.length === all.length ? means : null;
};

/** The figure by whose tolerance they are the same. */
const meanOfPhase = 'requests.byPhase.*.latencyMs.mean';

const byChance = { much: 1, often: 1 };

type Judging = { readonly deals: Deals; readonly tolerance: Tolerance; readonly unseen: Unseen };

/** Why these answers of both sides are not the same, by the tolerance of the mean of a phase; null: they are. */
const differ = (
  base: readonly Answers[],
  candidate: readonly Answers[],
  { deals, tolerance, unseen }: Judging,
): string | null => {
  const [one, other] = [meansOf(base), meansOf(candidate)];
  if (one === null || other === null)
    return 'how long answers of recoveries took below 20 ms is not known of every run';
  if (one.length === 0 && other.length === 0) return null;
  if (one.length === 0 || other.length === 0) return 'recoveries got no answer on one side';
  const minTolerance = figures.find(({ path }) => path === meanOfPhase)?.minTolerance ?? 0;
  const bound = toleranceFor(tolerance, { path: meanOfPhase, minTolerance }, summaryOf(one).median);
  const { verdict } = judgeFigure({
    kind: 'harm',
    p: { worse: byChance, better: byChance },
    shift: shiftOf(one, other, deals),
    isWithin: false,
    often: oftenOf(one, other, { tolerance: bound, anyIsHarm: true }, unseen),
    tolerance: bound,
    frequencyTolerance: tolerance.frequency,
  });
  return verdict === 'same' ? null : 'answers of recoveries may differ by more than the tolerance below 20 ms each';
};

/**
 * Why recoveries of both sides with the same slow answers are not the same; null: their answers up to 20 ms are the same as
 * well. That they differ makes neither side worse: a longer recovery has fewer slow answers in a hundred, each of which counts
 * 20 ms here. Of several recoveries each is held by itself, too, with all that is slow in it: a long one dilutes another.
 */
export const belowSlowCaveat = (
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
  judging: Judging,
): string | null => {
  const names = [...new Set([...base, ...candidate].flatMap(recoveriesOf))];
  const of = (pick: (run: RunDocument) => Answers): string | null =>
    differ(base.map(pick), candidate.map(pick), judging);
  const each = names.length < 2 ? [] : names.map((name) => of((run) => recoveryAnswers(run, [name])));
  return [of(withoutSlow), ...each].find((why) => why !== null) ?? null;
};
