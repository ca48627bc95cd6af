import { type HollowGroup, type HollowNodes, hollowZone } from '../../plan/index.ts';
import type { ClusterAccess } from '../client.ts';
import { fullNodeName } from '../names.ts';

/** Label and taint of hollow nodes; the label says the group. */
export const hollowKey = 'skipbeat/hollow';

export const hollowTaint = `${hollowKey}:NoSchedule`;

/** So many nodes are made at a time. */
const together = 16;

/**
 * A node that nothing is scheduled to: the taint keeps pods away, and an operating system of its own the DaemonSets of
 * kube-proxy and of the network, which tolerate every taint and ask for linux.
 */
const manifest = (name: string, zone: string | null, group: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      [hollowKey]: group,
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'hollow',
      ...(zone === null ? {} : { 'topology.kubernetes.io/zone': zone }),
    },
  },
  spec: { taints: [{ key: hollowKey, effect: 'NoSchedule' }] },
});

/** @throws the client's error where the API server refuses one; the signal's reason */
export const createHollowNodes = async (
  { client, config }: ClusterAccess,
  cluster: string,
  hollow: HollowNodes,
  groups: readonly HollowGroup[],
  signal: AbortSignal,
): Promise<void> => {
  const api = config.makeApiClient(client.CoreV1Api);
  const all = groups.flatMap(({ name: group, nodes }) =>
    nodes.map((node) => manifest(fullNodeName(cluster, node), hollowZone(node, hollow), group)),
  );
  const waiting = all.values();
  const worker = async (): Promise<void> => {
    for (const body of waiting) {
      signal.throwIfAborted();
      await api.createNode({ body });
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
};
