import { type Plan, passesTakeMs } from '../../plan/index.ts';
import type { CountCheck, Milestone, RunDocument, Window, WindowCheck } from '../document.ts';
import { countsFromUndo, milestoneNames, milestoneTraitsOf, plannedWindows } from './milestone-traits.ts';
import type { FaultSpan, Milestones } from './milestones.ts';

/** What was seen of one milestone beside what the plan predicted; nothing where the run has no fault. */
export const checkOf = ({ calibration }: Pick<RunDocument, 'calibration'>, milestone: Milestone): WindowCheck =>
  calibration.find((check) => check.link === milestone) ?? {
    link: milestone,
    observedMs: null,
    window: null,
    slackMs: [0, 0],
    fit: null,
  };

/** The two windows that every summary shows. */
export const windowChecks = (
  document: Pick<RunDocument, 'calibration'>,
): { readonly notReady: WindowCheck; readonly eviction: WindowCheck } => ({
  notReady: checkOf(document, 'notReady'),
  eviction: checkOf(document, 'evicted'),
});

/**
 * A window comes from formulas in which calls take no time. Each program between cause and sight (a monitor pass, a
 * write with its watch, an endpoint slice, the rules of kube-proxy) takes some ms on an idle machine; on a busy one half
 * a second each is ample, and far below the 5 s period that shapes the windows.
 */
export const windowSlackMs = 500;

/** Whether something was seen when it was predicted, give or take the slack; null where there is nothing to compare. */
export const fitOf = (
  observedMs: number | null,
  window: Window | null,
  [earlyMs, lateMs]: readonly [number, number],
): WindowCheck['fit'] => {
  if (observedMs === null || window === null) return null;
  return observedMs >= window[0] - earlyMs && observedMs <= window[1] + lateMs ? 'inside' : 'outside';
};

/**
 * The window that an observation was held against, for people: with its slack. What counts from the fault is looked for from
 * there on, and cannot come sooner.
 */
export const judgedWindow = ({ window, slackMs: [earlyMs, lateMs] }: WindowCheck): Window | null => {
  if (window === null) return null;
  const [from, to] = window;
  return [from >= 0 ? Math.max(0, from - earlyMs) : from - earlyMs, to + lateMs];
};

/** How much later than planned something may have begun in this run: by what its injection or its undo took. */
const tookMs = (milestone: Milestone, { startMs, injectedMs, undoingMs, undoneMs }: FaultSpan): number =>
  countsFromUndo(milestone) ? (undoneMs ?? undoingMs ?? 0) - (undoingMs ?? 0) : (injectedMs ?? startMs) - startMs;

/** Since when a milestone's prediction counts, in ms since the fault; null where that moment never came. */
export const zeroOf = (milestone: Milestone, { startMs, undoingMs }: FaultSpan): number | null => {
  if (!countsFromUndo(milestone)) return 0;
  return undoingMs === null ? null : undoingMs - startMs;
};

/**
 * Every milestone beside what the plan's formulas predicted for it: of the first faulty phase alone, so what is seen
 * once a later fault has begun is not held against that. Nor is anything but the heartbeats themselves where the profile
 * lost a node by itself, which no formula covers.
 */
export const calibrate = (plan: Plan, milestones: Milestones, span: FaultSpan): readonly WindowCheck[] => {
  const windows = plannedWindows(plan);
  // Passes over a few nodes are in the slack of every window.
  const passesMs = Math.max(0, passesTakeMs(plan) - windowSlackMs);
  return milestoneNames.map((milestone) => {
    const observedMs = milestones[milestone];
    const zeroMs = zeroOf(milestone, span);
    const own = windows[milestone];
    const window: Window | null = own === null || zeroMs === null ? null : [own[0] + zeroMs, own[1] + zeroMs];
    const isOfPasses = milestone !== 'lastLease' && !countsFromUndo(milestone);
    const machineMs = milestoneTraitsOf(milestone).programs * windowSlackMs;
    const slackMs = [machineMs, machineMs + tookMs(milestone, span) + (isOfPasses ? passesMs : 0)] as const;
    const mayBeOfLater = observedMs !== null && span.laterMs !== null && observedMs >= span.laterMs - span.startMs;
    const fit = fitOf(observedMs, window, slackMs);
    const mayBeOfFlap = span.flapped && fit === 'outside' && milestone !== 'lastLease';
    // What a kubelet says itself comes at a time of its own, which a finding says.
    const isOwnWord = span.ownWordFirst && fit === 'outside' && milestone === 'notReady';
    return { link: milestone, observedMs, window, slackMs, fit: mayBeOfLater || mayBeOfFlap || isOwnWord ? null : fit };
  });
};

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
  const machineMs = milestoneTraitsOf('lastRefused').programs * windowSlackMs;
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
