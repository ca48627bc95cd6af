import type { Plan } from '../../../plan/index.ts';
import { flapsByItself } from '../../../plan/index.ts';
import { isFailure, type RequestOutcome, requestOutcomes } from '../../../timeline/index.ts';
import type { OutcomeCounts, RunDocument } from '../../document.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { failedOf } from '../abort-conditions.ts';
import { names } from './bounds.ts';

// Requests, cut by phase or by entrance, and which of their failures no expectation names.

/** Requests of which figures speak: `requests.`, `requests.byPhase.fault.`, `requests.byEntrance.worker2.` */
export type Requests = { readonly prefix: string; readonly counts: OutcomeCounts };

/** The phases from the first fault on; all, where the settings do harm before it, too. */
const disturbed = ({ plan, window: { phases, countFromMs } }: JudgeContext): readonly string[] =>
  phases.flatMap(({ name, endMs }) =>
    flapsByItself(plan) || (countFromMs !== null && (endMs ?? Infinity) > countFromMs) ? [name] : [],
  );

export const partsOf = (
  context: JudgeContext,
  part: 'byPhase' | 'byEntrance',
  { byPhase, byEntrance = {} }: RunDocument['requests'],
): readonly (Requests & { readonly name: string })[] => {
  const counted = disturbed(context);
  const all =
    part === 'byPhase'
      ? Object.entries(byPhase).filter(([name]) => counted.includes(name))
      : Object.entries(byEntrance);
  return all.map(([name, counts]) => ({ name, counts, prefix: `requests.${part}.${name}.` }));
};

/** How so many requests failed of which no expectation says anything. */
export type Failed = { readonly figure: string; readonly outcome: RequestOutcome; readonly count: number };

/** How many requests were due where some failed: in its phases with failures, of an entrance a like share of them. */
export const atRisk = ({ prefix, counts }: Requests, requests: RunDocument['requests']): number => {
  if (prefix.startsWith('requests.byPhase.')) return counts.offered;
  const phases = Object.values(requests.byPhase).filter((phase) => failedOf(phase) > 0);
  const due = phases.reduce((sum, { offered }) => sum + offered, 0);
  return prefix === 'requests.' ? due : (due * counts.offered) / requests.offered;
};

/**
 * Whether an expectation of answers leaves less room for failures than there would be if all failed where some did. A lower
 * one holds whatever happens there: it says no more than that there was a load.
 */
export const boundsFailures = ({ plan, requests }: Asked, scope: Requests): boolean =>
  [{ prefix: 'requests.', counts: requests }, scope].some(({ prefix, counts }) =>
    plan.expectations.some(
      ({ figure, min, equals }) =>
        figure === `${prefix}ok` && counts.offered - (equals ?? min ?? 0) < atRisk(scope, requests),
    ),
  );

/** What was expected, and how all requests ended. */
export type Asked = { readonly plan: Plan; readonly requests: RunDocument['requests'] };

/** @param except the outcome that is bounded itself */
export const unnamed = (asked: Asked, scope: Requests, except: string | null): readonly Failed[] => {
  const { prefix, counts } = scope;
  if (boundsFailures(asked, scope)) return [];
  return requestOutcomes.flatMap((outcome) => {
    const isNamed = names(asked.plan, `requests.${outcome}`) || names(asked.plan, `${prefix}${outcome}`);
    // What is not known is found by unknownParts.
    const count = counts[outcome] ?? 0;
    return isFailure(outcome) && outcome !== except && count > 0 && !isNamed
      ? [{ figure: `${prefix}${outcome}`, outcome, count }]
      : [];
  });
};
