import { counted } from '../../common/text/counted.ts';
import type { ZoneLoss } from '../../profile/index.ts';
import { type HollowNodes, hollowNames, hollowZone, nodeNames, zoneOf } from '../../scenario/index.ts';
import { hollowText } from './hollow.ts';

/** The nodes of a cluster and the zones that they are dealt out to; one where nothing is said of them. */
export type Zoned = {
  readonly controlPlanes: number;
  readonly workers: number;
  readonly zones?: number;
  readonly hollow?: HollowNodes;
};

/** Those of kind. */
const realNames = ({ controlPlanes, workers }: Zoned): readonly string[] => nodeNames({ controlPlanes, workers });

/** How many nodes of each zone are among those named, of how many; zones without nodes are left out. Hollow nodes have theirs alone. */
export const lossesByZone = (cluster: Zoned, lost: readonly string[]): readonly ZoneLoss[] => {
  const named = new Set(lost);
  const count = (names: readonly string[], of: number): { paused: number; nodes: number }[] => {
    const zones = Array.from({ length: of }, () => ({ paused: 0, nodes: 0 }));
    for (const [index, name] of names.entries()) {
      const zone = zones[zoneOf(index, of)];
      if (zone === undefined) continue;
      zone.nodes += 1;
      if (named.has(name)) zone.paused += 1;
    }
    return zones;
  };
  const { zones: ofReal = 1, hollow } = cluster;
  const zones = [
    ...count(realNames(cluster), ofReal),
    ...(hollow === undefined ? [] : count(hollowNames(hollow.nodes), hollow.zones)),
  ];
  return zones.filter(({ nodes }) => nodes > 0);
};

/** How a message names the zones of `lossesByZone`, in its order: real ones by number, hollow ones as a scenario does. */
export const namesOfZones = (cluster: Zoned): readonly string[] => {
  const { zones = 1, hollow } = cluster;
  const real = Math.min(zones, realNames(cluster).length);
  const ofHollow =
    hollow === undefined ? [] : [...new Set(hollowNames(hollow.nodes).map((name) => hollowZone(name, hollow)))];
  return [
    ...Array.from({ length: real }, (_, index) =>
      hollow !== undefined && real === 1 ? 'the real nodes’ zone' : `zone ${index + 1}`,
    ),
    ...ofHollow.map((letter) => `hollow zone ${letter}`),
  ];
};

/** The name of each real node's zone, `zone-1` on, by the node's short name; null where there is only one. */
export const zoneNames = (cluster: Zoned): ReadonlyMap<string, string | null> => {
  const { zones = 1 } = cluster;
  return new Map(
    realNames(cluster).map((name, index) => [name, zones === 1 ? null : `zone-${zoneOf(index, zones) + 1}`]),
  );
};

type Besides = {
  readonly zones?: number;
  readonly podsPerNode?: number;
  readonly age?: 'fresh' | 'old';
  readonly hollow?: HollowNodes | undefined;
};

/**
 * What a cluster has beyond its nodes, to be put behind their numbers: `, 3 zones, 30 pods beside the workload on each node,
 * simulated as after weeks`.
 */
export const besidesText = ({ zones = 1, podsPerNode = 0, age = 'fresh', hollow }: Besides): string =>
  `${zones === 1 ? '' : `, ${zones} zones`}${
    podsPerNode === 0 ? '' : `, ${counted(podsPerNode, 'pod')} beside the workload on each node`
  }${hollow === undefined ? '' : hollowText(hollow)}${age === 'old' ? ', simulated as after weeks' : ''}`;

/** The nodes of a cluster, and what it has beside them: `1 control plane + 2 workers, 3 zones`. */
export const sizeText = (topology: Besides & { readonly controlPlanes: number; readonly workers: number }): string =>
  `${counted(topology.controlPlanes, 'control plane')} + ${counted(topology.workers, 'worker')}${besidesText(topology)}`;
