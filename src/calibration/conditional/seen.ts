import { hitsJudge, type Plan, setsClock } from '../../plan/index.ts';
import type { TimelineEvent, WatchedResource } from '../../timeline/index.ts';
import { neverBack } from '../blindness.ts';

// From when on all signs of life of a run are known, and whether they are.

const resources: readonly WatchedResource[] = ['nodes', 'leases'];

const isGapOf = (event: TimelineEvent, watched: readonly WatchedResource[]): boolean =>
  (event.type === 'watch.gap' || event.type === 'watch.lost') && watched.includes(event.resource);

const isGap = (event: TimelineEvent): boolean => isGapOf(event, resources);

/** When the load began; from the start on where no moment is known. */
const loadBeganMs = (events: readonly TimelineEvent[]): number =>
  events.find(({ type }) => type === 'load.started')?.atMs ?? 0;

/**
 * When all signs of life are known by when they came. A gap is over when its stream is open again, and what was held back
 * comes after that, with moments that are not its own: until every node has said something anew.
 */
export const seenFromMs = ({ profile: { effective } }: Plan, events: readonly TimelineEvent[]): number => {
  const beganMs = loadBeganMs(events);
  const gap = events.findLast((event) => isGap(event) && event.atMs < beganMs);
  if (gap === undefined) return 0;
  const { leaseRenewIntervalMs, leaseJitter, nodeStatusUpdateFrequencyMs, statusJitter, withoutLeases } = effective;
  return (
    gap.atMs +
    (withoutLeases === true
      ? nodeStatusUpdateFrequencyMs * (1 + statusJitter)
      : leaseRenewIntervalMs * (1 + leaseJitter))
  );
};

/**
 * Whether what became of pods was seen when it was, from the load on: what a gap held back comes with moments that are not its own,
 * and some of it perhaps never.
 */
export const seesPods = (events: readonly TimelineEvent[]): boolean => {
  const beganMs = loadBeganMs(events);
  return !(neverBack(events, ['pods']) || events.some((event) => event.atMs >= beganMs && isGapOf(event, ['pods'])));
};

/** Why nothing is predicted from what was seen; null where it is. */
export const whyUnconditional = (plan: Plan, events: readonly TimelineEvent[]): string | null => {
  const faults = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  const judge = faults.find(hitsJudge);
  if (judge !== undefined) return `${judge.id} hits what judges nodes, so that it may begin anew at any time`;
  const clock = faults.find(({ kind }) => setsClock(kind));
  if (clock !== undefined)
    return `${clock.id} sets the clock that heartbeats are stamped with, so that not each of them is one`;
  const beganMs = loadBeganMs(events);
  const isBlind = neverBack(events, resources) || events.some((event) => isGap(event) && event.atMs >= beganMs);
  return isBlind ? 'a watch on nodes or leases was blind, so that signs of life may be missing' : null;
};
