import { secondsText } from '../common/duration.ts';
import type { TimelineEvent } from '../timeline/index.ts';

/** By which watch heartbeats of each kind are seen. */
const watches = ['leases', 'nodes'] as const;

type HeartbeatWatch = (typeof watches)[number];

const isHeartbeatWatch = (resource: string): resource is HeartbeatWatch => watches.some((watch) => watch === resource);

/** Heartbeats of nodes that the run's own watches have seen so far. */
export type SeenHeartbeats = {
  readonly leases: number;
  readonly statuses: number;
  /** Which of these watches bring nothing just now. */
  readonly lost: readonly HeartbeatWatch[];
  /** For how long each of them brought nothing of which some may never come, ms. */
  readonly unseenMs: Readonly<Record<HeartbeatWatch, number>>;
};

/** Counts what is on record. */
export const createSeen = () => {
  const counts = { leases: 0, statuses: 0 };
  const lost = new Set<HeartbeatWatch>();
  const unseenMs: Record<HeartbeatWatch, number> = { leases: 0, nodes: 0 };
  return {
    add: (event: TimelineEvent): void => {
      if (event.type === 'lease.renewed') counts.leases += 1;
      if (event.type === 'node.statusPosted') counts.statuses += 1;
      if (event.type === 'watch.lost' && isHeartbeatWatch(event.resource)) lost.add(event.resource);
      if (event.type !== 'watch.gap' || !isHeartbeatWatch(event.resource)) return;
      lost.delete(event.resource);
      // Where a watch goes on from where it was, all that it missed comes; a list has of each object the last change alone.
      if (event.how !== 'resumed') unseenMs[event.resource] += event.atMs - event.fromMs;
    },
    now: (): SeenHeartbeats => ({ ...counts, lost: [...lost], unseenMs: { ...unseenMs } }),
  };
};

type Reading = { readonly seen: SeenHeartbeats };

/** Why heartbeats between two readings may be missing among those that were seen, in words. */
export const unseenBetween = ({ seen: before }: Reading, { seen: after }: Reading): readonly string[] =>
  watches.flatMap((watch) => {
    const ms = after.unseenMs[watch] - before.unseenMs[watch];
    if (ms > 0) return [`the watch on ${watch} brought nothing for ${secondsText(ms)}: heartbeats are missing`];
    const isLost = [before, after].some(({ lost }) => lost.includes(watch));
    return isLost ? [`the watch on ${watch} brought nothing when the counters were read: heartbeats are missing`] : [];
  });
