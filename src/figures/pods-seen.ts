import { isHollow } from '../common/kubernetes/hollow-names.ts';
import { type EventOf, ofType, type TimelineEvent } from '../timeline/index.ts';

/** What was seen of the workload's pods: those of hollow nodes serve nothing, and nobody makes them anew. */
export const workloadPods = (events: readonly TimelineEvent[]): EventOf<'pod'>[] =>
  ofType(events, 'pod').filter(({ node }) => node === null || !isHollow(node));

/**
 * Events of Kubernetes by which a controller announces that it deletes a pod of a silent node: the node controller, by
 * its eviction timeout, and the taint manager. Below v1.26 no condition of the pod says so.
 * @see kubernetes pkg/controller/util/node, DeletePods; pkg/controller/nodelifecycle/scheduler/taint_manager.go
 */
const announcements: ReadonlySet<string> = new Set(['NodeControllerEviction', 'TaintManagerEviction']);

/**
 * The moments in which evicted pods were seen being deleted, in the order of their time. An announcement may arrive
 * after the deletion that it announces, so the whole record is read.
 */
export const evictedPods = (events: readonly TimelineEvent[]): EventOf<'pod'>[] => {
  const announced = new Set(
    ofType(events, 'kubernetes.event')
      .filter(({ reason, message }) => announcements.has(reason) && message.startsWith('Marking for deletion'))
      .map(({ object }) => object),
  );
  return ofType(events, 'pod').filter(
    ({ change, evicted, pod }) => change === 'deleting' && (evicted || announced.has(`Pod/${pod}`)),
  );
};

/** Each time that the Service had fewer ready endpoints than before. */
export const endpointLosses = (events: readonly TimelineEvent[]): readonly EventOf<'endpoints'>[] => {
  const numbers = ofType(events, 'endpoints');
  return numbers.filter(({ ready }, index) => ready < (numbers[index - 1]?.ready ?? 0));
};

/** Pods that were seen first after an eviction, each time that one is Ready; none where there was no eviction. */
export const replacementsReady = (
  events: readonly TimelineEvent[],
  eviction: EventOf<'pod'> | null,
): readonly EventOf<'pod'>[] => {
  if (eviction === null) return [];
  const pods = workloadPods(events);
  const before = new Set(pods.filter(({ atMs }) => atMs <= eviction.atMs).map(({ uid }) => uid));
  return pods.filter(({ change, uid }) => change === 'ready' && !before.has(uid));
};
