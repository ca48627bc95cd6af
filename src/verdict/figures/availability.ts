import { defaultGracePeriodMs, type Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { RunDocument } from '../document.ts';
import { type MeasurementWindow, ofType } from '../measurement-window.ts';

/** A kubelet that is there kills what is left of a pod at the end of its grace; on a busy machine it needs some s for it. */
const afterGraceMs = 10_000;

/** Ready endpoints that lacked, times how long they did, in seconds. */
const unavailableSeconds = (
  replicas: number,
  events: readonly TimelineEvent[],
  window: MeasurementWindow,
): number | null => {
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

/** Pods that were still there when their grace, and some seconds, had gone by since they were seen being deleted. */
const stuckTerminating = (
  graceMs: number,
  events: readonly TimelineEvent[],
  window: MeasurementWindow,
): number | null => {
  const { countFromMs, measuredToMs } = window;
  const pods = ofType(events, 'pod');
  if (countFromMs === null || measuredToMs === null || pods.length === 0) return null;
  const goneMs = new Map(pods.filter(({ change }) => change === 'gone').map(({ uid, atMs }) => [uid, atMs]));
  const stuck = pods.filter(({ change, uid, atMs }) => {
    const dueMs = atMs + graceMs + afterGraceMs;
    const counts = change === 'deleting' && atMs >= countFromMs && dueMs <= measuredToMs;
    return counts && (goneMs.get(uid) ?? Number.POSITIVE_INFINITY) > dueMs;
  });
  return new Set(stuck.map(({ uid }) => uid)).size;
};

/** What of the workload was missing, and what of it could not end. */
export const availability = (
  { workload: { replicas, terminationGracePeriodMs = defaultGracePeriodMs } }: Pick<Plan, 'workload'>,
  events: readonly TimelineEvent[],
  window: MeasurementWindow,
): Pick<RunDocument['pods'], 'unavailableSeconds' | 'stuckTerminating'> => ({
  unavailableSeconds: unavailableSeconds(replicas, events, window),
  stuckTerminating: stuckTerminating(terminationGracePeriodMs, events, window),
});
