import { type Endpoints, noEndpoints, type Slices } from '../controllers/endpoints.ts';
import { proxyStartUs, proxySyncUs } from '../engine/constants.ts';
import { hold } from '../engine/process.ts';
import type { Simulation } from '../engine/simulation.ts';
import type { NodeState, Pod } from '../engine/state.ts';
import { overLink } from './link.ts';

export type KubeProxy = {
  /** Pods to which new connections go by the rules as they stand; none: they are refused. */
  readonly targets: () => readonly Pod[];
  /** Takes up what it missed while its node was disconnected. */
  readonly catchUp: () => void;
};

/**
 * kube-proxy on one node: rules are written at once unless the last sync ended less than minSyncPeriod ago. Up to 1.33
 * two may follow each other at once (a token bucket of two); from 1.34 on the pause counts from the end of the last.
 * @param changing called just before the rules change @see kubernetes pkg/proxy/iptables, pkg/proxy/runner
 */
export const createKubeProxy = (
  simulation: Simulation,
  node: NodeState,
  slices: Slices,
  changing: () => void,
): KubeProxy => {
  const { behaviour, clock } = simulation;
  let known: Endpoints = noEndpoints;
  let targets: readonly Pod[] = [];
  let pending = false;
  let promisedUs = Number.NEGATIVE_INFINITY;
  let endedUs = Number.NEGATIVE_INFINITY;
  let { losses } = node;
  const isNew = (): boolean => losses !== node.losses;

  const usable = ({ ready, servingTerminating }: Endpoints): readonly Pod[] =>
    ready.length > 0 || !behaviour.terminatingFallback ? ready : servingTerminating;

  const finish = (endpoints: Endpoints): void => {
    if (node.silent !== 'no') {
      hold(node.kubelet, finish, endpoints);
      return;
    }
    if (isNew()) return;
    endedUs = clock.now();
    changing();
    targets = usable(endpoints);
  };
  const sync = (): void => {
    if (node.silent !== 'no') {
      hold(node.kubelet, sync, undefined);
      return;
    }
    if (isNew()) return;
    pending = false;
    clock.at(clock.now() + proxySyncUs, finish, known);
  };
  const earliestUs = (): number => {
    const periodUs = behaviour.proxyMinSyncUs;
    if (behaviour.proxyBurst === 1) return Math.max(clock.now(), endedUs + periodUs);
    promisedUs = Math.max(promisedUs, clock.now()) + periodUs;
    return Math.max(clock.now(), promisedUs - behaviour.proxyBurst * periodUs);
  };

  const receive = (endpoints: Endpoints): void => {
    if (isNew() || node.silent !== 'no' || node.link.blockedDown || node.link.blockedUp) return;
    known = endpoints;
    if (pending) return;
    pending = true;
    clock.at(earliestUs(), sync, undefined);
  };
  slices.watch((endpoints) => overLink(node.link, receive, endpoints));
  /** On a machine that was off its container is made anew, and knows nothing. @param lost how often it was off by then */
  const begin = (lost: number): void => {
    if (lost !== node.losses) return;
    losses = lost;
    known = noEndpoints;
    targets = [];
    pending = false;
    receive(slices.current());
  };
  return {
    targets: () => (isNew() ? [] : targets),
    catchUp: () => {
      if (isNew()) clock.at(clock.now() + proxyStartUs, begin, node.losses);
      else if (slices.current() !== known) receive(slices.current());
    },
  };
};
