import type { V1Lease, V1Node } from '@kubernetes/client-node';
import type { ClusterAccess } from '../../cluster/index.ts';
import { type WatchedObject, type WatchHandlers, watchResource } from '../../observe/index.ts';
import { leaseSight, nodeSight, type Sighting } from '../seen/sighting.ts';
import type { Ask } from './api.ts';
import { createKubelets, type Kubelets } from './kubelets.ts';
import { leasesPath, nodesPath } from './preflight.ts';
import { followApi } from './pulse.ts';

export type FollowOptions = {
  readonly access: ClusterAccess;
  readonly ask: Ask;
  /** Never back; see `createSittingClock`. */
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
};

export type Following = {
  /** Rejects with what could not be taken; resolves when the signal has fired and all has ended. */
  readonly done: Promise<void>;
  readonly kubelets: Kubelets;
};

/**
 * A stream that ended in order, as API servers end them now and then, and went on within this at the same
 * resourceVersion: nothing is lost, and what came late came late by no more than this.
 */
const seamMs = 1000;

/** Tells that a watch is blind once it is for longer than a seam, and then from its beginning on. */
const blindness = (source: 'nodes' | 'leases', take: FollowOptions['take'], failed: (thrown: unknown) => void) => {
  let pending: { readonly timer: NodeJS.Timeout; readonly tell: () => void } | null = null;
  let isBlind = false;
  const settle = (): void => {
    if (pending !== null) clearTimeout(pending.timer);
    pending = null;
  };
  return {
    lost: (reason: string, fromMs: number): void => {
      const tell = (): void => {
        settle();
        isBlind = true;
        take({ type: 'blind', source, reason, atMs: fromMs });
      };
      settle();
      const timer = setTimeout(() => {
        try {
          tell();
        } catch (thrown) {
          failed(thrown);
        }
      }, seamMs);
      pending = { timer, tell };
    },
    /** Before a list that is to be taken as one of blind time. */
    admit: (): void => pending?.tell(),
    back: (toMs: number, ms: number, how: 'resumed' | 'relisted'): void => {
      if (how === 'relisted' || ms > seamMs) pending?.tell();
      settle();
      if (isBlind) take({ type: 'sighted', source, atMs: toMs });
      isBlind = false;
    },
    end: settle,
  };
};

/**
 * Reads and follows nodes, their leases, the API server's answers and the kubelets' settings, and tells what it sees.
 * @returns once nodes and leases have been listed
 * @throws the signal's reason; what `take` threw
 */
export const followCluster = async ({ access, ask, nowMs, take, signal }: FollowOptions): Promise<Following> => {
  const failure = new AbortController();
  const ending = AbortSignal.any([signal, failure.signal]);
  const failed = (thrown: unknown): void => failure.abort(thrown);
  const kubelets = createKubelets({ ask, nowMs, take, signal: ending });
  const ends: (() => void)[] = [];

  const handlers = (
    source: 'nodes' | 'leases',
    tell: Pick<WatchHandlers, 'listed' | 'changed' | 'deleted'>,
  ): WatchHandlers => {
    const blind = blindness(source, take, failed);
    ends.push(blind.end);
    return {
      ...tell,
      listed: (objects, atMs) => {
        blind.admit();
        tell.listed(objects, atMs);
      },
      lost: (reason, _atMs, fromMs) => blind.lost(reason, fromMs),
      gap: ({ fromMs, toMs, how }) => blind.back(toMs, toMs - fromMs, how),
    };
  };
  const node = (object: WatchedObject) => {
    const sight = nodeSight(object as V1Node);
    kubelets.see(sight);
    return sight;
  };
  const lease = (object: WatchedObject) => leaseSight(object as V1Lease);

  const watches = await Promise.all([
    watchResource({
      ...{ access, resource: 'nodes', path: nodesPath, nowMs, signal: ending },
      handlers: handlers('nodes', {
        listed: (objects, atMs) => take({ type: 'nodes', nodes: objects.map(node), atMs }),
        changed: (object, atMs) => take({ type: 'node', node: node(object), atMs }),
        deleted: (object, atMs) => {
          kubelets.forget(object.metadata?.name ?? '');
          take({ type: 'nodeGone', node: object.metadata?.name ?? '', atMs });
        },
      }),
    }),
    watchResource({
      ...{ access, resource: 'leases', path: leasesPath, nowMs, signal: ending },
      handlers: handlers('leases', {
        listed: (objects, atMs) => take({ type: 'leases', leases: objects.map(lease), atMs }),
        changed: (object, atMs) => take({ type: 'lease', lease: lease(object), atMs }),
        deleted: () => undefined,
      }),
    }),
  ]);
  const all = [...watches.map(({ done }) => done), followApi({ ask, nowMs, take, signal: ending }), kubelets.follow()];
  for (const each of all) each.catch(failed);
  const done = Promise.allSettled(all).then(() => {
    for (const end of ends) end();
    if (failure.signal.aborted) throw failure.signal.reason;
  });
  return { done, kubelets };
};
