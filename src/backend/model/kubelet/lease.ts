import { leaseBackOffUs, leaseTries, maxLeaseBackOffUs } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isRunning, type NodeState } from '../engine/state.ts';
import { type ApiClient, newRequest, type Reply, type Request } from '../network/apiserver.ts';
import { leaseJitterUs, readAfterUs } from './deferred.ts';
import type { Going, WaitingLease } from './loops.ts';
import { createTurns, type Turning } from './turns.ts';

/** One kubelet's renewals, from its start to its stop. */
type Loop = WaitingLease &
  Turning & {
    readonly client: ApiClient;
    readonly incarnation: number;
    tries: number;
    /** PUTs have failed once already in this sync, and the lease was read again. */
    second: boolean;
    backOffUs: number;
  };

export type LeaseLoops = Going<WaitingLease> & {
  /** A loop whose first turn is at a moment; it does not begin by itself. */
  readonly start: (node: NodeState, client: ApiClient, atUs: number, known: boolean) => void;
};

/**
 * Renewal of node leases: one PUT every R(1 + U[0, j]) after the last sync returned. When five PUTs in a row fail the
 * lease is read, with growing pauses and without end, then five more are tried. To 1.15 the read comes first each time.
 * @param closeConnections what repeated failure does up to 1.22
 * @param clientOf by which a kubelet's requests go
 * @param onTakenOver called once kwok that was started again has renewed the lease of a hollow node, before the next turn is set
 * @see k8s.io/component-helpers apimachinery/lease
 */
export const createLeaseLoops = (
  simulation: Simulation,
  closeConnections: (node: NodeState) => void,
  onTakenOver: (node: NodeState) => void,
  clientOf: (node: NodeState) => ApiClient,
): LeaseLoops => {
  const { api, behaviour, clock, heartbeats, settings, store } = simulation;
  const readsFirst = behaviour.leases === 'get-put';
  const jitterUs = leaseJitterUs(settings);

  const isStale = ({ node, incarnation }: Loop): boolean => node.incarnation !== incarnation;

  /**
   * kwok takes what another process holds, the one before it among them, only once its lease has run out, and looks with each turn.
   * @see kwok pkg/kwok/controllers/node_lease_controller.go, tryAcquireOrRenew, nextTryDuration
   */
  const hasRunOut = ({ lease }: NodeState): boolean =>
    lease.revision === 0 || lease.renewUs + settings.leaseDurationUs < clock.now();

  const sync = (loop: Loop): void => {
    loop.dueUs = null;
    if (isStale(loop)) return;
    if (loop.node.kubelet.frozen) {
      hold(loop.node.kubelet, sync, loop);
      return;
    }
    if (loop.node.awaitsLease && !hasRunOut(loop.node)) {
      waitForNext(loop);
      return;
    }
    loop.tries = 0;
    loop.second = readsFirst;
    if (loop.node.link.shared?.watchesLeases === true && loop.base !== null) loop.base = loop.node.lease.revision;
    if (loop.base === null || readsFirst) startReading(loop);
    else put(loop);
  };

  const waitForNext = (loop: Loop): void =>
    turns.waitFor(loop, settings.leaseRenewUs + loop.node.leaseDraws.below(jitterUs + 1));

  /** kwok's client has no time-out. @see kwok pkg/utils/client/clientset.go, ToRESTConfig */
  const timeoutUs = ({ node }: Loop): number =>
    node.link.shared === null ? settings.heartbeatTimeoutUs : Number.POSITIVE_INFINITY;

  const newPut = (loop: Loop, sentUs: number): Request<Loop> => {
    const request = newRequest(loop.client, 'write', timeoutUs(loop), loop, commitPut, onPut);
    request.value = sentUs + loop.node.clock.offUs;
    request.base = loop.base ?? 0;
    return request;
  };
  const put = (loop: Loop): void => api.send(newPut(loop, clock.now()));

  const commitPut = ({ node }: Loop, request: Request<Loop>): Reply => {
    // One that was given up may take effect long after that.
    heartbeats.rouse(node);
    if (node.lease.revision !== request.base) return 'conflict';
    store.renewLease(node, request.value);
    request.base = node.lease.revision;
    return 'ok';
  };

  const onPut = (loop: Loop, reply: Reply, request: Request<Loop>): void => {
    if (isStale(loop)) return;
    if (reply === 'ok') {
      // kwok renews by the copy that its watch has brought.
      if (loop.node.link.shared?.watchesLeases !== false) loop.base = request.base;
      if (loop.node.awaitsLease) onTakenOver(loop.node);
      waitForNext(loop);
      return;
    }
    if (loop.node.link.shared !== null) {
      // kwok tries again when it would renew next.
      waitForNext(loop);
      return;
    }
    loop.tries += 1;
    if (reply !== 'conflict' && loop.tries > 1 && behaviour.closesOnRepeatedFailure) closeConnections(loop.node);
    if (loop.tries < leaseTries) {
      if (reply === 'conflict') startReading(loop);
      else put(loop);
    } else if (loop.second) {
      waitForNext(loop);
    } else {
      loop.tries = 0;
      loop.second = true;
      startReading(loop);
    }
  };

  const startReading = (loop: Loop): void => {
    loop.backOffUs = leaseBackOffUs;
    read(loop);
  };

  const read = (loop: Loop): void => {
    if (isStale(loop)) return;
    if (loop.node.kubelet.frozen) {
      hold(loop.node.kubelet, read, loop);
      return;
    }
    api.send(newRead(loop));
  };
  const newRead = (loop: Loop): Request<Loop> =>
    newRequest(loop.client, 'quorum', timeoutUs(loop), loop, commitRead, onRead);

  const commitRead = ({ node }: Loop, request: Request<Loop>): Reply => {
    request.base = node.lease.revision;
    return 'ok';
  };

  const onRead = (loop: Loop, reply: Reply, request: Request<Loop>): void => {
    if (isStale(loop)) return;
    if (reply === 'ok') {
      loop.base = request.base;
      put(loop);
      return;
    }
    loop.backOffUs = Math.min(2 * loop.backOffUs, maxLeaseBackOffUs);
    clock.at(clock.now() + loop.backOffUs, read, loop);
  };

  const takeUp = (loop: Loop, atUs: number): void => {
    loop.tries = 0;
    loop.second = readsFirst;
    let sentUs = atUs;
    if (readsFirst) {
      loop.backOffUs = leaseBackOffUs;
      const read = newRead(loop);
      read.base = loop.base ?? 0;
      if (api.takeUp(read, atUs) !== 'over') return;
      sentUs += readAfterUs;
    }
    const request = newPut(loop, sentUs);
    if (api.takeUp(request, sentUs) === 'taken') request.base = loop.node.lease.revision;
  };

  const turns = createTurns<Loop>(simulation, sync, takeUp, heartbeats.deferLease);

  /** @param base the revision of the lease that it knows of */
  const newLoop = (node: NodeState, client: ApiClient, base: number | null, dueUs: number | null): Loop => ({
    node,
    client,
    incarnation: node.incarnation,
    base,
    tries: 0,
    second: false,
    backOffUs: 0,
    dueUs,
    askedUs: clock.now(),
    setUs: null,
  });

  return {
    goOn: (loop, atUs, askedUs) => turns.goOn(loop as Loop, atUs, askedUs),
    late: (loop) => sync(loop as Loop),
    make: (node) => (behaviour.leases === 'none' ? null : newLoop(node, clientOf(node), node.lease.revision, null)),
    start: (node, client, atUs, known) => {
      const runs = behaviour.leases !== 'none' && isRunning(node);
      heartbeats.loops.setLease(node, runs ? newLoop(node, client, known ? node.lease.revision : null, atUs) : null);
    },
  };
};
