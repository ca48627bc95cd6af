import { flapsByItself, type Plan } from '../plan/index.ts';
import { statusPostIntervalMs, writesPerNodeMinute } from '../profile/index.ts';
import { checkOf, judgedWindow, otherOutcomes, type RunDocument, type WindowCheck } from '../verdict/index.ts';
import type { Beside, CellFigures, Window } from './types.ts';

const beside = (observed: number | null, predicted: Window | null, fit: Beside['fit'] = null): Beside => ({
  observed,
  predicted,
  fit,
});

/** A milestone in the time since the fault, beside its window; `otherwise`: what stands there where it has none. */
const besideWindow = (check: WindowCheck, otherwise: Window | null): Beside => ({
  ...beside(check.observedMs, check.window ?? otherwise, check.fit),
  ...(check.window === null ? {} : { judged: judgedWindow(check) }),
});

/** The same since the undo, before which nothing that counts from it is searched. */
const besideUndo = (check: WindowCheck, undo: Window | null, undoingMs: number | null): Beside => {
  const judged = judgedWindow(check);
  const since = (ms: number): number => ms - (undoingMs ?? 0);
  return {
    ...beside(check.observedMs === null || undoingMs === null ? null : since(check.observedMs), undo, check.fit),
    ...(judged === null ? {} : { judged: [Math.max(0, since(judged[0])), since(judged[1])] }),
  };
};

/** How many of the nodes that a fault hits go NotReady at the same time; where they flap by themselves it may find all so. */
const notReadyWindow = (plan: Plan): Window => {
  const { prediction, phases } = plan;
  const targets = phases.flatMap((phase) =>
    phase.kind === 'fault' ? phase.inject.flatMap((fault) => fault.targets) : [],
  );
  const hit = new Set(targets).size;
  if (prediction.flap === 'impossible') return [0, 0];
  return [prediction.flap === 'certain' && !flapsByItself(plan) ? 1 : 0, hit];
};

/** A count lies in its window, or above it where a node went NotReady that nobody expected. */
const fitOfCount = (count: number | null, [min, max]: Window): Beside['fit'] => {
  if (count === null) return null;
  return count >= min && count <= max ? 'inside' : 'outside';
};

/** When the last fault was undone, in ms since the first began. */
const undoneMs = ({ faults }: RunDocument): number | null => {
  const ends = faults.flatMap(({ endMs }) => (endMs === null ? [] : [endMs]));
  const starts = faults.flatMap(({ startMs }) => (startMs === null ? [] : [startMs]));
  return ends.length === 0 || starts.length === 0 ? null : Math.max(...ends) - Math.min(...starts);
};

/**
 * The figures of one run. Where the disturbance ended too soon to show a detection or an eviction, the windows of a node
 * that stays dead stand beside the empty place.
 * @param deadNode what is predicted of a node that dies for good
 */
export const figuresOf = (plan: Plan, document: RunDocument, deadNode: Plan['prediction']): CellFigures => {
  const notReady = checkOf(document, 'notReady');
  const evicted = checkOf(document, 'evicted');
  const allReady = checkOf(document, 'allReady');
  const undo = plan.prediction.allReadyAfterUndoMs ?? null;
  // The window stands where the undo began: the difference is that moment. Without a window, the moment it was done.
  const undoingMs = allReady.window === null || undo === null ? undoneMs(document) : allReady.window[0] - undo[0];
  const { effective } = plan.profile;
  const statuses = 60_000 / statusPostIntervalMs(effective);
  const leases = writesPerNodeMinute(effective) - statuses;
  const nodes = notReadyWindow(plan);
  return {
    notReadyNodes: beside(document.nodes.maxNotReady, nodes, fitOfCount(document.nodes.maxNotReady, nodes)),
    notReadyNodeSeconds: document.nodes.notReadyNodeSeconds,
    refused: document.requests.refused,
    failed: otherOutcomes(document.requests, ['ok', 'dropped']),
    offered: document.requests.offered,
    evicted: document.pods.evicted,
    detectMs: besideWindow(notReady, deadNode.notReadyAfterMs),
    evictMs: besideWindow(evicted, deadNode.evictionAfterMs),
    recoverMs: besideUndo(allReady, undo, undoingMs),
    leaseWrites: beside(document.writes.leasePerNodeMinute, [leases, leases]),
    statusWrites: beside(document.writes.statusPerNodeMinute, [statuses, statuses]),
  };
};
