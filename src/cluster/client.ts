import { readFileSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';

/** The client library, as this module hands it on. */
export type KubernetesClient = typeof import('@kubernetes/client-node');

/** A way into one cluster: the library and the cluster's own kubeconfig. */
export type ClusterAccess = { readonly client: KubernetesClient; readonly config: KubeConfig };

/**
 * Loads the client library, which takes about 0.4 s, only when a real cluster is there to be talked to.
 * The kubeconfig is the one that kind wrote for this cluster; no other is read.
 */
export const openAccess = async (kubeconfig: string): Promise<ClusterAccess> => {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  config.loadFromString(readFileSync(kubeconfig, 'utf8'));
  return { client, config };
};
