import type { ApiClient } from './apiserver.ts';
import { createBudgetedClient } from './budget.ts';
import { dequeue, enqueue, type Zone } from './disruption.ts';
import { createEndpointController, type Slices } from './endpoints.ts';
import { createEvictions, deletePodsOf } from './eviction.ts';
import { type Instance, type Watched, watchedNodes } from './instance.ts';
import { type Decision, monitorNodes } from './monitor.ts';
import type { Stream } from './random.ts';
import type { Pod } from './state.ts';
import { createTaints, noExecuteTaint, type Taints } from './taints.ts';
import { start } from './task.ts';
import { createReplicaSet, type ReplicaSet } from './workload.ts';
import type { World } from './world.ts';

/** A leading controller manager and its ears. */
export type Controller = {
  readonly instance: Instance;
  readonly nodeSeen: (watched: Watched) => void;
  readonly podSeen: (pod: Pod) => void;
  readonly replicaSet: ReplicaSet;
};

export type ControllerTools = {
  readonly world: World;
  readonly slices: Slices;
  readonly nextPodName: () => string;
  readonly isDeployed: () => boolean;
  readonly stream: Stream;
};

/** Pods go by tolerations where the version taints, by the timeout where it does not or where it is told so. */
const byTaints = ({ behaviour, settings }: World): boolean =>
  behaviour.noExecuteTaints && settings.eviction.kind === 'tolerations';

/** By taints: the condition that the pass wrote (1.34 on) or read decides. */
const taintDecision = ({ behaviour }: World, taints: Taints): Decision =>
  function* (zone, watched, observed, current) {
    const by = behaviour.taintsByWrittenCondition ? current : observed;
    if (by !== null) yield* taints.decide(zone, watched, by);
  };

/**
 * By pod-eviction-timeout: counted from the last sign of life where the condition is Unknown, from the transition
 * where the kubelet itself says False. @see kubernetes (to 1.26) processNoTaintBaseEviction
 */
const timeoutDecision = ({ clock }: World, timeoutUs: number, wake: () => void): Decision =>
  // biome-ignore lint/correctness/useYield: a decision that never has to wait
  function* (zone: Zone, watched, observed) {
    if (observed === null) return;
    if (observed.ready === 'True') return dequeue(zone, watched);
    const sinceUs = observed.ready === 'Unknown' ? watched.probeUs : watched.transitionUs;
    if (clock.now() <= sinceUs + timeoutUs) return;
    enqueue(zone, watched);
    wake();
  };

/**
 * Starts everything of a controller manager that the model knows: the node monitor, taints, evictions, the ReplicaSet
 * and the endpoint slices. Its memory of nodes is empty: each gets its full grace, and loses its NoExecute taints.
 */
export const startController = (tools: ControllerTools, client: ApiClient, member: number): Controller => {
  const { world, slices, nextPodName, stream } = tools;
  const { api, behaviour, clock, nodes, settings } = world;
  const isAlive = (): boolean => instance.alive;
  const nodeClient = createBudgetedClient(clock, api, client, isAlive);
  const instance: Instance = {
    member,
    process: client.process,
    api: client,
    alive: true,
    isAlive,
    watched: watchedNodes(nodes),
    client: nodeClient,
    evictionClient: behaviour.ownEvictionClient ? createBudgetedClient(clock, api, client, isAlive) : nodeClient,
  };
  const zones = new Map<number, Zone>();
  const tainting = byTaints(world);
  const turn = tainting ? noExecuteTaint(world, instance, stream) : deletePodsOf(world, instance);
  const taints = createTaints(world, instance, zones, turn, stream);
  const evictions = tainting ? createEvictions(world, instance) : null;
  const timeoutUs = settings.eviction.kind === 'pod-eviction-timeout' ? settings.eviction.timeoutUs : 0;
  const decide = tainting ? taintDecision(world, taints) : timeoutDecision(world, timeoutUs, taints.wake);
  const replicaSet = createReplicaSet(world, client, nextPodName, () => instance.alive && tools.isDeployed());
  const endpoints = createEndpointController(world, client, slices, isAlive);

  // In the order of Run: workers first, the monitor last.
  for (const watched of instance.watched) {
    taints.nodeSeen(watched);
    evictions?.nodeSeen(watched);
  }
  start(monitorNodes(world, instance, zones, taints, decide, stream), isAlive);
  replicaSet.reconcile();
  endpoints.sync();
  return {
    instance,
    replicaSet,
    nodeSeen: (watched) => {
      taints.nodeSeen(watched);
      evictions?.nodeSeen(watched);
    },
    podSeen: (pod) => {
      evictions?.podSeen(pod);
      replicaSet.reconcile();
      endpoints.sync();
    },
  };
};
