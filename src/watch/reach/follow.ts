import { setTimeout as delay } from 'node:timers/promises';
import type { V1Lease, V1Node } from '@kubernetes/client-node';
import { type Ask, type ClusterAccess, unansweredText } from '../../cluster/index.ts';
import type { WatchedObject } from '../../observe/index.ts';
import type { Missing } from '../document-shape.ts';
import { leaseSight, nodeSight, type Sighting } from '../seen/sighting.ts';
import { createBlindness } from './blindness.ts';
import { createKubelets } from './kubelets.ts';
import { createLeader } from './leader.ts';
import { leasesPath, nodesPath } from './preflight.ts';
import { followStream } from './stream.ts';

type ReadyzOptions = {
  readonly ask: Ask;
  readonly nowMs: () => number;
  readonly take: (sighting: Sighting) => void;
  readonly signal: AbortSignal;
  readonly answered: (atMs: number) => void;
};

const path = '/readyz';
const everyMs = 2000;
const timeoutMs = 4000;

/** Once a minute is often enough for a Date of whole seconds. */
const dateEveryMs = 60_000;

/**
 * Asks the API server every 2 s whether it is ready, until the signal fires: one that hangs ends no watch, and its silence
 * would look like a cluster in which nothing happens. Whoever may not read /readyz is answered all the same.
 */
const followApi = async ({ ask, nowMs, take, signal, answered }: ReadyzOptions): Promise<void> => {
  let isSilent = false;
  let answeredMs = nowMs();
  let datedMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const askedMs = nowMs();
    const answer = await ask(path, { timeoutMs, signal }).catch((thrown: unknown) =>
      unansweredText(path, timeoutMs, { thrown }),
    );
    if (signal.aborted) return;
    const atMs = nowMs();
    const problem =
      typeof answer === 'string' ? answer : answer.status >= 500 ? unansweredText(path, timeoutMs, answer) : null;
    // It may have stopped just after the last answer.
    if (problem !== null && !isSilent) take({ type: 'blind', source: 'api', reason: problem, atMs: answeredMs });
    if (problem === null && isSilent) take({ type: 'sighted', source: 'api', atMs });
    isSilent = problem !== null;
    if (!isSilent) {
      answeredMs = atMs;
      answered(atMs);
    }
    if (typeof answer !== 'string' && answer.dateMs !== null && atMs - datedMs >= dateEveryMs) {
      take({ type: 'date', askedMs, dateMs: answer.dateMs, atMs });
      datedMs = atMs;
    }
    await delay(Math.max(0, askedMs + everyMs - atMs), undefined, { signal }).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
};

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
  /**
   * Up to when nothing can have been lost, were this process killed now. Of nodes that need not be known: the stamp of a change
   * tells of it later, too.
   */
  readonly knownMs: () => number;
  /** Nothing was taken from `fromMs` on, though it may have come: what was under way may still be held back. */
  readonly markUnproven: (reason: string, fromMs: number) => void;
  /** Before the end: tells what the watches have not brought as blind time. */
  readonly prove: () => Promise<void>;
  /** What could not be read so far. */
  readonly missing: () => readonly Missing[];
};

/** Somebody renews every few seconds, and posts a status every few minutes: where nobody did for so long, it is asked. */
const quietMs = { nodes: 60_000, leases: 15_000 } as const;

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
  const lease = (object: WatchedObject) => leaseSight(object as V1Lease);
  const node = (object: WatchedObject) => {
    const sight = nodeSight(object as V1Node);
    kubelets.see(sight);
    return sight;
  };
  const following = { access, ask, nowMs, signal: ending };
  const [nodes, leases] = await Promise.all([
    followStream({
      ...{ ...following, resource: 'nodes', path: nodesPath, blind: blind.nodes, quietMs: quietMs.nodes },
      handlers: {
        listed: (objects, atMs) => {
          const nodes = objects.map(node);
          // One that went while nobody could see is deleted by no change.
          kubelets.forgetOthers(new Set(nodes.map((each) => each.node)));
          take({ type: 'nodes', nodes, atMs });
        },
        changed: (object, atMs) => take({ type: 'node', node: node(object), atMs }),
        deleted: (object, atMs) => {
          kubelets.forget(object.metadata?.name ?? '');
          take({ type: 'nodeGone', node: object.metadata?.name ?? '', atMs });
        },
      },
    }),
    followStream({
      ...{ ...following, resource: 'leases', path: leasesPath, blind: blind.leases, quietMs: quietMs.leases },
      handlers: {
        listed: (objects, atMs) => take({ type: 'leases', leases: objects.map(lease), atMs }),
        changed: (object, atMs) => take({ type: 'lease', lease: lease(object), atMs }),
        deleted: () => undefined,
      },
    }),
  ]);
  const streams = [nodes, leases];
  const markUnproven = (reason: string, fromMs: number): void => {
    for (const stream of streams) stream.markUnproven(reason, fromMs);
  };
  let awayMs = 0;
  let answeredMs = nowMs();
  const takeApi = (sighting: Sighting): void => {
    if (sighting.type === 'blind') awayMs = sighting.atMs;
    // A connection that was cut off with it may bring what it holds back when nobody expects it any more.
    if (sighting.type === 'sighted') markUnproven('what came meanwhile may still be held back', awayMs);
    take(sighting);
  };
  const api = followApi({
    ...{ ...asking, take: takeApi },
    answered: (atMs) => {
      answeredMs = atMs;
    },
  });
  const all = [...streams.map((stream) => stream.done), api, kubelets.follow(), leader.follow()];
  for (const each of all) each.catch(failed);
  const done = Promise.allSettled(all).then(() => {
    for (const each of [blind.nodes, blind.leases]) each.end();
    if (failure.signal.aborted) throw failure.signal.reason;
  });
  return {
    done,
    knownMs: () => Math.min(answeredMs, leases.knownMs()),
    markUnproven,
    prove: async () => {
      await Promise.all(streams.map((stream) => stream.prove()));
    },
    missing: () => [...leader.missing(), ...kubelets.missing()],
  };
};
