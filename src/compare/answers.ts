import type { RunDocument } from '../verdict/index.ts';
import { summaryOf } from '../verdict/index.ts';
import { isAt, recoveriesOf } from './figures.ts';
import type { FigureVerdict } from './judge.ts';

// What is answered has a latency; what is not has none. Where the sides answer other requests, latencies do not compare.

const medianOf = (values: readonly (number | null)[]): number | null => summaryOf(values).median;

/** Whether a figure is of answers alone. */
const isOfAnswers = (path: string): boolean => /\.(?:latencyMs|plannedLatencyMs)\.|\.slowSeconds$/.test(path);

type Unanswered = { readonly perRun: number; readonly share: number; readonly median: number };

/** How many requests of a side got no answer, however they ended. @param unknown what stands for those of a run of which that is not known */
const unansweredOf = (runs: readonly RunDocument[], unknown: 'none' | 'all'): Unanswered => {
  const counts = runs.map(({ requests: { ok, httpError, offered } }) =>
    ok === null || httpError === null ? (unknown === 'none' ? 0 : offered) : offered - ok - httpError,
  );
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    perRun: mean(counts),
    share: mean(counts.map((count, run) => count / Math.max(1, runs[run]?.requests.offered ?? 0))),
    median: medianOf(counts) ?? 0,
  };
};

/**
 * Whether more of the candidate's requests were not answered, or may have been: they are in no latency of answers, so that
 * it must not count as faster.
 */
const answersLess = (base: readonly RunDocument[], candidate: readonly RunDocument[]): boolean => {
  const [one, other] = [unansweredOf(base, 'none'), unansweredOf(candidate, 'all')];
  return other.perRun > one.perRun || other.share > one.share;
};

/** So few requests are lone ones; more of them may be what makes a mean, or p99 with others, slower where they are answered. */
const manyUnanswered = 0.001;

/**
 * Whether what the base left unanswered may be why a candidate that answers it looks slower: so many more of its requests,
 * or, of the slowest answer, some in most of its runs. A few lone ones hide no regression.
 */
const mayOnlyAnswerMore = (path: string, base: readonly RunDocument[], candidate: readonly RunDocument[]): boolean => {
  const [one, other] = [unansweredOf(base, 'none'), unansweredOf(candidate, 'none')];
  return path.endsWith('.max') ? one.median > other.median : one.share - other.share > manyUnanswered;
};

/** Phases in which requests were due and none was answered, of each run; recoveries, too. */
const silentPhases = ({ requests }: RunDocument): readonly string[] =>
  Object.entries(requests.byPhase).flatMap(([name, { offered, ok, httpError }]) =>
    offered > 0 && ok === 0 && httpError === 0 ? [name] : [],
  );

/** Whether a phase got no answer in some runs and some in others: its latencies are then of some runs alone. */
const isAnsweredInSome = (path: string, runs: readonly RunDocument[]): boolean => {
  const silent = runs.map((run) =>
    silentPhases(run).filter(
      (phase) => isAt(path, `requests.byPhase.${phase}.latencyMs.*`) || path.startsWith('requests.byPhase.*.'),
    ),
  );
  return new Set(silent.map((names) => names.join(' '))).size > 1;
};

/** How long the answers of recoveries of a run took, in ms together, and how many there were; null: not known. */
export const recoveryAnswers = (
  run: RunDocument,
  recoveries: readonly string[] = recoveriesOf(run),
): { readonly sumMs: number; readonly answered: number } | null => {
  const { requests } = run;
  let [sumMs, answered] = [0, 0];
  for (const name of recoveries) {
    const counts = requests.byPhase[name];
    if (counts?.ok == null || counts.httpError === null) return null;
    const own = counts.ok + counts.httpError;
    if (own === 0) continue;
    if (counts.latencyMs.mean == null) return null;
    sumMs += counts.latencyMs.mean * own;
    answered += own;
  }
  return { sumMs, answered };
};

/** The mean answer of all recoveries of a run, in ms; null where that is not known. */
const recoveryMean = (run: RunDocument): number | null => {
  const found = recoveryAnswers(run);
  return found === null || found.answered === 0 ? null : found.sumMs / found.answered;
};

/** Means of recoveries so close to each other are the same. */
const sameMean = { share: 0.1, ms: 0.5 } as const;

/**
 * Whether recoveries of one side have slower answers than those of the other on the mean, too: a longer one has more of those
 * that a service always has now and then.
 */
const isSlowerOnTheMean = (slow: readonly RunDocument[], other: readonly RunDocument[]): boolean => {
  const [one, two] = [slow, other].map((runs) => medianOf(runs.map(recoveryMean)));
  return one != null && two != null && one > two + Math.max(sameMean.ms, sameMean.share * two);
};

/** By so much more a recovery is longer. */
const longerBy = 1.1;

/**
 * Whether recoveries of one side had more answers than those of the other, on the mean or the longest of them, or may have had.
 */
const mayBeLonger = (long: readonly RunDocument[], other: readonly RunDocument[]): boolean => {
  const [one, two] = [long, other].map((runs) => runs.map((run) => recoveryAnswers(run)?.answered ?? null));
  const known = [one, two].map((counts) => (counts ?? []).flatMap((count) => (count === null ? [] : [count])));
  const [ours = [], theirs = []] = known;
  if (ours.length < long.length || theirs.length < other.length) return true;
  const mean = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return mean(ours) > longerBy * mean(theirs) || Math.max(...ours) > longerBy * Math.max(...theirs);
};

/** Why a figure of answers alone does not tell which side is faster; null: it does, or is of something else. */
export const answersCaveat = (
  path: string,
  verdict: FigureVerdict,
  base: readonly RunDocument[],
  candidate: readonly RunDocument[],
): string | null => {
  if (!isOfAnswers(path) || (verdict !== 'better' && verdict !== 'worse')) return null;
  const isWorse = verdict === 'worse';
  if (!isWorse && answersLess(base, candidate)) return 'only answers count here, and more requests got none';
  if (isWorse && mayOnlyAnswerMore(path, base, candidate))
    return 'only answers count here, and fewer requests got none';
  if (path.startsWith('requests.byPhase.') && isAnsweredInSome(path, [...base, ...candidate]))
    return 'a phase got no answer in some of the runs';
  if (path !== 'requests.slowSeconds') return null;
  const [slow, other] = isWorse ? [candidate, base] : [base, candidate];
  return mayBeLonger(slow, other) && !isSlowerOnTheMean(slow, other)
    ? 'recoveries differ in length, and not in their mean answer'
    : null;
};
