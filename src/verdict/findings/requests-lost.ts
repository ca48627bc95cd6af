import type { Plan } from '../../plan/index.ts';
import type { CountCheck } from '../document.ts';
import { windowSlackMs } from './calibration.ts';
import { linkOf } from './links.ts';
import type { FaultSpan } from './milestones.ts';

/** How long the plan has the first fault stand. */
const plannedMs = ({ phases }: Plan): number => {
  const phase = phases.find(({ kind }) => kind === 'fault');
  const [span] = phase?.kind === 'fault' ? (phase.inject[0]?.occurrences ?? []) : [];
  return span === undefined ? 0 : span.endMs - span.startMs;
};

/**
 * Requests without an answer since the fault, beside what the plan's formulas predicted. The slack is what was due while the
 * programs between a cause and a refusal took their time, and while this run injected and undid its fault, or let it stand
 * for longer than planned.
 * @param lost null where it is not known
 */
export const checkRequestsLost = (plan: Plan, lost: number | null, span: FaultSpan): CountCheck => {
  const { startMs, injectedMs, undoingMs, undoneMs, laterMs, flapped } = span;
  const window = plan.prediction.requestsLost ?? null;
  const machineMs = linkOf('lastRefused').programs * windowSlackMs;
  const injectMs = (injectedMs ?? startMs) - startMs;
  const undoMs = (undoneMs ?? undoingMs ?? 0) - (undoingMs ?? 0);
  const longerMs = Math.max(0, (undoingMs ?? startMs) - startMs - plannedMs(plan));
  const due = (ms: number): number => Math.ceil((ms * plan.load.ratePerSecond) / 1000);
  const slack = [due(machineMs + injectMs), due(machineMs + undoMs + longerMs)] as const;
  if (lost === null || window === null || laterMs !== null) return { observed: lost, window, slack, fit: null };
  const isInside = lost >= window[0] - slack[0] && lost <= window[1] + slack[1];
  return { observed: lost, window, slack, fit: isInside ? 'inside' : flapped ? null : 'outside' };
};

/** The window that a count was held against, for people: with its slack. */
export const judgedCounts = ({ window, slack: [less, more] }: CountCheck): CountCheck['window'] =>
  window === null ? null : [Math.max(0, window[0] - less), window[1] + more];
