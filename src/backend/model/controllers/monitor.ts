import { passBaseUs, passNodeUs } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import { sleep, type Task } from '../engine/task.ts';
import type { Behaviour } from '../engine/versions.ts';
import { createPresent } from '../kubelet/deferred.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { createZone, type Zone, type ZoneCount, type ZoneState } from './disruption.ts';
import type { Taints } from './eviction/taints.ts';
import { createHandling, type Decision } from './handling.ts';
import { graceOf, updateHealth } from './health.ts';
import { createDeferredPasses } from './passes/deferred-passes.ts';
import { makePass, type Pass, type PassParts } from './passes/pass.ts';
import type { PassOrder } from './passes/pass-order.ts';

export type Monitor = {
  readonly pass: () => Task;
  readonly nodeUpdated: (health: NodeHealth) => void;
};

/** @see kubernetes pkg/controller/nodelifecycle, isNodeExcludedFromDisruptionChecks, legacyIsMasterNode (to 1.20) */
export const countsForDisruption = (
  { mastersNeverCount, disruptionLabel }: Pick<Behaviour, 'mastersNeverCount' | 'disruptionLabel'>,
  { name, labels }: Pick<NodeState, 'name' | 'labels'>,
): boolean =>
  !(mastersNeverCount && /master(?:-...)?$/.test(name)) &&
  !(disruptionLabel && labels.includes('node.kubernetes.io/exclude-disruption'));

/** A pass over all nodes at once, then again each time `P` has gone by since the last one returned. */
export function* monitorNodes({ clock, settings }: Simulation, { process }: ControllerManager, pass: () => Task): Task {
  for (;;) {
    yield* pass();
    yield* sleep(clock, process, settings.monitorPeriodUs);
  }
}

/**
 * The passes of the node monitor of one controller manager. One takes time: reading the caches, and every write in it
 * before the next node of a worker.
 * @see kubernetes pkg/controller/nodelifecycle, monitorNodeHealth
 */
export const createMonitor = (
  simulation: Simulation,
  manager: ControllerManager,
  zones: Map<number, Zone>,
  taints: Taints,
  decide: Decision,
  order: PassOrder,
): Monitor => {
  const { behaviour, clock, settings } = simulation;
  const usesLeases = behaviour.leases !== 'none';
  const { health: all } = manager;
  const readingUs = passBaseUs + Math.ceil((passNodeUs * all.length) / behaviour.monitorWorkers);
  const now = createPresent(clock);
  const awaiting = new Set<NodeHealth>();
  /** Names of zones that have nodes; by place among them their nodes, how many of these count for disruption, and what a pass has made. */
  const zoneNames: number[] = [];
  const members: NodeHealth[][] = [];
  const zoneAt: (Zone | undefined)[] = [];
  /** Of each node, the place of its zone, and whether it counts. */
  const zonePlaces = new Int32Array(all.length);
  const counting = new Uint8Array(all.length);
  const placeOfName = new Map<number, number>();
  for (const health of all) {
    const { index, zone } = health.node;
    const place = placeOfName.get(zone) ?? zoneNames.length;
    if (place === zoneNames.length) {
      placeOfName.set(zone, place);
      zoneNames.push(zone);
      members.push([]);
      zoneAt.push(undefined);
    }
    members[place]?.push(health);
    zonePlaces[index] = place;
    counting[index] = Number(countsForDisruption(behaviour, health.node));
  }
  const countingOf = Int32Array.from(members, (nodes) => nodes.filter(({ node }) => counting[node.index] === 1).length);
  const zoneOf = (index: number): Zone | undefined => zoneAt[zonePlaces[index] as number];
  const beginZone = (index: number): void => {
    const place = zonePlaces[index] as number;
    const zone: Zone = { ...createZone(settings, members[place] ?? []), state: 'initial' };
    zoneAt[place] = zone;
    zones.set(zoneNames[place] as number, zone);
  };
  const isHealthy = (health: NodeHealth, object: NodeHealth['object']): boolean =>
    object?.ready === 'True' &&
    object.taints.length === 0 &&
    !health.retriesMarking &&
    !health.evicted &&
    zoneOf(health.node.index)?.queue.has(health) === false;
  const states = (): (ZoneState | null)[] => [...zones.values()].map(({ state }) => state);
  const deferredPasses = createDeferredPasses(simulation, manager, {
    isHealthy: (health) => health.known && health.snapshot !== null && isHealthy(health, health.object),
    mayLeaveOut: () => awaiting.size === 0 && !states().includes(null),
    isAwaiting: () => awaiting.size > 0,
    mayFindNothing: () => states().every((state) => state === 'normal'),
  });
  const handling = createHandling(simulation, manager, decide, (health) => awaiting.add(health));

  /** 1.37: a lease that was read live and that the cache has yet to show stops every decision. */
  const cacheLags = (): boolean => {
    for (const health of awaiting) {
      deferredPasses.refreshLease(health, now());
      if (health.awaitedRevision === null || health.leaseRevision >= health.awaitedRevision) {
        health.awaitedRevision = null;
        awaiting.delete(health);
      }
    }
    return awaiting.size > 0;
  };

  const add = (counts: Int32Array, index: number, by: 1 | -1): void => {
    if (counting[index] === 0) return;
    const place = zonePlaces[index] as number;
    counts[place] = (counts[place] as number) + by;
  };
  const count = (pass: Pass, index: number, isReady: boolean): void =>
    add(isReady ? pass.ready : pass.notReady, index, 1);
  const countsOf = ({ ready, notReady }: Pass): ReadonlyMap<number, ZoneCount> =>
    new Map(
      zoneNames
        .map((name, place) => [name, { ready: ready[place] as number, notReady: notReady[place] as number }] as const)
        .filter(([, counted]) => counted.ready + counted.notReady > 0),
    );

  const nextToHandle = (pass: Pass): NodeHealth | null => {
    const at = now();
    const nowUs = at.timeUs;
    for (;;) {
      const place = deferredPasses.passOver(pass.nodes, pass.next, at);
      pass.next = place + 1;
      if (place === pass.nodes.length) return null;
      const index = pass.nodes[place] as number;
      add(pass.ready, index, -1);
      const health = all[index] as NodeHealth;
      const object = health.snapshot;
      if (object === null || (awaiting.size > 0 && cacheLags())) continue;
      deferredPasses.refreshLease(health, at);
      const isLate = updateHealth(health, object, nowUs, graceOf(simulation, object), usesLeases);
      if (isLate || !isHealthy(health, object)) {
        pass.isLate = isLate;
        return health;
      }
      health.status = 'True';
      count(pass, index, true);
      deferredPasses.foundHealthy(health);
    }
  };

  const parts: PassParts = {
    simulation,
    manager,
    zones,
    taints,
    deferredPasses,
    handling,
    order,
    countingOf,
    readingUs,
    zoneOf,
    beginZone,
    nextToHandle,
    count,
    countsOf,
  };
  return { pass: () => makePass(parts), nodeUpdated: deferredPasses.nodeUpdated };
};
