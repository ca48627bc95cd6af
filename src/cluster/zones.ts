import { type Plan, zoneNames } from '../plan/index.ts';
import { exactVersion } from '../profile/index.ts';
import type { ClusterAccess } from './client.ts';
import { fullNodeName } from './names.ts';

/**
 * The label by which the controller manager tells zones apart: from v1.17 on the one with topology in its name, though it
 * goes on reading the other, too.
 * @see k8s.io/component-helpers node/topology, GetZoneKey; k8s.io/api core/v1, well_known_labels.go
 */
const zoneLabel = (kubernetesVersion: string): string =>
  exactVersion(kubernetesVersion).minor >= 17
    ? 'topology.kubernetes.io/zone'
    : 'failure-domain.beta.kubernetes.io/zone';

/**
 * Gives every node the zone that the plan says, and takes it from those that are to have none. Nodes that have what they
 * should are left alone.
 * @returns how many were changed
 */
export const labelZones = async (
  { client, config }: ClusterAccess,
  cluster: string,
  { topology, kubernetesVersion }: Pick<Plan, 'topology' | 'kubernetesVersion'>,
): Promise<number> => {
  const label = zoneLabel(kubernetesVersion);
  const { items } = await config.makeApiClient(client.CoreV1Api).listNode();
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const labelOf = new Map(items.map(({ metadata }) => [metadata?.name, metadata?.labels?.[label] ?? null]));
  const wanted = [...zoneNames(topology)].map(([node, zone]) => ({ name: fullNodeName(cluster, node), zone }));
  const changes = wanted.filter(({ name, zone }) => labelOf.get(name) !== zone);
  for (const { name, zone } of changes) {
    // A label is taken away by null, which the client's type does not know.
    const labels = { [label]: zone } as Record<string, string>;
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
    await api.patch(node, undefined, undefined, 'skipbeat', undefined, client.PatchStrategy.MergePatch);
  }
  return changes.length;
};
