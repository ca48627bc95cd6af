import type { Clock } from '../engine/clock.ts';
import { commitUs, deadConnectionUs, readUs, requestDownUs, requestUpUs } from '../engine/constants.ts';
import { hold, type Process } from '../engine/process.ts';
import type { Rng } from '../engine/random.ts';
import type { Task } from '../engine/task.ts';
import { type Asked, type Connection, connectionOf, isPlain, type Link, type Way } from './link.ts';

export type Reply = 'ok' | 'conflict' | 'notFound' | 'timeout';

/** Who asks: its process holds what comes back while frozen; `member` is the API server it is connected to. */
export type ApiClient = { readonly process: Process; member: number; readonly link: Link | null; lastFrameUs: number };

export type Request<T> = {
  readonly client: ApiClient;
  /** `cached` reads are answered from the API server's memory, `quorum` reads and writes need etcd. */
  readonly kind: 'cached' | 'quorum' | 'write';
  /** Infinity: its asker never gives up, but loses its connection. */
  readonly timeoutUs: number;
  readonly owner: T;
  /** Done at the API server, at the moment when it takes effect. `value` and `base` are what the asker put in. */
  readonly commit: (owner: T, request: Request<T>) => Reply;
  readonly done: (owner: T, reply: Reply, request: Request<T>) => void;
  value: number;
  base: number;
  sentUs: number;
  /** Nobody waits for the answer of a closed one any more. */
  open: boolean;
  armed: boolean;
  reply: Reply;
  /** On a connection on which packets are lost; null where it just takes its time. */
  asked: Asked | null;
};

type AnyRequest = Request<unknown>;

export const newRequest = <T>(
  client: ApiClient,
  kind: Request<T>['kind'],
  timeoutUs: number,
  owner: T,
  commit: Request<T>['commit'],
  done: Request<T>['done'],
): Request<T> => ({
  client,
  kind,
  timeoutUs,
  owner,
  commit,
  done,
  value: 0,
  base: 0,
  sentUs: 0,
  open: true,
  armed: false,
  reply: 'ok',
  asked: null,
});

export type ApiServer = {
  readonly send: <T>(request: Request<T>) => void;
  readonly pause: (member: number) => void;
  readonly resume: (member: number) => void;
  readonly isPaused: (member: number) => boolean;
  /** Whether a write is taken at once by one of them. */
  readonly takesWrites: () => boolean;
  /** Nothing keeps requests waiting or makes them slow. */
  readonly isUnhindered: () => boolean;
  /**
   * Takes up a request that was sent at `sentUs`, on a way on which nothing was lost or slow, where it has got to by now.
   * @returns `over`: its answer has come; `taken`: it has taken effect, and its answer is on the way
   */
  readonly takeUp: <T>(request: Request<T>, sentUs: number) => 'sent' | 'taken' | 'over';
  /** Whether etcd has no quorum. */
  readonly stallStore: (stalled: boolean) => void;
  /** Adds to what each answer of one member takes; what was added is taken away with a minus. */
  readonly slowDown: (where: 'apiserver' | 'etcd' | 'disk', member: number, extraUs: number, jitterUs: number) => void;
};

/**
 * The API servers and the store behind them. A request takes effect once, after the way there and the work; where
 * something stands in its way it waits, and its asker gives up after `timeoutUs`. A request given up while it waits
 * for a stalled server is dropped when the stall ends (assumption: its stream was reset before it was read).
 */
export const createApiServer = (clock: Clock, members: number, rng: Rng): ApiServer => {
  const pauses = Array.from({ length: members }, () => 0);
  const isPaused = (member: number): boolean => (pauses[member] ?? 0) > 0;
  const waitingForMember: AnyRequest[][] = Array.from({ length: members }, () => []);
  const waitingForStore: AnyRequest[] = [];
  let storeStalled = false;
  /** Asked for at each heartbeat of thousands of nodes: worked out at each change. */
  let isSlow = false;
  let isUnhindered = true;
  const afterWrite = clock.after(requestUpUs + commitUs);
  const afterRead = clock.after(requestUpUs + readUs);
  const afterAnswer = clock.after(requestDownUs);
  const slow = Array.from({ length: members }, () => ({
    apiserver: { extraUs: 0, jitterUs: 0 },
    etcd: { extraUs: 0, jitterUs: 0 },
    /** What a sync of the store's log takes. */
    disk: { extraUs: 0, jitterUs: 0 },
  }));
  /** What a member's own slowness, and that of its store, adds to a request. */
  const slownessUs = ({ client: { member }, kind }: AnyRequest): number => {
    const own = slow[member];
    if (!isSlow || own === undefined) return 0;
    const drawn = ({ extraUs, jitterUs }: { extraUs: number; jitterUs: number }): number =>
      jitterUs === 0 ? extraUs : extraUs + rng.below(jitterUs + 1);
    if (kind === 'cached') return drawn(own.apiserver);
    return drawn(own.apiserver) + drawn(own.etcd) + diskUs(own.disk.extraUs, kind === 'write');
  };
  /**
   * The store does one thing at a time: whoever comes waits for the sync that is under way, a write for its own too, and
   * for its database to be written meanwhile. Seen with syncs of 120, 240 and 570 ms: writes of 90 to 510, 330 to 920 and
   * 1,280 to 2,610 ms, reads up to 320, 630 and 1,400 ms.
   */
  const diskUs = (syncUs: number, isWrite: boolean): number => {
    if (syncUs === 0) return 0;
    return isWrite ? syncUs + rng.below(2 * syncUs + 1) : rng.below(syncUs + 1);
  };

  const expire = (request: AnyRequest): void => {
    if (!request.open) return;
    if (request.client.process.frozen) {
      hold(request.client.process, expire, request);
      return;
    }
    request.open = false;
    request.asked?.giveUp();
    request.done(request.owner, 'timeout', request);
  };

  const arm = (request: AnyRequest): void => {
    if (request.armed || request.timeoutUs === Number.POSITIVE_INFINITY) return;
    request.armed = true;
    clock.at(Math.max(clock.now(), request.sentUs + request.timeoutUs), expire, request);
  };

  const received = (client: ApiClient, atUs: number): void => {
    client.lastFrameUs = Math.max(client.lastFrameUs, atUs);
    if (client.link !== null) client.link.lastFrameUs = Math.max(client.link.lastFrameUs, atUs);
  };

  const deliver = (request: AnyRequest): void => {
    if (!request.open) return;
    const { client } = request;
    if (client.process.frozen) {
      hold(client.process, deliver, request);
      return;
    }
    request.open = false;
    received(client, clock.now());
    request.done(request.owner, request.reply, request);
  };

  /** A link's connection where packets get lost on it, so that more than a delay is between a message and its arrival. */
  const lossy = (link: Link | null): Connection | null => {
    return link === null || isPlain(link) ? null : connectionOf(link);
  };

  const answer = (request: AnyRequest): void => {
    const { link } = request.client;
    if (request.asked !== null) {
      request.asked.answer(() => deliver(request));
      return;
    }
    const connection = lossy(link);
    if (connection !== null) {
      connection.send(() => deliver(request));
      arm(request);
      return;
    }
    const extraUs = link === null ? 0 : wayUs(link, 'down');
    if (extraUs === 0) afterAnswer(deliver, request);
    else clock.at(clock.now() + requestDownUs + extraUs, deliver, request);
  };

  /** What a link adds to one message: its delay and a share of its jitter; on one that several nodes share, what goes before it. */
  const wayUs = ({ jitterUs, extraUpUs, extraDownUs, shared }: Link, way: Way): number => {
    const delayUs = way === 'up' ? extraUpUs : extraDownUs;
    if (shared !== null && delayUs + jitterUs > 0) return shared.takesUs(way, clock.now(), delayUs, jitterUs, rng);
    return jitterUs === 0 ? delayUs : delayUs + rng.below(jitterUs);
  };

  /** Another API server is reached once the connection to a silent one is given up. */
  const moveAway = (client: ApiClient): void => {
    if (!isPaused(client.member)) return;
    const other = pauses.indexOf(0);
    if (other === -1) return;
    const left = waitingForMember[client.member] ?? [];
    client.member = other;
    for (const request of left.filter((one) => one.client === client)) expire(request);
  };

  const take = (request: AnyRequest): void => {
    const { client } = request;
    if (request.asked?.isReset() === true) return;
    if (isPaused(client.member)) {
      waitingForMember[client.member]?.push(request);
      if (members > 1) clock.at(Math.max(clock.now(), client.lastFrameUs + deadConnectionUs), moveAway, client);
      arm(request);
      return;
    }
    if (storeStalled && request.kind !== 'cached') {
      waitingForStore.push(request);
      arm(request);
      return;
    }
    request.reply = request.commit(request.owner, request);
    answer(request);
  };

  /** A delay is the node's own: what waits there when its machine goes off is lost with it. */
  const takeUnlessLost =
    (link: Link, leavesUs: number) =>
    (request: AnyRequest): void => {
      if (link.lostUs < request.sentUs || link.lostUs >= leavesUs) take(request);
    };

  const post = (request: AnyRequest): void => {
    const { link } = request.client;
    if (link !== null && link.rejects > 0 && (link.blockedUp || link.blockedDown)) {
      clock.at(clock.now() + requestUpUs, expire, request);
      return;
    }
    const isWrite = request.kind === 'write';
    const connection = lossy(link);
    if (connection !== null) {
      arm(request);
      request.asked = connection.ask({
        arrives: () => clock.at(clock.now() + (isWrite ? commitUs : readUs) + slownessUs(request), take, request),
        fails: () => expire(request),
      });
      return;
    }
    const extraWayUs = link === null ? 0 : wayUs(link, 'up');
    const extraUs = slownessUs(request) + extraWayUs;
    if (extraUs > 0 || (link !== null && link.extraDownUs + link.jitterUs > 0)) arm(request);
    const takenUs = clock.now() + requestUpUs + (isWrite ? commitUs : readUs) + extraUs;
    if (link !== null && extraWayUs > 0) clock.at(takenUs, takeUnlessLost(link, clock.now() + extraWayUs), request);
    else if (extraUs > 0) clock.at(takenUs, take, request);
    else if (isWrite) afterWrite(take, request);
    else afterRead(take, request);
  };

  /** What waited is worked on once more, from its arrival at the server. */
  const work = (waiting: AnyRequest[]): void => {
    for (const request of waiting.splice(0)) {
      if (request.open) clock.at(clock.now() + (request.kind === 'write' ? commitUs : readUs), take, request);
    }
  };

  const hindered = (): void => {
    isSlow = slow.some((own) => Object.values(own).some(({ extraUs, jitterUs }) => extraUs !== 0 || jitterUs !== 0));
    isUnhindered = !storeStalled && !isSlow && pauses.every((count) => count === 0);
  };

  return {
    send: (request) => {
      request.sentUs = clock.now();
      post(request as unknown as AnyRequest);
    },
    pause: (member) => {
      pauses[member] = (pauses[member] ?? 0) + 1;
      hindered();
    },
    resume: (member) => {
      pauses[member] = Math.max(0, (pauses[member] ?? 0) - 1);
      hindered();
      if (!isPaused(member)) work(waitingForMember[member] ?? []);
    },
    isPaused,
    takesWrites: () => !storeStalled && pauses.includes(0),
    isUnhindered: () => isUnhindered,
    takeUp: (request, sentUs) => {
      const takenUs = sentUs + requestUpUs + (request.kind === 'write' ? commitUs : readUs);
      const any = request as unknown as AnyRequest;
      any.sentUs = sentUs;
      if (clock.isAhead(takenUs, sentUs)) {
        clock.at(takenUs, take, any, sentUs);
        return 'sent';
      }
      if (!clock.isAhead(takenUs + requestDownUs, takenUs)) {
        received(any.client, takenUs + requestDownUs);
        return 'over';
      }
      clock.at(takenUs + requestDownUs, deliver, any, takenUs);
      return 'taken';
    },
    stallStore: (stalled) => {
      storeStalled = stalled;
      hindered();
      if (!stalled) work(waitingForStore);
    },
    slowDown: (where, member, extraUs, jitterUs) => {
      const own = slow[member]?.[where];
      if (own === undefined) return;
      own.extraUs += extraUs;
      own.jitterUs += jitterUs;
      hindered();
    },
  };
};

/** One request of a task: it goes on with the reply. */
export function* call(
  api: ApiServer,
  client: ApiClient,
  kind: AnyRequest['kind'],
  timeoutUs: number,
  commit: () => Reply,
): Task<Reply> {
  return (yield (resume) => {
    api.send(newRequest(client, kind, timeoutUs, null, commit, (_, reply) => resume(reply)));
  }) as Reply;
}
