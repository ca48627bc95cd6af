import { flapsByItself, type Plan } from '../../plan/index.ts';
import { type RequestOutcome, requestOutcomes } from '../../timeline/index.ts';
import type { ExpectationResult, OutcomeCounts, RunDocument } from '../document.ts';
import type { JudgeContext } from '../judge-context.ts';
import { listText, numberText, percentText } from '../text.ts';
import { isFailure } from './abort-conditions.ts';
import type { Figures } from './evidence-problems.ts';

// Bounds that hold only because the harm was of a kind, or at a time, that their figure does not count. Whoever wrote
// "at most 0" has not been told the whole; that an expectation names the rest says that it was thought of.

type Expected = Plan['expectations'][number];

/** The greatest value that keeps to an expectation; null where there is none. */
const boundOf = ({ max, equals }: Expected): number | null => max ?? equals;

const names = ({ expectations }: Plan, figure: string): boolean => expectations.some((one) => one.figure === figure);

const counted = (count: number, one: string, many: string): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

type Early = { readonly figure: string; readonly count: number; readonly text: string };

/** Figures that count from the first fault on, and how much of the same there was before it. */
const earlyHarm = (figure: string, { nodes, pods }: Figures): Early | null => {
  if (/^nodes\.(?:byNode\..+\.)?(?:notReadyTransitions|notReadyByKubelet|maxNotReady)$/.test(figure)) {
    const count = nodes.notReadyTransitionsBeforeFault ?? 0;
    const text = `nodes were NotReady before it, too (${counted(count, 'transition', 'transitions')})`;
    return { figure: 'nodes.notReadyTransitionsBeforeFault', count, text };
  }
  if (figure !== 'pods.evicted') return null;
  const count = pods.evictedBeforeFault ?? 0;
  return {
    figure: 'pods.evictedBeforeFault',
    count,
    text: `${counted(count, 'pod was', 'pods were')} evicted before it`,
  };
};

/** Harm from before the first fault. Under settings that lose no node by themselves an abort condition has ended the run. */
const beforeFault = (plan: Plan, figures: Figures, { figure }: Expected): readonly string[] => {
  const early = earlyHarm(figure, figures);
  if (early === null || early.count === 0 || !flapsByItself(plan) || names(plan, early.figure)) return [];
  return [
    `${figure} counts from the first fault on, and ${early.text}: expect ${early.figure} besides, or choose settings that keep nodes Ready without a fault`,
  ];
};

/** Of these requests an expectation speaks: `requests.`, `requests.byPhase.fault.`, `requests.byEntrance.worker2.` */
type Scope = { readonly prefix: string; readonly counts: OutcomeCounts; readonly rest: string };

const scopeOf = (figure: string, requests: RunDocument['requests']): Scope | null => {
  const [, part, name = '', ofPart] = /^requests\.(byPhase|byEntrance)\.([^.]+)\.(.+)$/.exec(figure) ?? [];
  if (part === undefined || ofPart === undefined) {
    return figure.startsWith('requests.') ? { prefix: 'requests.', counts: requests, rest: figure.slice(9) } : null;
  }
  const counts = (part === 'byPhase' ? requests.byPhase : requests.byEntrance)?.[name];
  return counts === undefined ? null : { prefix: `requests.${part}.${name}.`, counts, rest: ofPart };
};

/** How requests failed of which no expectation says anything, and how many did. */
const unnamed = (plan: Plan, { prefix, counts, rest }: Scope) => {
  const isNamed = (outcome: RequestOutcome | 'ok'): boolean =>
    names(plan, `requests.${outcome}`) || names(plan, `${prefix}${outcome}`);
  if (isNamed('ok')) return [];
  return requestOutcomes.flatMap((outcome) => {
    const count = counts[outcome] ?? 0;
    return isFailure(outcome) && outcome !== rest && count > 0 && !isNamed(outcome) ? [{ outcome, count }] : [];
  });
};

/** Share of the requests that a quantile of their latency says nothing of. */
const beyond: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.1, p99: 0.01, max: 0 };

/**
 * Requests that failed in another way than the one that is bounded, a time-out being no better than a refusal: with them
 * the bound would not hold. A bound on latency is kept by whoever was answered alone.
 */
const failedOtherwise = (
  plan: Plan,
  { requests }: Figures,
  expected: Expected,
  observed: number,
): readonly string[] => {
  const scope = scopeOf(expected.figure, requests);
  const bound = boundOf(expected);
  if (scope === null || bound === null) return [];
  const others = unnamed(plan, scope);
  const count = others.reduce((sum, one) => sum + one.count, 0);
  const [, quantile = ''] = /^(?:latencyMs|allLatencyMs)\.(\w+)$/.exec(scope.rest) ?? [];
  const share = beyond[quantile];
  const isOutcome = requestOutcomes.some((outcome) => outcome === scope.rest && isFailure(outcome));
  const hides = share === undefined ? isOutcome && observed + count > bound : count > share * scope.counts.offered;
  if (count === 0 || !hides) return [];
  const how = listText(others.map((one) => `${numberText(one.count)} ${one.outcome}`));
  const besides = listText(others.map((one) => `${scope.prefix}${one.outcome}`));
  return [
    `${expected.figure} holds, and ${percentText(count, scope.counts.offered)} of the requests failed in ways that no expectation names (${how}): expect ${besides} besides`,
  ];
};

/**
 * Why an upper bound that was kept is no pass all the same, in words; empty where none is.
 * @param results of the plan's expectations, in their order
 */
export const uncountedHarm = (
  { plan }: JudgeContext,
  figures: Figures,
  results: readonly ExpectationResult[],
): readonly string[] =>
  plan.expectations.flatMap((expected, index) => {
    const { held, observed = null } = results[index] ?? { held: false };
    if (!held || observed === null || boundOf(expected) === null) return [];
    return [...beforeFault(plan, figures, expected), ...failedOtherwise(plan, figures, expected, observed)];
  });
