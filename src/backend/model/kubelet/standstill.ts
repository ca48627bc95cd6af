import type { Clock } from '../engine/clock.ts';
import { hold } from '../engine/process.ts';
import type { NodeState } from '../engine/state.ts';
import type { DeferredSteps, Moment } from './deferred.ts';
import type { Deferred, Frozen } from './deferred-node.ts';
import type { Goings, WaitingLease, WaitingStatus } from './loops.ts';

/** Deferred heartbeats of nodes whose kubelets are frozen: they stay deferred where both loops wait. */
export type Standstill = {
  /** @returns whether they stay deferred: nothing was changed where not */
  readonly begin: (deferred: Deferred) => boolean;
  /**
   * They happen one by one from where they stood, whether the kubelet is still frozen or has just gone on.
   * @param isDown whether a status that was held back, which comes now, finds the runtime down; null: this is not when it comes
   */
  readonly rouse: (
    deferred: Deferred,
    lease: WaitingLease | null,
    status: WaitingStatus | null,
    isDown: boolean | null,
  ) => void;
  /**
   * The kubelet goes on, and at once what came due meanwhile.
   * @param mayFindDown a status that was held back may find the runtime down, which is asked when it comes
   */
  readonly end: (deferred: Deferred, mayFindDown: boolean) => void;
};

type Parts = {
  readonly clock: Pick<Clock, 'now' | 'at' | 'after' | 'isAhead'>;
  readonly steps: Pick<DeferredSteps, 'seenRenewalsAt' | 'seenPostsAt'>;
  readonly going: () => Goings | null;
  /** Brings one up to now. */
  readonly step: (deferred: Deferred) => Moment;
  /** The same, where its kubelet is frozen now. */
  readonly stepToStill: (deferred: Deferred) => Moment;
  readonly rouse: (node: NodeState, isDown?: boolean) => void;
  /** Its status happens by itself from now on, and comes late now, which finds the runtime down; its lease's goes on as it stands. */
  readonly rouseStatus: (deferred: Deferred) => void;
};

const isStatusFirst = ({ leaseAtUs, leaseAskedUs, statusAtUs, statusAskedUs }: Frozen): boolean =>
  statusAtUs < leaseAtUs || (statusAtUs === leaseAtUs && statusAskedUs < leaseAskedUs);

export const createStandstill = ({ clock, steps, going, step, stepToStill, rouse, rouseStatus }: Parts): Standstill => {
  const atOnce = clock.after(0);
  const standStill = (deferred: Deferred, frozen: Frozen): void => {
    deferred.frozen = frozen;
    deferred.leaseAtUs = Number.POSITIVE_INFINITY;
    deferred.leaseOverUs = Number.POSITIVE_INFINITY;
    deferred.statusAtUs = Number.POSITIVE_INFINITY;
    deferred.statusOverUs = Number.POSITIVE_INFINITY;
  };

  /** What comes due at this very moment may have come before the kubelet went on, or not. */
  const isUnsure = ({ leaseAtUs, statusAtUs }: Frozen, nowUs: number): boolean =>
    leaseAtUs === nowUs || statusAtUs === nowUs;
  const goOnLease = (deferred: Deferred, { leaseAtUs, leaseAskedUs }: Frozen, nowUs: number): void => {
    const isLate = leaseAtUs < nowUs;
    deferred.leaseAtUs = isLate ? nowUs : leaseAtUs;
    deferred.leaseAskedUs = isLate ? nowUs : leaseAskedUs;
    deferred.leaseOverUs = 0;
    deferred.frozen = null;
    deferred.wentOnUs = nowUs;
  };
  /** @returns whether they stay deferred: nothing was changed where not */
  const goOn = (deferred: Deferred, frozen: Frozen): boolean => {
    const nowUs = clock.now();
    if (isUnsure(frozen, nowUs)) return false;
    goOnLease(deferred, frozen, nowUs);
    const isLate = frozen.statusAtUs < nowUs;
    deferred.statusAtUs = isLate ? nowUs : frozen.statusAtUs;
    deferred.statusAskedUs = isLate ? nowUs : frozen.statusAskedUs;
    deferred.statusOverUs = 0;
    return true;
  };
  /** The status finds the runtime down. @returns whether its lease's stay deferred: nothing was changed where not */
  const goOnDown = (deferred: Deferred, frozen: Frozen): boolean => {
    const nowUs = clock.now();
    if (isUnsure(frozen, nowUs) || frozen.leaseAtUs === Number.POSITIVE_INFINITY) return false;
    goOnLease(deferred, frozen, nowUs);
    rouseStatus(deferred);
    return true;
  };

  /** A status that was held back comes, unless it happens by itself by now. */
  const statusComes = (frozen: Frozen): void => {
    const { deferred } = frozen;
    if (deferred.frozen !== frozen) return;
    const finds = going()?.status.findsDown(deferred.node) === true;
    if (finds) step(deferred);
    if (!(finds ? goOnDown(deferred, frozen) : goOn(deferred, frozen))) rouse(deferred.node, finds);
  };

  return {
    begin: (deferred) => {
      const at = stepToStill(deferred);
      const { leaseAtUs, leaseAskedUs, node, posts, renewals, statusAtUs, statusAskedUs } = deferred;
      if (deferred.leaseAlone || deferred.frozen !== null) return false;
      if (!clock.isAhead(leaseAtUs, leaseAskedUs) || !clock.isAhead(statusAtUs, statusAskedUs)) return false;
      // What a watch has yet to bring does not reach a frozen kubelet: it has its node as the API has it.
      if (posts === 0 && node.own !== node.object) return false;
      if (steps.seenRenewalsAt(deferred, at) < renewals || steps.seenPostsAt(deferred, at) < posts) return false;
      standStill(deferred, { deferred, leaseAtUs, leaseAskedUs, statusAtUs, statusAskedUs });
      return true;
    },
    rouse: (deferred, lease, status, isDown) => {
      const { frozen, node } = deferred;
      if (frozen === null) return;
      deferred.frozen = null;
      const { leaseAtUs, leaseAskedUs, statusAtUs, statusAskedUs } = frozen;
      const how = going();
      if (how === null) return;
      const { lease: leases, status: statuses } = how;
      const comesLate = <L>(late: (loop: L) => void, loop: L): void => {
        if (isDown !== null) late(loop);
        else if (node.kubelet.frozen) hold(node.kubelet, late, loop);
        else clock.at(clock.now(), late, loop);
      };
      const goOnLease = (): void => {
        if (lease === null) return;
        if (clock.isAhead(leaseAtUs, leaseAskedUs)) leases.goOn(lease, leaseAtUs, leaseAskedUs);
        else comesLate(leases.late, lease);
      };
      const goOnStatus = (): void => {
        if (status === null) return;
        if (clock.isAhead(statusAtUs, statusAskedUs)) statuses.goOn(status, statusAtUs, statusAskedUs);
        else comesLate(isDown === null ? statuses.late : (loop) => statuses.lateWith(loop, isDown), status);
      };
      for (const goOnOne of isStatusFirst(frozen) ? [goOnStatus, goOnLease] : [goOnLease, goOnStatus]) goOnOne();
    },
    end: (deferred, mayFindDown) => {
      const { frozen } = deferred;
      if (frozen === null) return;
      if (mayFindDown && frozen.statusAtUs < clock.now()) atOnce(statusComes, frozen);
      else if (!goOn(deferred, frozen)) rouse(deferred.node);
    },
  };
};
