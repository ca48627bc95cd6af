import type { Clock } from '../engine/clock.ts';
import { eventBurst, eventIntervalUs, eventSubjects } from '../engine/constants.ts';

/**
 * Lets through what a controller tells of one object: so many events at once, and one more for each interval since. What
 * is beyond is dropped, and costs no request.
 * @see k8s.io/client-go tools/record/events_cache.go, EventSourceObjectSpamFilter
 */
export const createEventFilter = ({ now }: Pick<Clock, 'now'>): ((about: string) => boolean) => {
  /** Until when the events so far have used up the interval of each; the least recently told first. */
  const promisedUs = new Map<string, number>();
  return (about) => {
    const nextUs = Math.max(promisedUs.get(about) ?? 0, now()) + eventIntervalUs;
    const passes = nextUs - now() <= eventBurst * eventIntervalUs;
    const keptUs = passes ? nextUs : (promisedUs.get(about) ?? 0);
    promisedUs.delete(about);
    promisedUs.set(about, keptUs);
    const [oldest] = promisedUs.keys();
    if (promisedUs.size > eventSubjects && oldest !== undefined) promisedUs.delete(oldest);
    return passes;
  };
};
