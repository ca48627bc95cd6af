import type { V1Node } from '@kubernetes/client-node';
import type { ClusterAccess } from '../../cluster/index.ts';
import { type WatchedObject, watchResource } from '../../observe/index.ts';
import type { Missing } from '../document-shape.ts';
import { nodeSight, type Sighting } from '../seen/sighting.ts';
import type { Ask } from './api.ts';
import { createBlindness } from './blindness.ts';
import { createKubelets } from './kubelets.ts';
import { createLeader } from './leader.ts';
import { followLeases } from './leases.ts';
import { nodesPath } from './preflight.ts';
import { followApi } from './readyz.ts';

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
  /** What could not be read so far. */
  readonly missing: () => readonly Missing[];
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
  const asking = { ask, nowMs, take, signal: ending };
  const kubelets = createKubelets(asking);
  const leader = createLeader(asking);

  const blind = {
    nodes: createBlindness('nodes', take, failed),
    leases: createBlindness('leases', take, failed),
  };
  const node = (object: WatchedObject) => {
    const sight = nodeSight(object as V1Node);
    kubelets.see(sight);
    return sight;
  };
  const [nodes, leases] = await Promise.all([
    watchResource({
      ...{ access, resource: 'nodes', path: nodesPath, nowMs, signal: ending },
      handlers: {
        listed: (objects, atMs) => {
          blind.nodes.admit();
          take({ type: 'nodes', nodes: objects.map(node), atMs });
        },
        changed: (object, atMs) => take({ type: 'node', node: node(object), atMs }),
        deleted: (object, atMs) => {
          kubelets.forget(object.metadata?.name ?? '');
          take({ type: 'nodeGone', node: object.metadata?.name ?? '', atMs });
        },
        lost: (reason, _atMs, fromMs) => blind.nodes.lost(reason, fromMs),
        gap: ({ fromMs, toMs, how }) => blind.nodes.back(toMs, toMs - fromMs, how),
      },
    }),
    followLeases({ access, ask, nowMs, take, signal: ending, blind: blind.leases }),
  ]);
  const all = [nodes.done, leases.done, followApi(asking), kubelets.follow(), leader.follow()];
  for (const each of all) each.catch(failed);
  const done = Promise.allSettled(all).then(() => {
    for (const each of [blind.nodes, blind.leases]) each.end();
    if (failure.signal.aborted) throw failure.signal.reason;
  });
  return { done, missing: () => [...leader.missing(), ...kubelets.missing()] };
};
