import { hitsJudge } from '../plan/index.ts';
import { readFaultKind } from '../scenario/index.ts';
import type { RunDocument } from '../verdict/index.ts';

type Fault = RunDocument['faults'][number];

/**
 * Whether a node's NotReady may be a fault's doing: the fault targets it, or hits what judges all nodes: a control plane, and more of it than its kubelet.
 * Of a kind that this version does not know, it may hit anything.
 */
export const mayCost = ({ kind: written, targets }: Fault, node: string): boolean => {
  const kind = readFaultKind(written);
  return kind === null || targets.includes(node) || hitsJudge({ kind, targets });
};

/** Faults that stood together, or one upon the other; `endMs` when the last of them was undone, in ms since the run's start. */
type FaultGroup = { readonly startMs: number; readonly endMs: number; readonly faults: readonly Fault[] };

/** The faults of a run in the order of their time; null where the start or the end of one is not on record. */
export const faultGroups = (faults: readonly Fault[]): readonly FaultGroup[] | null => {
  const groups: FaultGroup[] = [];
  const timed = faults.flatMap((fault) => {
    const { startMs, endMs } = fault;
    return startMs === null || endMs === null ? [] : [{ startMs, endMs, faults: [fault] }];
  });
  if (timed.length < faults.length) return null;
  for (const one of timed.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = groups.at(-1);
    if (last === undefined || one.startMs > last.endMs) {
      groups.push(one);
      continue;
    }
    const joined = { ...last, endMs: Math.max(last.endMs, one.endMs), faults: [...last.faults, ...one.faults] };
    groups[groups.length - 1] = joined;
  }
  return groups;
};

/**
 * How long after an undo a node was NotReady, in ms: so long at least, and so long at most. Both are the same where the
 * document tells it.
 */
export type RecoveryTime = {
  readonly node: string;
  /** When that undo was complete, ms since the run's start. */
  readonly undoneMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Whether the node was hit again before it was Ready, so that its return counts from the undo of that. */
  readonly hitAgain: boolean;
};

type Context = {
  readonly groups: readonly FaultGroup[];
  readonly steps: RunDocument['steps'];
  /** Whether a node may have been NotReady already when the first fault began. */
  readonly lostBefore: boolean;
};

const reaches = ({ faults }: FaultGroup, node: string): boolean => faults.some((fault) => mayCost(fault, node));

/**
 * The group to which a node's NotReady at a moment is put down: of those that had begun the last that may have cost the node, or
 * where none may, the last; the first one for all that was before.
 */
const groupOf = (groups: readonly FaultGroup[], atMs: number, node: string): number => {
  const cause = groups.findLastIndex((group) => group.startMs <= atMs && reaches(group, node));
  const begun = groups.findLastIndex(({ startMs }) => startMs <= atMs);
  return Math.max(0, cause === -1 ? begun : cause);
};

/** The next group from which a node may be NotReady anew. */
const nextHit = (groups: readonly FaultGroup[], after: number, node: string): number => {
  const next = groups.findIndex((group, index) => index > after && reaches(group, node));
  return next === -1 ? Number.POSITIVE_INFINITY : next;
};

/** The first moment from `fromMs` on at which steps show every node Ready. */
const allReadyMs = (steps: RunDocument['steps'], fromMs: number): number =>
  Math.min(
    ...steps.flatMap(({ kind, outcome, startMs, endMs, maxNotReady }) => {
      const end = endMs ?? Number.POSITIVE_INFINITY;
      if (end < fromMs) return [];
      return [
        ...(maxNotReady === 0 ? [Math.max(startMs, fromMs)] : []),
        ...(kind === 'recover' && outcome === 'done' ? [end] : []),
      ];
    }),
  );

/** Of a node that returned once: from each undo after which it was NotReady to its return, or until it was hit again. */
const ofOneReturn = (node: string, lostMs: number, readyMs: number, groups: readonly FaultGroup[]): RecoveryTime[] => {
  const times: RecoveryTime[] = [];
  let at = groupOf(groups, lostMs, node);
  for (;;) {
    const group = groups[at];
    if (group === undefined) return times;
    const next = nextHit(groups, at, node);
    const nextMs = groups[next]?.startMs ?? Number.POSITIVE_INFINITY;
    const hitAgain = nextMs < readyMs;
    const ms = Math.max(0, Math.min(nextMs, readyMs) - group.endMs);
    times.push({ node, undoneMs: group.endMs, minMs: ms, maxMs: ms, hitAgain });
    if (!hitAgain) return times;
    at = next;
  }
};

/** Of a node that returned several times a document has the last return alone; steps may bound the others. */
const ofSeveralReturns = (
  node: string,
  firstGroup: number,
  readyMs: number,
  { groups, steps }: Context,
): RecoveryTime[] => {
  const last = groupOf(groups, readyMs, node);
  return groups.slice(firstGroup, last + 1).map(({ endMs }, offset) => {
    const index = firstGroup + offset;
    if (index === last) {
      const ms = Math.max(0, readyMs - endMs);
      return { node, undoneMs: endMs, minMs: ms, maxMs: ms, hitAgain: false };
    }
    const hitMs = groups[nextHit(groups, index, node)]?.startMs ?? Number.POSITIVE_INFINITY;
    const untilMs = Math.min(hitMs, allReadyMs(steps, endMs), readyMs);
    return { node, undoneMs: endMs, minMs: 0, maxMs: Math.max(0, untilMs - endMs), hitAgain: hitMs === untilMs };
  });
};

/**
 * How long nodes were NotReady after the undo of each fault, or of faults that stood together: a node's return counts from the
 * last undo before which a fault may have cost it, not from that of a later fault that has nothing to do with it.
 * @param groups all faults of the run
 * @returns null where a node's last return is not on record
 */
export const recoveryTimes = (
  { nodes, steps }: Pick<RunDocument, 'nodes' | 'steps'>,
  groups: readonly FaultGroup[],
): readonly RecoveryTime[] | null => {
  // Not known is not none.
  const context = { groups, steps, lostBefore: nodes.notReadyTransitionsBeforeFault !== 0 };
  const own = Object.entries(nodes.byNode).map(([node, figures]) => {
    const { notReadyTransitions: losses, firstNotReadyMs: lostMs, lastReadyMs: readyMs } = figures;
    if (losses === null) return null;
    if (readyMs === null) return losses === 0 ? [] : null;
    if (losses === 0) return ofOneReturn(node, 0, readyMs, groups);
    if (losses === 1 && lostMs !== null && !context.lostBefore) return ofOneReturn(node, lostMs, readyMs, groups);
    const first = context.lostBefore || lostMs === null ? 0 : groupOf(groups, lostMs, node);
    return ofSeveralReturns(node, first, readyMs, context);
  });
  return own.some((one) => one === null) ? null : own.flatMap((one) => one ?? []);
};
