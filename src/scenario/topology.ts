import type { NodeRole } from './faults/fault-fields.ts';
import { type HollowNodes, hollowNames } from './faults/hollow.ts';
import type { TopologyName } from './types.ts';

type Size = { readonly controlPlanes: number; readonly workers: number; readonly hollow?: HollowNodes };

/** Nodes of each topology where the scenario does not say `workers`. */
export const topologies: Readonly<Record<TopologyName, Size>> = {
  single: { controlPlanes: 1, workers: 2 },
  ha: { controlPlanes: 3, workers: 2 },
  managed: { controlPlanes: 0, workers: 2 },
};

/** The zone of a node, from 0, by its place among all nodes, control planes first: they are dealt out in turn. */
export const zoneOf = (index: number, zones: number): number => index % zones;

/** Short node names of one role as kind numbers them: `worker`, `worker2`, `worker3`. */
export const roleNodes = (role: NodeRole, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => (index === 0 ? role : `${role}${index + 1}`));

/** Short names of all nodes: control planes, workers, hollow nodes. */
export const nodeNames = ({ controlPlanes, workers, hollow }: Size): readonly string[] => [
  ...roleNodes('control-plane', controlPlanes),
  ...roleNodes('worker', workers),
  ...hollowNames(hollow?.nodes ?? 0),
];

/** How many nodes there are, hollow ones too. */
export const nodeCount = ({ controlPlanes, workers, hollow }: Size): number =>
  controlPlanes + workers + (hollow?.nodes ?? 0);
