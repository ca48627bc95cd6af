import { workloadPods } from '../../../figures/index.ts';
import { type Plan, reachesPods, shutsDown, stopsKubelet } from '../../../plan/index.ts';
import { ofType, type RequestRecord, type TimelineEvent } from '../../../timeline/index.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { lostForGood } from '../watch-gaps.ts';
import { lengthToleranceMs } from './fault-length.ts';

/** So long after the injection, and before the end, nothing that was under way is answered any more, or again. */
const marginMs = 1000;

/** A time in which no pod of the workload can answer: all of them are on nodes of which every process stands still. */
type Frozen = { readonly id: string; readonly fromMs: number; readonly toMs: number };

/** Times in which nobody saw where pods went. */
const unseenTimes = (
  events: readonly TimelineEvent[],
): readonly { readonly fromMs: number; readonly toMs: number }[] => {
  const answeredMs = new Map(ofType(events, 'api.answered').map(({ fromMs, atMs }) => [fromMs, atMs]));
  return [
    ...ofType(events, 'watch.gap').flatMap(({ resource, fromMs, atMs }) =>
      resource === 'pods' ? [{ fromMs, toMs: atMs }] : [],
    ),
    ...lostForGood(events).flatMap(({ resource, fromMs }) =>
      resource === 'pods' ? [{ fromMs, toMs: Number.POSITIVE_INFINITY }] : [],
    ),
    ...ofType(events, 'api.silent').map(({ fromMs }) => ({
      fromMs,
      toMs: answeredMs.get(fromMs) ?? Number.POSITIVE_INFINITY,
    })),
  ];
};

/** Up to when every pod is known to be on one of these nodes; null: some were elsewhere before, none was seen, or nobody saw it. */
const onlyOnUntilMs = (events: readonly TimelineEvent[], targets: readonly string[], fromMs: number): number | null => {
  const pods = workloadPods(events);
  const before = new Map(pods.flatMap((pod) => (pod.atMs <= fromMs ? [[pod.uid, pod]] : [])));
  const there = [...before.values()].filter(({ change }) => change !== 'gone');
  const isOn = (node: string | null): boolean => node !== null && targets.includes(node);
  if (there.length === 0 || !there.every(({ node }) => isOn(node))) return null;
  const unseen = unseenTimes(events).filter(({ toMs }) => toMs > fromMs);
  if (unseen.some((one) => one.fromMs <= fromMs)) return null;
  const ends = [
    ...unseen.map((one) => one.fromMs),
    ...pods.flatMap(({ node, atMs }) => (isOn(node) || atMs <= fromMs ? [] : [atMs])),
  ];
  return ends.reduce((min, atMs) => Math.min(min, atMs), Number.POSITIVE_INFINITY);
};

const frozenTimes = (plan: Plan, events: readonly TimelineEvent[]): readonly Frozen[] =>
  plannedFaults(plan)
    .filter(({ kind }) => stopsKubelet(kind) && reachesPods(kind) && !shutsDown(kind))
    .flatMap((fault) =>
      fault.occurrences.flatMap(({ id, startMs, endMs }): Frozen[] => {
        const injecting = ofType(events, 'fault.injecting').find((event) => event.fault === id);
        const injected = ofType(events, 'fault.injected').find((event) => event.fault === id);
        if (injecting === undefined || injected === undefined) return [];
        const undoing = ofType(events, 'fault.undoing').find((event) => event.fault === id);
        const untilMs = onlyOnUntilMs(events, injecting.targets, injecting.atMs);
        if (untilMs === null) return [];
        const lengthMs = endMs - startMs;
        // A node may let go by its own clock a little before this process notes it.
        const heldMs = injecting.atMs + lengthMs - lengthToleranceMs(lengthMs);
        const toMs = Math.min(untilMs, heldMs, undoing?.atMs ?? Number.POSITIVE_INFINITY) - marginMs;
        return [{ id, fromMs: injected.atMs + marginMs, toMs }];
      }),
    );

/** Watches for answers in times in which no pod can give one. */
export type FrozenPods = {
  readonly add: (request: RequestRecord) => void;
  /** How many requests were answered though every pod was to stand still, by the id of the fault's time. */
  readonly answered: () => ReadonlyMap<string, number>;
};

/** @param events in the order of their time */
export const watchFrozenPods = (plan: Plan, events: readonly TimelineEvent[]): FrozenPods => {
  const times = frozenTimes(plan, events);
  const counts = new Map<string, number>();
  return {
    add: ({ dueMs, endedMs, outcome }) => {
      if (outcome !== 'ok' && outcome !== 'httpError') return;
      for (const { id, fromMs, toMs } of times)
        if (dueMs >= fromMs && endedMs < toMs) counts.set(id, (counts.get(id) ?? 0) + 1);
    },
    answered: () => counts,
  };
};
