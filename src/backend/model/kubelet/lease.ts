import { leaseBackOffUs, leaseTries, maxLeaseBackOffUs } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import { isRunning, type NodeState } from '../engine/state.ts';
import { type ApiClient, newRequest, type Reply, type Request } from '../network/apiserver.ts';

/** One kubelet's renewals, from its start to its stop. */
type Loop = {
  readonly node: NodeState;
  readonly client: ApiClient;
  readonly incarnation: number;
  /** Revision that the next PUT is based on; null = not known, to be read first. */
  base: number | null;
  tries: number;
  /** PUTs have failed once already in this sync, and the lease was read again. */
  second: boolean;
  backOffUs: number;
};

export type LeaseLoops = { readonly start: (node: NodeState, client: ApiClient, atUs: number, known: boolean) => void };

/**
 * Renewal of node leases: one PUT every R(1 + U[0, j]) after the last sync returned. When five PUTs in a row fail the
 * lease is read, with growing pauses and without end, then five more are tried. To 1.15 the read comes first each time.
 * @param closeConnections what repeated failure does up to 1.22
 * @see k8s.io/component-helpers apimachinery/lease
 */
export const createLeaseLoops = (simulation: Simulation, closeConnections: (node: NodeState) => void): LeaseLoops => {
  const { api, behaviour, clock, settings, store } = simulation;
  const readsFirst = behaviour.leases === 'get-put';
  const jitterUs = Math.round(settings.leaseRenewUs * settings.leaseJitter);

  const isStale = ({ node, incarnation }: Loop): boolean => node.incarnation !== incarnation;

  const sync = (loop: Loop): void => {
    if (isStale(loop)) return;
    if (loop.node.kubelet.frozen) {
      hold(loop.node.kubelet, sync, loop);
      return;
    }
    loop.tries = 0;
    loop.second = readsFirst;
    if (loop.base === null || readsFirst) startReading(loop);
    else put(loop);
  };

  const waitForNext = (loop: Loop): void =>
    clock.at(clock.now() + settings.leaseRenewUs + loop.node.random.below(jitterUs + 1), sync, loop);

  const put = (loop: Loop): void => {
    const request = newRequest(loop.client, 'write', settings.heartbeatTimeoutUs, loop, commitPut, onPut);
    request.value = clock.now();
    request.base = loop.base ?? 0;
    api.send(request);
  };

  const commitPut = ({ node }: Loop, request: Request<Loop>): Reply => {
    if (node.lease.revision !== request.base) return 'conflict';
    store.renewLease(node, request.value);
    request.base = node.lease.revision;
    return 'ok';
  };

  const onPut = (loop: Loop, reply: Reply, request: Request<Loop>): void => {
    if (isStale(loop)) return;
    if (reply === 'ok') {
      loop.base = request.base;
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
    api.send(newRequest(loop.client, 'quorum', settings.heartbeatTimeoutUs, loop, commitRead, onRead));
  };

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

  return {
    start: (node, client, atUs, known) => {
      if (behaviour.leases === 'none' || !isRunning(node)) return;
      const base = known ? node.lease.revision : null;
      const { incarnation } = node;
      clock.at(atUs, sync, { node, client, incarnation, base, tries: 0, second: false, backOffUs: 0 });
    },
  };
};
