import type { V1Pod } from '@kubernetes/client-node';
import type { EventBody } from '../timeline/index.ts';
import type { ObservedPod } from './state.ts';

/** Set on a pod by the eviction controller just before it deletes it: kubernetes 1.26 and later. */
const evictionReason = 'DeletionByTaintManager';

/** What one sight of a workload pod says beyond the sight before (null at first). `node` is the short name. */
export const seePod = (
  object: V1Pod,
  node: string | null,
  before: ObservedPod | null,
): { readonly seen: ObservedPod; readonly events: readonly EventBody[] } => {
  const conditions = object.status?.conditions ?? [];
  const deletionTimestamp = (object.metadata?.deletionTimestamp as unknown as string | undefined) ?? null;
  const seen: ObservedPod = {
    name: object.metadata?.name ?? '',
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    deleting: deletionTimestamp !== null,
    node,
  };
  const evicted = conditions.some(
    ({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === evictionReason,
  );
  const podEvent = (change: 'seen' | 'ready' | 'notReady' | 'deleting'): EventBody => ({
    type: 'pod',
    pod: object.metadata?.name ?? '',
    uid: object.metadata?.uid ?? '',
    node,
    change,
    evicted,
    deletionTimestamp,
  });
  const events: EventBody[] = [];
  if (before === null) events.push(podEvent('seen'));
  if (seen.ready !== (before?.ready ?? false)) events.push(podEvent(seen.ready ? 'ready' : 'notReady'));
  if (seen.deleting && !(before?.deleting ?? false)) events.push(podEvent('deleting'));
  return { seen, events };
};

/** A pod that is no longer there: deleted before our eyes, or missing from a list. */
export const podGone = (uid: string, { name, node }: ObservedPod): EventBody => ({
  type: 'pod',
  pod: name,
  uid,
  node,
  change: 'gone',
  evicted: false,
  deletionTimestamp: null,
});
