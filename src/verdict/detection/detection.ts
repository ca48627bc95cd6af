import { isReturn, type ReadyChange } from '../../figures/index.ts';
import { controllerManagerOf, type Plan } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { BlindTime } from '../evidence/blind-times.ts';
import { blindIn, blindText } from '../evidence/hidden-figures.ts';
import type { FaultSpan } from '../findings/milestones.ts';
import { type Counted, countedUntil } from './counters.ts';
import { lossesIn, splitLosses } from './losses.ts';
import { passesOf } from './passes.ts';
import type { DetectedNode, Detection, Part } from './shape.ts';
import { type Loss, sharesOf, type WaitedFor } from './split.ts';

const known = (ms: number, how: NonNullable<Part['how']>): Part => ({ ms, how, why: null });

const unknown = (why: string): Part => ({ ms: null, how: null, why });

const noWrites = 'no write of passes was counted (rest_client_request_duration_seconds)';

/** kubernetes#100311: to v1.20 it was not registered. */
const noWaits = 'this version does not count waits for the rate limiter (rest_client_rate_limiter_duration_seconds)';

const byHost =
  'cannot be told from answers: PUTs are counted by host alone, and those of others are among them; answers have it with them';

const noPasses = 'where one pass ended and the next began is not known';

const beganIt = 'a pass is taken to begin with the first node lost in it: of that one no time in it was seen';

/** @see kubernetes node_lifecycle_controller.go, processTaintBaseEviction: markNodeAsReachable */
const returned =
  'nodes had come back meanwhile: passes took their taints away, and what that waited for the rate limiter is not told apart';

type Within = Omit<DetectedNode['parts'], 'grace' | 'passes'>;

const allWithin = (part: Part): Within => ({
  ...{ rateLimiter: part, priorityLevel: part, requests: part, controller: part },
});

const partsWithin = (withinPassMs: number | null, counted: Counted, whyNoPass: string): Within => {
  if ('why' in counted) return allWithin(unknown(counted.why));
  if (withinPassMs === null) return allWithin(unknown(whyNoPass));
  if (withinPassMs === 0) return allWithin(unknown(beganIt));
  if (counted.work === null) return allWithin(unknown(noWrites));
  const shares = sharesOf(counted.work);
  if ('why' in shares) return allWithin(unknown(shares.why));
  const share = (one: number | null, why: string): Part =>
    one === null ? unknown(why) : known(one * withinPassMs, 'inferred');
  const whyNoLevel = counted.whyNoPriorityLevel ?? noWrites;
  return {
    rateLimiter: share(shares.rateLimiter, noWaits),
    priorityLevel: share(shares.priorityLevel, whyNoLevel),
    requests: share(shares.requests, shares.rateLimiter === null ? noWaits : whyNoLevel),
    controller: share(shares.controller, byHost),
  };
};

/** A watch that missed something between the fault, or a sign of life before it, and a loss, in words; null: none did. */
const blindness = (blind: readonly BlindTime[], fromMs: number, toMs: number): string | null => {
  const found = blind.find(
    (time) =>
      (time.source === 'nodes' || time.source === 'leases') && time.fromMs < toMs && (time.toMs ?? toMs) > fromMs,
  );
  return found === undefined ? null : `the watch on ${found.source} was blind meanwhile`;
};

const taintAfter = (events: readonly TimelineEvent[], { node, atMs }: Loss): number | null => {
  const taint = ofType(events, 'node.taint').find(
    (event) =>
      event.node === node &&
      event.change === 'added' &&
      event.effect === 'NoSchedule' &&
      event.atMs >= atMs &&
      event.key === 'node.kubernetes.io/unreachable',
  );
  return taint === undefined ? null : taint.atMs - atMs;
};

const queuePart = (counted: Counted): Part => {
  if ('why' in counted) return unknown(counted.why);
  return counted.queueMs === null
    ? unknown('no item was counted in the work queue node_lifecycle_controller')
    : known(counted.queueMs, 'counted');
};

/** Whether the grace that the plan takes is the one that was set: null where none was read back. */
const graceRead = (events: readonly TimelineEvent[]): boolean | null => {
  const reads = ofType(events, 'setting.read').filter(({ setting }) => setting === 'node-monitor-grace-period');
  return reads.length === 0 ? null : reads.every(({ same }) => same);
};

const otherGrace = 'node-monitor-grace-period was read back as another than was asked for';

const timesOf = (
  waited: WaitedFor | { readonly why: string },
  grace: 'seen' | 'inferred',
  counted: Counted,
  whyNoPass: string,
): Pick<DetectedNode, 'parts' | 'withinPassMs'> => {
  if ('why' in waited) {
    const part = unknown(waited.why);
    return { withinPassMs: null, parts: { grace: part, passes: part, ...allWithin(part) } };
  }
  const { graceMs, passesMs, withinPassMs } = waited;
  return {
    withinPassMs: withinPassMs === 0 ? null : withinPassMs,
    parts: {
      grace: known(graceMs, grace),
      passes: passesMs === null ? unknown(whyNoPass) : known(passesMs, 'inferred'),
      ...partsWithin(withinPassMs, counted, whyNoPass),
    },
  };
};

/**
 * How late nodes were called NotReady, and why. Pure.
 * @returns null where no fault began, or the controller gave up no node since
 */
export const detectionOf = (
  plan: Plan,
  events: readonly TimelineEvent[],
  changes: readonly ReadyChange[],
  span: FaultSpan | null,
  blindTimes: readonly BlindTime[],
): Detection | null => {
  if (span === null) return null;
  const losses = lossesIn(plan, events, changes, span);
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(plan.profile.effective);
  const { startMs } = span;
  const toMs = Math.min(span.laterMs ?? Number.POSITIVE_INFINITY, span.undoneMs ?? Number.POSITIVE_INFINITY);
  const missed = blindIn(blindTimes, ['nodes'], [startMs, toMs]);
  if (missed !== null)
    return {
      ...{ lost: null, requestsPerSecond: kubeApiRequestsPerSecond, burst: kubeApiBurst, nodes: [] },
      ...{ counters: null, why: `which nodes were lost, and when, is not known: ${blindText(missed)}` },
      pace: { perSecond: null },
    };
  const passOf = passesOf(plan, events, changes, startMs);
  const isRead = graceRead(events);
  const nodes = splitLosses(plan, events, losses, (loss) => passOf(loss).beganMs).map(
    ({ which, loss, signMs, waited }): DetectedNode => {
      const { node, atMs, hitMs } = loss;
      const blind = blindness(blindTimes, Math.min(hitMs, signMs ?? hitMs), atMs);
      const counted = countedUntil(events, atMs);
      const cameBack = changes.some((change) => isReturn(change) && change.atMs >= startMs && change.atMs <= atMs);
      const why = blind ?? (isRead === false ? otherGrace : null);
      return {
        ...{ which, node, lateMs: atMs - hitMs },
        ...timesOf(
          why === null ? waited : { why },
          isRead === null ? 'inferred' : 'seen',
          cameBack ? { why: returned } : counted,
          passOf(loss).why ?? noPasses,
        ),
        taint: { afterMs: taintAfter(events, loss), workQueue: queuePart(counted) },
      };
    },
  );
  const all = countedUntil(events, last.atMs);
  const spreadMs = last.atMs - first.atMs;
  return {
    lost: losses.length,
    requestsPerSecond: kubeApiRequestsPerSecond,
    burst: kubeApiBurst,
    nodes,
    counters: 'why' in all ? null : all.document,
    why: 'why' in all ? all.why : null,
    pace: { perSecond: spreadMs > 0 ? ((losses.length - 1) * 1000) / spreadMs : null },
  };
};
