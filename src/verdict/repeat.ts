import type { PlannedRepeat } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import { type Outline, ofType } from './measurement-window.ts';

/** Which repeat a run was, and where in the heartbeat its fault really fell. */
export type RepeatResult = PlannedRepeat & {
  /** Age of that node's lease when the first fault began; null where there is no fault, or no renewal was seen. */
  readonly leaseAgeAtFaultMs: number | null;
};

export const repeatResult = (
  planned: PlannedRepeat,
  events: readonly TimelineEvent[],
  { faultStartMs }: Outline,
): RepeatResult => {
  const renewals = ofType(events, 'lease.renewed').filter(
    ({ node, atMs }) => node === planned.heartbeatOf && faultStartMs !== null && atMs <= faultStartMs,
  );
  const last = renewals.at(-1);
  return {
    ...planned,
    leaseAgeAtFaultMs: last === undefined || faultStartMs === null ? null : Math.round(faultStartMs - last.atMs),
  };
};
