import type { KubernetesObject } from '@kubernetes/client-node';
import { defaultReadiness, type Plan } from '../plan/index.ts';
import { exactVersion } from '../profile/index.ts';
import type { ClusterAccess } from './client.ts';

type Workload = Plan['workload'];

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

/** Where a pod's own tolerations stand, so that nobody takes them for what admission wrote at another time. */
export const ownTolerations = 'skipbeat/own-tolerations';

const tolerationsOf = ({ tolerations = {} }: Workload) =>
  Object.entries(tolerations).map(([taint, stay]) => ({
    key: `node.kubernetes.io/${taint}`,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(stay === 'forever' ? {} : { tolerationSeconds: stay }),
  }));

const templateOf = (image: string, workload: Workload) => {
  const { terminationGracePeriodMs, readiness = defaultReadiness } = workload;
  const tolerations = tolerationsOf(workload);
  const keys = tolerations.map(({ key }) => key).join(',');
  return {
    metadata: { labels, ...(keys === '' ? {} : { annotations: { [ownTolerations]: keys } }) },
    spec: {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
        },
      ],
      ...(terminationGracePeriodMs === undefined
        ? {}
        : { terminationGracePeriodSeconds: terminationGracePeriodMs / 1000 }),
      ...(tolerations.length === 0 ? {} : { tolerations }),
      containers: [
        {
          name: 'server',
          image,
          // Never during what is measured: a pod that moves must not wait for a registry.
          imagePullPolicy: 'Never',
          args: ['netexec', `--http-port=${containerPort}`],
          ports: [{ containerPort }],
          readinessProbe: {
            httpGet: { path: '/healthz', port: containerPort },
            periodSeconds: readiness.periodMs / 1000,
            failureThreshold: readiness.failureThreshold,
          },
        },
      ],
    },
  };
};

/**
 * A server that answers every GET, its replicas spread over the nodes, behind a NodePort Service. What the scenario says
 * nothing of is left to the API server: the admission plug-in writes the profile's tolerations into each pod.
 * @param image agnhost, whose `netexec` is Kubernetes' own test server
 */
const manifests = (image: string, workload: Workload, kubernetesVersion: string): readonly KubernetesObject[] => {
  const namespace: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: workloadNamespace } };
  const metadata = { name: workloadName, namespace: workloadNamespace };
  const { replicas, podDisruptionBudget } = workload;
  const spec = { replicas, selector: { matchLabels: labels }, template: templateOf(image, workload) };
  const pods =
    workload.kind === 'statefulset'
      ? { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...spec, serviceName: workloadName } }
      : { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
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
  const budget = {
    apiVersion: budgetApi(kubernetesVersion),
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { ...podDisruptionBudget, selector: { matchLabels: labels } },
  };
  return [namespace, pods, service, ...(podDisruptionBudget === undefined ? [] : [budget])];
};

/** v1 is served from v1.21 on. @see kubernetes pkg/apis/policy */
const budgetApi = (kubernetesVersion: string): string =>
  `policy/${exactVersion(kubernetesVersion).minor >= 21 ? 'v1' : 'v1beta1'}`;

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
 * What an earlier run left of another kind: a Deployment where a StatefulSet is to be, or the other way round, and a budget,
 * which is made anew where one is to be.
 */
const removeOthers = async (
  { client, config }: ClusterAccess,
  { kind }: Workload,
  kubernetesVersion: string,
): Promise<void> => {
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const metadata = { name: workloadName, namespace: workloadNamespace };
  const others = [
    { apiVersion: 'apps/v1', kind: kind === 'statefulset' ? 'Deployment' : 'StatefulSet', metadata },
    { apiVersion: budgetApi(kubernetesVersion), kind: 'PodDisruptionBudget', metadata },
  ];
  for (const other of others) {
    await api.delete(other).catch((thrown: unknown) => {
      if ((thrown as { code?: unknown } | null)?.code !== 404) throw thrown;
    });
  }
};

/**
 * Applies the workload (server-side, so that a second time changes nothing). Whether it runs is for the observers.
 * @throws the client's error when the API server refuses or is not there
 */
export const applyWorkload = async (
  access: ClusterAccess,
  image: string,
  { workload, kubernetesVersion }: Pick<Plan, 'workload' | 'kubernetesVersion'>,
): Promise<void> => {
  const { client, config } = access;
  await removeOthers(access, workload, kubernetesVersion);
  const api = client.KubernetesObjectApi.makeApiClient(config);
  for (const manifest of manifests(image, workload, kubernetesVersion)) {
    await api.patch(manifest, undefined, undefined, 'skipbeat', true, client.PatchStrategy.ServerSideApply);
  }
};
