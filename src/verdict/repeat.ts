import type { PlannedRepeat } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { RepeatResult } from './document.ts';
import { type MeasurementWindow, ofType } from './measurement-window.ts';

export const repeatResult = (
  planned: PlannedRepeat,
  events: readonly TimelineEvent[],
  { faultStartMs }: MeasurementWindow,
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
