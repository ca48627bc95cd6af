import type { TimelineEvent, WatchedResource } from '../timeline/index.ts';
import { type EventOf, type Outline, ofType } from './outline.ts';

/** Which watch a figure is taken from; null for those that stand on none. */
export const watchBehind = (figure: string): WatchedResource | null => {
  if (/^(nodes\.|timing\.(firstNotReady|lastReady)Ms$|writes\.status)/.test(figure)) return 'nodes';
  if (figure.endsWith('.maxNotReady')) return 'nodes';
  if (figure === 'timing.firstEndpointsEmptyMs') return 'endpointslices';
  if (figure === 'timing.firstEvictionMs' || figure.startsWith('pods.')) return 'pods';
  return figure.startsWith('writes.lease') ? 'leases' : null;
};

/** Gaps that reach into the measured time. */
export const measuredGaps = (events: readonly TimelineEvent[], outline: Outline): EventOf<'watch.gap'>[] => {
  const { measuredFromMs, measuredToMs } = outline;
  if (measuredFromMs === null || measuredToMs === null) return [];
  return ofType(events, 'watch.gap').filter(({ fromMs, atMs }) => atMs > measuredFromMs && fromMs < measuredToMs);
};

/**
 * Whether the watch on nodes told what was when the measured time ended: it had a stream then, and the API server, which
 * is asked once a second, had last said that it is ready.
 */
export const seesNodesAtEnd = (events: readonly TimelineEvent[], { measuredToMs }: Outline): boolean => {
  if (measuredToMs === null) return false;
  const known = events.filter(({ atMs }) => atMs <= measuredToMs);
  const lost = ofType(known, 'watch.lost').findLast(({ resource }) => resource === 'nodes');
  const back = ofType(known, 'watch.gap').findLast(({ resource }) => resource === 'nodes');
  const silent = ofType(known, 'api.silent').at(-1);
  const answered = ofType(known, 'api.answered').at(-1);
  const isLost = lost !== undefined && (back === undefined || back.atMs < lost.atMs);
  const isSilent = silent !== undefined && answered?.fromMs !== silent.fromMs;
  // A gap that is told later may have begun before the watch was known to be lost.
  const reaches = ofType(events, 'watch.gap').some(
    ({ resource, fromMs, atMs }) => resource === 'nodes' && fromMs < measuredToMs && atMs > measuredToMs,
  );
  return !(isLost || isSilent || reaches);
};
