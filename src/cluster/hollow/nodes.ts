import { waitUntil } from '../../common/wait.ts';
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

/** A new control plane under load lets connections go: each node may take so long. */
const createWithin = { timeoutMs: 60_000, everyMs: 250 } as const;

/** The status of an answer that will be the same the next time; null where there was none, or the server was not up to it. */
const refusalOf = (thrown: unknown): number | null => {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'number' && code >= 400 && code < 500 && code !== 429 ? code : null;
};

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
  const all = groups.flatMap(({ name: group, nodes }) =>
    nodes.map((node) => manifest(fullNodeName(cluster, node), hollowZone(node, hollow), group)),
  );
  const waiting = all.values();
  const worker = async (): Promise<void> => {
    for (const body of waiting) {
      signal.throwIfAborted();
      let isAskedBefore = false;
      const refusal = await waitUntil<{ readonly thrown: unknown } | null>(
        `the API server to take node ${body.metadata.name}`,
        async () => {
          try {
            await api.createNode({ body });
          } catch (thrown) {
            const code = refusalOf(thrown);
            if (code !== null && !(code === 409 && isAskedBefore)) return { found: { thrown } };
            if (code === null) {
              isAskedBefore = true;
              throw thrown;
            }
          }
          return { found: null };
        },
        { ...createWithin, signal },
      );
      if (refusal !== null) throw refusal.thrown;
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
};
