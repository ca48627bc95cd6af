import type { KubernetesObject } from '@kubernetes/client-node';
import { exitCodes, messageOf, SkipbeatError } from '../../common/errors.ts';
import type { Plan } from '../../plan/index.ts';
import type { ClusterAccess } from '../client.ts';
import { ownObjects } from './own.ts';
import { budgetApi, shippedObjects, type Workload, workloadNamespace, workloadSelector } from './workload.ts';

const namespaceObject: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: workloadNamespace },
};

const manifests = (image: string, workload: Workload, kubernetesVersion: string): readonly KubernetesObject[] =>
  workload.manifest === undefined
    ? shippedObjects(image, workload, kubernetesVersion)
    : ownObjects(workload.manifest, workload);

/**
 * Deletes every pod of the workload, so that its Deployment makes new ones and the scheduler spreads them again.
 * They get a second to end: they stand on nodes that answer.
 */
export const renewWorkload = async (
  { client, config }: ClusterAccess,
  workload: Pick<Workload, 'manifest'>,
): Promise<void> => {
  await config.makeApiClient(client.CoreV1Api).deleteCollectionNamespacedPod({
    namespace: workloadNamespace,
    labelSelector: workloadSelector(workload),
    gracePeriodSeconds: 1,
  });
};

const idOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata?.name}`;

/** What bears on a run, and an earlier one on this cluster may have left; a budget is made anew where one is to be. */
const leftKinds = (kubernetesVersion: string) =>
  [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['v1', 'Service'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
    [budgetApi(kubernetesVersion), 'PodDisruptionBudget'],
  ] as const;

/** Removes what an earlier run left in the namespace, which is nobody's but ours, and this one does not want. */
const removeOthers = async (
  { client, config }: ClusterAccess,
  wanted: readonly KubernetesObject[],
  kubernetesVersion: string,
): Promise<void> => {
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const stays = new Set(wanted.filter(({ kind }) => kind !== 'PodDisruptionBudget').map(idOf));
  for (const [apiVersion, kind] of leftKinds(kubernetesVersion)) {
    const { items } = await api.list(apiVersion, kind, workloadNamespace);
    for (const { metadata } of items) {
      const other = { apiVersion, kind, metadata: { name: metadata?.name ?? '', namespace: workloadNamespace } };
      if (stays.has(idOf(other))) continue;
      await api.delete(other).catch((thrown: unknown) => {
        if ((thrown as { code?: unknown } | null)?.code !== 404) throw thrown;
      });
    }
  }
};

const statusOf = (thrown: unknown): number | null => {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
};

/** Of one's own object: an answer that stays what it is, however often it is asked. */
const refused = (object: KubernetesObject, thrown: unknown): unknown => {
  const isUnknown = thrown instanceof Error && thrown.message.startsWith('Unrecognized API version and kind');
  if (!isUnknown && ![400, 422].includes(statusOf(thrown) ?? 0)) return thrown;
  return new SkipbeatError(
    'WORKLOAD_REFUSED',
    `workload.manifest: expected objects that this API server takes, but it refused ${idOf(object)}: ${refusalText(thrown)}.`,
    {
      exitCode: exitCodes.usage,
      next: `correct the manifest; on a cluster of your own  kubectl apply --dry-run=server -f FILE  says the same`,
      cause: thrown,
    },
  );
};

/** The `message` of a Status that an API server answers with. */
const refusalText = (thrown: unknown): string => {
  const { body } = thrown as { body?: unknown };
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return (message === undefined ? messageOf(thrown) : (JSON.parse(`"${message}"`) as string)).slice(0, 500);
};

/**
 * Applies the workload (server-side, so that a second time changes nothing). Whether it runs is for the observers.
 * @throws SkipbeatError WORKLOAD_REFUSED (exit 64) of a manifest of one's own; the client's error when the API server refuses
 *   or is not there
 */
export const applyWorkload = async (
  access: ClusterAccess,
  image: string,
  { workload, kubernetesVersion }: Pick<Plan, 'workload' | 'kubernetesVersion'>,
): Promise<void> => {
  const { client, config } = access;
  const wanted = manifests(image, workload, kubernetesVersion);
  const api = client.KubernetesObjectApi.makeApiClient(config);
  const apply = (object: KubernetesObject): Promise<unknown> =>
    api.patch(object, undefined, undefined, 'skipbeat', true, client.PatchStrategy.ServerSideApply);
  await apply(namespaceObject);
  await removeOthers(access, wanted, kubernetesVersion);
  for (const object of wanted) {
    await apply(object).catch((thrown: unknown) => {
      throw workload.manifest === undefined ? thrown : refused(object, thrown);
    });
  }
};
