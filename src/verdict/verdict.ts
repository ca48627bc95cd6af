import { isCount } from '../figures/index.ts';
import type { ExpectationResult, Verdict } from './document.ts';
import { evidenceProblems, type Figures } from './evidence/evidence-problems.ts';
import type { AssessedFault } from './evidence/faults/faults.ts';
import { endedTooEarly, lateRecoveries } from './evidence/recovery.ts';
import { isExceeded } from './expectations.ts';
import { unspokenHarm } from './harm/unspoken.ts';
import type { JudgeContext } from './judge-context.ts';
import { numberText } from './text.ts';

/** Whether a figure is one of a phase that was not begun, for the cluster had not recovered before it. */
const neverBegun = (figure: string, { steps }: Figures): boolean => {
  const [, phase = null] = /^requests\.byPhase\.([^.]+)\./.exec(figure) ?? [];
  return phase !== null && lateRecoveries(steps).length > 0 && !steps.some(({ name }) => name === phase);
};

/** Why an expected figure is null: what it rests on was blind, nobody asked, or it never happened. */
const figureReasons = (figures: Figures, expectations: readonly ExpectationResult[]): string[] => {
  const { requests, unknown = [] } = figures;
  return expectations.flatMap(({ figure, observed, atLeast }) => {
    if (observed !== null || atLeast !== undefined || neverBegun(figure, figures)) return [];
    const known = unknown.find((one) => one.figure === figure);
    if (known !== undefined) return [`${figure} is not known: ${known.why}`];
    const [, phase = null] = /^requests\.byPhase\.([^.]+)\./.exec(figure) ?? [];
    const [, entrance = null] = /^requests\.byEntrance\.([^.]+)\./.exec(figure) ?? [];
    if (entrance !== null && (requests.byEntrance?.[entrance]?.offered ?? 0) === 0)
      return [`${figure} is not known: no request entered through ${entrance}`];
    const asked = phase === null ? requests : requests.byPhase[phase];
    return figure.startsWith('requests.') && asked?.offered === 0
      ? [`${figure} is not known: no request was due${phase === null ? '' : ` in ${phase}`}`]
      : [`${figure} was not observed`];
  });
};

/**
 * Expectations that the record refutes for sure, in words. What was seen is seen: a count that is above its bound stays so,
 * whatever is not known besides. @param complete whether the run was watched to its end
 */
const refuted = (
  { plan }: JudgeContext,
  figures: Figures,
  results: readonly ExpectationResult[],
  complete: boolean,
): string[] =>
  results.flatMap((result, index) => {
    const { figure, expected, observed, held, atLeast } = result;
    const expectation = plan.expectations[index];
    if (held || expectation === undefined) return [];
    if (observed === null) {
      if (neverBegun(figure, figures)) return [`${figure}: expected ${expected}, and its phase was not begun`];
      return atLeast === undefined ? [] : [`${figure}: expected ${expected}, observed at least ${numberText(atLeast)}`];
    }
    const sure = complete || (isCount(figure) && isExceeded(expectation, observed));
    return sure ? [`${figure}: expected ${expected}, observed ${numberText(observed)}`] : [];
  });

/** What the model knows nothing of may have decided who was evicted from a node that was lost. */
const leftOutOfModel = ({ plan, window }: JudgeContext, { nodes }: Figures): string[] =>
  window.started?.predicted === true && nodes.notReadyTransitions !== 0
    ? (plan.profile.leftOut ?? []).map((setting) => `who is evicted is not known to the model: ${setting}`)
    : [];

/**
 * Evidence comes first: where it is not valid the run is inconclusive whatever its figures say, for a fault that was
 * not proved can neither pass a configuration nor fail it. Then a recovery that did not come in time is a fail, as is one
 * expectation that is refuted by what was seen. Where nothing is, a run that leaves something open is inconclusive.
 */
export const decide = (
  context: JudgeContext,
  figures: Figures,
  faults: readonly AssessedFault[],
  expectations: readonly ExpectationResult[],
): { readonly verdict: Verdict; readonly reasons: readonly string[]; readonly evidenceValid?: boolean } => {
  const problems = evidenceProblems(context, figures, faults);
  const early = endedTooEarly(context, figures.steps);
  const leftOut = leftOutOfModel(context, figures);
  const open = [
    ...early,
    ...leftOut,
    ...figureReasons(figures, expectations),
    ...unspokenHarm(context, figures, expectations),
  ];
  const late = lateRecoveries(figures.steps);
  // Of a run that did not come to its end, all that is missing is missing because of that.
  const isOver = context.window.ended?.outcome === 'completed';
  if (problems.length > 0) return { verdict: 'inconclusive', reasons: [...problems, ...(isOver ? open : []), ...late] };
  const found = [...late, ...refuted(context, figures, expectations, early.length === 0)];
  // What was refuted is; what else was seen may be no more than a part.
  const isValid = early.length === 0 && leftOut.length === 0;
  if (found.length > 0)
    return { verdict: 'fail', reasons: [...found, ...open], ...(isValid ? {} : { evidenceValid: false }) };
  if (open.length === 0) return { verdict: 'pass', reasons: [] };
  return { verdict: 'inconclusive', reasons: open, ...(isValid ? { evidenceValid: true } : {}) };
};
