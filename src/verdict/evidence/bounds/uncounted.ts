import type { Plan } from '../../../plan/index.ts';
import { isFailure, requestOutcomes } from '../../../timeline/index.ts';
import type { ExpectationResult, RunDocument } from '../../document.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { listText, nodeList, numberText, percentText } from '../../text.ts';
import type { Figures } from '../evidence-problems.ts';
import { afterFault, beforeFault, evictedUncounted, lostBeforeCounting, momentBefore } from './before-fault.ts';
import { boundOf, counted, type Expected, whyUnknown } from './bounds.ts';
import { cannotFail, spokenOf } from './cannot-fail.ts';
import { harmLeftOut } from './left-out.ts';
import { lossesOf, lossFigure, speaksOf } from './losses.ts';
import { atRisk, boundsFailures, type Failed, partsOf, type Requests, unnamed } from './parts.ts';

// Bounds that hold only because the harm was of a kind, at a time, or in a place that their figure does not count. Whoever wrote
// "at most 0" does not see the whole; that an expectation names the rest says that it was thought of.

/** Of these an expectation speaks, and of the others it says nothing. */
type Scope = Requests & { readonly rest: string; readonly elsewhere: readonly Requests[] };

const scopeOf = (context: JudgeContext, figure: string, requests: RunDocument['requests']): Scope | null => {
  const [, part, name = '', ofPart] = /^requests\.(byPhase|byEntrance)\.([^.]+)\.(.+)$/.exec(figure) ?? [];
  if ((part !== 'byPhase' && part !== 'byEntrance') || ofPart === undefined) {
    return figure.startsWith('requests.')
      ? { prefix: 'requests.', counts: requests, rest: figure.slice(9), elsewhere: [] }
      : null;
  }
  const counts = requests[part]?.[name];
  const elsewhere = partsOf(context, part, requests).filter((one) => one.name !== name);
  return counts === undefined ? null : { prefix: `requests.${part}.${name}.`, counts, rest: ofPart, elsewhere };
};

/** Whether some requests are to fail. */
export const expectsFailures = ({ expectations }: Plan): boolean =>
  expectations.some(
    ({ figure, min, equals }) =>
      (min ?? equals ?? 0) > 0 &&
      requestOutcomes.some((outcome) => isFailure(outcome) && figure === `requests.${outcome}`),
  );

/** Requests that failed, of which no expectation of the whole run speaks. */
export const unnamedFailures = (plan: Plan, requests: RunDocument['requests']): readonly Failed[] =>
  unnamed({ plan, requests }, { prefix: 'requests.', counts: requests }, null);

/**
 * Parts of the requests of which it is not known how they ended, in words: any of them may have failed. Where an
 * expectation speaks of such a part that one is not known itself, and says so.
 */
const unknownParts = ({ plan }: JudgeContext, figures: Figures, parts: readonly Requests[]): readonly string[] =>
  parts.flatMap(({ prefix, counts }) => {
    const isOpen = plan.expectations.some(
      ({ figure }) => figure.startsWith(prefix) && whyUnknown(figures, figure) !== null,
    );
    const nobodyAsked = prefix.startsWith('requests.byEntrance.') && counts.offered === 0;
    const whys = requestOutcomes.filter(isFailure).map((outcome) => whyUnknown(figures, `${prefix}${outcome}`));
    const why = whys.find((one) => one !== null) ?? (nobodyAsked ? 'no request entered there' : null);
    return why === null || isOpen ? [] : [`${prefix.slice(0, -1)}: ${why}`];
  });

/**
 * Likewise in the phases (as `disturbed` has them), or through the entrances, that are not the one of a figure. They are
 * named, too, where expectations speak of each part of them that has such a failure, cut the other way.
 */
const unnamedElsewhere = (context: JudgeContext, { elsewhere, prefix }: Scope, requests: RunDocument['requests']) => {
  const asked = { plan: context.plan, requests };
  const others = elsewhere.flatMap((one) => unnamed(asked, one, null));
  if (others.length === 0) return [];
  const cut = partsOf(context, prefix.startsWith('requests.byPhase.') ? 'byEntrance' : 'byPhase', requests);
  const open = new Set(cut.flatMap((one) => unnamed(asked, one, null)).map(({ outcome }) => outcome));
  return others.filter(({ outcome }) => open.has(outcome));
};

/** Share of the requests that a quantile of their latency, or their mean, says nothing of. */
const beyond: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.1, p99: 0.01, max: 0, mean: 0, slowSeconds: 0 };

const sumOf = (failed: readonly Failed[]): number => failed.reduce((sum, { count }) => sum + count, 0);

/**
 * Requests that failed in another way, in another phase, or through another entrance than the one that is bounded, a
 * time-out being no better than a refusal and the second after a fault no better than its last. A bound on latency is kept by
 * whoever was answered alone.
 */
const failedOtherwise = (context: JudgeContext, figures: Figures, expected: Expected): readonly string[] => {
  const { requests } = figures;
  const scope = scopeOf(context, expected.figure, requests);
  const bound = boundOf(expected);
  if (scope === null || bound === null) return [];
  const others = unnamed({ plan: context.plan, requests }, scope, scope.rest);
  const outside = unnamedElsewhere(context, scope, requests);
  const count = sumOf(others) + sumOf(outside);
  const [, quantile = ''] =
    /^(?:(?:latencyMs|plannedLatencyMs|allLatencyMs)\.(?=\w+$)|(?=slowSeconds$))(\w+)$/.exec(scope.rest) ?? [];
  const share = beyond[quantile];
  const isOutcome = requestOutcomes.some((outcome) => outcome === scope.rest && isFailure(outcome));
  const { offered } = scope.counts;
  const allOffered = scope.elsewhere.reduce((sum, one) => sum + one.counts.offered, offered);
  // A bound with room for them shows them as little as one without.
  const hides =
    share === undefined
      ? isOutcome && count > 0
      : sumOf(others) > share * Math.min(offered, atRisk(scope, requests)) ||
        (outside.length > 0 && count > share * allOffered);
  // Of how many were offered nothing is hidden.
  const unknown = isOutcome || share !== undefined ? unknownParts(context, figures, scope.elsewhere) : [];
  const open = unknown.map(
    (part) => `${expected.figure} holds, and how requests ended outside of it is not known (${part})`,
  );
  if (!hides) return open;
  const how = listText(others.map((one) => `${numberText(one.count)} ${one.outcome}`));
  return [
    ...open,
    ...(others.length === 0
      ? []
      : [
          `${expected.figure} holds, and ${percentText(sumOf(others), offered)} of the requests failed in ways that no expectation names (${how}): expect ${listText(others.map(({ figure }) => figure))} besides`,
        ]),
    ...(outside.length === 0
      ? []
      : [
          `${expected.figure} holds, and ${counted(sumOf(outside), 'request', 'requests')} failed outside of it, of which no expectation speaks: expect ${listText(outside.map((one) => `${one.figure} (${numberText(one.count)})`))} besides`,
        ]),
  ];
};

/**
 * Neither is the end of refusals the end of harm where requests failed otherwise, too, nor the first refusal its beginning:
 * nobody says when these were.
 */
const failedAtOtherTimes = ({ plan }: JudgeContext, { requests }: Figures, expected: Expected): readonly string[] => {
  const { figure, min, equals } = expected;
  const isEnd = figure === 'timing.lastRefusedMs' && boundOf(expected) !== null;
  const isBeginning = figure === 'timing.firstRefusedMs' && (min ?? equals ?? boundOf(expected)) !== null;
  if (!isEnd && !isBeginning) return [];
  const others = unnamed({ plan, requests }, { prefix: 'requests.', counts: requests }, 'refused');
  if (others.length === 0) return [];
  const how = listText(others.map((one) => `${numberText(one.count)} ${one.outcome}`));
  return [
    `${figure} holds, and requests failed in ways that it says nothing of (${how}): expect ${listText(others.map((one) => one.figure))} besides`,
  ];
};

/** Nodes that were NotReady otherwise: another than the one that is bounded, or not by their kubelet's own word. */
const lostOtherwise = (plan: Plan, { nodes }: Figures, expected: Expected): readonly string[] => {
  const { figure } = expected;
  const bound = boundOf(expected);
  const of = lossFigure(figure);
  if (of === null || bound === null) return [];
  const others = lossesOf(nodes).filter((losses) => !plan.expectations.some((one) => speaksOf(one, losses)));
  const names = [...new Set(others.map(({ node }) => node))];
  const count = others.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return [];
  return [
    `${figure} holds, and ${nodeList(names)} went NotReady otherwise (${counted(count, 'transition', 'transitions')}), of which no expectation speaks: expect nodes.notReadyTransitions besides`,
  ];
};

/**
 * Why an upper bound that was kept is no pass all the same, in words; empty where none is.
 * @param results of the plan's expectations, in their order
 */
export const uncountedHarm = (
  context: JudgeContext,
  figures: Figures,
  results: readonly ExpectationResult[],
): readonly string[] => {
  const { expectations } = context.plan;
  const { requests } = figures;
  const run = { plan: context.plan, requests, endMs: context.window.ended?.atMs ?? null };
  const plan = { ...context.plan, expectations: spokenOf(run) };
  const spoken = { ...context, plan };
  const boundsAnswers = boundsFailures({ plan, requests }, { prefix: 'requests.', counts: requests });
  const kept = expectations.flatMap((expected, index) => {
    const { held, observed = null } = results[index] ?? { held: false };
    return held && observed !== null ? [{ expected, observed }] : [];
  });
  const each = kept.flatMap(({ expected, observed }) => {
    const before = [
      ...beforeFault(plan, figures, expected),
      ...momentBefore(spoken, figures, expected),
      ...failedAtOtherTimes(spoken, figures, expected),
    ];
    if (boundOf(expected) === null) return before;
    return [
      ...before,
      ...cannotFail(run, expected, observed),
      ...afterFault(plan, figures, expected),
      ...lostBeforeCounting(spoken, expected, observed),
      ...evictedUncounted(spoken, expected, observed),
      ...failedOtherwise(spoken, figures, expected),
      ...lostOtherwise(plan, figures, expected),
    ];
  });
  // What is left to expect besides these shows when they are.
  return each.length > 0
    ? each
    : harmLeftOut(
        spoken,
        figures,
        kept.map(({ expected }) => expected),
        boundsAnswers,
      );
};
