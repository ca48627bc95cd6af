import * as z from 'zod';
import { isHollow } from '../common/kubernetes/hollow-names.ts';
import { type EventOf, ofType, type TimelineEvent } from '../timeline/index.ts';
import { beforeFault, counted, type Seen } from './seen.ts';
import { figure } from './shape.ts';
import { count, events, evictions, pods } from './traits.ts';

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

/** Each pod once; null where no pod was seen at all. */
const evicted = ({ events, window }: Seen, fromMs: number | null, within: typeof counted): number | null =>
  fromMs === null || ofType(events, 'pod').length === 0
    ? null
    : new Set(within(evictedPods(events), window).map(({ uid }) => uid)).size;

/** Ready endpoints that lacked, times how long they did, in seconds. */
const unavailableSeconds = ({ replicas, events, window }: Seen): number | null => {
  const { measuredFromMs, measuredToMs } = window;
  const numbers = ofType(events, 'endpoints');
  const [first] = numbers;
  // Before its first sight nobody knows how many there were.
  if (measuredFromMs === null || measuredToMs === null || first === undefined || first.atMs > measuredFromMs)
    return null;
  const lackedMs = numbers.reduce((sum, { atMs, ready }, index) => {
    const untilMs = Math.min(numbers[index + 1]?.atMs ?? measuredToMs, measuredToMs);
    return sum + Math.max(0, replicas - ready) * Math.max(0, untilMs - Math.max(atMs, measuredFromMs));
  }, 0);
  return lackedMs / 1000;
};

/** A kubelet that is there kills what is left of a pod at the end of its grace; on a busy machine it needs some s for it. */
const afterGraceMs = 10_000;

/** Pods that were still there when their grace, and some seconds, had gone by since they were seen being deleted. */
const stuckTerminating = ({ terminationGracePeriodMs, events, window }: Seen): number | null => {
  const { countFromMs, measuredToMs } = window;
  const pods = workloadPods(events);
  if (countFromMs === null || measuredToMs === null || pods.length === 0) return null;
  const goneMs = new Map(pods.filter(({ change }) => change === 'gone').map(({ uid, atMs }) => [uid, atMs]));
  const stuck = pods.filter(({ change, uid, atMs }) => {
    const dueMs = atMs + terminationGracePeriodMs + afterGraceMs;
    const counts = change === 'deleting' && atMs >= countFromMs && dueMs <= measuredToMs;
    return counts && (goneMs.get(uid) ?? Number.POSITIVE_INFINITY) > dueMs;
  });
  return new Set(stuck.map(({ uid }) => uid)).size;
};

export const podsShape = z.strictObject({
  evicted: figure(
    {
      ...events,
      ...pods,
      restsOn: evictions,
      compute: (seen) => evicted(seen, seen.window.countFromMs, counted),
      compared: 'harm',
      label: 'pods evicted',
      metric: { family: 'skipbeat_pods_evicted' },
      repeatsMetric: { family: 'skipbeat_repeats_pods_evicted' },
    },
    'Since the first fault began; the whole run where there is no fault.',
  ),
  unavailableSeconds: figure(
    {
      ...count,
      ...pods,
      harmKinds: ['evicted', 'stuck', 'missing'],
      unit: 'seconds',
      restsOn: ['endpointslices', 'program', 'replicas'],
      compute: unavailableSeconds,
      compared: 'harm',
      label: 'replica-seconds unavailable',
    },
    'Ready endpoints that the workload lacked of its replicas, times the seconds for which it did, from the start of the load to its end. null where nobody saw how many there were at the start. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
  stuckTerminating: figure(
    {
      ...events,
      ...pods,
      harmKinds: ['stuck'],
      restsOn: ['pods', 'program'],
      compute: stuckTerminating,
      compared: 'harm',
      label: 'pods stuck Terminating',
    },
    'Pods that began to be deleted since the first fault began and were still there 10 s after their grace was over, as on a node whose kubelet cannot be reached.',
  ).exactOptional(),
  evictedBeforeFault: figure(
    {
      ...count,
      ...pods,
      restsOn: evictions,
      over: 'undisturbed',
      compute: (seen) => evicted(seen, seen.window.measuredFromMs, beforeFault),
      compared: 'harm',
    },
    'Those between the start of the load and the first fault, counted apart: settings that lose nodes by themselves evict then, too. Not in documents that an older skipbeat wrote.',
  ).exactOptional(),
});
