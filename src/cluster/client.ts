import { readFileSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';

/** The client library, as this module hands it on. */
export type KubernetesClient = typeof import('@kubernetes/client-node');

/** A way into one cluster: the library and the cluster's own kubeconfig. */
export type ClusterAccess = {
  readonly client: KubernetesClient;
  readonly config: KubeConfig;
  /** The file that a person named; absent or null: as kubectl finds it. */
  readonly kubeconfig?: string | null;
};

/** Loads the client library, which takes about 0.4 s: late, and while the cluster is being made. */
export const loadClient = (): Promise<KubernetesClient> => import('@kubernetes/client-node');

/**
 * Opens the way into a cluster by the kubeconfig that kind wrote for it; no other is read.
 * @param server `https://172.18.0.4:6443`: through this control plane instead of the address that kind published
 */
export const openAccess = (client: KubernetesClient, kubeconfig: string, server: string | null): ClusterAccess => {
  const config = new client.KubeConfig();
  config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  if (server === null) return { client, config };
  const through = new client.KubeConfig();
  through.loadFromOptions({
    clusters: config.getClusters().map((cluster) => ({ ...cluster, server })),
    users: config.getUsers(),
    contexts: config.getContexts(),
    currentContext: config.getCurrentContext(),
  });
  return { client, config: through };
};
