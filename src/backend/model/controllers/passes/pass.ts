import type { Simulation } from '../../engine/simulation.ts';
import { sleep, start, type Task } from '../../engine/task.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { becomesAllDown, handleDisruption, type Zone, type ZoneCount, zonesToSet } from '../disruption.ts';
import type { Taints } from '../eviction/taints.ts';
import type { Handling } from '../handling.ts';
import type { DeferredPasses } from './deferred-passes.ts';
import type { PassOrder } from './pass-order.ts';

/** One pass under way. `isLate`: of the node that was just taken, whether its grace has passed. */
export type Pass = {
  readonly beganUs: number;
  isLate: boolean;
  /** Indices of the nodes that it has yet to come to are those from `next` on, in its order. */
  nodes: Int32Array;
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
export type PassParts = {
  readonly simulation: Simulation;
  readonly manager: ControllerManager;
  readonly zones: Map<number, Zone>;
  readonly taints: Taints;
  readonly deferredPasses: DeferredPasses;
  readonly handling: Handling;
  readonly order: PassOrder;
  /** By the place of each zone, how many of its nodes count for disruption. */
  readonly countingOf: Int32Array;
  /** How long a pass reads the caches. */
  readonly readingUs: number;
  /** The zone of a node, where a pass has made it. */
  readonly zoneOf: (index: number) => Zone | undefined;
  readonly beginZone: (index: number) => void;
  /** Passes over nodes with which nothing has to be done, for that takes no write. @returns the next that has, or null */
  readonly nextToHandle: (pass: Pass) => NodeHealth | null;
  readonly count: (pass: Pass, index: number, isReady: boolean) => void;
  /** Of zones of which any node was counted, by name. */
  readonly countsOf: (pass: Pass) => ReadonlyMap<number, ZoneCount>;
};

const nothing = (): void => undefined;

/** One of the workers of a pass. */
function* work(
  { simulation, deferredPasses, handling, order, zoneOf, nextToHandle, count }: PassParts,
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
    if (pass.isAtOnce) {
      // It comes to those that it left out, too, in turn with the others: time passes until then.
      pass.isAtOnce = false;
      pass.nodes = order.after(index);
      pass.next = 0;
      deferredPasses.waits(pass.nodes);
    }
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
  client.recordEvent(health.node, nothing);
};

/** Nodes seen for the first time, and zones that have no state: of what the pass read when it began, however long this takes. */
function* welcome({ manager, taints, zoneOf, beginZone }: PassParts, nodes: Int32Array): Task {
  // No iterator: it would make an object of each place, for thousands of nodes.
  for (let place = 0; place < nodes.length; place += 1) {
    const index = nodes[place] as number;
    const health = manager.health[index] as NodeHealth;
    const { node, snapshot, known } = health;
    if (snapshot === null) {
      if (known) forget(manager, health);
      continue;
    }
    if ((zoneOf(index)?.state ?? null) === null) beginZone(index);
    if (known) continue;
    health.known = true;
    // RegisteredNode, for every node each time that another leads; what counts is the request.
    manager.client.recordEvent(node, nothing);
    const asks = taints.markReachable(zoneOf(index), health);
    if (asks !== null) yield* asks;
  }
}

/** Without a record it is not late. */
const needsNothing = ({ recorded, snapshot }: NodeHealth): boolean =>
  !recorded && snapshot?.ready === 'True' && snapshot.taints.length === 0;

export function* makePass(parts: PassParts): Task {
  const { simulation, manager, zones, taints, deferredPasses, order, countingOf, readingUs } = parts;
  const { behaviour, clock, settings } = simulation;
  order.next();
  // So far all nodes are checked at once, and then the caches have been read.
  const checks = deferredPasses.begin();
  if (checks === 'none') {
    yield* sleep(clock, manager.process, readingUs);
    return;
  }
  const isShort = checks === 'some';
  const nodes = isShort ? deferredPasses.found() : order.all();
  if (isShort) order.sort(nodes);
  else yield* welcome(parts, nodes);
  const pass: Pass = {
    beganUs: clock.now(),
    isLate: false,
    // Thousands side by side in memory are read much faster than here and there.
    nodes: !isShort && manager.health.every(needsNothing) ? order.any() : nodes,
    next: 0,
    isShort,
    isAtOnce: isShort,
    ready: countingOf.slice(),
    notReady: new Int32Array(countingOf.length),
    working: behaviour.monitorWorkers,
    finished: null,
  };
  for (let worker = 0; worker < behaviour.monitorWorkers; worker += 1) start(work(parts, pass), manager.isAlive);
  if (pass.working > 0) {
    yield (resume) => {
      // A function that is assigned as it is written V8 puts among what is old, and with it the run lived on through all minor collections.
      const goOn = (): void => resume(undefined);
      pass.finished = goOn;
    };
  }
  if (pass.isAtOnce) deferredPasses.keep();
  const counts = parts.countsOf(pass);
  yield* sleep(clock, manager.process, readingUs);
  if (becomesAllDown(settings, zones, counts)) {
    for (const index of order.all()) {
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
