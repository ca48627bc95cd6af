import { hitsOnlyNodeObjects, type Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { Sign, Silence } from './signs.ts';

/**
 * A change of a node's Ready condition. `loss`: the controller gave a Ready node up; `ownLoss`: its kubelet said NotReady itself.
 * `laterLoss`: the controller gave a node up whose kubelet had said so, of which it marks no pods; `ownWord`: a kubelet says so of
 * a node that was given up.
 */
export type Change = {
  readonly atMs: number;
  readonly node: string;
  readonly what: 'loss' | 'ownLoss' | 'laterLoss' | 'ownWord' | 'return';
};

const changeTo = (status: 'True' | 'False' | 'Unknown', before: string): Change['what'] => {
  if (status === 'True') return 'return';
  if (status === 'Unknown') return before === 'True' ? 'loss' : 'laterLoss';
  return before === 'True' ? 'ownLoss' : 'ownWord';
};

export const changesOf = (events: readonly TimelineEvent[]): readonly Change[] => {
  const known = new Map<string, string>();
  return events.flatMap((event): readonly Change[] => {
    if (event.type !== 'node.ready') return [];
    const { atMs, node, status } = event;
    const before = known.get(node);
    known.set(node, status);
    return before === undefined || before === status ? [] : [{ atMs, node, what: changeTo(status, before) }];
  });
};

/** Whether the controller gave the node up. */
export const isLoss = ({ what }: Pick<Change, 'what'>): boolean => what === 'loss' || what === 'laterLoss';

/** Whether its kubelet said NotReady itself. */
export const isOwnNotReady = ({ what }: Pick<Change, 'what'>): boolean => what === 'ownLoss' || what === 'ownWord';

/** A node that was given up; `back`: the sign of life that ended its silence. */
export type Lost = {
  readonly node: string;
  readonly atMs: number;
  readonly silence: Silence;
  readonly back: Sign | null;
};

/** Everything that one plan and its record say of these milestones. */
export type Evidence = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly changes: readonly Change[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether all that became of pods is known by when it was. */
  readonly seesPods: boolean;
};

type Span = { readonly id: string; readonly fromMs: number; readonly toMs: number };

/** When faults stood on a node that may hold up what its kubelet says: from their injection to their undo, as they were recorded. */
export const faultsOn = ({ plan, events }: Evidence, node: string): readonly Span[] => {
  const planned = plan.phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject : []));
  // What is written into Node objects holds up no kubelet.
  const harmless = new Set(planned.flatMap(({ id, kind }) => (hitsOnlyNodeObjects(kind) ? [id] : [])));
  const spans: Span[] = [];
  for (const event of events) {
    if (event.type === 'fault.injecting' && event.targets.includes(node) && !harmless.has(event.fault))
      spans.push({ id: event.fault, fromMs: event.atMs, toMs: Number.POSITIVE_INFINITY });
    if (event.type !== 'fault.undoing') continue;
    const index = spans.findLastIndex(({ id }) => id === event.fault);
    const last = spans[index];
    if (last !== undefined) spans[index] = { ...last, toMs: event.atMs };
  }
  return spans;
};

/**
 * Whether a fault on a node ended so shortly before a moment, ms, that what it put off may not have been done by then.
 */
export const isAfterFault = (evidence: Evidence, node: string, atMs: number, withinMs: number): boolean =>
  faultsOn(evidence, node).some(({ toMs }) => toMs <= atMs && atMs - toMs < withinMs);

/**
 * Until when no fault hits a node again, from a moment on; infinite where none follows.
 * @returns null where one stands on it at that moment
 */
export const undisturbedUntilMs = (evidence: Evidence, node: string, atMs: number): number | null => {
  const spans = faultsOn(evidence, node);
  if (spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)) return null;
  return Math.min(...spans.flatMap(({ fromMs }) => (fromMs > atMs ? [fromMs] : [])), Number.POSITIVE_INFINITY);
};
