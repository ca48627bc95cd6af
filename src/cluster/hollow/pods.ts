import { defaultGracePeriodMs, hollowNames, hollowPodNames, type Plan } from '../../plan/index.ts';
import type { ClusterAccess } from '../client.ts';
import { fullNodeName } from '../names.ts';
import { marked, tolerationsOf, type Workload, workloadNamespace } from '../workload/workload.ts';
import { make, makeAll } from './make.ts';
import { hollowKey } from './nodes.ts';

/** Selects the pods of hollow nodes. */
export const hollowPodSelector = `${hollowKey}=pod`;

/**
 * A pod that is put on its node by name, which no taint of hollow nodes hinders and no scheduler. It bears what pods of the
 * workload tolerate, and admission adds the rest.
 */
const podManifest = (name: string, nodeName: string, image: string, workload: Workload) => {
  const tolerations = tolerationsOf(workload);
  const graceMs = workload.terminationGracePeriodMs ?? defaultGracePeriodMs;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: workloadNamespace,
      labels: { [hollowKey]: 'pod' },
      annotations: { ...marked(tolerations) },
    },
    spec: {
      nodeName,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: graceMs / 1000,
      tolerations: [{ key: hollowKey, operator: 'Exists' }, ...tolerations],
      containers: [{ name: 'nothing', image, imagePullPolicy: 'Never' }],
    },
  };
};

/**
 * Makes the pods of hollow nodes, which have to be there, in the workload's namespace.
 * @param image a name that the API server takes: nothing runs it
 * @throws as `createHollowNodes`
 */
export const createHollowPods = async (
  { client, config }: ClusterAccess,
  cluster: string,
  image: string,
  { workload, topology: { hollow } }: Pick<Plan, 'workload' | 'topology'>,
  signal: AbortSignal,
): Promise<void> => {
  if (hollow === undefined) return;
  const api = config.makeApiClient(client.CoreV1Api);
  const all = hollowNames(hollow.nodes).flatMap((node) =>
    hollowPodNames(node, hollow).map((name) => podManifest(name, fullNodeName(cluster, node), image, workload)),
  );
  const makeOne = (body: ReturnType<typeof podManifest>): Promise<void> =>
    make(`pod ${body.metadata.name}`, () => api.createNamespacedPod({ namespace: workloadNamespace, body }), signal);
  await makeAll(all, makeOne, signal);
};
