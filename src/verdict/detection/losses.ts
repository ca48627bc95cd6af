import { isLoss, type ReadyChange, readyChanges } from '../../figures/index.ts';
import { isControlPlane, type Plan } from '../../plan/index.ts';
import type { TimelineEvent } from '../../timeline/index.ts';
import type { FaultSpan } from '../findings/milestones.ts';
import type { DetectionPart } from './shape.ts';
import { type Loss, type PassWork, passStarts, sharesOf, threeOf, type WaitedFor, waitedFor } from './split.ts';

/** First losses of workers by the controller's word since the fault, until a fault of a later phase; in the order of their time. */
export const lossesIn = (changes: readonly ReadyChange[], { startMs, laterMs }: FaultSpan): readonly Loss[] => {
  const lost = new Map<string, Loss>();
  for (const change of changes) {
    const { node, atMs, to } = change;
    if (!isLoss(change) || to !== 'Unknown' || isControlPlane(node) || atMs < startMs || atMs > (laterMs ?? atMs))
      continue;
    if (!lost.has(node)) lost.set(node, { node, atMs });
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

/** `waited` null: no sign of life of it was seen. */
type SplitLoss = {
  readonly which: 'first' | 'median' | 'last';
  readonly loss: Loss;
  readonly waited: WaitedFor | null;
};

/** The first, the median and the last loss, and what each waited for. */
export const splitLosses = (
  { profile: { effective } }: Pick<Plan, 'profile'>,
  events: readonly TimelineEvent[],
  losses: readonly Loss[],
  { startMs }: Pick<FaultSpan, 'startMs'>,
): readonly SplitLoss[] => {
  const { nodeMonitorGracePeriodMs: graceMs, nodeMonitorPeriodMs: periodMs } = effective;
  const signs = signsBefore(events, losses);
  const passes = passStarts(losses, periodMs);
  return threeOf(losses).map(([which, loss]) => {
    const [signMs, passMs] = [signs.get(loss.node), passes.get(loss.node)];
    const isKnown = signMs !== undefined && passMs !== undefined;
    const waited = isKnown ? waitedFor({ lossMs: loss.atMs, passMs, signMs }, { startMs, graceMs }) : null;
    return { which, loss, waited };
  });
};

/** What one run of the model had of it. */
export type SimulatedDetection = readonly {
  readonly which: 'first' | 'median' | 'last';
  readonly lateMs: number;
  readonly parts: Readonly<Record<DetectionPart, number | null>>;
}[];

/**
 * The same of a run of the model, by the same rules.
 * @param workUntil what the workers of passes had done by a moment, since the fault
 */
export const simulatedDetection = (
  plan: Pick<Plan, 'profile'>,
  events: readonly TimelineEvent[],
  span: FaultSpan,
  workUntil: (atMs: number) => PassWork,
): SimulatedDetection =>
  splitLosses(plan, events, lossesIn(readyChanges(events), span), span).map(({ which, loss, waited }) => {
    const shares = sharesOf(workUntil(loss.atMs));
    const within = (share: number | null | undefined): number | null => {
      if (waited === null) return null;
      if (waited.withinPassMs === 0) return 0;
      return share == null ? null : share * waited.withinPassMs;
    };
    return {
      which,
      lateMs: loss.atMs - span.startMs,
      parts: {
        grace: waited?.graceMs ?? null,
        passes: waited?.passesMs ?? null,
        rateLimiter: within(shares?.rateLimiter),
        // It knows of no priority levels.
        priorityLevel: null,
        requests: within(shares?.requests),
        controller: within(shares?.controller),
      },
    };
  });
