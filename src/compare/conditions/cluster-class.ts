import type { ClusterClass, NodeGroup } from '../../timeline/index.ts';
import { clusterClassText, type RunDocument, zoneSizes } from '../../verdict/index.ts';

/** `v1.34` of `v1.34.4`: patch releases compare, with a note. */
export const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/** The class of a cluster as it is compared, how a person reads it, and whether all of it is known. */
export type ShownClass = { readonly value: unknown; readonly text: string; readonly isKnown: boolean };

const sorted = <T>(values: readonly T[], keyOf: (one: T) => string): readonly T[] =>
  values.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));

/** Kubelets by their minor: groups that differ in patch releases alone are one. */
const groupsOf = ({ groups }: ClusterClass): readonly NodeGroup[] => {
  const byMinor = groups.map((one) => ({ ...one, kubelet: one.kubelet === null ? null : minorOf(one.kubelet) }));
  const keyOf = ({ nodes: _, ...rest }: NodeGroup): string => JSON.stringify(rest);
  return [...Map.groupBy(sorted(byMinor, keyOf), keyOf).values()].flatMap((those) => {
    const [first] = those;
    return first === undefined ? [] : [{ ...first, nodes: those.reduce((all, { nodes }) => all + nodes, 0) }];
  });
};

const shownOf = ({ predicted, conditions }: RunDocument): ShownClass => {
  if (predicted) return { value: null, text: 'none, it is a prediction', isKnown: true };
  const cluster = conditions?.cluster;
  if (cluster === undefined) return { value: undefined, text: 'not on record', isKnown: false };
  const { cni, kubeProxyMode, unknown } = cluster;
  const [allNodes, inZones] = [cluster.nodes, zoneSizes(cluster)];
  return {
    value: { nodes: allNodes, groups: groupsOf(cluster), zones: inZones, cni, kubeProxyMode },
    text: clusterClassText(cluster),
    isKnown: unknown.length === 0,
  };
};

const madeAlike: ShownClass = { value: 'made', text: 'made by skipbeat', isKnown: true };

/**
 * The class of each run's cluster. Clusters that skipbeat makes, or simulates, are as their plans say: of which class they are
 * counts only beside a run on a cluster that somebody had before.
 */
export const clusterClassesOf = (base: RunDocument, candidate: RunDocument): readonly [ShownClass, ShownClass] =>
  base.backend === 'cluster' || candidate.backend === 'cluster'
    ? [shownOf(base), shownOf(candidate)]
    : [madeAlike, madeAlike];

const entrances = {
  kind: 'from outside, through the port of a node',
  cluster: "from a pod on a worker, through the Service's address in the cluster",
} as const;

/** Where requests of the two sides come from, in a note; none where it is the same place, or one side has no load. */
export const entranceNotes = (base: readonly RunDocument[], candidate: readonly RunDocument[]): readonly string[] => {
  const wayOf = (runs: readonly RunDocument[]): string | null => {
    const [first] = runs;
    if (first === undefined || first.predicted || first.backend === null || first.backend === 'model') return null;
    return first.requests.offered > 0 ? entrances[first.backend] : null;
  };
  const [one, other] = [wayOf(base), wayOf(candidate)];
  return one === null || other === null || one === other
    ? []
    : [`requests take another way: those of the base ${one}; those of the candidate ${other}`];
};
