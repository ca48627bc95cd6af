import { type HollowGroup, type HollowNodes, hollowNames, hollowZone } from '../../plan/index.ts';
import type { ClusterAccess } from '../client.ts';
import { fullNodeName } from '../names.ts';
import { make, makeAll } from './make.ts';

/** Label and taint of hollow nodes; the label says the group. */
export const hollowKey = 'skipbeat/hollow';

export const hollowTaint = `${hollowKey}:NoSchedule`;

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
      // As kubelets do: of a node that lacks it the controller manager would read and PATCH this one label.
      'beta.kubernetes.io/os': 'hollow',
      ...(zone === null ? {} : { 'topology.kubernetes.io/zone': zone }),
    },
  },
  spec: { taints: [{ key: hollowKey, effect: 'NoSchedule' }] },
});

/**
 * Makes nodes, some at a time; one whose request got no answer is asked for again, and may be there by then.
 * @throws the client's error where the API server refuses one; WAIT_TIMED_OUT where it takes none for a minute; the signal's
 *   reason
 */
export const createHollowNodes = async (
  { client, config }: ClusterAccess,
  cluster: string,
  hollow: HollowNodes,
  groups: readonly HollowGroup[],
  signal: AbortSignal,
): Promise<void> => {
  const api = config.makeApiClient(client.CoreV1Api);
  const groupOf = new Map(groups.flatMap(({ name, nodes }) => nodes.map((node) => [node, name])));
  // In the order of their numbers, whatever hits them, as the model has it.
  const all = hollowNames(hollow.nodes).flatMap((node) => {
    const group = groupOf.get(node);
    return group === undefined ? [] : [manifest(fullNodeName(cluster, node), hollowZone(node, hollow), group)];
  });
  const makeOne = (body: ReturnType<typeof manifest>): Promise<void> =>
    make(`node ${body.metadata.name}`, () => api.createNode({ body }), signal);
  await makeAll(all, makeOne, signal);
};
