import { passBaseUs, passNodeUs } from '../engine/constants.ts';
import { type Rng, shuffle } from '../engine/random.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import type { Behaviour } from '../engine/versions.ts';
import type { Moment } from '../kubelet/deferred.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { createDeferredPasses } from './deferred-passes.ts';
import { becomesAllDown, createZone, handleDisruption, type Zone, type ZoneCount, zonesToSet } from './disruption.ts';
import type { Taints } from './eviction/taints.ts';
import { graceOf, judgeNode, updateHealth } from './health.ts';
import { markPods, readyPodsOf } from './marking.ts';

/** One pass under way. `late`: of the node that was just taken, whether its grace has passed. */
type Pass = {
  late: boolean;
  readonly order: NodeHealth[];
  next: number;
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

/** What a pass does with a node beyond its condition: taints, or the timeout that they replaced. */
export type Decision = (
  zone: Zone,
  health: NodeHealth,
  observed: NodeHealth['snapshot'],
  current: NodeHealth['snapshot'],
) => Task;

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
  const { behaviour, clock, heartbeats, settings, sink } = simulation;
  const usesLeases = behaviour.leases !== 'none';
  const order = [...manager.health];
  const readingUs = passBaseUs + Math.ceil((passNodeUs * order.length) / behaviour.monitorWorkers);
  const now = (): Moment => ({ timeUs: clock.now(), askedUs: clock.askedUs() });
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
    zones.get(health.node.zone)?.seen.has(health) === false;
  const deferredPasses = createDeferredPasses(simulation, manager, {
    isHealthy: (health) => health.known && health.snapshot !== null && isHealthy(health, health.object),
    mayFindNothing: () => awaiting.size === 0 && [...zones.values()].every(({ state }) => state === 'normal'),
    stopped: draw,
  });
  const counting = new Set(order.filter(({ node }) => countsForDisruption(behaviour, node)));

  const zoneOf = ({ node }: NodeHealth): Zone => {
    const zone = zones.get(node.zone);
    if (zone === undefined) throw new Error(`zone ${node.zone} has no queue`);
    return zone;
  };

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

  const count = (pass: Pass, health: NodeHealth, isReady: boolean): void => {
    health.status = isReady ? 'True' : health.status;
    if (!counting.has(health)) return;
    const { node } = health;
    let counted = pass.counts.get(node.zone);
    if (counted === undefined) {
      counted = { ready: 0, notReady: 0 };
      pass.counts.set(node.zone, counted);
    }
    if (isReady) counted.ready += 1;
    else counted.notReady += 1;
  };

  /** Passes over nodes with which nothing has to be done, for that takes no write. @returns the next that has, or null */
  const nextToHandle = (pass: Pass): NodeHealth | null => {
    const at = now();
    const nowUs = at.timeUs;
    while (pass.next < pass.order.length) {
      const health = pass.order[pass.next] as NodeHealth;
      pass.next += 1;
      const object = health.snapshot;
      if (object === null || (awaiting.size > 0 && cacheLags())) continue;
      deferredPasses.refreshLease(health, at);
      const late = updateHealth(health, object, nowUs, graceOf(simulation, object), usesLeases);
      if (late || !isHealthy(health, object)) {
        pass.late = late;
        return health;
      }
      count(pass, health, true);
    }
    return null;
  };

  function* handle(pass: Pass, health: NodeHealth): Task {
    heartbeats.rouse(health.node);
    const judged = yield* judgeNode(simulation, manager, health, pass.late);
    if (health.awaitedRevision !== null) awaiting.add(health);
    if (judged === null) return;
    const { observed, current } = judged;
    const isReady = current.ready === 'True';
    health.status = current.ready;
    count(pass, health, isReady);
    if (current.ready === null) {
      health.retriesMarking = false;
      return;
    }
    const marks = !isReady && (observed.ready === 'True' || health.retriesMarking);
    // As they were before anything is decided: what an eviction writes meanwhile makes their marking a conflict.
    const pods = marks ? readyPodsOf(health.node) : [];
    yield* decide(zoneOf(health), health, observed, current);
    if (isReady) health.retriesMarking = false;
    if (!marks) return;
    if (observed.ready === 'True') recordNodeEvent(health);
    health.retriesMarking = !(yield* markPods(simulation, manager, health, pods)) && behaviour.retriesMarking;
  }

  const recordNodeEvent = ({ node }: NodeHealth): void =>
    manager.client.recordEvent(`Node/${node.name}`, () =>
      sink.event(clock.now(), {
        type: 'kubernetes.event',
        reason: 'NodeNotReady',
        object: `Node/${node.name}`,
        source: 'node-controller',
        message: `Node ${node.name} status is now: NodeNotReady`,
      }),
    );

  function* work(pass: Pass): Task {
    for (let health = nextToHandle(pass); health !== null; health = nextToHandle(pass)) yield* handle(pass, health);
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
    for (const health of order) {
      const { node, object, known } = health;
      health.snapshot = object;
      if (object === null) {
        if (known) forget(health);
        continue;
      }
      const zone = zones.get(node.zone);
      if (zone === undefined || zone.state === null)
        zones.set(node.zone, { ...createZone(settings), state: 'initial' });
      if (known) continue;
      health.known = true;
      // RegisteredNode, for every node each time that another leads; what counts is the request.
      manager.client.recordEvent(`Node/${node.name}`, () => undefined);
      yield* taints.markReachable(zones.get(node.zone), health);
    }
  }

  function* makePass(): Task {
    // So far all nodes are checked at once, and then the caches have been read.
    if (deferredPasses.keep()) {
      unshuffled += 1;
      yield* sleep(clock, manager.process, readingUs);
      return;
    }
    deferredPasses.makeUp();
    yield* welcome();
    draw();
    shuffle(order, rng);
    const pass: Pass = {
      late: false,
      order,
      next: 0,
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
    yield* sleep(clock, manager.process, readingUs);
    if (becomesAllDown(settings, zones, pass.counts)) {
      for (const health of order) yield* taints.markReachable(zones.get(health.node.zone), health);
    }
    const judgedUs = clock.now();
    yield* taints.untilFree(zonesToSet(settings, zones, pass.counts));
    if (handleDisruption(settings, zones, pass.counts, clock.now())) {
      for (const health of order) {
        health.probeUs = judgedUs;
        health.transitionUs = judgedUs;
      }
    }
  }

  return { pass: makePass, nodeUpdated: deferredPasses.nodeUpdated, draw };
};
