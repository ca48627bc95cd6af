import { watchUs } from '../../engine/constants.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { stampUs } from '../../engine/store.ts';
import { committedAfterUs, type LastAndNext, type Moment, notifiedAfterUs } from '../../kubelet/deferred.ts';
import type { Deferred } from '../../kubelet/deferred-node.ts';
import type { NodeHealth } from '../controller-manager.ts';
import { checkLease, checkReady, isNewLease } from '../health.ts';
import type { Kept } from './kept.ts';

/** What passes that were kept leave in the record of a node with a Ready condition, which is worked out later. */
export type KeptPasses = {
  /** Makes those from one on, up to another. */
  readonly make: (health: NodeHealth, kept: Kept, from: number, to: number) => void;
  /** Whether those from one on may be left until its heartbeats, deferred, have been stepped to now: what they saw is known after that, too. */
  readonly mayLeave: (deferred: Deferred, kept: Kept, from: number, nowUs: number) => boolean;
  /** Makes those that were left. */
  readonly makeLeft: (health: NodeHealth, kept: Kept, from: number, to: number) => void;
  /** Brings what the caches have of its lease up to a moment that it is stepped to. */
  readonly takeLease: (health: NodeHealth, deferred: Deferred, at: Moment) => void;
  /** Says of a node until when its grace surely does not pass, by a record that has all passes before now in it. */
  readonly inTimeUntil: (health: NodeHealth, at: Moment, count: InTimeUntil) => void;
  /** The same by its renewals alone, which are deferred, as far as that is known without a step and its record; null where it is not. */
  readonly inTimeByRenewals: (deferred: Deferred, kept: Kept, from: number, at: Moment) => number | null;
};

/** `isByDeferral`: as long as its heartbeats stay deferred. Asked for thousands of nodes: it hands over numbers, not an object each. */
type InTimeUntil = (index: number, untilUs: number, isByDeferral: boolean) => void;

/** What a record holds follows from the last sign of life: statuses do not move its transition. A clock that was off has leases of later stamps in it. */
export const followsLastSign = ({ heartbeatUs, node, object, savedTransitionUs }: NodeHealth): boolean =>
  heartbeatUs !== null && savedTransitionUs === object?.transitionUs && !node.clock.wasOff;

export const createKeptPasses = ({
  behaviour,
  heartbeats,
  settings,
}: Pick<Simulation, 'behaviour' | 'heartbeats' | 'settings'>): KeptPasses => {
  const usesLeases = behaviour.leases !== 'none';
  const { graceUs } = settings;
  const { steps } = heartbeats;

  const takeLease = (health: NodeHealth, deferred: Deferred, at: Moment): void => {
    const renewals = steps.seenRenewalsAt(deferred, at);
    const revision = deferred.firstRevision + renewals;
    // A controller that has just started has read what its watch has yet to bring.
    if (renewals === 0 || revision <= health.leaseRevision) return;
    health.leaseUs = steps.renewalUs(deferred, renewals);
    health.leaseRevision = revision;
  };
  /** The heartbeat stamp of the status, as the caches have it. */
  const heartbeatUs = (health: NodeHealth, deferred: Deferred | null, at: Moment): number | null => {
    const posts = deferred === null ? 0 : steps.seenPostsAt(deferred, at);
    return deferred === null || posts === 0
      ? (health.object?.heartbeatUs ?? null)
      : stampUs(steps.postUs(deferred, posts));
  };
  const see = (health: NodeHealth, deferred: Deferred | null, at: Moment): number | null => {
    if (deferred !== null) {
      steps.stepTo(deferred, at);
      takeLease(health, deferred, at);
    }
    return heartbeatUs(health, deferred, at);
  };

  /** What a pass saw of the status; the lease it saw when it came to the node. */
  const seeBy = (
    health: NodeHealth,
    deferred: Deferred | null,
    kept: Kept,
    place: number,
    visit: Moment,
  ): number | null => {
    const began = kept.beganAt(place);
    const stampedUs = see(health, deferred, began);
    if (deferred !== null && visit !== began) see(health, deferred, visit);
    return stampedUs;
  };
  /** When a pass saw what the controller counts by. */
  const signUs = (kept: Kept, place: number, index: number): number =>
    usesLeases ? kept.visitUs(place, index) : kept.beganUs(place);

  /** One that goes on after a standstill, where it was overdue, has its next sign of life within that. */
  const firstSignAfterUs = Math.max(steps.leasePutUs, steps.compareUs) + notifiedAfterUs;
  /** Before then watches bring no renewal of those that they have not brought by a moment that it is stepped to. */
  const nextRenewalUs = (deferred: Deferred, at: Moment): number =>
    steps.renewalUs(deferred, steps.seenRenewalsAt(deferred, at) + 1) + notifiedAfterUs;
  /** And no status: one that says nothing new is not posted before its time. */
  const nextPostUs = (deferred: Deferred, at: Moment): number => {
    const { lastPostUs, posts, reportUs } = deferred;
    const seen = steps.seenPostsAt(deferred, at);
    const sentUs = steps.postUs(deferred, seen + 1);
    return (seen < posts ? sentUs : Math.max(sentUs, lastPostUs + reportUs)) + notifiedAfterUs;
  };
  const nextNewsUs = (deferred: Deferred, at: Moment): number =>
    Math.min(nextRenewalUs(deferred, at), nextPostUs(deferred, at));
  /** A pass that sees this stamp, and the lease of the record, changes the record. */
  const isNews = (health: NodeHealth, stampedUs: number | null): boolean =>
    health.heartbeatUs !== stampedUs || (usesLeases && isNewLease(health));

  /** Whether no two posts are seen, or answered, in so long a time. */
  const isOnePost = ({ reportUs }: Deferred, spanUs: number): boolean =>
    Math.min(reportUs, settings.statusReportUs) >= spanUs + notifiedAfterUs;
  /**
   * Makes the pass that was the first to see the last renewal that any of them saw, without those before it.
   * @param last the last pass that has surely a renewal after it
   * @returns the next pass that has to be made; null where the record has a later renewal already
   */
  const makeByLastRenewal = (
    health: NodeHealth,
    deferred: Deferred,
    kept: Kept,
    last: number,
    to: number,
  ): number | null => {
    const { index } = health.node;
    const at = kept.visitOf(to - 1, index);
    steps.stepTo(deferred, at);
    const renewals = steps.seenRenewalsAt(deferred, at);
    const revision = deferred.firstRevision + renewals;
    if (renewals === 0 || revision <= health.leaseRevision) return null;
    const renewalUs = steps.renewalUs(deferred, renewals);
    let first = to - 1;
    while (first > last + 1 && steps.isSeen(renewalUs, kept.visitOf(first - 1, index))) first -= 1;
    const began = kept.beganAt(first);
    health.leaseUs = renewalUs;
    health.leaseRevision = revision;
    health.heartbeatUs = heartbeatUs(health, deferred, began);
    checkLease(health, kept.visitUs(first, index));
    return first + 1 === to ? to : kept.firstBegunSince(nextPostUs(deferred, began), first + 1, to);
  };

  /**
   * What a record holds follows from the last sign of life and what came after it: whatever it held before, the first pass
   * that sees a new lease writes all of it, but for the transition, which statuses alone do not move. So the passes before
   * the last that has surely one after it are left out.
   * @param to the first that is not to be made yet
   * @returns the first pass that has to be made
   */
  const skip = (health: NodeHealth, deferred: Deferred, kept: Kept, from: number, to: number): number => {
    if (!followsLastSign(health) || deferred.frozen !== null) return from;
    const { index } = health.node;
    // Right after a standstill its last sign of life is from before that.
    if (signUs(kept, to - 1, index) <= deferred.wentOnUs + firstSignAfterUs) return from;
    const beforeUs = signUs(kept, to - 1, index) - steps.signGapUs(deferred);
    let last = to - 1;
    while (last >= from && signUs(kept, last, index) >= beforeUs) last -= 1;
    if (last < from || !steps.hasSignBy(deferred, signUs(kept, last, index))) return from;
    if (usesLeases && !kept.hasWaitedAfter(last) && isOnePost(deferred, steps.signGapUs(deferred))) {
      const made = makeByLastRenewal(health, deferred, kept, last, to);
      if (made !== null) return made;
    }
    health.heartbeatUs = seeBy(health, deferred, kept, last, kept.visitOf(last, index));
    return last + 1;
  };
  const makeAll = (health: NodeHealth, deferred: Deferred | null, kept: Kept, from: number, to: number): void => {
    const { index } = health.node;
    const transitionUs = health.object?.transitionUs ?? 0;
    let next = from;
    while (next < to) {
      const began = kept.beganAt(next);
      const visit = kept.visitOf(next, index);
      const stampedUs = seeBy(health, deferred, kept, next, visit);
      checkReady(health, stampedUs, transitionUs, visit.timeUs, usesLeases);
      next += 1;
      if (visit !== began || isNews(health, stampedUs)) continue;
      // Those before then see what this one saw, and change nothing.
      const newsUs = deferred === null ? Number.POSITIVE_INFINITY : nextNewsUs(deferred, began);
      next = kept.firstSince(newsUs, next, to);
    }
  };
  const make = (health: NodeHealth, kept: Kept, from: number, to: number): void => {
    const deferred = heartbeats.deferredOf(health.node);
    makeAll(health, deferred, kept, deferred === null ? from : skip(health, deferred, kept, from, to), to);
  };

  const mayLeave = (deferred: Deferred, kept: Kept, from: number, nowUs: number): boolean => {
    if (!usesLeases) return false;
    const { index } = deferred.node;
    const last = kept.length - 1;
    const lastUs = kept.visitUs(last, index);
    // At most one renewal is answered that the last of them did not see.
    if (nowUs - lastUs + notifiedAfterUs >= settings.leaseRenewUs || !steps.hasSignBy(deferred, lastUs)) return false;
    // And one post that was not seen by the first that saw the last renewal which any of them did.
    const sinceUs = nowUs - 2 * steps.signGapUs(deferred);
    let first = last;
    while (first > from && kept.visitUs(first - 1, index) >= sinceUs) first -= 1;
    return isOnePost(deferred, nowUs - kept.beganUs(first));
  };
  const makeLeft = (health: NodeHealth, kept: Kept, from: number, to: number): void => {
    const deferred = heartbeats.deferredOf(health.node);
    if (deferred === null) throw new Error(`passes over ${health.node.name} were left, and its heartbeats happened`);
    makeAll(health, deferred, kept, makeByLastRenewal(health, deferred, kept, from - 1, to) ?? from, to);
  };

  /** Whether it gives signs of life more often than its grace passes; what is read at once is known before its watch brings it. */
  const isOftenEnough = (deferred: Deferred): boolean => steps.signGapUs(deferred) + watchUs <= graceUs;
  /** Whether a node is seen alive often enough for its grace never to pass, as long as its heartbeats are deferred. */
  const staysInTime = (deferred: Deferred, at: Moment): boolean => {
    if (!isOftenEnough(deferred)) return false;
    const seen = usesLeases ? steps.seenRenewalsAt(deferred, at) : steps.seenPostsAt(deferred, at);
    if (seen === 0) return false;
    // One that has just gone on after a standstill had its last sign of life before that.
    const lastUs = usesLeases ? steps.renewalUs(deferred, seen) : steps.postUs(deferred, seen);
    return at.timeUs - lastUs <= steps.signGapUs(deferred) + notifiedAfterUs;
  };
  const renewals: LastAndNext = { lastUs: 0, nextUs: 0 };
  /** Whether the record has the next renewal that watches bring: a controller that has just started has read it. */
  const knowsNext = ({ leaseRevision }: NodeHealth, deferred: Deferred, at: Moment): boolean =>
    leaseRevision > deferred.firstRevision + steps.seenRenewalsAt(deferred, at);
  /** Whether each lease that comes is newer than the one of the record. */
  const willBeNew = ({ leaseUs, node, savedLeaseUs }: NodeHealth): boolean =>
    !node.clock.wasOff && (savedLeaseUs === null || savedLeaseUs <= (leaseUs ?? 0));

  return {
    make,
    mayLeave,
    makeLeft,
    takeLease,
    inTimeByRenewals: (deferred, kept, from, at) => {
      const { index, clock } = deferred.node;
      if (!usesLeases || clock.wasOff || !steps.isNextSeen(deferred, at)) return null;
      // From that on no two are further apart.
      if (isOftenEnough(deferred)) return Number.POSITIVE_INFINITY;
      steps.lookAhead(deferred, at, renewals);
      // A controller that has just read all nodes knows of it before its watch does.
      const knownUs = renewals.lastUs + committedAfterUs;
      let place = kept.length;
      while (place > from && kept.visitUs(place - 1, index) >= knownUs) place -= 1;
      // Of those before `from` the record says which was the first.
      const firstUs = place === from ? knownUs : place === kept.length ? at.timeUs : kept.visitUs(place, index);
      const untilUs = firstUs + graceUs;
      if (at.timeUs > untilUs) return null;
      // Whichever pass is the first to see the next one gives it its grace anew.
      const nextUs = renewals.nextUs + notifiedAfterUs;
      return nextUs > untilUs ? untilUs : nextUs + graceUs;
    },
    inTimeUntil: (health, at, count) => {
      const { index } = health.node;
      const deferred = heartbeats.deferredOf(health.node);
      const stampedUs = see(health, deferred, at);
      const untilUs = (isNews(health, stampedUs) ? at.timeUs : health.probeUs) + graceUs;
      if (deferred === null || deferred.frozen !== null || !willBeNew(health)) {
        count(index, untilUs, false);
        return;
      }
      if (staysInTime(deferred, at)) {
        count(index, Number.POSITIVE_INFINITY, true);
        return;
      }
      const renewalUs =
        usesLeases && !knowsNext(health, deferred, at) ? nextRenewalUs(deferred, at) : Number.POSITIVE_INFINITY;
      // Whichever pass is the first to see that gives it its grace anew.
      if (renewalUs > untilUs) {
        count(index, untilUs, false);
        return;
      }
      // Each one after that comes before the grace of the one before it has passed.
      count(index, isOftenEnough(deferred) ? Number.POSITIVE_INFINITY : renewalUs + graceUs, true);
    },
  };
};
