import { passBaseUs, passNodeUs } from '../engine/constants.ts';
import { type Rng, shuffle } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import type { Behaviour } from '../engine/versions.ts';
import { createPresent } from '../kubelet/deferred.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import {
  becomesAllDown,
  createZone,
  handleDisruption,
  type Zone,
  type ZoneCount,
  type ZoneState,
  zonesToSet,
} from './disruption.ts';
import type { Taints } from './eviction/taints.ts';
import { createHandling, type Decision, type Handling } from './handling.ts';
import { graceOf, updateHealth } from './health.ts';
import { createDeferredPasses, type DeferredPasses } from './passes/deferred-passes.ts';

/** One pass under way. `isLate`: of the node that was just taken, whether its grace has passed. */
type Pass = {
  readonly beganUs: number;
  isLate: boolean;
  next: number;
  /** It may leave nodes out, and do at once what needs no request. */
  readonly isShort: boolean;
  /** Of a short one: nobody has been asked for anything yet, so that it is at the moment when it began. */
  isAtOnce: boolean;
  /** By the place of each zone. Those that it does not check are Ready. */
  readonly ready: Int32Array;
  readonly notReady: Int32Array;
  working: number;
  finished: (() => void) | null;
};

/** For generators that all runs share: `waitUntil` says why. An `index` is that of a node. */
type MonitorParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly zones: Map<number, Zone>;
  readonly taints: Taints;
  readonly deferredPasses: DeferredPasses;
  readonly handling: Handling;
  /** Indices of nodes, in the order in which the next pass takes them. */
  readonly order: Int32Array;
  /** By the place of each zone, how many of its nodes count for disruption. */
  readonly countingOf: Int32Array;
  /** How long a pass reads the caches. */
  readonly readingUs: number;
  /** The zone of a node, where a pass has made it. */
  readonly zoneOf: (index: number) => Zone | undefined;
  readonly beginZone: (index: number) => void;
  /** One more pass has an order of its own, which is drawn when somebody asks for it. */
  readonly putOffDraw: () => void;
  readonly draw: () => void;
  /** Passes over nodes with which nothing has to be done, for that takes no write. @returns the next that has, or null */
  readonly nextToHandle: (pass: Pass) => NodeHealth | null;
  readonly count: (pass: Pass, index: number, isReady: boolean) => void;
  /** Of zones of which any node was counted, by name. */
  readonly countsOf: (pass: Pass) => ReadonlyMap<number, ZoneCount>;
};

export type Monitor = {
  readonly pass: () => Task;
  readonly nodeUpdated: (health: NodeHealth) => void;
  /** Draws what passes drew until now: to be asked before anybody else draws from the same numbers. */
  readonly draw: () => void;
};

/** @see kubernetes pkg/controller/nodelifecycle, isNodeExcludedFromDisruptionChecks, legacyIsMasterNode (to 1.20) */
export const countsForDisruption = (
  { mastersNeverCount, disruptionLabel }: Pick<Behaviour, 'mastersNeverCount' | 'disruptionLabel'>,
  { name, labels }: Pick<NodeState, 'name' | 'labels'>,
): boolean =>
  !(mastersNeverCount && /master(?:-...)?$/.test(name)) &&
  !(disruptionLabel && labels.includes('node.kubernetes.io/exclude-disruption'));

const nothing = (): void => undefined;

/** A pass over all nodes at once, then again each time `P` has gone by since the last one returned. */
export function* monitorNodes({ clock, settings }: Simulation, { process }: ControllerManager, pass: () => Task): Task {
  for (;;) {
    yield* pass();
    yield* sleep(clock, process, settings.monitorPeriodUs);
  }
}

/** One of the workers of a pass. */
function* work(
  { simulation, deferredPasses, handling, order, zoneOf, nextToHandle, count }: MonitorParts,
  pass: Pass,
): Task {
  const { clock, sink } = simulation;
  for (let health = nextToHandle(pass); health !== null; health = nextToHandle(pass)) {
    const { index } = health.node;
    const zone = zoneOf(index);
    if (zone === undefined) throw new Error(`the zone of node ${index} has no queue`);
    if (pass.isShort && handling.atOnce(health, zone, pass.isLate)) {
      count(pass, index, health.status === 'True');
      continue;
    }
    if (pass.isAtOnce) deferredPasses.waits(order.subarray(pass.next));
    pass.isAtOnce = false;
    const startUs = clock.now();
    const { waitedUs, answeredUs } = health;
    if (yield* handling.inFull(health, zone, pass.isLate)) count(pass, index, health.status === 'True');
    sink.passWork?.(clock.now(), {
      node: health.node.name,
      beganUs: pass.beganUs,
      updateUs: clock.now() - startUs,
      waitedUs: health.waitedUs - waitedUs,
      answeredUs: health.answeredUs - answeredUs,
    });
  }
  pass.working -= 1;
  if (pass.working === 0) pass.finished?.();
}

/** A node that was deleted is welcomed anew where it comes again; its health record stays as it was. */
const forget = ({ client }: ControllerManager, health: NodeHealth): void => {
  health.known = false;
  // RemovingNode; what counts is the request.
  client.recordEvent(`Node/${health.node.name}`, nothing);
};

/** Nodes seen for the first time, and zones that have no state. */
function* welcome({ manager, taints, order, zoneOf, beginZone }: MonitorParts): Task {
  for (let next = 0; next < order.length; next += 1) {
    const index = order[next] as number;
    const health = manager.health[index] as NodeHealth;
    const { node, object, known } = health;
    health.snapshot = object;
    if (object === null) {
      if (known) forget(manager, health);
      continue;
    }
    if ((zoneOf(index)?.state ?? null) === null) beginZone(index);
    if (known) continue;
    health.known = true;
    // RegisteredNode, for every node each time that another leads; what counts is the request.
    manager.client.recordEvent(`Node/${node.name}`, nothing);
    const asks = taints.markReachable(zoneOf(index), health);
    if (asks !== null) yield* asks;
  }
}

function* makePass(parts: MonitorParts): Task {
  const { simulation, manager, zones, taints, deferredPasses, order, countingOf, readingUs } = parts;
  const { behaviour, clock, settings } = simulation;
  // So far all nodes are checked at once, and then the caches have been read.
  const checks = deferredPasses.begin();
  if (checks === 'none') {
    parts.putOffDraw();
    yield* sleep(clock, manager.process, readingUs);
    return;
  }
  if (checks === 'all') yield* welcome(parts);
  // Its own order comes after those that were put off.
  parts.putOffDraw();
  parts.draw();
  const pass: Pass = {
    beganUs: clock.now(),
    isLate: false,
    next: 0,
    isShort: checks === 'some',
    isAtOnce: checks === 'some',
    ready: countingOf.slice(),
    notReady: new Int32Array(countingOf.length),
    working: behaviour.monitorWorkers,
    finished: null,
  };
  for (let worker = 0; worker < behaviour.monitorWorkers; worker += 1) start(work(parts, pass), manager.isAlive);
  if (pass.working > 0) {
    yield (resume) => {
      pass.finished = () => resume(undefined);
    };
  }
  if (pass.isAtOnce) deferredPasses.keep();
  const counts = parts.countsOf(pass);
  yield* sleep(clock, manager.process, readingUs);
  if (becomesAllDown(settings, zones, counts)) {
    for (const index of order) {
      const asks = taints.markReachable(parts.zoneOf(index), manager.health[index] as NodeHealth);
      if (asks !== null) yield* asks;
    }
  }
  const judgedUs = clock.now();
  yield* taints.untilFree(zonesToSet(settings, zones, counts));
  if (handleDisruption(settings, zones, counts, clock.now())) {
    deferredPasses.flush();
    for (const health of manager.health) {
      health.probeUs = judgedUs;
      health.transitionUs = judgedUs;
    }
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
  rng: Rng,
): Monitor => {
  const { behaviour, clock, settings } = simulation;
  const usesLeases = behaviour.leases !== 'none';
  const { health: all } = manager;
  const order = Int32Array.from(all, (_, index) => index);
  const readingUs = passBaseUs + Math.ceil((passNodeUs * order.length) / behaviour.monitorWorkers);
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
  /** Passes whose order nobody has asked for. */
  let unshuffled = 0;
  const putOffDraw = (): void => {
    unshuffled += 1;
  };
  const draw = (): void => {
    for (; unshuffled > 0; unshuffled -= 1) shuffle(order, rng);
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
    stopped: draw,
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
    while (pass.next < order.length) {
      const index = order[pass.next] as number;
      pass.next += 1;
      if (!deferredPasses.hasToCheck(index) && !deferredPasses.comesTo(index, at)) continue;
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
    return null;
  };

  const parts: MonitorParts = {
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
    putOffDraw,
    draw,
    nextToHandle,
    count,
    countsOf,
  };
  return { pass: () => makePass(parts), nodeUpdated: deferredPasses.nodeUpdated, draw };
};
