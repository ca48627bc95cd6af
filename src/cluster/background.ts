import { counted } from '../common/text/counted.ts';
import type { ClusterAccess } from './client.ts';

/** Where pods live that are on the nodes beside the workload; nobody watches them. */
export const backgroundNamespace = 'skipbeat-background';

const nameOf = (number: number): string => `beside-${number}`;

/** One pod on every node, control planes too, that no taint sends away: it only costs what pods cost. */
const daemonSet = (name: string, image: string) => {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: backgroundNamespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          // Hollow nodes have another one.
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'pause', image, imagePullPolicy: 'Never', args: ['pause'] }],
        },
      },
    },
  };
};

const listDaemonSets = async ({ client, config }: ClusterAccess) =>
  (await config.makeApiClient(client.AppsV1Api).listNamespacedDaemonSet({ namespace: backgroundNamespace })).items;

/**
 * Brings the pods beside the workload to so many on each node: what lacks is made, what is too much is deleted.
 * @param image agnhost, whose `pause` does nothing
 * @throws the client's error when the API server refuses or is not there
 */
export const applyBackground = async (access: ClusterAccess, image: string, podsPerNode: number): Promise<void> => {
  const { client, config } = access;
  const wanted = Array.from({ length: podsPerNode }, (_, index) => nameOf(index + 1));
  const there = (await listDaemonSets(access)).map(({ metadata }) => metadata?.name ?? '');
  const apps = config.makeApiClient(client.AppsV1Api);
  for (const name of there.filter((one) => !wanted.includes(one))) {
    await apps.deleteNamespacedDaemonSet({ name, namespace: backgroundNamespace });
  }
  const missing = wanted.filter((one) => !there.includes(one));
  if (missing.length === 0) return;
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: backgroundNamespace } };
  for (const manifest of [namespace, ...missing.map((name) => daemonSet(name, image))]) {
    await api.patch(manifest, undefined, undefined, 'skipbeat', true, client.PatchStrategy.ServerSideApply);
  }
};

/** What is not yet as `applyBackground` wants it on so many nodes, in words; null where all of it is. */
export const backgroundLacks = async (
  access: ClusterAccess,
  podsPerNode: number,
  nodes: number,
): Promise<string | null> => {
  const sets = await listDaemonSets(access);
  const ready = sets.reduce((sum, { status }) => sum + (status?.numberReady ?? 0), 0);
  const { items } = await access.config
    .makeApiClient(access.client.CoreV1Api)
    .listNamespacedPod({ namespace: backgroundNamespace });
  const all = podsPerNode * nodes;
  if (sets.length === podsPerNode && ready === all && items.length === all) return null;
  return `${ready} of ${counted(all, 'pod')} beside the workload ready, ${items.length} there`;
};
