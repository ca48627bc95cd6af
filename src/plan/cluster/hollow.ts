import { counted } from '../../common/text/counted.ts';
import { faultTraits, type HollowNodes, hollowNames, isHollow, type nodeNames } from '../../scenario/index.ts';
import type { Plan, PlannedFault } from '../types.ts';

/** Hollow nodes, to be put behind the other nodes of a cluster: `, 1000 hollow nodes in 3 zones with 2 pods each`. */
export const hollowText = ({ nodes, zones, podsPerNode = 0 }: HollowNodes): string =>
  `, ${counted(nodes, 'hollow node')}${zones === 1 ? '' : ` in ${zones} zones`}${
    podsPerNode === 0 ? '' : ` with ${counted(podsPerNode, 'pod')} each`
  }`;

/** Names of the pods of a hollow node, `hollow-1-pod-1` on. */
export const hollowPodNames = (node: string, { podsPerNode = 0 }: HollowNodes): readonly string[] =>
  Array.from({ length: podsPerNode }, (_, index) => `${node}-pod-${index + 1}`);

/** A read and a PATCH, by which its taint goes, and the event that the node is there. */
const requestsOfNewNode = 3;

/** A machine that others use, too, may be late by so much. */
const lateMs = 60_000;

/**
 * How long the taints of so many new nodes may take to go, in ms: twice what the controller manager's requests about them take at the
 * pace of its client, and a minute. The API server gives each new node the taint not-ready, and the node lifecycle controller takes it
 * away.
 * @param requestsPerSecond --kube-api-qps
 * @see kubernetes plugin/pkg/admission/nodetaint; pkg/controller/nodelifecycle, doNoScheduleTaintingPass
 */
export const newNodeTaintsMs = (nodes: number, requestsPerSecond: number): number =>
  nodes === 0 ? 0 : lateMs + Math.ceil((2 * 1000 * requestsOfNewNode * nodes) / requestsPerSecond);

const maxNames = 8;

/** Names of nodes for people: all of a few, of many their number and the first and last. */
export const nodesText = (names: readonly string[]): string => {
  const hollow = names.filter(isHollow);
  if (hollow.length <= maxNames) return names.join(', ');
  const rest = names.filter((name) => !isHollow(name));
  return [...rest, `${hollow.length} hollow nodes (${hollow[0]} to ${hollow.at(-1)})`].join(', ');
};

/** Hollow nodes that share their fate: one process keeps the heartbeats of all of them, and a fault hits all or none. */
export type HollowGroup = {
  readonly name: string;
  readonly nodes: readonly string[];
  /** Some fault hits its way to the API server: that leads through a relay of its own. */
  readonly isRelayed: boolean;
};

const faultsOf = ({ phases }: Pick<Plan, 'phases'>): readonly PlannedFault[] =>
  phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));

/** In the order of their first nodes, `group-1` on; empty where the cluster has no hollow nodes. */
export const hollowGroups = (
  plan: Pick<Plan, 'phases'> & { readonly topology: Parameters<typeof nodeNames>[0] },
): readonly HollowGroup[] => {
  const faults = faultsOf(plan);
  const targets = faults.map((fault) => new Set(fault.targets));
  const relayed = new Set(
    faults.flatMap((fault) => (faultTraits(fault.kind).onHollow === 'relay' ? fault.targets : [])),
  );
  const fates = Map.groupBy(hollowNames(plan.topology.hollow?.nodes ?? 0), (node) =>
    targets.map((hit) => (hit.has(node) ? '1' : '0')).join(''),
  );
  return [...fates.values()].map((nodes, index) => ({
    name: `group-${index + 1}`,
    nodes,
    isRelayed: nodes.some((node) => relayed.has(node)),
  }));
};
