import { type EventOf, ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { MeasurementWindow } from '../measurement-window.ts';

// When the watches of a run brought nothing.

/** Gaps that reach into the measured time. */
export const measuredGaps = (events: readonly TimelineEvent[], window: MeasurementWindow): EventOf<'watch.gap'>[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  return ofType(events, 'watch.gap').filter(({ fromMs, atMs }) => atMs > measuredFromMs && fromMs < measuredToMs);
};

/** A watch that was lost, and since when it had brought nothing. */
type Lost = EventOf<'watch.lost'> & { readonly fromMs: number };

/** An event stands in the record in whole µs, and what it says of another moment as it was. */
const roundedMs = 0.001;

/**
 * Watches that were lost and have not come back. Several may be on one resource, as on the pods of the workload and those of
 * hollow nodes: each gap is the end of one.
 * @param events in the order of their time
 */
export const lostForGood = (events: readonly TimelineEvent[]): readonly Lost[] => {
  const lost: Lost[] = [];
  for (const event of events) {
    if (event.type === 'watch.lost') lost.push({ ...event, fromMs: event.fromMs ?? event.atMs });
    if (event.type !== 'watch.gap') continue;
    const own = lost.filter(
      ({ resource, fromMs }) => resource === event.resource && fromMs >= event.fromMs - roundedMs,
    );
    const [ended] = own.toSorted((one, other) => one.fromMs - other.fromMs);
    if (ended !== undefined) lost.splice(lost.indexOf(ended), 1);
  }
  return lost;
};

/** Watches that brought nothing from some moment of the measured time on, and have not come back. */
export const openGaps = (events: readonly TimelineEvent[], window: MeasurementWindow): readonly Lost[] => {
  const { measuredFromMs, measuredToMs } = window;
  if (measuredFromMs === null || measuredToMs === null) return [];
  return lostForGood(events).filter(({ fromMs }) => fromMs <= measuredToMs);
};

/**
 * Whether the watch on nodes showed what was when the measured time ended: it had a stream then, and the API server, which
 * is asked once a second, had last said that it is ready.
 */
export const seesNodesAtEnd = (events: readonly TimelineEvent[], { measuredToMs }: MeasurementWindow): boolean => {
  if (measuredToMs === null) return false;
  const known = events.filter(({ atMs }) => atMs <= measuredToMs);
  const lost = ofType(known, 'watch.lost').findLast(({ resource }) => resource === 'nodes');
  const back = ofType(known, 'watch.gap').findLast(({ resource }) => resource === 'nodes');
  const silent = ofType(known, 'api.silent').at(-1);
  const answered = ofType(known, 'api.answered').at(-1);
  const isLost = lost !== undefined && (back === undefined || back.atMs < lost.atMs);
  const isSilent = silent !== undefined && answered?.fromMs !== silent.fromMs;
  // A gap that is recorded later may have begun before the watch was known to be lost.
  const reaches = ofType(events, 'watch.gap').some(
    ({ resource, fromMs, atMs }) => resource === 'nodes' && fromMs < measuredToMs && atMs > measuredToMs,
  );
  return !(isLost || isSilent || reaches);
};
