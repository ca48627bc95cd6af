import type { ReadyChange } from '../../figures/index.ts';
import { controllerManagerOf, type Plan } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';
import type { BlindTime } from '../evidence/blind-times.ts';
import type { FaultSpan } from '../findings/milestones.ts';
import { type Counted, countedUntil } from './counters.ts';
import { lossesIn, splitLosses } from './losses.ts';
import type { DetectedNode, Detection, Part } from './shape.ts';
import { type Loss, sharesOf, type WaitedFor } from './split.ts';

const known = (ms: number, how: NonNullable<Part['how']>): Part => ({ ms, how, why: null });

const unknown = (why: string): Part => ({ ms: null, how: null, why });

/** No PUT was waited for or answered, and passes took no time to speak of. */
const noWork = 'nothing was counted of any pass';

const noUpdates =
  'this version does not count what passes take for a node (node_collector_update_node_health_duration_seconds)';

/** kubernetes#100311: to v1.20 it was not registered. */
const noWaits = 'this version does not count waits for the rate limiter (rest_client_rate_limiter_duration_seconds)';

const partsWithin = (withinPassMs: number, counted: Counted): Omit<DetectedNode['parts'], 'grace' | 'passes'> => {
  const all = (part: Part): ReturnType<typeof partsWithin> => ({
    ...{ rateLimiter: part, priorityLevel: part, requests: part, controller: part },
  });
  // The first of its pass waited for nobody that could be seen.
  if (withinPassMs === 0) return all(known(0, 'inferred'));
  if ('why' in counted) return all(unknown(counted.why));
  const shares = sharesOf(counted.work);
  if (shares === null) return all(unknown(noWork));
  const share = (one: number | null, why: string): Part =>
    one === null ? unknown(why) : known(one * withinPassMs, 'inferred');
  return {
    rateLimiter: share(shares.rateLimiter, noWaits),
    priorityLevel: share(shares.priorityLevel, counted.whyNoPriorityLevel ?? noWork),
    requests: share(shares.requests, noWaits),
    controller: share(shares.controller, noUpdates),
  };
};

/** A watch that missed something between the fault and a loss, in words; null: none did. */
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
  return counted.queueMs === null ? unknown('no item was in the work queue') : known(counted.queueMs, 'counted');
};

const timesOf = (
  waited: WaitedFor | null,
  why: string,
  counted: Counted,
): Pick<DetectedNode, 'parts' | 'withinPassMs'> => {
  if (waited === null) {
    const part = unknown(why);
    const parts = {
      grace: part,
      passes: part,
      rateLimiter: part,
      priorityLevel: part,
      requests: part,
      controller: part,
    };
    return { withinPassMs: null, parts };
  }
  const { graceMs, passesMs, withinPassMs } = waited;
  return {
    withinPassMs,
    parts: {
      grace: known(graceMs, 'seen'),
      passes: known(passesMs, 'inferred'),
      ...partsWithin(withinPassMs, counted),
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
  const losses = lossesIn(changes, span);
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { kubeApiRequestsPerSecond, kubeApiBurst } = controllerManagerOf(plan.profile.effective);
  const { startMs } = span;
  const nodes = splitLosses(plan, events, losses, span).map(({ which, loss, waited }): DetectedNode => {
    const { node, atMs } = loss;
    const blind = blindness(blindTimes, startMs, atMs);
    const counted = countedUntil(events, atMs);
    return {
      ...{ which, node, lateMs: atMs - startMs },
      ...timesOf(blind === null ? waited : null, blind ?? 'no sign of life of it was seen', counted),
      taint: { afterMs: taintAfter(events, loss), workQueue: queuePart(counted) },
    };
  });
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
