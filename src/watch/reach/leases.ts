import { setTimeout as delay } from 'node:timers/promises';
import type { V1Lease } from '@kubernetes/client-node';
import type { ClusterAccess } from '../../cluster/index.ts';
import { type WatchedObject, watchResource } from '../../observe/index.ts';
import { leaseSight, type Sighting } from '../seen/sighting.ts';
import type { Ask } from './api.ts';
import type { Blindness } from './blindness.ts';
import { leasesPath } from './preflight.ts';

export type LeasesOptions = {
  readonly access: ClusterAccess;
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly blind: Blindness;
  readonly signal: AbortSignal;
  /** So long nobody renews before it is asked whether that is so. */
  readonly quietMs?: number;
};

/** Somebody renews every few seconds: where nobody did for so long, either all are silent, or the stream hangs. */
const longestQuietMs = 15_000;
const timeoutMs = 10_000;

/** What the stream has under way may take so long. */
const underWayMs = 1000;

/**
 * Watches the leases of nodes. A stream may hang though the API server answers others: behind a load balancer on another
 * member, or where somebody between here and there has forgotten the connection. So where nothing was renewed for a
 * while it is asked whether that is so; a stream that has not brought what is there is blind from what it brought last on,
 * and opened anew.
 * @returns once they have been listed; `done` as of `watchResource`
 */
export const followLeases = async (options: LeasesOptions): Promise<{ readonly done: Promise<void> }> => {
  const { access, ask, nowMs, take, blind, signal, quietMs = longestQuietMs } = options;
  const renewals = new Map<string, number>();
  let heardMs = nowMs();
  const sight = (object: WatchedObject) => {
    const lease = leaseSight(object as V1Lease);
    if (lease.renewMs !== null) renewals.set(lease.node, lease.renewMs);
    return lease;
  };
  let isAnew = false;
  const open = async () => {
    const ending = new AbortController();
    const { done } = await watchResource({
      ...{ access, resource: 'leases', path: leasesPath, nowMs, signal: AbortSignal.any([signal, ending.signal]) },
      handlers: {
        listed: (objects, atMs) => {
          heardMs = atMs;
          blind.admit();
          take({ type: 'leases', leases: objects.map(sight), atMs });
          if (isAnew) blind.back(atMs, 0, 'resumed');
          isAnew = false;
        },
        changed: (object, atMs) => {
          heardMs = atMs;
          take({ type: 'lease', lease: sight(object), atMs });
        },
        deleted: (object) => renewals.delete(object.metadata?.name ?? ''),
        lost: (reason, _atMs, fromMs) => blind.lost(reason, fromMs),
        gap: ({ fromMs, toMs, how }) => blind.back(toMs, toMs - fromMs, how),
      },
    });
    return { done, end: () => ending.abort() };
  };

  /** Whether the API server has a renewal that the stream has not brought, and does not bring in time. */
  const hangs = async (): Promise<boolean> => {
    const answer = await ask(leasesPath, { timeoutMs, signal }).catch(() => null);
    // One that does not answer is told by whoever asks it whether it is ready.
    if (answer === null || answer.status !== 200) return false;
    const { items } = JSON.parse(answer.text) as { readonly items: readonly V1Lease[] };
    const newer = items.map(leaseSight).filter(({ node, renewMs }) => (renewMs ?? 0) > (renewals.get(node) ?? 0));
    if (newer.length === 0) return false;
    await delay(underWayMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted && newer.some(({ node, renewMs }) => (renewMs ?? 0) > (renewals.get(node) ?? 0));
  };

  let stream = await open();
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const pause = new AbortController();
      const paused = delay(quietMs, undefined, { signal: pause.signal });
      await Promise.race([stream.done, paused.catch(() => undefined)]);
      pause.abort();
      if (signal.aborted) break;
      if (nowMs() - heardMs < quietMs || !(await hangs())) continue;
      blind.hang('the watch of leases hangs', heardMs);
      stream.end();
      await stream.done;
      isAnew = true;
      stream = await open();
    }
    await stream.done;
  };
  const done = follow().catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
  });
  return { done };
};
