import type { Rng } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { Pod } from '../engine/state.ts';
import { start, type Task } from '../engine/task.ts';
import type { ApiClient } from '../network/apiserver.ts';
import { createAttachDetach } from './attach-detach.ts';
import { type ControllerManager, createNodeHealth, type NodeHealth } from './controller-manager.ts';
import type { Zone } from './disruption.ts';
import { createEndpointController, type Slices } from './endpoints.ts';
import { createEvictions } from './eviction/eviction.ts';
import { createPodGarbage } from './eviction/pod-gc.ts';
import { createTaints, noExecuteTaint, type Taints } from './eviction/taints.ts';
import { createTimeoutEvictions } from './eviction/timeout-eviction.ts';
import type { Decision } from './handling.ts';
import { createNewPods } from './marking.ts';
import { createMonitor, monitorNodes } from './monitor.ts';
import type { PassOrder } from './passes/pass-order.ts';
import { createRateLimitedClient, withOwnEvents } from './rate-limited-client.ts';
import { createReplicaSet, type ReplicaSet } from './workload.ts';

/** A leading controller manager and its ears. */
export type Controller = {
  readonly manager: ControllerManager;
  readonly nodeUpdated: (health: NodeHealth) => void;
  readonly podUpdated: (pod: Pod) => void;
  readonly replicaSet: ReplicaSet;
};

export type ControllerTools = {
  readonly simulation: Simulation;
  readonly slices: Slices;
  readonly nextPodName: () => string;
  readonly isDeployed: () => boolean;
  readonly rng: Rng;
  /** Of so many nodes. */
  readonly passOrder: (size: number, rng: Rng) => PassOrder;
  /** How late the ticks of the tainting loop are. */
  readonly ticks: Rng;
};

/** Pods go by tolerations where the version taints, by the timeout where it does not or where it is configured so. */
const byTaints = ({ behaviour, settings }: Simulation): boolean =>
  behaviour.noExecuteTaints && settings.eviction.kind === 'tolerations';

/** By taints: the condition that the pass wrote (1.34 on) or read decides. */
const taintDecision =
  ({ behaviour }: Simulation, taints: Taints): Decision =>
  (zone, health, observed, current) => {
    const by = behaviour.taintsByWrittenCondition ? current : observed;
    return by === null ? null : taints.decide(zone, health, by);
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
): Controller & Passes & { readonly start: (ranBefore?: boolean) => void } => {
  const { simulation, slices, nextPodName, rng, passOrder, ticks } = tools;
  const { api, behaviour, clock, heartbeats, nodes, settings } = simulation;
  const isAlive = (): boolean => manager.alive;
  for (const node of nodes) heartbeats.catchUp(node);
  const nodeClient = createRateLimitedClient(clock, api, client, isAlive, settings);
  const manager: ControllerManager = {
    member,
    process: client.process,
    api: client,
    alive: true,
    isAlive,
    health: createNodeHealth(nodes),
    client: nodeClient,
    evictionClient: behaviour.ownEvictionClient
      ? createRateLimitedClient(clock, api, client, isAlive, settings)
      : withOwnEvents(clock, nodeClient.request, isAlive),
  };
  const zones = new Map<number, Zone>();
  const timeoutUs = settings.eviction.kind === 'pod-eviction-timeout' ? settings.eviction.timeoutUs : 0;
  const byTimeout = byTaints(simulation)
    ? null
    : createTimeoutEvictions(simulation, manager, zones, timeoutUs, () => taints.wake());
  const turn = byTimeout === null ? noExecuteTaint(simulation, manager, rng) : byTimeout.turn;
  const taints = createTaints(simulation, manager, zones, turn, rng, ticks);
  const byTolerations = byTimeout === null ? createEvictions(simulation, manager) : null;
  const decide = byTimeout === null ? taintDecision(simulation, taints) : byTimeout.decide;
  const replicaSet = createReplicaSet(simulation, client, nextPodName, () => manager.alive && tools.isDeployed());
  const endpoints = createEndpointController(simulation, client, slices, isAlive);

  const garbage = createPodGarbage(simulation, manager);
  const { volume } = simulation.config.workload ?? {};
  const volumes = volume === undefined ? null : createAttachDetach(simulation, manager, volume);
  const newPods = behaviour.marksNewPods ? createNewPods(simulation, manager) : null;
  const monitor = createMonitor(simulation, manager, zones, taints, decide, passOrder(nodes.length, rng));
  return {
    manager,
    replicaSet,
    health: monitor.pass,
    queue: taints.pass,
    zones,
    // In the order of Run: workers first, the monitor last.
    start: (ranBefore = false) => {
      taints.begin(ranBefore);
      for (const health of manager.health) {
        taints.nodeUpdated(health);
        byTolerations?.nodeUpdated(health);
      }
      start(monitorNodes(simulation, manager, monitor.pass), isAlive);
      replicaSet.reconcile();
      endpoints.sync();
      garbage.begin();
      volumes?.begin();
    },
    nodeUpdated: (health) => {
      monitor.nodeUpdated(health);
      taints.nodeUpdated(health);
      byTolerations?.nodeUpdated(health);
      garbage.nodeUpdated(health);
      volumes?.nodeUpdated(health);
    },
    podUpdated: (pod) => {
      byTolerations?.podUpdated(pod);
      byTimeout?.podUpdated(pod);
      newPods?.podUpdated(pod);
      replicaSet.reconcile();
      endpoints.sync();
      volumes?.podUpdated(pod);
    },
  };
};

/** @param ranBefore it has led for long already */
export const startController = (
  tools: ControllerTools,
  client: ApiClient,
  member: number,
  ranBefore = false,
): Controller => {
  const controller = createController(tools, client, member);
  controller.start(ranBefore);
  return controller;
};
