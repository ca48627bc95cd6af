import type { Simulation } from '../../engine/simulation.ts';
import { stampUs } from '../../engine/store.ts';
import { type Moment, notifiedAfterUs } from '../../kubelet/deferred.ts';
import type { Deferred } from '../../kubelet/deferred-node.ts';
import type { NodeHealth } from '../controller-manager.ts';
import { checkReady, isNewLease } from '../health.ts';

/** A pass that was kept: when it began, and when it came to each node, µs by index; null: at once. What it reads of statuses is of its beginning. */
export type Kept = {
  readonly at: Moment;
  readonly visits: { readonly timesUs: Float64Array; readonly askedUs: Float64Array } | null;
};

/** What passes that were kept leave in the record of a node with a Ready condition, which is worked out later. */
export type KeptPasses = {
  /** Makes those from one on, up to another. */
  readonly make: (health: NodeHealth, kept: readonly Kept[], from: number, to: number) => void;
  /** Brings what the caches have of its lease up to a moment that it is stepped to. */
  readonly takeLease: (health: NodeHealth, deferred: Deferred, at: Moment) => void;
  /**
   * Until when its grace surely does not pass, by a record that has all passes before now in it; `isByDeferral`: as long as its
   * heartbeats stay deferred.
   */
  readonly inTimeUntil: (
    health: NodeHealth,
    at: Moment,
  ) => { readonly untilUs: number; readonly isByDeferral: boolean };
};

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

  const visitOf = ({ at, visits }: Kept, index: number): Moment =>
    visits === null ? at : { timeUs: visits.timesUs[index] as number, askedUs: visits.askedUs[index] as number };
  /** What a pass saw of the status; the lease it saw when it came to the node. */
  const seeBy = (health: NodeHealth, deferred: Deferred | null, pass: Kept, visit: Moment): number | null => {
    const stampedUs = see(health, deferred, pass.at);
    if (deferred !== null && pass.visits !== null) see(health, deferred, visit);
    return stampedUs;
  };
  /** When a pass saw what the controller counts by. */
  const signUs = (pass: Kept, index: number): number => (usesLeases ? visitOf(pass, index) : pass.at).timeUs;

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
    deferred.frozen === null
      ? Math.min(nextRenewalUs(deferred, at), nextPostUs(deferred, at))
      : Number.POSITIVE_INFINITY;
  /** A pass that sees this stamp, and the lease of the record, changes the record. */
  const isNews = (health: NodeHealth, stampedUs: number | null): boolean =>
    health.heartbeatUs !== stampedUs || (usesLeases && isNewLease(health));

  /**
   * What a record holds follows from the last sign of life and what came after it: whatever it held before, the first pass
   * that sees a new lease writes all of it, but for the transition, which statuses alone do not move. So the passes before
   * the last that has surely one after it are left out.
   * @param to the first that is not to be made yet
   * @returns the first pass that has to be made
   */
  const skip = (health: NodeHealth, deferred: Deferred, kept: readonly Kept[], from: number, to: number): number => {
    const { heartbeatUs: recordedUs, node, object, savedTransitionUs } = health;
    // A clock that was off has leases of later stamps in the record.
    if (recordedUs === null || savedTransitionUs !== object?.transitionUs || node.clock.wasOff) return from;
    if (deferred.frozen !== null) return from;
    const { index } = node;
    const beforeUs = signUs(kept[to - 1] as Kept, index) - steps.signGapUs(deferred);
    let last = to - 1;
    while (last >= from && signUs(kept[last] as Kept, index) >= beforeUs) last -= 1;
    if (last < from || !steps.hasSignBy(deferred, signUs(kept[last] as Kept, index))) return from;
    const pass = kept[last] as Kept;
    health.heartbeatUs = seeBy(health, deferred, pass, visitOf(pass, index));
    return last + 1;
  };
  const make = (health: NodeHealth, kept: readonly Kept[], from: number, to: number): void => {
    const { index } = health.node;
    const deferred = heartbeats.deferredOf(health.node);
    const transitionUs = health.object?.transitionUs ?? 0;
    /** Passes before then see what the one before them saw, and change nothing. */
    let newsUs = 0;
    for (let next = deferred === null ? from : skip(health, deferred, kept, from, to); next < to; next += 1) {
      const pass = kept[next] as Kept;
      const { at, visits } = pass;
      if (visits === null && at.timeUs < newsUs) continue;
      const visit = visitOf(pass, index);
      const stampedUs = seeBy(health, deferred, pass, visit);
      checkReady(health, stampedUs, transitionUs, visit.timeUs, usesLeases);
      if (visits !== null || isNews(health, stampedUs)) newsUs = 0;
      else newsUs = deferred === null ? Number.POSITIVE_INFINITY : nextNewsUs(deferred, at);
    }
  };

  /** Whether a node is seen alive often enough for its grace never to pass, as long as its heartbeats are deferred. */
  const staysInTime = (deferred: Deferred, at: Moment): boolean => {
    const gapUs = steps.signGapUs(deferred);
    if (gapUs > graceUs) return false;
    const seen = usesLeases ? steps.seenRenewalsAt(deferred, at) : steps.seenPostsAt(deferred, at);
    if (seen === 0) return false;
    // One that has just gone on after a standstill had its last sign of life before that.
    const lastUs = usesLeases ? steps.renewalUs(deferred, seen) : steps.postUs(deferred, seen);
    return at.timeUs - lastUs <= gapUs + notifiedAfterUs;
  };
  /** Whether each lease that comes is newer than the one of the record. */
  const willBeNew = ({ leaseUs, node, savedLeaseUs }: NodeHealth): boolean =>
    !node.clock.wasOff && (savedLeaseUs === null || savedLeaseUs <= (leaseUs ?? 0));

  return {
    make,
    takeLease,
    inTimeUntil: (health, at) => {
      const deferred = heartbeats.deferredOf(health.node);
      const stampedUs = see(health, deferred, at);
      const untilUs = (isNews(health, stampedUs) ? at.timeUs : health.probeUs) + graceUs;
      if (deferred === null || deferred.frozen !== null || !willBeNew(health)) return { untilUs, isByDeferral: false };
      if (staysInTime(deferred, at)) return { untilUs: Number.POSITIVE_INFINITY, isByDeferral: true };
      const renewalUs = usesLeases ? nextRenewalUs(deferred, at) : Number.POSITIVE_INFINITY;
      // Whichever pass is the first to see that gives it its grace anew.
      return renewalUs <= untilUs
        ? { untilUs: renewalUs + graceUs, isByDeferral: true }
        : { untilUs, isByDeferral: false };
    },
  };
};
