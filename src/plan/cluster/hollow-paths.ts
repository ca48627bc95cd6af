import { secondsText } from '../../common/duration.ts';
import { heartbeatTimeoutMs } from '../../profile/index.ts';
import { faultTraits, isHollow, roleNodes } from '../../scenario/index.ts';
import type { Plan, PlannedFaultOf } from '../types.ts';
import { hollowGroups, nodesText } from './hollow.ts';

type Slow = PlannedFaultOf<'latency'>;

/** Faults on the way of hollow nodes to the API server, which their kwok takes over one connection. */
const onPaths = ({
  phases,
}: Pick<Plan, 'phases'>): readonly { readonly fault: Slow; readonly hollow: readonly string[] }[] =>
  phases.flatMap((phase) =>
    phase.kind === 'fault'
      ? phase.inject.flatMap((fault) => {
          const hollow = fault.targets.filter(isHollow);
          return fault.kind === 'latency' && hollow.length > 0 ? [{ fault, hollow }] : [];
        })
      : [],
  );

/** The longest that a request and its answer are held back together. */
export const heldBackMs = ({
  delayMs,
  jitterMs,
  direction,
}: Pick<Slow, 'delayMs' | 'jitterMs' | 'direction'>): number => (delayMs + jitterMs) * (direction === 'both' ? 2 : 1);

/**
 * Each fault under which a kubelet would give up requests, in words: kwok never does.
 * @see kwok v0.8.0 pkg/utils/client/clientset.go, ToRESTConfig: no time-out
 */
export const impatientKubelets = ({
  phases,
  profile,
}: Pick<Plan, 'phases'> & {
  readonly profile: { readonly effective: Parameters<typeof heartbeatTimeoutMs>[0] };
}): readonly string[] => {
  const timeoutMs = heartbeatTimeoutMs(profile.effective);
  return onPaths({ phases })
    .filter(({ fault }) => heldBackMs(fault) >= timeoutMs)
    .map(
      ({ fault, hollow }) =>
        `${fault.id} holds back a request of ${nodesText(hollow)} and its answer for up to ${secondsText(heldBackMs(fault))}, and a kubelet gives one up after ${secondsText(timeoutMs)}, which kwok never does: what comes of it is kwok’s, not a kubelet’s`,
    );
};

/**
 * Faults under which nodes of one kwok hold each other up: what is late on its connection, or lost, keeps what comes behind it.
 * `text` says so; a node that is lost under such a fault says nothing of kubelets, one that is not would be well with one.
 */
export const sharedPaths = (
  plan: Pick<Plan, 'phases'>,
): readonly { readonly id: string; readonly nodes: readonly string[]; readonly text: string }[] =>
  onPaths(plan)
    .filter(({ fault, hollow }) => hollow.length > 1 && (fault.lossPercent > 0 || fault.jitterMs > 0))
    .map(({ fault: { id, lossPercent }, hollow }) => ({
      id,
      nodes: hollow,
      text: `${id}: kwok has one connection for ${nodesText(hollow)}, on which what is ${lossPercent > 0 ? 'lost' : 'late'} holds up all that comes behind it; kubelets have one each`,
    }));

/**
 * Faults that hit the API server to which the relays of hollow nodes lead, where there are others: kubelets would have turned to one
 * of those. As `sharedPaths`.
 */
export const boundPaths = (
  plan: Parameters<typeof hollowGroups>[0],
): readonly { readonly id: string; readonly nodes: readonly string[]; readonly text: string }[] => {
  const { phases, topology } = plan;
  const nodes = hollowGroups(plan).flatMap((group) => (group.isRelayed ? group.nodes : []));
  const [first] = roleNodes('control-plane', 1);
  if (nodes.length === 0 || first === undefined || topology.controlPlanes < 2) return [];
  return phases.flatMap((phase) =>
    phase.kind === 'fault'
      ? phase.inject
          .filter(({ kind, targets }) => targets.includes(first) && !faultTraits(kind).sparesApi)
          .map(({ id }) => ({
            id,
            nodes,
            text: `${id} hits ${first}, the one API server that the relay of ${nodesText(nodes)} leads to; kubelets turn to another`,
          }))
      : [],
  );
};

/**
 * What of the way back from a cut is kwok's and the relay's, in words. A relay takes each dial at once, so that what is left of it is
 * the handshake, and what kwok asks for any of its nodes serves all of them.
 * @see k8s.io/client-go v0.36.1 transport/cache.go: Dialer.Timeout 30 s, TLSHandshakeTimeout 10 s
 */
export const cutPaths = ({
  phases,
}: Pick<Plan, 'phases'>): readonly {
  readonly id: string;
  readonly nodes: readonly string[];
  readonly text: string;
}[] =>
  phases.flatMap((phase) =>
    phase.kind === 'fault'
      ? phase.inject.flatMap(({ id, kind, targets }) => {
          const nodes = targets.filter(isHollow);
          return kind === 'partition' && nodes.length > 0
            ? [
                {
                  id,
                  nodes,
                  text: `${id}: kwok has one connection for ${nodesText(nodes)} and gives a dial up after 10 s, a kubelet its own and after 30 s: when they are back says nothing of kubelets`,
                },
              ]
            : [];
        })
      : [],
  );
