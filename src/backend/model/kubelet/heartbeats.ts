import type { Clock } from '../engine/clock.ts';
import type { ModelSettings } from '../engine/settings.ts';
import type { NodeObject, NodeState } from '../engine/state.ts';
import type { Store } from '../engine/store.ts';
import type { Behaviour } from '../engine/versions.ts';
import type { ApiServer } from '../network/apiserver.ts';
import { createBringing } from './bringing.ts';
import { createDeferralConditions } from './deferral-conditions.ts';
import {
  committedAfterUs,
  createDeferredSteps,
  createPresent,
  type DeferredSteps,
  type Moment,
  notifiedAfterUs,
} from './deferred.ts';
import { Deferred } from './deferred-node.ts';
import { createLoops, type LoopsOfNodes } from './loops.ts';
import { createStandstill } from './standstill.ts';

/** Where the two loops of a kubelet that has run for long stand: when each comes due, and its last status post. */
export type KubeletPhases = Pick<Deferred, 'leaseAtUs' | 'statusAtUs' | 'lastPostUs' | 'reportUs'>;

/** Who defers passes over nodes, and has to make them before anything is changed that they read. */
export type PassOwner = {
  /** Its heartbeats go on as they were. */
  readonly makeKept: (node: NodeState) => void;
  /** They may be deferred no longer. */
  readonly flush: (node: NodeState) => void;
  /** They are stepped to now, and stand still from then on. */
  readonly leave: (deferred: Deferred) => void;
  readonly stop: () => void;
};

/**
 * The heartbeats of all nodes. Those of a node that nothing happens to need not happen one by one: they are deferred, and
 * worked out, to the microsecond what they would have been, when somebody asks.
 */
export type Heartbeats = {
  readonly loops: LoopsOfNodes;
  /**
   * Defers the heartbeats of a node whose loops nobody has made yet, where nothing stands in their way: they are made when
   * they happen one by one. @returns whether they are deferred: nothing was changed where not
   */
  readonly deferNew: (node: NodeState, phases: KubeletPhases) => boolean;
  /** Defers the heartbeats of a node where both loops wait and nothing stands in their way. @returns whether they are deferred */
  readonly defer: (node: NodeState) => boolean;
  /** Defers those of its lease alone, where its status is not what it will be. @returns whether they are deferred */
  readonly deferLease: (node: NodeState) => boolean;
  /** From here on they happen one by one, until they are deferred again. */
  readonly rouse: (node: NodeState) => void;
  /** They are not deferred while a fault stands, on a control plane those of no node. */
  readonly disturb: (node: NodeState) => void;
  readonly leaveAlone: (node: NodeState) => void;
  /** `disturb` by a fault that freezes its kubelet and does nothing else: where both loops wait they stay deferred. */
  readonly freeze: (node: NodeState) => void;
  /**
   * Its kubelet goes on.
   * @param mayFindDown a status that was held back may find the container runtime down, which is asked once it comes
   */
  readonly thaw: (node: NodeState, mayFindDown: boolean) => void;
  /** Brings `node.object`, `node.lease` and what watches have brought up to now. */
  readonly catchUp: (node: NodeState) => void;
  /** The stamp of its last renewal that watches have brought since they were deferred, or of one no earlier than `enoughUs`; null: none. */
  readonly seenRenewalUs: (node: NodeState, enoughUs: number) => number | null;
  /** null: they happen one by one. */
  readonly deferredOf: (node: NodeState) => Deferred | null;
  /** By the index of its node. */
  readonly deferredAt: (index: number) => Deferred | null;
  readonly steps: DeferredSteps;
  /** Of a deferred one, as watches have it by a moment that it is stepped to; null: nothing since. */
  readonly seenObject: (deferred: Deferred, at: Moment) => NodeObject | null;
  /** Reports to the sink how many there were since its last report. */
  readonly count: () => void;
  /** The first that registers may defer its passes; once there is another, neither may. */
  readonly register: (owner: PassOwner) => void;
  readonly mayDeferPasses: (owner: PassOwner) => boolean;
  readonly flush: (node: NodeState) => void;
};

type Parts = {
  readonly clock: Clock;
  readonly settings: ModelSettings;
  readonly behaviour: Behaviour;
  readonly api: Pick<ApiServer, 'isUnhindered'>;
  readonly store: Store;
  /** Each has to happen by itself. */
  readonly oneEach: boolean;
  /** Receives the numbers of renewals and posts; null: nobody does. */
  readonly counted: ((renewals: number, posts: number) => void) | null;
  /** Kubelets may be frozen, and nothing else happens: no request is slow by chance, and nobody asks who comes first. */
  readonly mayStandStill: boolean;
};

/** When watches bring a write that was sent then, and when that was asked for. */
const notificationOf = (sentUs: number): readonly [number, number] => [
  sentUs + notifiedAfterUs,
  sentUs + committedAfterUs,
];

export const createHeartbeats = (parts: Parts): Heartbeats => {
  const { clock, settings, behaviour, api, store, oneEach, counted } = parts;
  const steps = createDeferredSteps(settings, behaviour);
  const conditions = createDeferralConditions({ settings, behaviour, api, clock }, oneEach);
  const all: Deferred[] = [];
  let owners = 0;
  let owner: PassOwner | null = null;

  const now = createPresent(clock);
  const flush = (node: NodeState): void => owner?.flush(node);
  const step = (deferred: Deferred): Moment => {
    flush(deferred.node);
    const at = now();
    steps.stepTo(deferred, at);
    return at;
  };
  const deferredAt = (index: number): Deferred | null => {
    const deferred = all[index];
    return deferred?.on === true ? deferred : null;
  };
  const deferredOf = ({ index }: NodeState): Deferred | null => deferredAt(index);

  const loops = createLoops((node) => deferredOf(node) !== null);

  /** And its kubelet has it as it is, so that its next renewal is no conflict. */
  const leaseWaits = (node: NodeState): boolean => {
    if (deferredOf(node) !== null) return behaviour.leases !== 'none';
    const lease = loops.leaseOf(node);
    return lease !== null && lease.dueUs !== null && lease.base === node.lease.revision;
  };
  const begin = (node: NodeState, leaseAtUs: number, leaseAskedUs: number): Deferred => {
    let deferred = all[node.index];
    if (deferred === undefined) {
      deferred = new Deferred(node);
      all[node.index] = deferred;
    }
    deferred.on = true;
    deferred.leaseAlone = true;
    deferred.leaseAtUs = leaseAtUs;
    deferred.leaseAskedUs = leaseAskedUs;
    deferred.renewals = 0;
    deferred.statusAtUs = Number.POSITIVE_INFINITY;
    deferred.posts = 0;
    deferred.leaseOverUs = 0;
    deferred.statusOverUs = Number.POSITIVE_INFINITY;
    deferred.lastFrameUs = node.knownLink?.lastFrameUs ?? 0;
    deferred.firstRevision = node.lease.revision;
    deferred.firstRenewUs = node.lease.renewUs;
    deferred.wentOnUs = 0;
    deferred.objectPosts = 0;
    deferred.earlierObject = null;
    deferred.countedRenewals = 0;
    deferred.countedPosts = 0;
    return deferred;
  };
  /** Its lease's goes on where it is deferred already. */
  const beginLease = (node: NodeState): Deferred => {
    flush(node);
    const known = deferredOf(node);
    if (known !== null) {
      step(known);
      return known;
    }
    const lease = loops.leaseOf(node);
    const deferred = begin(node, lease?.dueUs ?? Number.POSITIVE_INFINITY, lease?.askedUs ?? 0);
    // What the clock has for it is void.
    if (lease !== null) lease.dueUs = null;
    return deferred;
  };
  const beginStatus = (
    deferred: Deferred,
    atUs: number,
    askedUs: number,
    lastPostUs: number,
    reportUs: number,
  ): void => {
    deferred.leaseAlone = false;
    deferred.statusAtUs = atUs;
    deferred.statusAskedUs = askedUs;
    deferred.lastPostUs = lastPostUs;
    deferred.reportUs = reportUs;
    deferred.statusOverUs = 0;
  };
  const defer = (node: NodeState): boolean => {
    // What keeps most that are not deferred, asked first.
    if (node.object?.ready !== 'True') return false;
    const status = loops.statusOf(node);
    if (status === null || !conditions.mayDefer(node, leaseWaits(node), status)) return false;
    const deferred = beginLease(node);
    beginStatus(deferred, status.dueUs ?? 0, status.askedUs, status.lastPostUs, status.reportUs);
    status.dueUs = null;
    return true;
  };
  const deferNew = (node: NodeState, phases: KubeletPhases): boolean => {
    if (!conditions.isWell(node)) return false;
    const hasLeases = behaviour.leases !== 'none';
    const deferred = begin(node, hasLeases ? phases.leaseAtUs : Number.POSITIVE_INFINITY, hasLeases ? clock.now() : 0);
    beginStatus(deferred, phases.statusAtUs, clock.now(), phases.lastPostUs, phases.reportUs);
    return true;
  };
  const deferLease = (node: NodeState): boolean => {
    if (!conditions.mayDeferLease(node, leaseWaits(node))) return false;
    beginLease(node);
    return true;
  };

  const { bring, countOne, seenObjectAt } = createBringing(steps, store, counted, loops.clientOf);

  const rouse = (node: NodeState, isDown: boolean | null = null): void => {
    const deferred = deferredOf(node);
    if (deferred === null) return;
    conditions.roused(node);
    const at = step(deferred);
    // Made before anything is brought, that it reaches their client, too.
    const lease = loops.leaseOf(node);
    const status = loops.statusOf(node);
    bring(deferred, at);
    deferred.on = false;
    const { frozen, renewals, renewUs, posts, lastPostUs } = deferred;
    if (lease !== null) {
      lease.base = deferred.firstRevision + renewals;
      if (frozen === null) loops.goings()?.lease.goOn(lease, deferred.leaseAtUs, deferred.leaseAskedUs);
    }
    if (status !== null && !deferred.leaseAlone) {
      status.lastPostUs = lastPostUs;
      status.reportUs = deferred.reportUs;
      if (frozen === null) loops.goings()?.status.goOn(status, deferred.statusAtUs, deferred.statusAskedUs);
    }
    if (frozen !== null) {
      standstill.rouse(deferred, lease, status, isDown);
      return;
    }
    // What watches have yet to bring.
    const sentUs = deferred.leaseAtUs + steps.leasePutUs;
    if (steps.renewalsAt(deferred, at) > renewals) store.notifyLease(node, ...notificationOf(sentUs));
    else if (steps.seenRenewalsAt(deferred, at) < renewals) store.notifyLease(node, ...notificationOf(renewUs));
    if (steps.postsAt(deferred, at) > posts)
      store.notifyNode(node, ...notificationOf(deferred.statusAtUs + steps.compareUs));
    else if (steps.seenPostsAt(deferred, at) < posts) store.notifyNode(node, ...notificationOf(lastPostUs));
  };
  const rouseStatus = (deferred: Deferred): void => {
    const { node } = deferred;
    const status = loops.statusOf(node);
    bring(deferred, now());
    deferred.leaseAlone = true;
    deferred.statusAtUs = Number.POSITIVE_INFINITY;
    deferred.statusOverUs = Number.POSITIVE_INFINITY;
    deferred.posts = 0;
    deferred.objectPosts = 0;
    deferred.earlierObject = null;
    deferred.countedPosts = 0;
    if (status === null) return;
    status.lastPostUs = deferred.lastPostUs;
    status.reportUs = deferred.reportUs;
    loops.goings()?.status.lateWith(status, true);
  };
  const standstill = createStandstill({
    clock,
    steps,
    step,
    stepToStill: (deferred) => {
      owner?.leave(deferred);
      const at = now();
      steps.stepTo(deferred, at);
      return at;
    },
    rouse,
    rouseStatus,
    going: loops.goings,
  });
  const rouseAll = (): void => {
    for (const { node } of all.filter((deferred) => deferred?.on === true)) rouse(node);
  };
  // A status that happens by itself has nothing to do with a lease that does not.
  store.watch({
    writing: (node) => {
      if (deferredOf(node)?.leaseAlone === false) rouse(node);
    },
  });

  return {
    steps,
    loops,
    defer,
    deferNew,
    deferLease,
    rouse: (node) => rouse(node),
    freeze: (node) => {
      conditions.faultBegan(node);
      const deferred = deferredOf(node);
      if (deferred === null) return;
      if (!parts.mayStandStill || !conditions.mayStandStill(node) || !standstill.begin(deferred)) rouse(node);
    },
    thaw: (node, mayFindDown) => {
      const deferred = deferredOf(node);
      if (deferred !== null) standstill.end(deferred, mayFindDown);
    },
    disturb: (node) => {
      conditions.faultBegan(node);
      if (node.role === 'control-plane') rouseAll();
      else rouse(node);
    },
    leaveAlone: conditions.faultEnded,
    catchUp: (node) => {
      const deferred = deferredOf(node);
      if (deferred !== null) bring(deferred, step(deferred));
    },
    seenRenewalUs: (node, enoughUs) => {
      const deferred = deferredOf(node);
      if (deferred === null) return null;
      const at = now();
      // Nothing of it is changed for that, so that nobody has to make passes before.
      const knownUs = steps.lastKnownUs(deferred, at);
      if ((knownUs !== null && knownUs >= enoughUs) || !steps.isNextSeen(deferred, at)) return knownUs;
      owner?.makeKept(node);
      steps.stepTo(deferred, at);
      const renewals = steps.seenRenewalsAt(deferred, at);
      return renewals === 0 ? null : steps.renewalUs(deferred, renewals);
    },
    deferredOf,
    deferredAt,
    seenObject: seenObjectAt,
    count: () => {
      if (counted === null) return;
      const at = now();
      for (const deferred of all) {
        if (deferred?.on !== true) continue;
        owner?.makeKept(deferred.node);
        steps.stepTo(deferred, at);
        countOne(deferred, at);
      }
    },
    register: (asking) => {
      owners += 1;
      if (owners > 1) owner?.stop();
      owner = owners === 1 && !oneEach ? asking : null;
    },
    mayDeferPasses: (asking) => owner === asking,
    flush,
  };
};
