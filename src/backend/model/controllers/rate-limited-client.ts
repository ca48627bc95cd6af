import type { Clock } from '../engine/clock.ts';
import { deadConnectionUs, eventBurst, eventIntervalUs, eventSubjects, maxQueuedEvents } from '../engine/constants.ts';
import type { ModelSettings } from '../engine/settings.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import { type ApiClient, type ApiServer, call, type Reply } from '../network/apiserver.ts';

/**
 * Lets through the events of a controller about one object: so many at once, and one more for each interval since. What
 * is beyond is dropped, and costs no request.
 * @see k8s.io/client-go tools/record/events_cache.go, EventSourceObjectSpamFilter
 */
export const createEventFilter = ({ now }: Pick<Clock, 'now'>): ((about: string) => boolean) => {
  /** Until when the events so far have used up the interval of each; the least recently emitted first. */
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

/** Where the time of requests went, µs, added up by whoever makes them. */
export type Spent = { waitedUs: number; answeredUs: number };

type Ask = (kind: 'cached' | 'quorum' | 'write', commit: () => Reply, spent?: Spent) => Task<Reply>;

/** A client of the controller manager, by default with 20 requests a second, 30 at once; whoever waits is served in turn. */
export type RateLimitedClient = {
  readonly request: Ask;
  /**
   * Leaves an Event object about another one to be written when its turn comes: one after the other, within the same
   * rate limit, unless too many are of that object, or wait already.
   */
  readonly recordEvent: (about: string, written: () => void) => void;
};

/**
 * @see k8s.io/client-go util/flowcontrol (token bucket), tools/record (events are written one by one)
 */
export const createRateLimitedClient = (
  clock: Clock,
  api: ApiServer,
  client: ApiClient,
  alive: () => boolean,
  { requestIntervalUs, requestBurst }: Pick<ModelSettings, 'requestIntervalUs' | 'requestBurst'>,
): RateLimitedClient => {
  let promisedUs = 0;

  /** Takes a token now or promises one later. @returns how long to wait for it */
  const reserve = (): number => {
    const nowUs = clock.now();
    promisedUs = Math.max(promisedUs, nowUs) + requestIntervalUs;
    return Math.max(0, promisedUs - requestBurst * requestIntervalUs - nowUs);
  };

  function* request(kind: 'cached' | 'quorum' | 'write', commit: () => Reply, spent?: Spent): Task<Reply> {
    const askedUs = clock.now();
    const waitUs = reserve();
    if (waitUs > 0) yield* sleep(clock, client.process, waitUs);
    const sentUs = clock.now();
    const reply = yield* call(api, client, kind, deadConnectionUs, commit);
    if (spent !== undefined) {
      spent.waitedUs += sentUs - askedUs;
      spent.answeredUs += clock.now() - sentUs;
    }
    return reply;
  }

  return withOwnEvents(clock, request, alive);
};

/**
 * Whoever shares a rate limit with others and records events of its own: these are written beside theirs, not after them.
 * @see kubernetes (to 1.28) pkg/controller/nodelifecycle/scheduler, NewNoExecuteTaintManager: a broadcaster of its own
 */
export const withOwnEvents = (clock: Clock, request: Ask, alive: () => boolean): RateLimitedClient => {
  /** Those from `nextEvent` on wait; taken from the front one by one, thousands would be moved each time. */
  let events: { readonly about: string; readonly written: () => void }[] = [];
  let nextEvent = 0;
  const passes = createEventFilter(clock);
  let writing = false;

  function* writeEvents(): Task {
    for (let event = events[nextEvent]; event !== undefined; event = events[nextEvent]) {
      const { about, written } = event;
      nextEvent += 1;
      if (!passes(about)) continue;
      yield* request('write', () => {
        written();
        return 'ok';
      });
    }
    events = [];
    nextEvent = 0;
    writing = false;
  }

  return {
    request,
    recordEvent: (about, written) => {
      if (events.length - nextEvent >= maxQueuedEvents) return;
      events.push({ about, written });
      if (writing) return;
      writing = true;
      start(writeEvents(), alive);
    },
  };
};
