import type { TimelineEvent, WatchedResource } from '../timeline/index.ts';
import { lostForGood } from '../verdict/index.ts';

/** Longer than a slow answer of an API server takes: one that has said nothing for so long, and did not again, may have brought nothing. */
const silentMs = 5000;

/**
 * Whether one of these watches was lost before the end of the load and never came back, or the API server never answered again:
 * whenever that began, what follows may lack anything.
 * @param events in the order of their time
 */
export const neverBack = (events: readonly TimelineEvent[], resources: readonly WatchedResource[]): boolean => {
  const endMs = (events.findLast(({ type }) => type === 'load.ended') ?? events.at(-1))?.atMs ?? 0;
  const answered = new Set(events.flatMap((event) => (event.type === 'api.answered' ? [event.fromMs] : [])));
  return (
    lostForGood(events).some(({ resource, fromMs }) => resources.includes(resource) && fromMs <= endMs) ||
    events.some(
      (event) => event.type === 'api.silent' && endMs - event.fromMs > silentMs && !answered.has(event.fromMs),
    )
  );
};
