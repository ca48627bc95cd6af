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
export type FaultGroup = { readonly startMs: number; readonly endMs: number; readonly faults: readonly Fault[] };

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
