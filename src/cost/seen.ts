import { secondsText } from '../common/duration.ts';
import type { TimelineEvent } from '../timeline/index.ts';

/** By which watch heartbeats of each kind are seen. */
const watches = ['leases', 'nodes'] as const;

export type HeartbeatWatch = (typeof watches)[number];

const isHeartbeatWatch = (resource: string): resource is HeartbeatWatch => watches.some((watch) => watch === resource);

/** Heartbeats of nodes that the run's own watches have seen so far. */
export type SeenHeartbeats = { readonly leases: number; readonly statuses: number };

/** A time in which a watch brought nothing, by this process's monotonic clock. */
type Silence = {
  readonly watch: HeartbeatWatch;
  readonly fromMs: number;
  /** null: it has not come back. */
  readonly toMs: number | null;
  /** All that it missed came once it was over; else a list has of each object the last change alone. */
  readonly isResumed: boolean;
};

/**
 * Counts what is on record. That a watch brings nothing may be noticed long after: which heartbeats are missing is known at the end.
 * @param nowMs the clock of the readings; each event is added as it happens
 */
export const createSeen = (nowMs: () => number) => {
  const counts = { leases: 0, statuses: 0 };
  const over: Silence[] = [];
  const open = new Map<HeartbeatWatch, Silence>();
  const add = (event: TimelineEvent): void => {
    if (event.type === 'lease.renewed') counts.leases += 1;
    if (event.type === 'node.statusPosted') counts.statuses += 1;
    if ((event.type !== 'watch.lost' && event.type !== 'watch.gap') || !isHeartbeatWatch(event.resource)) return;
    const { resource: watch, atMs, fromMs = atMs } = event;
    const toMs = nowMs();
    const silence = { watch, fromMs: toMs - (atMs - fromMs) };
    if (event.type === 'watch.lost') open.set(watch, { ...silence, toMs: null, isResumed: false });
    else {
      open.delete(watch);
      over.push({ ...silence, toMs, isResumed: event.how === 'resumed' });
    }
  };
  return {
    add,
    now: (): SeenHeartbeats => ({ ...counts }),
    silences: (): readonly Silence[] => [...over, ...open.values()],
  };
};

/** Of a watch that did not bring all heartbeats between two readings, and nothing else: why, in words. */
type Unseen = { readonly watch: HeartbeatWatch; readonly why: string };

/** How long all of these times together last within a span, each moment once. */
const lengthMs = (
  times: readonly { readonly fromMs: number; readonly toMs: number }[],
  startMs: number,
  endMs: number,
): number => {
  let [sumMs, doneMs] = [0, startMs];
  for (const { fromMs, toMs } of times.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const lastMs = Math.min(toMs, endMs);
    sumMs += Math.max(0, lastMs - Math.max(fromMs, doneMs));
    doneMs = Math.max(doneMs, lastMs);
  }
  return sumMs;
};

/**
 * Why heartbeats between two readings may be missing among those that were seen, or be those of another time.
 * @param silences all of the run
 */
export const unseenBetween = (
  silences: readonly Silence[],
  { atMs: startMs }: { readonly atMs: number },
  { atMs: endMs }: { readonly atMs: number },
): readonly Unseen[] =>
  watches.flatMap((watch): readonly Unseen[] => {
    const own = silences
      .map((one) => ({ ...one, toMs: one.toMs ?? Number.POSITIVE_INFINITY }))
      .filter((one) => one.watch === watch && one.fromMs < endMs && one.toMs > startMs);
    const missed = own.filter(({ isResumed }) => !isResumed);
    if (missed.length > 0) {
      const ms = lengthMs(missed, startMs, endMs);
      return [{ watch, why: `the watch on ${watch} brought nothing for ${secondsText(ms)}: heartbeats are missing` }];
    }
    return own.some(({ fromMs, toMs }) => fromMs < startMs || toMs > endMs)
      ? [
          {
            watch,
            why: `the watch on ${watch} brought nothing when the counters were read: heartbeats are missing, or too many`,
          },
        ]
      : [];
  });
