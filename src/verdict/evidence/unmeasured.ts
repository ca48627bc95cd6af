import { ofType, type TimelineEvent, type UnmeasuredSource } from '../../timeline/index.ts';
import type { Milestone } from '../milestones.ts';

/**
 * Why a run did not measure something, on purpose; null where it did. Only one on a cluster of somebody else may: on its own
 * every run has what it needs.
 */
export const unmeasuredWhy = (events: readonly TimelineEvent[], what: UnmeasuredSource): string | null =>
  ofType(events, 'run.started')[0]?.backend === 'cluster'
    ? (ofType(events, 'unmeasured').find((event) => event.what === what)?.why ?? null)
    : null;

/** One sentence for each reason, with all that it concerns. */
export const unmeasuredFindings = (events: readonly TimelineEvent[]): readonly string[] => {
  const known = ofType(events, 'unmeasured').filter(({ what }) => unmeasuredWhy(events, what) !== null);
  return [...Map.groupBy(known, ({ why }) => why)].map(
    ([why, those]) => `not measured: ${those.map(({ what }) => what).join(', ')} (${why})`,
  );
};

/** What each milestone is seen by, where that is not the watch on nodes or leases. */
const seenBy: Readonly<Partial<Record<Milestone, 'requests' | 'endpointslices' | 'pods'>>> = {
  endpointLost: 'endpointslices',
  endpointsEmpty: 'endpointslices',
  refused: 'requests',
  lastRefused: 'requests',
  evicted: 'pods',
  replaced: 'pods',
};

/** Whether a run could not see a milestone, on purpose: that it is not on record says nothing. */
export const isUnmeasured = (events: readonly TimelineEvent[], milestone: Milestone | 'requestsLost'): boolean => {
  const source = milestone === 'requestsLost' ? 'requests' : seenBy[milestone];
  return source !== undefined && unmeasuredWhy(events, source) !== null;
};
