import type { Clock } from '../engine/clock.ts';
import { deadConnectionUs, eventBurst, eventIntervalUs, eventSubjects, maxQueuedEvents } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { ModelSettings } from '../engine/settings.ts';
import type { NodeState } from '../engine/state.ts';
import type { Wait } from '../engine/task.ts';
import { type ApiClient, type ApiServer, newRequest, type Reply, type Request } from '../network/apiserver.ts';

/** What an event is about: a node, or whatever else by its name. Thousands of nodes have one each, most of which are dropped. */
export type Subject = string | NodeState;

/**
 * Lets through the events of a controller about one object: so many at once, and one more for each interval since. What
 * is beyond is dropped, and costs no request.
 * @see k8s.io/client-go tools/record/events_cache.go, EventSourceObjectSpamFilter
 */
export const createEventFilter = ({ now }: Pick<Clock, 'now'>): ((about: Subject) => boolean) => {
  /** Until when the events so far have used up the interval of each; the least recently emitted first. */
  const promisedUs = new Map<Subject, number>();
  return (about) => {
    const before = promisedUs.get(about);
    const nextUs = Math.max(before ?? 0, now()) + eventIntervalUs;
    const passes = nextUs - now() <= eventBurst * eventIntervalUs;
    if (before !== undefined) promisedUs.delete(about);
    promisedUs.set(about, passes ? nextUs : (before ?? 0));
    if (promisedUs.size <= eventSubjects) return passes;
    const [oldest] = promisedUs.keys();
    if (oldest !== undefined) promisedUs.delete(oldest);
    return passes;
  };
};

/** Where the time of requests went, µs, added up by whoever makes them. */
export type Spent = { waitedUs: number; answeredUs: number };

/** To be waited for: the task goes on with a reply (`replied`). What it commits is given the owner. */
type Ask = <T>(kind: Request<T>['kind'], owner: T, commit: (owner: T) => Reply, spent?: Spent) => Wait;

/** What a task goes on with that has waited for a request. */
export const replied = (value: unknown): Reply => value as Reply;

/** A client of the controller manager, by default with 20 requests a second, 30 at once; whoever waits is served in turn. */
export type RateLimitedClient = {
  readonly request: Ask;
  /**
   * Leaves an Event object about another one to be written when its turn comes: one after the other, within the same
   * rate limit, unless too many are of that object, or wait already.
   */
  readonly recordEvent: (about: Subject, written: () => void) => void;
};

/** A request of a task that waits for it. */
type Turn<T> = {
  readonly owner: T;
  readonly commit: (owner: T) => Reply;
  readonly spent: Spent | undefined;
  readonly askedUs: number;
  readonly resume: (reply: Reply) => void;
};

const commitTurn = <T>({ commit, owner }: Turn<T>): Reply => commit(owner);

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

  const answered = (
    { spent, askedUs, resume }: Turn<unknown>,
    reply: Reply,
    { sentUs }: Request<Turn<unknown>>,
  ): void => {
    if (spent !== undefined) {
      spent.waitedUs += sentUs - askedUs;
      spent.answeredUs += clock.now() - sentUs;
    }
    resume(reply);
  };
  /** Its token has come. */
  const send = (request: Request<Turn<unknown>>): void => {
    if (client.process.frozen) hold(client.process, send, request);
    else if (alive()) api.send(request);
  };

  const request: Ask = (kind, owner, commit, spent) => (resume) => {
    const turn = { owner, commit, spent, askedUs: clock.now(), resume } as Turn<unknown>;
    const made = newRequest(client, kind, deadConnectionUs, turn, commitTurn, answered);
    const waitUs = reserve();
    if (waitUs === 0) api.send(made);
    else clock.at(clock.now() + waitUs, send, made);
  };

  return withOwnEvents(clock, request, alive);
};

type EventToWrite = { readonly about: Subject; readonly written: () => void };

const commitEvent = ({ written }: EventToWrite): Reply => {
  written();
  return 'ok';
};

/**
 * Whoever shares a rate limit with others and records events of its own: these are written beside theirs, not after them.
 * Who records an event goes on, while that is handed over to who writes it: where both then ask for a token at one
 * moment, the event comes second.
 * @see kubernetes (to 1.28) pkg/controller/nodelifecycle/scheduler, NewNoExecuteTaintManager: a broadcaster of its own
 * @see k8s.io/client-go tools/record, generateEvent, StartEventWatcher; apimachinery pkg/watch, Broadcaster: two channels
 */
export const withOwnEvents = (clock: Clock, ask: Ask, alive: () => boolean): RateLimitedClient => {
  /** Those from `nextEvent` on wait; taken from the front one by one, thousands would be moved each time. */
  let events: EventToWrite[] = [];
  let nextEvent = 0;
  const passes = createEventFilter(clock);
  let writing = false;
  /** It was recorded while no other was written, and is being handed over. */
  let handedOver: EventToWrite | null = null;

  /** Writes this one, or the next that passes; the others come in turn, each once the one before has its answer. */
  const write = (first: EventToWrite | undefined): void => {
    if (!alive()) return;
    for (let event = first; event !== undefined; event = takeNext()) {
      if (!passes(event.about)) continue;
      ask('write', event, commitEvent)(writeNext);
      return;
    }
    events = [];
    nextEvent = 0;
    writing = false;
  };
  const takeNext = (): EventToWrite | undefined => {
    const event = events[nextEvent];
    nextEvent += 1;
    return event;
  };
  const writeNext = (): void => write(takeNext());
  const receive = (): void => {
    const event = handedOver;
    handedOver = null;
    if (event !== null) write(event);
  };

  return {
    request: (kind, owner, commit, spent) => {
      const asked = ask(kind, owner, commit, spent);
      if (handedOver === null) return asked;
      return (resume) => {
        asked(resume);
        receive();
      };
    },
    recordEvent: (about, written) => {
      if (writing) {
        if (events.length - nextEvent < maxQueuedEvents) events.push({ about, written });
        return;
      }
      writing = true;
      handedOver = { about, written };
      // Where it asks for nothing at this moment, the event waits for nobody.
      clock.at(clock.now(), receive, undefined);
    },
  };
};
