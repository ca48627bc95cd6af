import type { Simulation } from '../../engine/simulation.ts';
import type { NodeState } from '../../engine/state.ts';
import { createPresent, type Moment } from '../../kubelet/deferred.ts';
import type { PassOwner } from '../../kubelet/heartbeats.ts';
import type { ControllerManager, NodeHealth } from '../controller-manager.ts';
import { Kept, type Visits } from './kept.ts';
import { createKeptPasses, followsLastSign } from './kept-passes.ts';

/**
 * Passes over nodes of which most need nothing: what a pass left in their health records is worked out when somebody asks. It is over
 * them at the moment when it begins, or, where it has to wait for a request, over each when it comes to it. The others it checks one by
 * one.
 */
export type DeferredPasses = {
  /**
   * A pass begins. The records of those that it has to check, and what it reads of them, are brought up to now.
   * @returns `none`: it finds nothing to do; `all`: nodes may be new
   */
  readonly begin: () => 'none' | 'some' | 'all';
  /** The indices of those that it has to check, where it does not check all: to be put in its order. */
  readonly found: () => Int32Array;
  /** It is over all nodes, and no time has passed: what it left out is kept for later. */
  readonly keep: () => void;
  /** Time passes before it comes to these, by their indices. */
  readonly waits: (rest: Int32Array) => void;
  /**
   * It comes to nodes, by their indices, from a place among them on. Some of those that it left out may have to be checked after all, as
   * they were when it began.
   * @returns the place of the first that has to be checked; behind the last where none has
   */
  readonly passOver: (indices: Int32Array, from: number, now: Moment) => number;
  /** It found one that needs nothing. */
  readonly foundHealthy: (health: NodeHealth) => void;
  /** Brings all records up to now, before any is changed by something else than a pass. */
  readonly flush: () => void;
  /** Brings the lease of a record up to now, as the caches have it. */
  readonly refreshLease: (health: NodeHealth, now: Moment) => void;
  /** A Node object came that is not Ready, or has taints: the next pass has to check it. */
  readonly nodeUpdated: (health: NodeHealth) => void;
};

type Rules = {
  /** A pass finds nothing to do with this one, unless its grace has passed. */
  readonly isHealthy: (health: NodeHealth) => boolean;
  /** Nothing keeps a pass from leaving nodes out. */
  readonly mayLeaveOut: () => boolean;
  /** The pass under way makes no decision before the cache has shown a lease. */
  readonly isAwaiting: () => boolean;
  /** A pass that checks no node has no other effect. */
  readonly mayFindNothing: () => boolean;
};

/** So many that had to wait are kept at the most: each has two numbers a node. */
const maxWaited = 16;

export const createDeferredPasses = (
  { behaviour, clock, heartbeats, settings }: Simulation,
  manager: ControllerManager,
  { isAwaiting, isHealthy, mayFindNothing, mayLeaveOut }: Rules,
): DeferredPasses => {
  const { health: all } = manager;
  const { inTimeByRenewals, inTimeUntil, make, makeLeft, mayLeave, takeLease } = createKeptPasses({
    behaviour,
    heartbeats,
    settings,
  });
  const { steps } = heartbeats;
  /** Passes that were kept, and how many of them each record has in it. */
  let kept = new Kept();
  let waited = 0;
  const made = new Int32Array(all.length);
  /** Of those that are not, how many were left for later when its kubelet began to stand still, by their place; 0: none. */
  const left = new Int32Array(all.length);
  /** The next pass has to find out whether it is healthy; and which ones the pass under way checks. */
  const restless = new Uint8Array(all.length).fill(1);
  let isRestless = true;
  const checked = new Uint8Array(all.length).fill(1);
  /** Their indices, as far as it found them when it began; so many of these count. */
  const found = new Int32Array(all.length);
  let foundCount = 0;
  /** Some of them may be new, or have gone. */
  let mayBeNew = true;
  /** The pass under way, the last of those kept, has yet to come to it. */
  const ahead = new Uint8Array(all.length);
  /** Until then no grace passes: of each, and of all. */
  const inTimeUntilUs = new Float64Array(all.length);
  /** That is so as long as its heartbeats stay deferred. */
  const isInTimeByDeferral = new Uint8Array(all.length);
  let allInTimeUntilUs = 0;
  /** Whatever its record holds, the pass that sees the next lease writes all of it. */
  const followsLast = new Uint8Array(all.length);

  const flush = (index: number): void => {
    const from = made[index] as number;
    const to = kept.length - (ahead[index] as number);
    if (from >= to) return;
    made[index] = to;
    const health = all[index] as NodeHealth;
    const leftTo = left[index] as number;
    if (leftTo === 0) {
      make(health, kept, from, to);
      return;
    }
    left[index] = 0;
    makeLeft(health, kept, from, leftTo);
    if (leftTo < to) make(health, kept, leftTo, to);
  };
  const flushAll = (): void => {
    for (let index = 0; index < all.length; index += 1) flush(index);
  };
  const countFrom = (index: number, untilUs: number, isByDeferral: boolean): void => {
    inTimeUntilUs[index] = untilUs;
    isInTimeByDeferral[index] = Number(isByDeferral);
    if (untilUs < allInTimeUntilUs) allInTimeUntilUs = untilUs;
  };
  /** By its record alone, which is as of the last pass: later ones that see signs of life only put it off. */
  const countFromRecord = ({ node, probeUs }: NodeHealth): void =>
    countFrom(node.index, probeUs + settings.graceUs, false);
  /** Whether a pass now sees a renewal that keeps it in time; its record is left as it is. */
  const isInTimeByRenewals = (index: number, at: Moment): boolean => {
    const deferred = heartbeats.deferredAt(index);
    const untilUs = deferred === null ? null : inTimeByRenewals(deferred, kept, made[index] as number, at);
    if (untilUs === null) return false;
    countFrom(index, untilUs, true);
    return true;
  };
  /** Whether a pass now finds that its grace has passed. */
  const isLate = (index: number, at: Moment): boolean => {
    if (isInTimeByRenewals(index, at)) return false;
    flush(index);
    inTimeUntil(all[index] as NodeHealth, at, countFrom);
    return at.timeUs > (inTimeUntilUs[index] as number);
  };
  /** Of what it reads as it was when it began: past its grace by that, though it may have given signs of life since. */
  const isLateByBegin = (index: number, { timeUs }: Moment): boolean => {
    if (behaviour.leases !== 'none' || isInTimeByDeferral[index] === 0) return false;
    const deferred = heartbeats.deferredOf((all[index] as NodeHealth).node);
    return deferred === null || timeUs > begunAt.timeUs + settings.graceUs - steps.signGapUs(deferred);
  };
  const now = createPresent(clock);
  /** When the pass under way began. */
  let begunAt = now();
  /** Brings a record up to now, and what a pass reads of its node. */
  const refresh = (health: NodeHealth, at: Moment): void => {
    flush(health.node.index);
    const deferred = heartbeats.deferredOf(health.node);
    if (deferred === null) return;
    steps.stepTo(deferred, at);
    const seen = heartbeats.seenObject(deferred, at);
    if (seen !== null && seen.revision > (health.object?.revision ?? 0)) health.object = seen;
    takeLease(health, deferred, at);
  };
  const forgetKept = (): void => {
    kept = new Kept();
    waited = 0;
    made.fill(0);
    left.fill(0);
  };
  /** The next pass over it, or the one under way, checks it as it is then. */
  const toCheck = (index: number, at: Moment): void => {
    const health = all[index] as NodeHealth;
    refresh(health, at);
    health.snapshot = health.object;
    checked[index] = 1;
    restless[index] = 1;
    isRestless = true;
  };
  /** Before anything changes of a node to which the pass under way has yet to come. */
  const checkAfterAll = (index: number): void => {
    toCheck(index, kept.beganAt(kept.length - 1));
    ahead[index] = 0;
    made[index] = kept.length;
  };
  const makeKept = (index: number): void => {
    if (ahead[index] === 1) checkAfterAll(index);
    else flush(index);
  };
  const checkAll = (at: Moment): void => {
    for (const health of all) {
      refresh(health, at);
      health.snapshot = health.object;
    }
    forgetKept();
    checked.fill(1);
    restless.fill(1);
    isRestless = true;
  };
  /** Finds those that the pass has to check. */
  const findThose = (at: Moment): void => {
    checked.fill(0);
    foundCount = 0;
    if (!isRestless && at.timeUs <= allInTimeUntilUs) return;
    let minUntilUs = Number.POSITIVE_INFINITY;
    let isAnyRest = false;
    for (let index = 0; index < all.length; index += 1) {
      const isRest = restless[index] === 1;
      const isOverdue = at.timeUs > (inTimeUntilUs[index] as number);
      if (isRest || (isOverdue && isLate(index, at))) {
        checked[index] = 1;
        found[foundCount] = index;
        foundCount += 1;
      }
      if (isRest) isAnyRest = true;
      minUntilUs = Math.min(minUntilUs, inTimeUntilUs[index] as number);
    }
    isRestless = isAnyRest;
    allInTimeUntilUs = minUntilUs;
  };
  const isKnown = ({ known, object }: NodeHealth): boolean => known && object !== null;
  const isAnyNew = (): boolean => {
    mayBeNew &&= all.some((health, index) => restless[index] === 1 && !isKnown(health));
    return mayBeNew;
  };

  const owner: PassOwner = {
    makeKept: ({ index }: NodeState) => {
      if (index < all.length) makeKept(index);
    },
    flush: ({ index }: NodeState) => {
      if (index >= all.length) return;
      makeKept(index);
      // Its heartbeats may be deferred no longer.
      if (isInTimeByDeferral[index] === 1) countFromRecord(all[index] as NodeHealth);
      followsLast[index] = 0;
    },
    leave: (deferred) => {
      const { node } = deferred;
      const { index } = node;
      if (index >= all.length) return;
      const from = made[index] as number;
      const isMade = from === kept.length || left[index] !== 0 || ahead[index] === 1;
      if (isMade || followsLast[index] === 0 || !mayLeave(deferred, kept, from, now().timeUs)) {
        owner.flush(node);
        return;
      }
      left[index] = kept.length;
      steps.stepTo(deferred, now());
      // The pass that is the first to see it gives it its grace, and comes later.
      countFrom(index, deferred.renewUs + settings.graceUs, false);
    },
    stop: () => {
      for (let index = 0; index < all.length; index += 1) makeKept(index);
    },
  };
  heartbeats.register(owner);

  const keep = (began: Moment, visits: Visits | null): void => {
    kept.add(began, visits);
    for (let place = 0; place < foundCount; place += 1) made[found[place] as number] = kept.length;
  };

  return {
    begin: () => {
      const at = now();
      begunAt = at;
      if (!heartbeats.mayDeferPasses(owner) || !mayLeaveOut() || isAnyNew()) {
        checkAll(at);
        return 'all';
      }
      if (waited === maxWaited) {
        flushAll();
        forgetKept();
      }
      findThose(at);
      if (foundCount === 0 && mayFindNothing()) {
        kept.add(at, null);
        return 'none';
      }
      for (let place = 0; place < foundCount; place += 1) toCheck(found[place] as number, at);
      return 'some';
    },
    found: () => found.subarray(0, foundCount),
    keep: () => keep(now(), null),
    waits: (rest) => {
      const at = now();
      const timesUs = new Float64Array(all.length).fill(at.timeUs);
      const askedUs = new Float64Array(all.length).fill(at.askedUs);
      keep(at, { timesUs, askedUs });
      waited += 1;
      for (const index of rest) if (checked[index] === 0) ahead[index] = 1;
    },
    passOver: (indices, from, at) => {
      const visits = kept.length === 0 ? null : kept.visitsOf(kept.length - 1);
      const checksAll = isAwaiting();
      for (let place = from; place < indices.length; place += 1) {
        const index = indices[place] as number;
        if (checked[index] === 1) return place;
        if (ahead[index] === 0) continue;
        const isOverdue = at.timeUs > (inTimeUntilUs[index] as number) && !isInTimeByRenewals(index, at);
        if (checksAll || isOverdue || isLateByBegin(index, at)) {
          checkAfterAll(index);
          return place;
        }
        ahead[index] = 0;
        if (visits === null) throw new Error('a pass that did not wait is over all nodes');
        visits.timesUs[index] = at.timeUs;
        visits.askedUs[index] = at.askedUs;
      }
      return indices.length;
    },
    foundHealthy: (health) => {
      const { index } = health.node;
      if (!isHealthy(health)) return;
      restless[index] = 0;
      followsLast[index] = Number(followsLastSign(health));
      inTimeUntil(health, now(), countFrom);
    },
    flush: flushAll,
    refreshLease: (health, now) => {
      // Nothing has come since the pass began.
      if (now.timeUs === begunAt.timeUs && now.askedUs === begunAt.askedUs) return;
      const deferred = heartbeats.deferredOf(health.node);
      if (deferred === null) return;
      steps.stepTo(deferred, now);
      takeLease(health, deferred, now);
    },
    nodeUpdated: (health) => {
      const { object } = health;
      if (!isKnown(health)) mayBeNew = true;
      if (object?.ready === 'True' && object.taints.length === 0) return;
      restless[health.node.index] = 1;
      isRestless = true;
    },
  };
};
