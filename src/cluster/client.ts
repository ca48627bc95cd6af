import { readFileSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';

/** The client library, as this module hands it on. */
export type KubernetesClient = typeof import('@kubernetes/client-node');

/** A way into one cluster: the library and the cluster's own kubeconfig. */
export type ClusterAccess = { readonly client: KubernetesClient; readonly config: KubeConfig };

/** Loads the client library, which takes about 0.4 s: late, and while the cluster is being made. */
export const loadClient = (): Promise<KubernetesClient> => import('@kubernetes/client-node');

/** Opens the way into a cluster by the kubeconfig that kind wrote for it; no other is read. */
export const openAccess = (client: KubernetesClient, kubeconfig: string): ClusterAccess => {
  const config = new client.KubeConfig();
  config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  return { client, config };
};
