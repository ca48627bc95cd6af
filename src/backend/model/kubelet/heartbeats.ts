import type { Clock } from '../engine/clock.ts';
import type { Rng } from '../engine/random.ts';
import type { ModelSettings } from '../engine/settings.ts';
import type { NodeObject, NodeState } from '../engine/state.ts';
import type { Store } from '../engine/store.ts';
import type { Behaviour } from '../engine/versions.ts';
import type { ApiServer } from '../network/apiserver.ts';
import { createBringing } from './bringing.ts';
import { createDeferralConditions } from './deferral-conditions.ts';
import {
  committedAfterUs,
  createDeferred,
  createDeferredSteps,
  type Deferred,
  type DeferredSteps,
  type Moment,
  notifiedAfterUs,
} from './deferred.ts';
import type { WaitingLease, WaitingStatus } from './waiting.ts';

/** How a loop goes on one by one from where it stands: its turn comes, or came where its request is under way. */
type GoOn<L> = (loop: L, atUs: number, askedUs: number) => void;

type Loops = { lease: WaitingLease | null; status: WaitingStatus | null };

/** Who defers passes over nodes, and has to make them before anything is changed that they read. */
export type PassOwner = { readonly flush: (node: NodeState) => void; readonly stop: () => void };

/**
 * The heartbeats of all nodes. Those of a node that nothing happens to need not happen one by one: they are deferred, and
 * worked out, to the microsecond what they would have been, when somebody asks.
 */
export type Heartbeats = {
  /** Random numbers of a node: what its deferred heartbeats draw before now is drawn before. */
  readonly randomOf: (index: number, random: Rng) => Rng;
  readonly loopsOf: (node: NodeState) => Loops;
  /** How loops go on; set once. */
  readonly onGoOn: (lease: GoOn<WaitingLease>, status: GoOn<WaitingStatus>) => void;
  /** Defers the heartbeats of a node where both loops wait and nothing stands in their way. @returns whether they are deferred */
  readonly defer: (node: NodeState) => boolean;
  /** Defers those of its lease alone, where its status is not what it will be. @returns whether they are deferred */
  readonly deferLease: (node: NodeState) => boolean;
  /** From here on they happen one by one, until they are deferred again. */
  readonly rouse: (node: NodeState) => void;
  /** They are not deferred while a fault stands, on a control plane those of no node. */
  readonly disturb: (node: NodeState) => void;
  readonly leaveAlone: (node: NodeState) => void;
  /** Brings `node.object`, `node.lease` and what watches have brought up to now. */
  readonly catchUp: (node: NodeState) => void;
  /** null: they happen one by one. */
  readonly deferredOf: (node: NodeState) => Deferred | null;
  readonly steps: DeferredSteps;
  /** Of a deferred one, as watches have it by now; null: nothing since. */
  readonly seenObject: (deferred: Deferred) => NodeObject | null;
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
  /** Receives the numbers of renewals and posts; null: each has to happen by itself. */
  readonly counted: ((renewals: number, posts: number) => void) | null;
};

/** When watches bring a write that was sent then, and when that was asked for. */
const notificationOf = (sentUs: number): readonly [number, number] => [
  sentUs + notifiedAfterUs,
  sentUs + committedAfterUs,
];

export const createHeartbeats = ({ clock, settings, behaviour, api, store, counted }: Parts): Heartbeats => {
  const steps = createDeferredSteps(settings, behaviour);
  const conditions = createDeferralConditions({ settings, behaviour, api }, counted === null);
  const randoms: Rng[] = [];
  const all: Deferred[] = [];
  const loops: Loops[] = [];
  let owners = 0;
  let owner: PassOwner | null = null;
  let leaseGoesOn: GoOn<WaitingLease> | null = null;
  let statusGoesOn: GoOn<WaitingStatus> | null = null;

  const now = (): Moment => ({ timeUs: clock.now(), askedUs: clock.askedUs() });
  const flush = (node: NodeState): void => owner?.flush(node);
  const step = (deferred: Deferred): Moment => {
    flush(deferred.node);
    const at = now();
    steps.stepTo(deferred, at);
    return at;
  };
  const loopsOf = ({ index }: NodeState): Loops => {
    let own = loops[index];
    if (own === undefined) {
      own = { lease: null, status: null };
      loops[index] = own;
    }
    return own;
  };
  const deferredOf = ({ index }: NodeState): Deferred | null => {
    const deferred = all[index];
    return deferred?.on === true ? deferred : null;
  };

  /** And its kubelet has it as it is, so that its next renewal is no conflict. */
  const leaseWaits = (node: NodeState): boolean => {
    const { lease } = loopsOf(node);
    if (lease === null) return false;
    return deferredOf(node) !== null || (lease.dueUs !== null && lease.base === node.lease.revision);
  };
  /** Its lease's goes on where it is deferred already. */
  const beginLease = (node: NodeState): Deferred => {
    flush(node);
    let deferred = all[node.index];
    if (deferred === undefined) {
      deferred = createDeferred(node, randoms[node.index] as Rng);
      all[node.index] = deferred;
    }
    if (deferred.on) {
      step(deferred);
      return deferred;
    }
    const { lease } = loopsOf(node);
    deferred.on = true;
    deferred.leaseAlone = true;
    deferred.leaseAtUs = lease?.dueUs ?? Number.POSITIVE_INFINITY;
    deferred.leaseAskedUs = lease?.askedUs ?? 0;
    deferred.renewals = 0;
    deferred.statusAtUs = Number.POSITIVE_INFINITY;
    deferred.posts = 0;
    deferred.overUs = 0;
    deferred.lastFrameUs = node.link.lastFrameUs;
    deferred.firstRevision = node.lease.revision;
    deferred.firstRenewUs = node.lease.renewUs;
    deferred.objectPosts = 0;
    deferred.earlierObject = null;
    deferred.countedRenewals = 0;
    deferred.countedPosts = 0;
    // What the clock has for it is void.
    if (lease !== null) lease.dueUs = null;
    return deferred;
  };
  const defer = (node: NodeState): boolean => {
    const { status } = loopsOf(node);
    if (status === null || !conditions.mayDefer(node, leaseWaits(node), status)) return false;
    const deferred = beginLease(node);
    deferred.leaseAlone = false;
    deferred.statusAtUs = status.dueUs ?? 0;
    deferred.statusAskedUs = status.askedUs;
    deferred.lastPostUs = status.lastPostUs;
    deferred.reportUs = status.reportUs;
    deferred.overUs = 0;
    status.dueUs = null;
    return true;
  };
  const deferLease = (node: NodeState): boolean => {
    if (!conditions.mayDeferLease(node, leaseWaits(node))) return false;
    beginLease(node);
    return true;
  };

  const { bring, countOne, seenObjectAt } = createBringing(steps, store, counted, (node) => loopsOf(node).status);

  const rouse = (node: NodeState): void => {
    const deferred = deferredOf(node);
    if (deferred === null) return;
    conditions.roused(node);
    const at = step(deferred);
    bring(deferred, at);
    deferred.on = false;
    const { lease, status } = loopsOf(node);
    const { renewals, renewUs, posts, lastPostUs } = deferred;
    if (lease !== null) {
      lease.base = deferred.firstRevision + renewals;
      leaseGoesOn?.(lease, deferred.leaseAtUs, deferred.leaseAskedUs);
    }
    if (status !== null && !deferred.leaseAlone) {
      status.lastPostUs = lastPostUs;
      status.reportUs = deferred.reportUs;
      statusGoesOn?.(status, deferred.statusAtUs, deferred.statusAskedUs);
    }
    // What watches have yet to bring.
    const sentUs = deferred.leaseAtUs + steps.leasePutUs;
    if (steps.renewalsAt(deferred, at) > renewals) store.notifyLease(node, ...notificationOf(sentUs));
    else if (steps.seenRenewalsAt(deferred, at) < renewals) store.notifyLease(node, ...notificationOf(renewUs));
    if (steps.postsAt(deferred, at) > posts)
      store.notifyNode(node, ...notificationOf(deferred.statusAtUs + steps.compareUs));
    else if (steps.seenPostsAt(deferred, at) < posts) store.notifyNode(node, ...notificationOf(lastPostUs));
  };
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
    randomOf: (index, random) => {
      randoms[index] = random;
      return {
        below: (limit) => {
          const deferred = all[index];
          if (deferred?.on === true) step(deferred);
          return random.below(limit);
        },
      };
    },
    loopsOf,
    onGoOn: (lease, status) => {
      leaseGoesOn = lease;
      statusGoesOn = status;
    },
    defer,
    deferLease,
    rouse,
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
    deferredOf,
    seenObject: (deferred) => seenObjectAt(deferred, now()),
    count: () => {
      for (const deferred of all) if (deferred?.on === true) countOne(deferred, step(deferred));
    },
    register: (asking) => {
      owners += 1;
      if (owners > 1) owner?.stop();
      owner = owners === 1 && counted !== null ? asking : null;
    },
    mayDeferPasses: (asking) => owner === asking,
    flush,
  };
};
