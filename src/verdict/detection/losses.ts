import { isLoss, type ReadyChange, readyChanges } from '../../figures/index.ts';
import {
  hitsControlPlane,
  hitsOnlyNodeObjects,
  isControlPlane,
  nodesOf,
  type Plan,
  type PlannedFault,
} from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { FaultSpan } from '../findings/milestones.ts';
import type { DetectionPart } from './shape.ts';
import { type Loss, type PassWork, sharesOf, threeOf, type WaitedFor, waitedFor } from './split.ts';

/** `beganMs`: when each stand of a fault began that hits it, in order. */
type Hit = { readonly beganMs: readonly number[]; readonly toMs: number };

/** The loss of a node that faults hit. `hitMs`: when the latest of their stands began before it. */
export type HitLoss = Loss & { readonly hitMs: number };

/** From when to when faults of the first faulty phase stood that may cost a node; what costs control planes may cost any. */
const hitsOf = (plan: Plan, events: readonly TimelineEvent[]): ReadonlyMap<string, Hit> => {
  const phase = plan.phases.find(({ kind }) => kind === 'fault');
  const faults: readonly PlannedFault[] = phase?.kind === 'fault' ? phase.inject : [];
  const atMsOf = (type: 'fault.injecting' | 'fault.undone'): ReadonlyMap<string, number> =>
    new Map(ofType(events, type).map(({ fault, atMs }) => [fault, atMs]));
  const [began, ended] = [atMsOf('fault.injecting'), atMsOf('fault.undone')];
  const hits = new Map<string, Hit>();
  for (const fault of faults.filter(({ kind }) => !hitsOnlyNodeObjects(kind))) {
    const ids = fault.occurrences.map(({ id }) => id);
    const beganMs = ids.flatMap((id) => began.get(id) ?? []);
    const toMs = Math.max(...ids.map((id) => ended.get(id) ?? Number.POSITIVE_INFINITY));
    for (const node of hitsControlPlane(fault) ? nodesOf(plan) : fault.targets) {
      const other = hits.get(node) ?? { beganMs: [], toMs };
      const all = [...other.beganMs, ...beganMs].toSorted((one, two) => one - two);
      hits.set(node, { beganMs: all, toMs: Math.max(toMs, other.toMs) });
    }
  }
  return hits;
};

/**
 * First losses by the controller's word of workers that the faults of the first faulty phase hit, until these are undone, or a fault
 * of a later phase begins; in the order of their time.
 */
export const lossesIn = (
  plan: Plan,
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  { laterMs }: Pick<FaultSpan, 'laterMs'>,
): readonly HitLoss[] => {
  const hits = hitsOf(plan, events);
  const lost = new Map<string, HitLoss>();
  for (const change of changes) {
    const { node, atMs, to } = change;
    const hit = hits.get(node);
    const hitMs = hit?.beganMs.findLast((beganMs) => beganMs <= atMs);
    if (!isLoss(change) || to !== 'Unknown' || isControlPlane(node) || hit === undefined || hitMs === undefined)
      continue;
    if (atMs > Math.min(laterMs ?? atMs, hit.toMs)) continue;
    if (!lost.has(node)) lost.set(node, { node, atMs, hitMs });
  }
  return [...lost.values()];
};

/** The last sign of life of each node before its loss. */
const signsBefore = (events: readonly TimelineEvent[], losses: readonly Loss[]): ReadonlyMap<string, number> => {
  const lostMs = new Map(losses.map(({ node, atMs }) => [node, atMs]));
  const signs = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'lease.renewed' && event.type !== 'node.statusPosted') continue;
    if (event.atMs <= (lostMs.get(event.node) ?? Number.NEGATIVE_INFINITY)) signs.set(event.node, event.atMs);
  }
  return signs;
};

type SplitLoss = {
  readonly which: 'first' | 'median' | 'last';
  readonly loss: HitLoss;
  /** Its last sign of life; null: none was seen. */
  readonly signMs: number | null;
  readonly waited: WaitedFor | { readonly why: string };
};

const noSign = 'no sign of life of it was seen';

const tooEarly = 'it was lost before its grace was over, as of the last sign of life that was seen';

/** The first, the median and the last loss, and what each waited for. @param passMsOf when the pass began that found it */
export const splitLosses = (
  { profile: { effective } }: Pick<Plan, 'profile'>,
  events: readonly TimelineEvent[],
  losses: readonly HitLoss[],
  passMsOf: (loss: Loss) => number | null,
): readonly SplitLoss[] => {
  const { nodeMonitorGracePeriodMs: graceMs } = effective;
  const signs = signsBefore(events, losses);
  return threeOf(losses).map(([which, loss]) => {
    const signMs = signs.get(loss.node) ?? null;
    if (signMs === null) return { which, loss, signMs, waited: { why: noSign } };
    const passMs = passMsOf(loss);
    const waited = waitedFor({ lossMs: loss.atMs, passMs, signMs }, { startMs: loss.hitMs, graceMs });
    return { which, loss, signMs, waited: waited ?? { why: tooEarly } };
  });
};

/** What one run of the model had of it. */
export type SimulatedDetection = readonly {
  readonly which: 'first' | 'median' | 'last';
  readonly lateMs: number;
  readonly parts: Readonly<Record<DetectionPart, number | null>>;
}[];

/** What the model's own passes say. */
export type SimulatedPasses = {
  /** What their workers had done by a moment, since the fault. */
  readonly workUntil: (atMs: number) => PassWork;
  /** When the pass began in which a node was lost; null: it had begun before anything was kept. */
  readonly beganMs: (loss: Loss) => number | null;
};

/** The same of a run of the model, by the same rules; when passes began it knows. */
export const simulatedDetection = (
  plan: Plan,
  events: readonly TimelineEvent[],
  span: FaultSpan,
  { workUntil, beganMs }: SimulatedPasses,
): SimulatedDetection =>
  splitLosses(plan, events, lossesIn(plan, events, readyChanges(events), span), beganMs).map(
    ({ which, loss, waited: found }) => {
      const shares = sharesOf(workUntil(loss.atMs));
      const waited = 'why' in found ? null : found;
      const within = (part: 'rateLimiter' | 'requests' | 'controller'): number | null => {
        const withinMs = waited?.withinPassMs ?? null;
        const share = 'why' in shares ? null : shares[part];
        return withinMs === null || share === null ? null : share * withinMs;
      };
      return {
        which,
        lateMs: loss.atMs - loss.hitMs,
        parts: {
          grace: waited?.graceMs ?? null,
          passes: waited?.passesMs ?? null,
          rateLimiter: within('rateLimiter'),
          // It knows of no priority levels.
          priorityLevel: null,
          requests: within('requests'),
          controller: within('controller'),
        },
      };
    },
  );
