import { deadConnectionUs, gracePeriodUs, podRetryUs } from '../engine/constants.ts';
import { tolerationsOf } from '../engine/settings.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState, Pod, Taint } from '../engine/state.ts';
import { type ApiClient, newRequest } from '../network/apiserver.ts';

/** Who makes the workload's pods: a ReplicaSet, or a StatefulSet. */
export type ReplicaSet = {
  /** Makes pods that are missing, each as it may. */
  readonly reconcile: () => void;
};

/** The pods that a ReplicaSet counts. */
const active = (pods: Iterable<Pod>): number => {
  let count = 0;
  for (const { deleting, failed } of pods) if (!deleting && !failed) count += 1;
  return count;
};

/** Names pods in the order of their making, `beat-1` on; one counter a simulation. */
export const createPodNames = (): (() => string) => {
  let made = 0;
  return () => {
    made += 1;
    return `beat-${made}`;
  };
};

/** A StatefulSet has a claim of its own for each pod, which the next of the pod's name takes up; pods of a Deployment share one. */
const volumeName = (kind: 'deployment' | 'statefulset', pod: string): string =>
  kind === 'statefulset' ? `data-${pod}` : 'data';

/** A pod as its controller makes it: no node, nothing runs. */
export const newPod = ({ config, settings }: Simulation, name: string, uid: string): Pod => ({
  name,
  uid,
  tolerations: { ...tolerationsOf(settings), ...config.workload?.tolerations },
  daemon: false,
  node: null,
  ready: false,
  deleting: false,
  evicted: false,
  deletedUs: null,
  graceUs: config.workload?.gracePeriodUs ?? gracePeriodUs,
  failed: false,
  gone: false,
  revision: 0,
  disruptionTarget: false,
  seen: { ready: false, deleting: false, gone: false, node: null, revision: 0 },
  running: false,
  ended: false,
  serving: false,
  starting: false,
  stopping: false,
  volume:
    config.workload?.volume === undefined
      ? null
      : { name: volumeName(config.workload.kind, name), inUse: false, hasRun: false, backOffUs: null },
});

/** Those that lack now: as many as are missing, for pods that are being deleted do not count. @see kubernetes pkg/controller/replicaset */
const missingReplicas = ({ config, pods }: Simulation, nextName: () => string): readonly string[] =>
  Array.from({ length: Math.max(0, config.replicas - active(pods)) }, nextName);

/**
 * The one that may be made now (podManagementPolicy OrderedReady): the first that is not there, if all before it are Ready.
 * One that ends keeps its name until it is gone, and those behind it wait.
 * @see kubernetes pkg/controller/statefulset, processReplica
 */
const missingOrdinal = ({ config, pods }: Simulation): readonly string[] => {
  const byName = new Map([...pods].map((pod) => [pod.name, pod]));
  for (let ordinal = 0; ordinal < config.replicas; ordinal += 1) {
    const name = `beat-${ordinal}`;
    const pod = byName.get(name);
    if (pod === undefined) return [name];
    if (pod.seen.deleting || !pod.seen.ready) return [];
  }
  return [];
};

/** The controller of the workload's pods, in the controller manager that `client` belongs to. */
export const createReplicaSet = (
  simulation: Simulation,
  client: ApiClient,
  nextName: () => string,
  isAlive: () => boolean,
): ReplicaSet => {
  const { api, clock, config, pods, store } = simulation;
  const isSet = config.workload?.kind === 'statefulset';
  const lacks = (): boolean => (isSet ? missingOrdinal(simulation).length > 0 : active(pods) < config.replicas);
  const make = (name: string, uid: string): void => {
    const pod = newPod(simulation, name, uid);
    pods.add(pod);
    store.podWritten(pod);
  };
  let asking = false;
  const reconcile = (): void => {
    if (asking || !isAlive() || !lacks()) return;
    asking = true;
    api.send(
      newRequest(
        client,
        'write',
        deadConnectionUs,
        null,
        () => {
          if (isSet) for (const name of missingOrdinal(simulation)) make(name, `uid-${nextName()}`);
          else for (const name of missingReplicas(simulation, nextName)) make(name, `uid-${name}`);
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
export const createScheduler = (
  simulation: Simulation,
  client: ApiClient,
): { readonly schedulePending: () => void } => {
  const { api, behaviour, clock, config, nodes, pods, settings, store } = simulation;
  const hasWorkers = nodes.some(({ role, hollow }) => role === 'worker' && !hollow);
  const binding = new Set<Pod>();

  const tolerations = { ...tolerationsOf(settings), ...config.workload?.tolerations };
  /** For any time at all: a pod may then be put where it is sent away from at once. */
  const isTolerated = (key: string): boolean => (tolerations[key] ?? null) !== null;
  const allows = ({ effect, key }: Taint): boolean => effect !== 'NoSchedule' && isTolerated(key);
  const fits = (node: NodeState): boolean => {
    const object = node.seen;
    if (object === null || node.hollow || (node.role === 'control-plane' && hasWorkers)) return false;
    // Before taints by condition the scheduler checked the condition itself.
    return behaviour.noScheduleTaints ? object.taints.every(allows) : object.ready === 'True';
  };
  const load = ({ pods: own }: NodeState): number => active(own);
  const choose = (): NodeState | null => {
    let best: NodeState | null = null;
    let minLoad = Number.POSITIVE_INFINITY;
    for (const node of nodes) {
      if (!fits(node)) continue;
      const has = load(node);
      // Fewer than none has no other.
      if (has === 0) return node;
      if (has >= minLoad) continue;
      best = node;
      minLoad = has;
    }
    return best;
  };

  const bind = (pod: Pod): void => {
    binding.add(pod);
    const done = (_: unknown, reply: string): void => {
      binding.delete(pod);
      if (reply !== 'ok') clock.at(clock.now() + podRetryUs, schedulePending, undefined);
      else schedulePending();
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

  const schedulePending = (): void => {
    if (binding.size > 0) return;
    for (const pod of pods) {
      if (pod.node !== null || pod.deleting) continue;
      if (choose() !== null) bind(pod);
      return;
    }
  };

  store.watch({
    node: (_node, object, _written, before) => {
      if (before?.taints !== object.taints || before.ready !== object.ready) schedulePending();
    },
    pod: (pod) => {
      if (pod.node === null) schedulePending();
    },
  });
  return { schedulePending };
};
