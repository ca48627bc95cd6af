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
