import type { KubernetesObject } from '@kubernetes/client-node';
import { exactVersion } from '../profile/index.ts';
import type { ClusterAccess } from './client.ts';

/** Where the measured workload lives, in a cluster of ours. */
export const workloadNamespace = 'skipbeat';
export const workloadName = 'beat';
/** The Service's port on every node: in a cluster of our own, so no one else's. */
export const nodePort = 30080;
const containerPort = 8080;
const labels = { app: workloadName };

/**
 * Where endpoint slices are served: as v1 from v1.21 on; the v1beta1 before it has the same conditions.
 * @param kubernetesVersion exact
 */
export const endpointSlicesApi = (kubernetesVersion: string): string =>
  `/apis/discovery.k8s.io/${exactVersion(kubernetesVersion).minor >= 21 ? 'v1' : 'v1beta1'}`;

/**
 * A server that answers every GET, its replicas spread over the nodes, behind a NodePort Service. It brings no
 * tolerations of its own: the admission plug-in writes the profile's into each pod.
 * @param image agnhost, whose `netexec` is Kubernetes' own test server
 */
const manifests = (image: string, replicas: number): readonly KubernetesObject[] => {
  const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: workloadNamespace } };
  const metadata = { name: workloadName, namespace: workloadNamespace };
  const template = {
    metadata: { labels },
    spec: {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
        },
      ],
      containers: [
        {
          name: 'netexec',
          image,
          // It is on every node before anything is measured: a pod that moves must not wait for a registry.
          imagePullPolicy: 'Never',
          args: ['netexec', `--http-port=${containerPort}`],
          ports: [{ containerPort }],
          readinessProbe: { httpGet: { path: '/healthz', port: containerPort }, periodSeconds: 1 },
        },
      ],
    },
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'NodePort',
      selector: labels,
      ports: [{ port: 80, targetPort: containerPort, nodePort, protocol: 'TCP' }],
    },
  };
  return [namespace, deployment, service];
};

/**
 * Deletes every pod of the workload, so that its Deployment makes new ones and the scheduler spreads them again.
 * They get a second to end: they stand on nodes that answer.
 */
export const renewWorkload = async ({ client, config }: ClusterAccess): Promise<void> => {
  await config.makeApiClient(client.CoreV1Api).deleteCollectionNamespacedPod({
    namespace: workloadNamespace,
    labelSelector: `app=${workloadName}`,
    gracePeriodSeconds: 1,
  });
};

/**
 * Applies the workload (server-side, so that a second time changes nothing). Whether it runs is for the observers.
 * @throws the client's error when the API server refuses or is not there
 */
export const applyWorkload = async (
  { client, config }: ClusterAccess,
  image: string,
  replicas: number,
): Promise<void> => {
  const api = client.KubernetesObjectApi.makeApiClient(config);
  for (const manifest of manifests(image, replicas)) {
    await api.patch(manifest, undefined, undefined, 'skipbeat', true, client.PatchStrategy.ServerSideApply);
  }
};
