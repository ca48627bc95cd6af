import { updateRetryUs, updateTries } from '../engine/constants.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { Condition, NodeObject, OtherCondition } from '../engine/state.ts';
import { stampUs } from '../engine/store.ts';
import { pause, type Task } from '../engine/task.ts';
import type { Reply } from '../network/apiserver.ts';
import type { ControllerManager, NodeHealth } from './controller-manager.ts';
import { replied } from './rate-limited-client.ts';

/** What a pass makes of a node: the condition it read and the one that holds after it. */
export type Judged = { readonly observed: NodeObject; readonly current: NodeObject };

const record = (health: NodeHealth, heartbeatUs: number | null, probeUs: number): void => {
  health.recorded = true;
  health.heartbeatUs = heartbeatUs;
  health.probeUs = probeUs;
  health.transitionUs = probeUs;
  health.savedLeaseUs = null;
};

/** What makes a lease count as a sign of life: it is newer than the one in the record, or the record has none. */
export const isNewLease = ({ leaseUs, savedLeaseUs }: Pick<NodeHealth, 'leaseUs' | 'savedLeaseUs'>): boolean =>
  leaseUs !== null && (savedLeaseUs === null || savedLeaseUs < leaseUs);

export const checkLease = (health: NodeHealth, nowUs: number): void => {
  health.savedLeaseUs = health.leaseUs;
  health.savedLeaseRevision = health.leaseRevision;
  health.probeUs = nowUs;
};

const checkStatus = (
  health: NodeHealth,
  stampedUs: number | null,
  stampedTransitionUs: number,
  nowUs: number,
): void => {
  if (health.heartbeatUs === stampedUs) return;
  const { heartbeatUs, savedTransitionUs, transitionUs } = health;
  record(health, stampedUs, nowUs);
  if (heartbeatUs !== null && savedTransitionUs === stampedTransitionUs) health.transitionUs = transitionUs;
  health.savedTransitionUs = stampedTransitionUs;
};

/** The same as `updateHealth` for a node with a Ready condition, by the stamps of that alone. */
export const checkReady = (
  health: NodeHealth,
  stampedUs: number | null,
  stampedTransitionUs: number,
  nowUs: number,
  usesLeases: boolean,
): void => {
  const renewed = usesLeases && isNewLease(health);
  checkStatus(health, stampedUs, stampedTransitionUs, nowUs);
  if (renewed) checkLease(health, nowUs);
};

/**
 * Brings the health record up to date with the caches. A node without a Ready condition counts from its creation, or,
 * where it had one before, from now on.
 * A new status heartbeat without a new lease forgets the lease, so the next pass takes the old lease for a new one and
 * grants the grace once more: the re-probe rule.
 * @returns whether the grace has passed, strictly
 * @see kubernetes pkg/controller/nodelifecycle, tryUpdateNodeHealth
 */
export const updateHealth = (
  health: NodeHealth,
  object: NodeObject,
  nowUs: number,
  graceUs: number,
  usesLeases: boolean,
): boolean => {
  if (object.ready === null) {
    const renewed = usesLeases && isNewLease(health);
    if (!health.recorded) record(health, null, object.createdUs);
    else if (health.heartbeatUs !== null) record(health, null, nowUs);
    if (renewed) checkLease(health, nowUs);
  } else {
    checkReady(health, object.heartbeatUs, object.transitionUs, nowUs, usesLeases);
  }
  return nowUs > health.probeUs + graceUs;
};

/** A node without any Ready condition yet gets a longer grace. */
export const graceOf = (simulation: Simulation, object: NodeObject): number =>
  object.ready === null ? simulation.settings.startupGraceUs : simulation.settings.graceUs;

/** What the kubelet posts beside Ready, and is set Unknown with it; what a network posts is left alone. */
const kubeletConditions = [
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
] as const satisfies readonly OtherCondition[];

const unknownCondition = (
  type: OtherCondition,
  found: Condition | undefined,
  { createdUs }: NodeObject,
  transitionUs: number,
): Condition => {
  if (found === undefined) {
    return { type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', heartbeatUs: createdUs, transitionUs };
  }
  return found.status === 'Unknown'
    ? found
    : { ...found, status: 'Unknown', reason: 'NodeStatusUnknown', transitionUs };
};

/** What the status of a node becomes whose grace has passed: the stamps of what was never posted are its creation's. */
const unknownStatus = (object: NodeObject, nowUs: number): Partial<NodeObject> => {
  const transitionUs = stampUs(nowUs);
  const others = object.conditions.filter(({ type }) => !kubeletConditions.some((posted) => posted === type));
  const conditions = kubeletConditions.map((type) =>
    unknownCondition(
      type,
      object.conditions.find((condition) => condition.type === type),
      object,
      transitionUs,
    ),
  );
  const posted = object.ready !== null;
  return {
    ready: 'Unknown',
    reason: posted ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
    heartbeatUs: posted ? object.heartbeatUs : object.createdUs,
    transitionUs,
    conditions: [...others, ...conditions],
  };
};

/**
 * Judges one node and sets its condition Unknown where the grace has passed. A write that fails is tried again on a
 * fresh read, every 20 ms for 100 ms.
 * @param isLate what the pass found: the health record is already up to date with the snapshot
 * @returns null where the node has to be left out of this pass
 */
export function* judgeNode(
  simulation: Simulation,
  manager: ControllerManager,
  health: NodeHealth,
  isLate: boolean,
): Task<Judged | null> {
  const { behaviour, clock, heartbeats, store } = simulation;
  const { node } = health;
  const usesLeases = behaviour.leases !== 'none';
  let object = health.snapshot;
  let late = isLate;
  for (let tries = 1; object !== null; tries += 1) {
    const observed: NodeObject = object;
    if (!late) return { observed, current: observed };
    // Of every silent node in every pass, one that is Unknown already too.
    if (behaviour.leaseCircuitBreaker && !(yield* leaseIsAsKnown(simulation, manager, health))) return null;
    if (observed.ready === 'Unknown') return { observed, current: observed };
    let current = observed;
    const setUnknown = (): Reply => {
      heartbeats.rouse(node);
      if (node.object?.revision !== observed.revision) return 'conflict';
      current = store.writeNode(node, unknownStatus(observed, clock.now()));
      return 'ok';
    };
    const reply = replied(yield manager.client.request('write', null, setUnknown, health));
    heartbeats.rouse(node);
    // The record has the status that was to be written, whether it was or not.
    health.heartbeatUs = observed.ready === null ? observed.createdUs : observed.heartbeatUs;
    if (reply === 'ok') {
      health.transitionUs = clock.now();
      health.savedTransitionUs = current.transitionUs;
      health.savedLeaseUs = usesLeases ? health.leaseUs : null;
      health.savedLeaseRevision = health.leaseRevision;
      return { observed, current };
    }
    if (tries === updateTries) return null;
    yield pause(clock, manager.process, updateRetryUs);
    let fresh: NodeObject | null = null;
    const readNode = (): Reply => {
      heartbeats.rouse(node);
      fresh = node.object;
      return 'ok';
    };
    const read = replied(yield manager.client.request('quorum', null, readNode));
    if (read !== 'ok') return null;
    heartbeats.rouse(node);
    object = fresh as NodeObject | null;
    if (object !== null) late = updateHealth(health, object, clock.now(), graceOf(simulation, object), usesLeases);
  }
  return null;
}

/**
 * 1.37: reads the lease itself, out of the controller's requests. One that is not the one of the record, where the record
 * has none too, stops every decision until the cache has it; a node without any lease is judged by its status alone.
 * @see kubernetes v1.37.2 pkg/controller/nodelifecycle, tryUpdateNodeHealth (NodeControllerLeaseCircuitBreaker)
 */
function* leaseIsAsKnown({ heartbeats }: Simulation, manager: ControllerManager, health: NodeHealth): Task<boolean> {
  const known = health.savedLeaseUs === null ? 0 : health.savedLeaseRevision;
  let live = 0;
  const readLease = (): Reply => {
    heartbeats.rouse(health.node);
    live = health.node.lease.revision;
    return 'ok';
  };
  const reply = replied(yield manager.client.request('quorum', null, readLease));
  if (reply !== 'ok') return false;
  if (live === 0 || live === known) return true;
  health.awaitedRevision = live;
  return false;
}
