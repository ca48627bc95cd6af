import { deadConnectionUs, podRetryUs } from '../engine/constants.ts';
import { tolerationsOf } from '../engine/settings.ts';
import type { World } from '../engine/simulation.ts';
import type { NodeObject, NodeState, Pod } from '../engine/state.ts';
import { type ApiClient, newRequest } from '../network/apiserver.ts';

export type ReplicaSet = {
  /** Makes as many pods as are missing. Pods that are being deleted do not count. */
  readonly reconcile: () => void;
};

/** The pods that a ReplicaSet counts. */
const active = (pods: Iterable<Pod>): number => {
  let count = 0;
  for (const { deleting } of pods) if (!deleting) count += 1;
  return count;
};

/** Names pods in the order of their making, `beat-1` on; one counter a world. */
export const createPodNames = (): (() => string) => {
  let made = 0;
  return () => {
    made += 1;
    return `beat-${made}`;
  };
};

/** The workload's ReplicaSet, in the controller manager that `client` belongs to. */
export const createReplicaSet = (
  world: World,
  client: ApiClient,
  nextName: () => string,
  isAlive: () => boolean,
): ReplicaSet => {
  const { api, clock, config, pods, settings, store } = world;
  const tolerations = tolerationsOf(settings);
  let asking = false;
  const reconcile = (): void => {
    if (asking || !isAlive() || active(pods) >= config.replicas) return;
    asking = true;
    api.send(
      newRequest(
        client,
        'write',
        deadConnectionUs,
        null,
        () => {
          while (active(pods) < config.replicas) {
            const name = nextName();
            const pod: Pod = {
              name,
              uid: `uid-${name}`,
              tolerations,
              daemon: false,
              node: null,
              ready: false,
              deleting: false,
              evicted: false,
              deletedUs: null,
              gone: false,
              revision: 0,
              disruptionTarget: false,
              seen: { ready: false, deleting: false, node: null, revision: 0 },
              running: false,
              serving: false,
              starting: false,
              stopping: false,
            };
            pods.add(pod);
            store.podWritten(pod);
          }
          return 'ok';
        },
        (_, reply) => {
          asking = false;
          if (reply !== 'ok') clock.at(clock.now() + podRetryUs, reconcile, undefined);
        },
      ),
    );
  };
  return { reconcile };
};

/**
 * The scheduler: each pod without a node goes to the node with the fewest pods of the workload that bears no taint the
 * pod does not tolerate; while there is none it stays pending. Control planes are tainted unless there are no workers.
 */
export const createScheduler = (world: World, client: ApiClient): { readonly look: () => void } => {
  const { api, behaviour, clock, nodes, pods, store } = world;
  const seen = new Map<NodeState, NodeObject>();
  const hasWorkers = nodes.some(({ role, hollow }) => role === 'worker' && !hollow);
  const binding = new Set<Pod>();

  const fits = (node: NodeState): boolean => {
    const object = seen.get(node);
    if (object === undefined || node.hollow || (node.role === 'control-plane' && hasWorkers)) return false;
    // Before taints by condition the scheduler looked at the condition itself.
    return behaviour.noScheduleTaints
      ? object.taints.every(({ effect }) => effect !== 'NoSchedule')
      : object.ready === 'True';
  };
  const load = ({ pods: own }: NodeState): number => active(own);
  const choose = (): NodeState | null => {
    let best: NodeState | null = null;
    for (const node of nodes) if (fits(node) && (best === null || load(node) < load(best))) best = node;
    return best;
  };

  const bind = (pod: Pod): void => {
    binding.add(pod);
    const done = (_: unknown, reply: string): void => {
      binding.delete(pod);
      if (reply !== 'ok') clock.at(clock.now() + podRetryUs, look, undefined);
      else look();
    };
    const commit = (): 'ok' | 'notFound' => {
      const node = choose();
      if (node === null || pod.gone) return 'notFound';
      pod.node = node;
      node.pods.add(pod);
      store.podWritten(pod);
      return 'ok';
    };
    api.send(newRequest(client, 'write', deadConnectionUs, null, commit, done));
  };

  const look = (): void => {
    if (binding.size > 0) return;
    for (const pod of pods) {
      if (pod.node !== null || pod.deleting) continue;
      if (choose() !== null) bind(pod);
      return;
    }
  };

  store.watch({
    node: (node, object) => {
      const before = seen.get(node);
      seen.set(node, object);
      if (before?.taints !== object.taints || before.ready !== object.ready) look();
    },
    pod: (pod) => {
      if (pod.node === null) look();
    },
  });
  return { look };
};
