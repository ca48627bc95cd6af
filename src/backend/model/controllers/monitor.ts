import { passBaseUs, passNodeUs } from '../engine/constants.ts';
import { type Stream, shuffle } from '../engine/random.ts';
import type { World } from '../engine/simulation.ts';
import type { NodeState } from '../engine/state.ts';
import { sleep, start, type Task } from '../engine/task.ts';
import type { Behaviour } from '../engine/versions.ts';
import { becomesAllDown, createZone, handleDisruption, type Zone, type ZoneCount, zonesToSet } from './disruption.ts';
import type { Taints } from './eviction/taints.ts';
import { graceOf, judgeNode, updateHealth } from './health.ts';
import type { Instance, Watched } from './instance.ts';
import { markPods, readyPodsOf } from './marking.ts';

/** One pass under way. `late`: of the node that was just taken, whether its grace has passed. */
type Pass = {
  late: boolean;
  readonly order: Watched[];
  next: number;
  readonly counts: Map<number, ZoneCount>;
  working: number;
  finished: (() => void) | null;
};

/** What a pass does with a node beyond its condition: taints, or the timeout that they replaced. */
export type Decision = (
  zone: Zone,
  watched: Watched,
  observed: Watched['snapshot'],
  current: Watched['snapshot'],
) => Task;

/** @see kubernetes pkg/controller/nodelifecycle, isNodeExcludedFromDisruptionChecks, legacyIsMasterNode (to 1.20) */
export const countsForDisruption = (
  { mastersNeverCount, disruptionLabel }: Pick<Behaviour, 'mastersNeverCount' | 'disruptionLabel'>,
  { name, labels }: Pick<NodeState, 'name' | 'labels'>,
): boolean =>
  !(mastersNeverCount && /master(?:-...)?$/.test(name)) &&
  !(disruptionLabel && labels.includes('node.kubernetes.io/exclude-disruption'));

/** A pass over all nodes at once, then again each time `P` has gone by since the last one returned. */
export function* monitorNodes({ clock, settings }: World, { process }: Instance, pass: () => Task): Task {
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
  world: World,
  instance: Instance,
  zones: Map<number, Zone>,
  taints: Taints,
  decide: Decision,
  stream: Stream,
): (() => Task) => {
  const { behaviour, clock, settings, sink } = world;
  const usesLeases = behaviour.leases !== 'none';
  const order = [...instance.watched];
  const readingUs = passBaseUs + Math.ceil((passNodeUs * order.length) / behaviour.monitorWorkers);
  const awaiting = new Set<Watched>();
  const counting = new Set(order.filter(({ node }) => countsForDisruption(behaviour, node)));

  const zoneOf = ({ node }: Watched): Zone => {
    const zone = zones.get(node.zone);
    if (zone === undefined) throw new Error(`zone ${node.zone} has no queue`);
    return zone;
  };

  /** 1.37: a lease that was read live and that the cache has yet to show stops every decision. */
  const cacheLags = (): boolean => {
    for (const watched of awaiting) {
      if (watched.awaitedRevision === null || watched.leaseRevision >= watched.awaitedRevision) {
        watched.awaitedRevision = null;
        awaiting.delete(watched);
      }
    }
    return awaiting.size > 0;
  };

  const count = (pass: Pass, watched: Watched, isReady: boolean): void => {
    watched.status = isReady ? 'True' : watched.status;
    if (!counting.has(watched)) return;
    const { node } = watched;
    const counted = pass.counts.get(node.zone) ?? { ready: 0, notReady: 0 };
    if (isReady) counted.ready += 1;
    else counted.notReady += 1;
    pass.counts.set(node.zone, counted);
  };

  /** Passes over nodes with which nothing has to be done, for that takes no write. @returns the next that has, or null */
  const nextToHandle = (pass: Pass): Watched | null => {
    const nowUs = clock.now();
    while (pass.next < pass.order.length) {
      const watched = pass.order[pass.next] as Watched;
      pass.next += 1;
      const object = watched.snapshot;
      if (object === null || (awaiting.size > 0 && cacheLags())) continue;
      const late = updateHealth(watched, object, nowUs, graceOf(world, object), usesLeases);
      const calm = object.ready === 'True' && object.taints.length === 0 && !watched.retriesMarking && !watched.evicted;
      if (late || !calm || zoneOf(watched).seen.has(watched)) {
        pass.late = late;
        return watched;
      }
      count(pass, watched, true);
    }
    return null;
  };

  function* handle(pass: Pass, watched: Watched): Task {
    const judged = yield* judgeNode(world, instance, watched, pass.late);
    if (watched.awaitedRevision !== null) awaiting.add(watched);
    if (judged === null) return;
    const { observed, current } = judged;
    const isReady = current.ready === 'True';
    watched.status = current.ready;
    count(pass, watched, isReady);
    if (current.ready === null) {
      watched.retriesMarking = false;
      return;
    }
    const marks = !isReady && (observed.ready === 'True' || watched.retriesMarking);
    // As they were before anything is decided: what an eviction writes meanwhile makes their marking a conflict.
    const pods = marks ? readyPodsOf(watched.node) : [];
    yield* decide(zoneOf(watched), watched, observed, current);
    if (isReady) watched.retriesMarking = false;
    if (!marks) return;
    if (observed.ready === 'True') tellNode(watched);
    watched.retriesMarking = !(yield* markPods(world, instance, watched, pods)) && behaviour.retriesMarking;
  }

  const tellNode = ({ node }: Watched): void =>
    instance.client.tell(`Node/${node.name}`, () =>
      sink.event(clock.now(), {
        type: 'kubernetes.event',
        reason: 'NodeNotReady',
        object: `Node/${node.name}`,
        source: 'node-controller',
        message: `Node ${node.name} status is now: NodeNotReady`,
      }),
    );

  function* work(pass: Pass): Task {
    for (let watched = nextToHandle(pass); watched !== null; watched = nextToHandle(pass)) yield* handle(pass, watched);
    pass.working -= 1;
    if (pass.working === 0) pass.finished?.();
  }

  /** A node that was deleted is welcomed anew where it comes again; its health record stays as it was. */
  const forget = (watched: Watched): void => {
    watched.known = false;
    // RemovingNode; what counts is the request.
    instance.client.tell(`Node/${watched.node.name}`, () => undefined);
  };

  /** Nodes seen for the first time, and zones that have no state. */
  function* welcome(): Task {
    for (const watched of order) {
      const { node, object, known } = watched;
      watched.snapshot = object;
      if (object === null) {
        if (known) forget(watched);
        continue;
      }
      const zone = zones.get(node.zone);
      if (zone === undefined || zone.state === null)
        zones.set(node.zone, { ...createZone(settings), state: 'initial' });
      if (known) continue;
      watched.known = true;
      // RegisteredNode, for every node each time that another leads; what counts is the request.
      instance.client.tell(`Node/${node.name}`, () => undefined);
      yield* taints.markReachable(zones.get(node.zone), watched);
    }
  }

  return function* () {
    yield* welcome();
    shuffle(order, stream);
    const pass: Pass = {
      late: false,
      order,
      next: 0,
      counts: new Map(),
      working: behaviour.monitorWorkers,
      finished: null,
    };
    for (let worker = 0; worker < behaviour.monitorWorkers; worker += 1) start(work(pass), instance.isAlive);
    if (pass.working > 0) {
      yield (resume) => {
        pass.finished = () => resume(undefined);
      };
    }
    yield* sleep(clock, instance.process, readingUs);
    if (becomesAllDown(settings, zones, pass.counts)) {
      for (const watched of order) yield* taints.markReachable(zones.get(watched.node.zone), watched);
    }
    const judgedUs = clock.now();
    yield* taints.untilFree(zonesToSet(settings, zones, pass.counts));
    if (handleDisruption(settings, zones, pass.counts, clock.now())) {
      for (const watched of order) {
        watched.probeUs = judgedUs;
        watched.transitionUs = judgedUs;
      }
    }
  };
};
