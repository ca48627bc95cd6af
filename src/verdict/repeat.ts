import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import type { PlannedRepeat } from '../plan/index.ts';
import { plannedRepeatShape } from '../plan/shapes.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import { type Outline, ofType } from './measurement-window.ts';

export const repeatResultShape = plannedRepeatShape
  .extend({
    leaseAgeAtFaultMs: z
      .number()
      .nullable()
      .describe(
        "Age of that node's lease when the first fault began; null where there is no fault, or no renewal was seen.",
      ),
  })
  .meta({
    id: 'RepeatResult',
    description: 'Which repeat a run was, and where in the heartbeat its fault really fell.',
  });

export type RepeatResult = Frozen<z.infer<typeof repeatResultShape>>;

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
