import type { KubernetesObject } from '@kubernetes/client-node';
import { defaultReadiness, type Plan } from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';

export type Workload = Plan['workload'];

/** Where the measured workload lives, in a cluster of ours. */
export const workloadNamespace = 'skipbeat';
export const workloadName = 'beat';
/** The Service's port on every node: in a cluster of our own, so no one else's. */
export const nodePort = 30080;
const containerPort = 8080;
/** The Service's own. */
export const servicePort = 80;
const labels: Readonly<Record<string, string>> = { app: workloadName };

/** What the Service selects its pods by: their labels, of the shipped workload or of one's own. */
export const workloadSelector = ({ manifest }: Pick<Workload, 'manifest'>): string =>
  Object.entries(manifest?.selector ?? labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

/** What is asked for. */
export const workloadPath = ({ manifest }: Pick<Workload, 'manifest'>): string => manifest?.path ?? '/';

/**
 * Where endpoint slices are served: as v1 from v1.21 on; the v1beta1 before it has the same conditions.
 * @param kubernetesVersion exact
 */
export const endpointSlicesApi = (kubernetesVersion: string): string =>
  `/apis/discovery.k8s.io/${exactVersion(kubernetesVersion).minor >= 21 ? 'v1' : 'v1beta1'}`;

/** Where a pod's own tolerations stand, so that nobody takes them for what admission wrote at another time. */
export const ownTolerations = 'skipbeat/own-tolerations';

export const tolerationsOf = ({ tolerations = {} }: Workload) =>
  Object.entries(tolerations).map(([taint, stay]) => ({
    key: `node.kubernetes.io/${taint}`,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(stay === 'forever' ? {} : { tolerationSeconds: stay }),
  }));

/** What is written on a pod with tolerations of its own. */
export const marked = (tolerations: ReturnType<typeof tolerationsOf>): Readonly<Record<string, string>> =>
  tolerations.length === 0 ? {} : { [ownTolerations]: tolerations.map(({ key }) => key).join(',') };

const templateOf = (image: string, workload: Workload) => {
  const { terminationGracePeriodMs, readiness = defaultReadiness } = workload;
  const tolerations = tolerationsOf(workload);
  const annotations = marked(tolerations);
  return {
    metadata: { labels, ...(tolerations.length === 0 ? {} : { annotations }) },
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

/** The Service by which a load comes in: a port on every node, before the pods of the one that it stands for. */
export const entranceService = (selector: Readonly<Record<string, string>>, targetPort: number | string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: workloadName, namespace: workloadNamespace },
  spec: { type: 'NodePort', selector, ports: [{ port: servicePort, targetPort, nodePort, protocol: 'TCP' }] },
});

/**
 * A server that answers every GET, its replicas spread over the nodes, behind a NodePort Service. What the scenario says
 * nothing of is left to the API server: the admission plug-in writes the profile's tolerations into each pod.
 * @param image agnhost, whose `netexec` is Kubernetes' own test server
 */
export const shippedObjects = (
  image: string,
  workload: Workload,
  kubernetesVersion: string,
): readonly KubernetesObject[] => {
  const metadata = { name: workloadName, namespace: workloadNamespace };
  const { replicas, podDisruptionBudget } = workload;
  const spec = { replicas, selector: { matchLabels: labels }, template: templateOf(image, workload) };
  const pods =
    workload.kind === 'statefulset'
      ? { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...spec, serviceName: workloadName } }
      : { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
  const budget = {
    apiVersion: budgetApi(kubernetesVersion),
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { ...podDisruptionBudget, selector: { matchLabels: labels } },
  };
  return [pods, entranceService(labels, containerPort), ...(podDisruptionBudget === undefined ? [] : [budget])];
};

/**
 * What Pod Security asks for at its strictest: whatever a cluster asks for, it takes that.
 * @see kubernetes.io/docs/concepts/security/pod-security-standards
 */
export const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 65_532,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** Pods by the names of the nodes that they may run on: a field takes one name a term. */
const onNodes = (nodes: readonly string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: nodes.map((node) => ({
        matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
      })),
    },
  },
});

/** The shipped workload on a cluster of somebody else, in the order in which it is made. */
export const guestObjects = (
  workload: Workload,
  {
    image,
    nodes,
    labels: own,
  }: {
    readonly image: string;
    /** Nodes that its pods may run on. */
    readonly nodes: readonly string[];
    /** Of all that is made. */
    readonly labels: Readonly<Record<string, string>>;
  },
) => {
  const metadata = { name: workloadName, namespace: workloadNamespace, labels: { ...own, ...labels } };
  const { metadata: podMetadata, spec } = templateOf(image, workload);
  const containers = spec.containers.map((one) => ({
    ...one,
    imagePullPolicy: 'IfNotPresent',
    securityContext: restricted,
  }));
  const template = {
    metadata: { ...podMetadata, labels: { ...own, ...labels } },
    spec: {
      ...spec,
      affinity: onNodes(nodes),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers,
    },
  };
  return {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment' as const,
      metadata,
      spec: { replicas: workload.replicas, selector: { matchLabels: labels }, template },
    },
    service: {
      apiVersion: 'v1',
      kind: 'Service' as const,
      metadata,
      spec: { selector: labels, ports: [{ port: servicePort, targetPort: containerPort, protocol: 'TCP' }] },
    },
  };
};

/** v1 is served from v1.21 on. @see kubernetes pkg/apis/policy */
export const budgetApi = (kubernetesVersion: string): string =>
  `policy/${exactVersion(kubernetesVersion).minor >= 21 ? 'v1' : 'v1beta1'}`;
