import type { Stream } from '../engine/random.ts';
import type { World } from '../engine/simulation.ts';
import type { Pod } from '../engine/state.ts';
import { start, type Task } from '../engine/task.ts';
import type { ApiClient } from '../network/apiserver.ts';
import { createBudgetedClient, withOwnEvents } from './budget.ts';
import type { Zone } from './disruption.ts';
import { createEndpointController, type Slices } from './endpoints.ts';
import { createEvictions } from './eviction/eviction.ts';
import { createPodGarbage } from './eviction/pod-gc.ts';
import { createTaints, noExecuteTaint, type Taints } from './eviction/taints.ts';
import { createTimeoutEvictions } from './eviction/timeout-eviction.ts';
import { type Instance, type Watched, watchedNodes } from './instance.ts';
import { createNewPods } from './marking.ts';
import { createMonitor, type Decision, monitorNodes } from './monitor.ts';
import { createReplicaSet, type ReplicaSet } from './workload.ts';

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

/** What runs each time that a period is over, by name. */
export type Passes = {
  /** Of the node monitor. */
  readonly health: () => Task;
  /** Of the loop that gives nodes their NoExecute taints, or by pod-eviction-timeout deletes their pods. */
  readonly queue: () => Task;
  readonly zones: ReadonlyMap<number, Zone>;
};

/**
 * Everything of a controller manager that the model knows: the node monitor, taints, evictions, the ReplicaSet and the
 * endpoint slices. Its memory of nodes is empty: each gets its full grace, and loses its NoExecute taints.
 */
export const createController = (
  tools: ControllerTools,
  client: ApiClient,
  member: number,
): Controller & Passes & { readonly start: () => void } => {
  const { world, slices, nextPodName, stream } = tools;
  const { api, behaviour, clock, nodes, settings } = world;
  const isAlive = (): boolean => instance.alive;
  const nodeClient = createBudgetedClient(clock, api, client, isAlive, settings);
  const instance: Instance = {
    member,
    process: client.process,
    api: client,
    alive: true,
    isAlive,
    watched: watchedNodes(nodes),
    client: nodeClient,
    evictionClient: behaviour.ownEvictionClient
      ? createBudgetedClient(clock, api, client, isAlive, settings)
      : withOwnEvents(clock, nodeClient.request, isAlive),
  };
  const zones = new Map<number, Zone>();
  const timeoutUs = settings.eviction.kind === 'pod-eviction-timeout' ? settings.eviction.timeoutUs : 0;
  const byTimeout = byTaints(world)
    ? null
    : createTimeoutEvictions(world, instance, zones, timeoutUs, () => taints.wake());
  const turn = byTimeout === null ? noExecuteTaint(world, instance, stream) : byTimeout.turn;
  const taints = createTaints(world, instance, zones, turn, stream);
  const byTolerations = byTimeout === null ? createEvictions(world, instance) : null;
  const decide = byTimeout === null ? taintDecision(world, taints) : byTimeout.decide;
  const replicaSet = createReplicaSet(world, client, nextPodName, () => instance.alive && tools.isDeployed());
  const endpoints = createEndpointController(world, client, slices, isAlive);

  const garbage = createPodGarbage(world, instance);
  const newPods = behaviour.marksNewPods ? createNewPods(world, instance) : null;
  const health = createMonitor(world, instance, zones, taints, decide, stream);
  return {
    instance,
    replicaSet,
    health,
    queue: taints.pass,
    zones,
    // In the order of Run: workers first, the monitor last.
    start: () => {
      taints.begin();
      for (const watched of instance.watched) {
        taints.nodeSeen(watched);
        byTolerations?.nodeSeen(watched);
      }
      start(monitorNodes(world, instance, health), isAlive);
      replicaSet.reconcile();
      endpoints.sync();
      garbage.look();
    },
    nodeSeen: (watched) => {
      taints.nodeSeen(watched);
      byTolerations?.nodeSeen(watched);
      garbage.look();
    },
    podSeen: (pod) => {
      byTolerations?.podSeen(pod);
      byTimeout?.podSeen(pod);
      newPods?.podSeen(pod);
      replicaSet.reconcile();
      endpoints.sync();
    },
  };
};

export const startController = (tools: ControllerTools, client: ApiClient, member: number): Controller => {
  const controller = createController(tools, client, member);
  controller.start();
  return controller;
};
