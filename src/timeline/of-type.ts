import type { TimelineEvent } from './events.ts';

export type EventOf<T extends TimelineEvent['type']> = Extract<TimelineEvent, { type: T }>;

/** The events of one type, in order. */
export const ofType = <T extends TimelineEvent['type']>(events: readonly TimelineEvent[], type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);
