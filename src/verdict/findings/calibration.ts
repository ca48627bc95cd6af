import { type Plan, passesTakeMs } from '../../plan/index.ts';
import type { Milestone, RunDocument, Window, WindowCheck } from '../document.ts';
import { countsFromUndo, linkOf, milestoneNames, plannedWindows } from './links.ts';
import type { FaultSpan, Milestones } from './milestones.ts';

/** What was seen of one link of the chain beside what the plan predicted; nothing where the run has no fault. */
export const checkOf = ({ calibration }: Pick<RunDocument, 'calibration'>, link: Milestone): WindowCheck =>
  calibration.find((check) => check.link === link) ?? {
    link,
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
const tookMs = (link: Milestone, { startMs, injectedMs, undoingMs, undoneMs }: FaultSpan): number =>
  countsFromUndo(link) ? (undoneMs ?? undoingMs ?? 0) - (undoingMs ?? 0) : (injectedMs ?? startMs) - startMs;

/** Since when a link's prediction counts, in ms since the fault; null where that moment never came. */
export const zeroOf = (link: Milestone, { startMs, undoingMs }: FaultSpan): number | null => {
  if (!countsFromUndo(link)) return 0;
  return undoingMs === null ? null : undoingMs - startMs;
};

/**
 * Every link of the chain beside what the plan's formulas predicted for it: of the first faulty phase alone, so what is seen
 * once a later fault has begun is not held against that. Nor is anything but the heartbeats themselves where the profile
 * lost a node by itself, which no formula covers.
 */
export const calibrate = (plan: Plan, milestones: Milestones, span: FaultSpan): readonly WindowCheck[] => {
  const windows = plannedWindows(plan);
  // Passes over a few nodes are in the slack of every window.
  const passesMs = Math.max(0, passesTakeMs(plan) - windowSlackMs);
  return milestoneNames.map((link) => {
    const observedMs = milestones[link];
    const zeroMs = zeroOf(link, span);
    const own = windows[link];
    const window: Window | null = own === null || zeroMs === null ? null : [own[0] + zeroMs, own[1] + zeroMs];
    const isOfPasses = link !== 'lastLease' && !countsFromUndo(link);
    const machineMs = linkOf(link).programs * windowSlackMs;
    const slackMs = [machineMs, machineMs + tookMs(link, span) + (isOfPasses ? passesMs : 0)] as const;
    const mayBeOfLater = observedMs !== null && span.laterMs !== null && observedMs >= span.laterMs - span.startMs;
    const fit = fitOf(observedMs, window, slackMs);
    const mayBeOfFlap = span.flapped && fit === 'outside' && link !== 'lastLease';
    // What a kubelet says itself comes at a time of its own, which a finding says.
    const isOwnWord = span.ownWordFirst && fit === 'outside' && link === 'notReady';
    return { link, observedMs, window, slackMs, fit: mayBeOfLater || mayBeOfFlap || isOwnWord ? null : fit };
  });
};
