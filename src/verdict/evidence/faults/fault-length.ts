import type { EventOf } from '../../../timeline/index.ts';
import { secondsText } from '../../text.ts';

/** A fault may stand so much longer or shorter than it was asked to: the larger of the two. */
export const lengthTolerance = { ms: 500, share: 0.05 } as const;

export const lengthToleranceMs = (askedMs: number): number =>
  Math.max(lengthTolerance.ms, lengthTolerance.share * askedMs);

/** The events between which a fault stands; null where they were not seen. */
export type FaultEnds = {
  readonly injected: EventOf<'fault.injected'> | null;
  readonly undoingMs: number | null;
  readonly undone: EventOf<'fault.undone'> | null;
};

/** For how long it stood on each node, by the node's own clock; null: not measured, or it has no length to be asked for. */
export const heldOn = (
  targets: readonly string[],
  askedMs: number | null,
  { injected, undone }: FaultEnds,
): Readonly<Record<string, number | null>> =>
  Object.fromEntries(
    targets.map((node) => {
      const [from = null, to = null] = [injected?.clockMs?.[node], undone?.clockMs?.[node]];
      return [node, askedMs === null || from === null || to === null ? null : Math.round((to - from) * 1000) / 1000];
    }),
  );

/**
 * Nodes on which a fault stood longer or shorter than it was asked to, in words. Where a node's clock was not read, this
 * process's own events say how long it stood at the least and at the most, and both have to do. Nothing is said of a fault
 * whose undo is not on record: it is not known to be undone, which is another reason.
 */
export const lengthProblems = (
  askedMs: number | null,
  heldMs: Readonly<Record<string, number | null>>,
  { injected, undoingMs, undone }: FaultEnds,
): string[] => {
  if (askedMs === null || injected === null || undoingMs === null || undone === null) return [];
  const isOff = (ms: number): boolean => Math.abs(ms - askedMs) > lengthToleranceMs(askedMs);
  const asked = `${secondsText(askedMs)} were asked for`;
  return Object.entries(heldMs).flatMap(([node, ms]) => {
    if (ms !== null) return isOff(ms) ? [`it stood ${secondsText(ms)} on ${node}, ${asked}`] : [];
    const [minMs, maxMs] = [undoingMs - injected.atMs, undone.atMs - injected.atMs];
    return isOff(minMs) || isOff(maxMs)
      ? [`it stood between ${secondsText(minMs)} and ${secondsText(maxMs)} on ${node}, ${asked}`]
      : [];
  });
};
