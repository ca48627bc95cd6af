import type { V1Pod } from '@kubernetes/client-node';
import { type PollResult, waitUntil } from '../../common/wait.ts';
import type { ClusterAccess } from '../client.ts';
import { ownTolerations, workloadNamespace } from '../workload/workload.ts';

const everyMs = 100;

/** Names of the leader locks in kube-system, which are leases since v1.20. */
export type LockName = 'kube-controller-manager' | 'kube-scheduler';

const isNotFound = (thrown: unknown): boolean => (thrown as { code?: unknown } | null)?.code === 404;

/**
 * Removes the lock of a leader that was ended, so that the next one leads at once instead of after the 15 s for which
 * the lock would hold. Only ever called on a cluster of ours, after its holder is gone.
 */
export const clearLock = (access: ClusterAccess, name: LockName, timeoutMs: number, signal: AbortSignal) =>
  waitUntil(
    `the lock of ${name} to be gone`,
    async (): Promise<PollResult<true>> => {
      const api = access.config.makeApiClient(access.client.CoordinationV1Api);
      await api.deleteNamespacedLease({ name, namespace: 'kube-system' }).catch((thrown: unknown) => {
        if (!isNotFound(thrown)) throw thrown;
      });
      return { found: true };
    },
    { timeoutMs, everyMs, signal },
  );

/** Who holds a lock: `<node>_<uuid>`, and the uid of the lock itself; null where nobody does. */
export const lockHolder = async (
  { client, config }: ClusterAccess,
  name: LockName,
): Promise<{ readonly holder: string; readonly uid: string } | null> => {
  const api = config.makeApiClient(client.CoordinationV1Api);
  try {
    const { metadata, spec } = await api.readNamespacedLease({ name, namespace: 'kube-system' });
    const holder = spec?.holderIdentity ?? '';
    return holder === '' ? null : { holder, uid: metadata?.uid ?? '' };
  } catch (thrown) {
    if (isNotFound(thrown)) return null;
    throw thrown;
  }
};

/** Seconds that the API server's admission writes into every new pod, by the key of the taint; null where it writes none. */
export type AdmittedSeconds = Readonly<Record<string, number | null>>;

/** Whether a pod was admitted with other seconds than the API server would write now. Others replace it when it goes. */
export const isStale = (pod: V1Pod, seconds: AdmittedSeconds): boolean => {
  const own = (pod.metadata?.annotations?.[ownTolerations] ?? '').split(',');
  const replaced = (pod.metadata?.ownerReferences ?? []).some(({ kind }) => kind === 'ReplicaSet');
  return (
    replaced &&
    (pod.spec?.tolerations ?? []).some(
      ({ key = '', effect, tolerationSeconds }) =>
        Object.hasOwn(seconds, key) &&
        !own.includes(key) &&
        effect === 'NoExecute' &&
        tolerationSeconds !== undefined &&
        tolerationSeconds !== seconds[key],
    )
  );
};

const isReady = (pod: V1Pod): boolean =>
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/**
 * Lets every pod that was admitted with other tolerations be made anew, and waits for those of the workload.
 * Tolerations of a living pod cannot be changed, only added to.
 * @returns how many pods were made anew
 */
export const renewAdmitted = async (
  { client, config }: ClusterAccess,
  seconds: AdmittedSeconds,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number> => {
  const api = config.makeApiClient(client.CoreV1Api);
  const renewed = new Set<string>();
  let replicas = 0;
  const probe = async (): Promise<PollResult<number>> => {
    const { items } = await api.listPodForAllNamespaces();
    const stale = items.filter((pod) => isStale(pod, seconds));
    for (const { metadata } of stale) {
      const { name = '', namespace = '', uid = '' } = metadata ?? {};
      if (!renewed.has(uid) && namespace === workloadNamespace) replicas += 1;
      renewed.add(uid);
      await api.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch((thrown: unknown) => {
        if (!isNotFound(thrown)) throw thrown;
      });
    }
    const own = items.filter((pod) => pod.metadata?.namespace === workloadNamespace && !isStale(pod, seconds));
    const ready = own.filter(isReady).length;
    return stale.length === 0 && ready >= replicas
      ? { found: renewed.size }
      : { seen: `${stale.length} with other tolerations, ${ready} of ${replicas} new ones Ready` };
  };
  return waitUntil('the workload with the tolerations that are asked for', probe, { timeoutMs, everyMs, signal });
};
