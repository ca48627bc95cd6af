import type { Ask, ClusterAccess } from '../../cluster/index.ts';
import { pause } from '../../common/wait.ts';
import { type WatchedObject, watchResource } from '../../observe/index.ts';
import type { Blindness } from './blindness.ts';
import { prove } from './proof.ts';

export type StreamOptions = {
  readonly access: ClusterAccess;
  readonly ask: Ask;
  readonly resource: 'nodes' | 'leases';
  readonly path: string;
  readonly nowMs: () => number;
  readonly blind: Blindness;
  readonly handlers: Readonly<
    Record<'changed' | 'deleted', (object: WatchedObject, atMs: number) => void> &
      Record<'listed', (objects: readonly WatchedObject[], atMs: number) => void>
  >;
  readonly signal: AbortSignal;
  /** So long it brings nothing before it is asked whether that is so. */
  readonly quietMs: number;
};

export type Stream = {
  readonly done: Promise<void>;
  /** Up to when all is known to have come. */
  readonly knownMs: () => number;
  /** What it has under way may be held back since `fromMs`: it is blind until it is proved, or brings something. */
  readonly markUnproven: (reason: string, fromMs: number) => void;
  /** Before the end: whether it has brought all that there is, or is blind from what was known last on. */
  readonly prove: () => Promise<void>;
};

/** Of what is not answered: it is asked again after a second, then after twice as long each time, up to `quietMs`. */
const againMs = 1000;
const timeoutMs = 10_000;
const lastTimeoutMs = 5000;

/**
 * Watches a resource. A stream may hang though the API server answers others: behind a load balancer on another member,
 * or where somebody between here and there has forgotten the connection. So where it brought nothing for a while it is
 * asked whether that is so. A stream that has not brought what is there is blind from what was known last on, and opened
 * anew. One of which nobody tells whether it has is blind likewise, until somebody does; it stays open, for the right to
 * watch may be there where that to list is gone.
 * @returns once the first list has been handled; `done` as of `watchResource`
 */
export const followStream = async (options: StreamOptions): Promise<Stream> => {
  const { access, ask, resource, path, nowMs, blind, handlers, signal, quietMs } = options;
  const brought = new Map<string, string>();
  /** Everything up to here has been brought. */
  let knownMs = nowMs();
  let isDown = false;
  let isAnew = false;
  let unprovenMs: number | null = null;
  let unprovenCount = 0;
  let wake = (): void => undefined;
  const keep = ({ metadata }: WatchedObject) => brought.set(metadata?.name ?? '', metadata?.resourceVersion ?? '');
  /** A stream brings all in order: with one thing comes what was before it. */
  const received = (atMs: number): void => {
    knownMs = atMs;
    if (unprovenMs !== null) blind.back(atMs, 0, 'resumed');
    unprovenMs = null;
  };

  const open = async () => {
    const ending = new AbortController();
    const { done } = await watchResource({
      ...{ access, resource, path, nowMs, signal: AbortSignal.any([signal, ending.signal]) },
      handlers: {
        listed: (objects, atMs) => {
          knownMs = atMs;
          brought.clear();
          for (const object of objects) keep(object);
          blind.admit();
          handlers.listed(objects, atMs);
          if (isAnew) blind.back(atMs, 0, 'resumed');
          isAnew = false;
        },
        changed: (object, atMs) => {
          received(atMs);
          keep(object);
          handlers.changed(object, atMs);
        },
        deleted: (object, atMs) => {
          received(atMs);
          brought.delete(object.metadata?.name ?? '');
          handlers.deleted(object, atMs);
        },
        lost: (reason, _atMs, fromMs) => {
          isDown = true;
          blind.lost(reason, fromMs);
        },
        refused: blind.refused,
        // An open stream is no proof: an API server may open and end one again and again, and bring nothing.
        gap: ({ fromMs, toMs, how }) => {
          isDown = false;
          unprovenMs = null;
          blind.back(toMs, toMs - fromMs, how);
        },
      },
    });
    return { done, end: () => ending.abort() };
  };

  const hang = (fromMs: number): void => blind.hang(`the watch of ${resource} hangs`, fromMs);

  const check = async (inMs: number) => {
    const askedMs = nowMs();
    const [fromMs, countBefore] = [knownMs, unprovenCount];
    const proof = await prove({ ask, path, brought, timeoutMs: inMs, signal });
    // One that ended meanwhile, or brought something, has said more than the list; one that was doubted needs another.
    if (signal.aborted || isDown || unprovenCount !== countBefore || (proof !== 'behind' && knownMs > askedMs))
      return { proof: null, fromMs };
    if (proof === 'complete') {
      if (unprovenMs !== null) blind.back(nowMs(), 0, 'resumed');
      unprovenMs = null;
      knownMs = Math.max(knownMs, askedMs);
    }
    return { proof, fromMs };
  };

  let stream = await open();
  let waitMs = quietMs;
  let againInMs = againMs;
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const woken = new AbortController();
      wake = () => woken.abort();
      await Promise.race([stream.done, pause(waitMs, AbortSignal.any([woken.signal, signal]))]);
      woken.abort();
      waitMs = quietMs;
      if (signal.aborted) break;
      if (isDown || (unprovenMs === null && nowMs() - knownMs < quietMs)) continue;
      const { proof, fromMs } = await check(timeoutMs);
      if (proof === null && unprovenMs !== null) waitMs = againMs;
      if (proof === null || proof === 'complete') continue;
      if (proof === 'behind') {
        hang(fromMs);
        unprovenMs = null;
        isAnew = true;
        stream.end();
        await stream.done;
        stream = await open();
        continue;
      }
      if (unprovenMs === null) againInMs = againMs;
      waitMs = Math.min(quietMs, againInMs);
      againInMs *= 2;
      unprovenMs ??= fromMs;
      blind.hang(proof.unanswered, unprovenMs);
    }
    await stream.done;
  };
  const done = follow().catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  return {
    done,
    knownMs: () => Math.min(knownMs, unprovenMs ?? knownMs),
    markUnproven: (reason, fromMs) => {
      if (isDown || isAnew) return;
      unprovenMs = Math.min(unprovenMs ?? fromMs, fromMs);
      unprovenCount += 1;
      againInMs = againMs;
      blind.hang(reason, fromMs);
      wake();
    },
    prove: async () => {
      if (isDown || isAnew || unprovenMs !== null) return;
      const { proof, fromMs } = await check(lastTimeoutMs);
      if (proof === 'behind') hang(fromMs);
      else if (proof !== null && proof !== 'complete') blind.hang(proof.unanswered, fromMs);
    },
  };
};
