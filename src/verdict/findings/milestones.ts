import {
  endpointLosses,
  evictedPods,
  isByKubelet,
  isLoss,
  type ReadyChange,
  readyChanges,
  replacementsReady,
} from '../../figures/index.ts';
import { flapsByItself, hitsOnlyNodeObjects, type Plan, type PlannedFault } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { Milestone } from '../document.ts';
import { type MeasurementWindow, measurementWindow } from '../measurement-window.ts';
import { milestoneNames } from './milestone-traits.ts';

/** When the first fault begins to be put in place and is, and when it begins to be undone and is; ms since the run's start. */
export type FaultSpan = {
  readonly startMs: number;
  /** Where others follow in its phase, as late after `startMs` as the latest of all came after its own planned time. */
  readonly injectedMs: number | null;
  readonly undoingMs: number | null;
  readonly undoneMs: number | null;
  /** When a fault of a later phase begins: from there on what is seen may be of that one. */
  readonly laterMs: number | null;
  /**
   * Whether the profile lost a node by itself besides: one that the fault does not silence, or before the fault, or after
   * its undo. Such a flap refuses requests at a time of its own, and spends a token that a taint then waits for.
   */
  readonly flapped: boolean;
  /** Whether the first loss of a node since the fault was by its kubelet's own word: windows are the controller's. */
  readonly ownWordFirst: boolean;
};

/** ms since the fault began, null = not seen. */
export type Milestones = Readonly<Record<Milestone, number | null>>;

/** Faults of the first phase that has any: the one that predictions are of. */
const firstFaults = (plan: Plan): readonly PlannedFault[] => {
  const phase = plan.phases.find(({ kind }) => kind === 'fault');
  return phase?.kind === 'fault' ? phase.inject : [];
};

/** null where no fault of the plan's first faulty phase began. */
export const faultSpan = (plan: Plan, events: readonly TimelineEvent[]): FaultSpan | null => {
  const faults = firstFaults(plan);
  const stands = faults.flatMap(({ kind, occurrences }) =>
    occurrences.map(({ id, startMs }) => ({ kind, id, startMs })),
  );
  const ids = new Set(stands.map(({ id }) => id));
  const of = (type: 'fault.injecting' | 'fault.undoing' | 'fault.undone'): readonly number[] =>
    ofType(events, type).flatMap(({ fault, atMs }) => (ids.has(fault) ? [atMs] : []));
  const [startMs] = of('fault.injecting');
  if (startMs === undefined) return null;
  // What only writes into Node objects later costs no node.
  const costing = stands.filter(({ kind }) => !hitsOnlyNodeObjects(kind));
  const counted = new Map((costing.length === 0 ? stands : costing).map((stand) => [stand.id, stand.startMs]));
  const firstMs = Math.min(...stands.map((stand) => stand.startMs));
  const tookMs = ofType(events, 'fault.injected').flatMap(({ fault, atMs }) => {
    const plannedMs = counted.get(fault);
    return plannedMs === undefined ? [] : [atMs - startMs - (plannedMs - firstMs)];
  });
  const undoneMs = of('fault.undone').at(-1) ?? null;
  const targets = new Set(firstFaults(plan).flatMap((fault) => fault.targets));
  const changes = readyChanges(events);
  const firstLoss = changes.find((change) => isLoss(change) && change.atMs >= startMs);
  const isOwn = (change: ReadyChange): boolean =>
    isLoss(change) &&
    !isByKubelet(change) &&
    (!targets.has(change.node) || change.atMs < startMs || (undoneMs !== null && change.atMs > undoneMs));
  return {
    startMs,
    injectedMs: tookMs.length === 0 ? null : startMs + Math.max(0, ...tookMs),
    undoingMs: of('fault.undoing')[0] ?? null,
    undoneMs,
    flapped: flapsByItself(plan) && changes.some(isOwn),
    ownWordFirst: firstLoss !== undefined && isByKubelet(firstLoss),
    laterMs: ofType(events, 'fault.injecting').find(({ fault }) => !ids.has(fault))?.atMs ?? null,
  };
};

const heartbeatTaints = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'];

/** The moment at which the last of these nodes is Ready again after the fault, where any of them had not been. */
const allReadyAt = (
  changes: readonly ReadyChange[],
  targets: readonly string[],
  { startMs, undoingMs }: FaultSpan,
): number | null => {
  if (undoingMs === null) return null;
  const down = new Set<string>();
  let wasHit = false;
  for (const change of changes) {
    const { atMs, node, to } = change;
    if (!targets.includes(node)) continue;
    if (isLoss(change) && atMs >= startMs) wasHit = true;
    if (to !== 'True') down.add(node);
    else down.delete(node);
    if (wasHit && to === 'True' && down.size === 0 && atMs >= undoingMs) return atMs;
  }
  return null;
};

/**
 * The last of the first losses of these nodes, of those that the controller gave up; a node that its kubelet called NotReady
 * first is no more to be given up.
 */
const lastNotReadyAt = (
  changes: readonly ReadyChange[],
  targets: readonly string[],
  counts: (change: ReadyChange) => boolean,
): number | null => {
  const lost = new Map<string, ReadyChange>();
  for (const change of changes) {
    if (targets.includes(change.node) && isLoss(change) && counts(change) && !lost.has(change.node))
      lost.set(change.node, change);
  }
  return [...lost.values()].findLast((change) => !isByKubelet(change))?.atMs ?? null;
};

/** Nodes that the faults of the first faulty phase hit at its first moment. */
const hitFirst = (plan: Plan): readonly string[] => {
  const faults = firstFaults(plan);
  const startOf = ({ occurrences }: PlannedFault): number => Math.min(...occurrences.map(({ startMs }) => startMs));
  const firstMs = Math.min(...faults.map(startOf));
  return [...new Set(faults.filter((fault) => startOf(fault) === firstMs).flatMap(({ targets }) => targets))];
};

/** The last renewal before the fault of the node whose was the longest ago. */
const lastLeaseAt = (
  events: readonly TimelineEvent[],
  targets: readonly string[],
  { startMs, injectedMs }: FaultSpan,
): number | null => {
  const last = new Map<string, number>();
  for (const { node, atMs } of ofType(events, 'lease.renewed')) {
    if (targets.includes(node) && atMs <= (injectedMs ?? startMs)) last.set(node, atMs);
  }
  return last.size === 0 ? null : Math.min(...last.values());
};

export type Refusals = { readonly firstRefusedMs: number | null; readonly lastRefusedMs: number | null };

/**
 * What came of a plan's first faulty phase, milestone by milestone.
 * @param events in the order of their time
 * @param refusals as instants of the run, since its first fault
 */
export const milestonesOf = (
  plan: Plan,
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  { measuredToMs }: Pick<MeasurementWindow, 'measuredToMs'>,
  refusals: Refusals,
  span: FaultSpan,
): Milestones => {
  const { startMs } = span;
  const targets = [...new Set(firstFaults(plan).flatMap((fault) => fault.targets))];
  const counts = ({ atMs }: { readonly atMs: number }): boolean => atMs >= startMs && atMs <= (measuredToMs ?? atMs);
  const first = <T extends { readonly atMs: number }>(of: readonly T[], is: (one: T) => boolean): number | null =>
    of.find((one) => counts(one) && is(one))?.atMs ?? null;
  const atMs: Milestones = {
    lastLease: lastLeaseAt(events, hitFirst(plan), span),
    notReady: first(changes, isLoss),
    lastNotReady: lastNotReadyAt(changes, targets, counts),
    tainted: first(
      ofType(events, 'node.taint'),
      ({ change, effect, key }) => change === 'added' && effect === 'NoExecute' && heartbeatTaints.includes(key),
    ),
    endpointLost: endpointLosses(events).find(counts)?.atMs ?? null,
    endpointsEmpty: first(ofType(events, 'endpoints'), ({ ready }) => ready === 0),
    refused: refusals.firstRefusedMs,
    evicted: evictedPods(events).find(counts)?.atMs ?? null,
    replaced: replacementsReady(events, evictedPods(events).find(counts) ?? null).find(counts)?.atMs ?? null,
    allReady: allReadyAt(changes, targets, span),
    lastRefused: refusals.lastRefusedMs,
  };
  // Whole µs, as the record has them.
  const since = (instant: number | null): number | null =>
    instant === null ? null : Math.round((instant - startMs) * 1000) / 1000;
  return Object.fromEntries(milestoneNames.map((milestone) => [milestone, since(atMs[milestone])])) as Milestones;
};

/** The milestones of a record that has no judgement; null where no fault began. `refusals` is called when the fault began. */
export const readMilestones = (
  plan: Plan,
  events: readonly TimelineEvent[],
  refusals: (sinceMs: number) => Refusals,
): { readonly milestones: Milestones; readonly span: FaultSpan } | null => {
  const span = faultSpan(plan, events);
  if (span === null) return null;
  const milestones = milestonesOf(
    plan,
    events,
    readyChanges(events),
    measurementWindow(plan, events),
    refusals(span.startMs),
    span,
  );
  return { milestones, span };
};
