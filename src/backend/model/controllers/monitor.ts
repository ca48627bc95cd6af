import { passBaseUs, passNodeUs } from '../engine/constants.ts';
import { type Rng, shuffle } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import type { Behaviour } from '../engine/versions.ts';
import { createPresent } from '../kubelet/deferred.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { createDeferredPasses } from './deferred-passes.ts';
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
import { createHandling, type Decision } from './handling.ts';
import { graceOf, updateHealth } from './health.ts';

/** One pass under way. `isLate`: of the node that was just taken, whether its grace has passed. */
type Pass = {
  readonly beganUs: number;
  isLate: boolean;
  next: number;
  /** It may leave nodes out, and do at once what needs no request. */
  readonly isShort: boolean;
  /** Of a short one: nobody has been asked for anything yet, so that it is at the moment when it began. */
  isAtOnce: boolean;
  readonly counts: Map<number, ZoneCount>;
  working: number;
  finished: (() => void) | null;
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
  rng: Rng,
): Monitor => {
  const { behaviour, clock, settings } = simulation;
  const usesLeases = behaviour.leases !== 'none';
  const { health: all } = manager;
  /** Their indices, in the order in which the next pass takes them. */
  const order = Int32Array.from(all, (_, index) => index);
  const readingUs = passBaseUs + Math.ceil((passNodeUs * order.length) / behaviour.monitorWorkers);
  const now = createPresent(clock);
  const awaiting = new Set<NodeHealth>();
  /** Passes whose order nobody has asked for. */
  let unshuffled = 0;
  const draw = (): void => {
    for (; unshuffled > 0; unshuffled -= 1) shuffle(order, rng);
  };
  const isHealthy = (health: NodeHealth, object: NodeHealth['object']): boolean =>
    object?.ready === 'True' &&
    object.taints.length === 0 &&
    !health.retriesMarking &&
    !health.evicted &&
    zones.get(health.node.zone)?.queue.has(health) === false;
  const states = (): (ZoneState | null)[] => [...zones.values()].map(({ state }) => state);
  const deferredPasses = createDeferredPasses(simulation, manager, {
    isHealthy: (health) => health.known && health.snapshot !== null && isHealthy(health, health.object),
    mayLeaveOut: () => awaiting.size === 0 && !states().includes(null),
    isAwaiting: () => awaiting.size > 0,
    mayFindNothing: () => states().every((state) => state === 'normal'),
    stopped: draw,
  });
  const counting = all.map(({ node }) => countsForDisruption(behaviour, node));
  /** Names of zones that have nodes, and the place of each node's zone among them. */
  const zoneNames = [...new Set(all.map(({ node }) => node.zone))];
  const zonePlaces = Int32Array.from(all, ({ node }) => zoneNames.indexOf(node.zone));

  const membersOf = (zone: number): readonly NodeHealth[] => all.filter(({ node }) => node.zone === zone);
  const zoneOf = ({ node }: NodeHealth): Zone => {
    const zone = zones.get(node.zone);
    if (zone === undefined) throw new Error(`zone ${node.zone} has no queue`);
    return zone;
  };
  const handling = createHandling(simulation, manager, zoneOf, decide, (health) => awaiting.add(health));

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

  const countOf = (pass: Pass, zone: number): ZoneCount => {
    let counted = pass.counts.get(zone);
    if (counted === undefined) {
      counted = { ready: 0, notReady: 0 };
      pass.counts.set(zone, counted);
    }
    return counted;
  };
  const count = (pass: Pass, { node }: NodeHealth, isReady: boolean): void => {
    if (counting[node.index] !== true) return;
    const counted = countOf(pass, node.zone);
    if (isReady) counted.ready += 1;
    else counted.notReady += 1;
  };
  /** Those that the pass has left out are Ready. */
  const countLeftOut = (pass: Pass): void => {
    const ready = new Int32Array(zoneNames.length);
    for (let index = 0; index < all.length; index += 1) {
      if (deferredPasses.hasToCheck(index) || counting[index] !== true) continue;
      const place = zonePlaces[index] as number;
      ready[place] = (ready[place] as number) + 1;
    }
    for (const [place, zone] of zoneNames.entries()) {
      const more = ready[place] as number;
      if (more > 0) countOf(pass, zone).ready += more;
    }
  };

  /** Passes over nodes with which nothing has to be done, for that takes no write. @returns the next that has, or null */
  const nextToHandle = (pass: Pass): NodeHealth | null => {
    const at = now();
    const nowUs = at.timeUs;
    while (pass.next < order.length) {
      const index = order[pass.next] as number;
      pass.next += 1;
      if (!deferredPasses.hasToCheck(index) && !deferredPasses.comesTo(index, at)) continue;
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
      count(pass, health, true);
      deferredPasses.foundHealthy(health);
    }
    return null;
  };

  function* work(pass: Pass): Task {
    for (let health = nextToHandle(pass); health !== null; health = nextToHandle(pass)) {
      const found = health;
      const counted = (isReady: boolean): void => count(pass, found, isReady);
      if (pass.isShort && handling.atOnce(found, pass.isLate, counted)) continue;
      if (pass.isAtOnce) deferredPasses.waits(order.subarray(pass.next));
      pass.isAtOnce = false;
      const startUs = clock.now();
      const { waitedUs, answeredUs } = found;
      yield* handling.inFull(found, pass.isLate, counted);
      simulation.sink.passWork?.(clock.now(), {
        node: found.node.name,
        beganUs: pass.beganUs,
        updateUs: clock.now() - startUs,
        waitedUs: found.waitedUs - waitedUs,
        answeredUs: found.answeredUs - answeredUs,
      });
    }
    pass.working -= 1;
    if (pass.working === 0) pass.finished?.();
  }

  /** A node that was deleted is welcomed anew where it comes again; its health record stays as it was. */
  const forget = (health: NodeHealth): void => {
    health.known = false;
    // RemovingNode; what counts is the request.
    manager.client.recordEvent(`Node/${health.node.name}`, () => undefined);
  };

  /** Nodes seen for the first time, and zones that have no state. */
  function* welcome(): Task {
    for (const index of order) {
      const health = all[index] as NodeHealth;
      const { node, object, known } = health;
      health.snapshot = object;
      if (object === null) {
        if (known) forget(health);
        continue;
      }
      const zone = zones.get(node.zone);
      if (zone === undefined || zone.state === null)
        zones.set(node.zone, { ...createZone(settings, membersOf(node.zone)), state: 'initial' });
      if (known) continue;
      health.known = true;
      // RegisteredNode, for every node each time that another leads; what counts is the request.
      manager.client.recordEvent(`Node/${node.name}`, () => undefined);
      const asks = taints.markReachable(zones.get(node.zone), health);
      if (asks !== null) yield* asks;
    }
  }

  function* makePass(): Task {
    // So far all nodes are checked at once, and then the caches have been read.
    const checks = deferredPasses.begin();
    if (checks === 'none') {
      unshuffled += 1;
      yield* sleep(clock, manager.process, readingUs);
      return;
    }
    if (checks === 'all') yield* welcome();
    draw();
    shuffle(order, rng);
    const pass: Pass = {
      beganUs: clock.now(),
      isLate: false,
      next: 0,
      isShort: checks === 'some',
      isAtOnce: checks === 'some',
      counts: new Map(),
      working: behaviour.monitorWorkers,
      finished: null,
    };
    for (let worker = 0; worker < behaviour.monitorWorkers; worker += 1) start(work(pass), manager.isAlive);
    if (pass.working > 0) {
      yield (resume) => {
        pass.finished = () => resume(undefined);
      };
    }
    if (pass.isAtOnce) deferredPasses.keep();
    countLeftOut(pass);
    yield* sleep(clock, manager.process, readingUs);
    if (becomesAllDown(settings, zones, pass.counts)) {
      for (const index of order) {
        const health = all[index] as NodeHealth;
        const asks = taints.markReachable(zones.get(health.node.zone), health);
        if (asks !== null) yield* asks;
      }
    }
    const judgedUs = clock.now();
    yield* taints.untilFree(zonesToSet(settings, zones, pass.counts));
    if (handleDisruption(settings, zones, pass.counts, clock.now())) {
      deferredPasses.flush();
      for (const health of all) {
        health.probeUs = judgedUs;
        health.transitionUs = judgedUs;
      }
    }
  }

  return { pass: makePass, nodeUpdated: deferredPasses.nodeUpdated, draw };
};
