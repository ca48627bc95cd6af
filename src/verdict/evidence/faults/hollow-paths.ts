import { countedGrouped } from '../../../common/text/counted.ts';
import { isLoss, type ReadyChange } from '../../../figures/index.ts';
import {
  boundPaths,
  cutPaths,
  heldBackMs,
  impatientKubelets,
  isHollow,
  type Plan,
  type PlannedFault,
  sharedPaths,
} from '../../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../../timeline/index.ts';
import { createDurationHistogram, quantilesOf } from '../../figures/quantiles.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { nodeList, numberText, secondsText } from '../../text.ts';
import type { BlindTime } from '../blind-times.ts';
import { missingText } from '../hidden-figures.ts';
import { heldOn } from './fault-length.ts';
import { clockErrorMs, renewalGraceMs, renewalsOf, sendingTimes } from './signs-of-life.ts';

type Context = Pick<JudgeContext, 'plan' | 'events' | 'changes' | 'blindTimes'>;

/** When a fault that stands once or more began first; null where it never did. */
const beganMs = (events: readonly TimelineEvent[], { occurrences }: Pick<PlannedFault, 'occurrences'>): number | null =>
  ofType(events, 'fault.injected').find(({ fault }) => occurrences.some(({ id }) => id === fault))?.atMs ?? null;

const lostSince = (changes: readonly ReadyChange[], nodes: readonly string[], fromMs: number): readonly string[] => {
  const lost = new Set(changes.filter((one) => isLoss(one) && one.atMs >= fromMs).map(({ node }) => node));
  return nodes.filter((node) => lost.has(node));
};

/** Times between renewals of one node, in ms, that began under the fault and were over before its end. */
const gapsOf = (atMs: readonly number[], fromMs: number, toMs: number): readonly number[] => {
  const seen = atMs.filter((one) => one > fromMs && one < toMs);
  return seen.slice(1).map((one, index) => one - (seen[index] ?? one));
};

type Slow = Extract<PlannedFault, { kind: 'latency' }>;

/** Faults on the way of hollow nodes. */
const slowWays = (plan: Plan): readonly { readonly fault: Slow; readonly hollow: readonly string[] }[] =>
  plannedFaults(plan).flatMap((fault) => {
    const hollow = fault.targets.filter(isHollow);
    return fault.kind === 'latency' && hollow.length > 0 ? [{ fault, hollow }] : [];
  });

/** `endsMs`: on a node, which undoes by itself, on a busy machine before this process notes that it is time. */
type Span = { readonly fromMs: number; readonly toMs: number; readonly endsMs: (node: string) => number };

/** When a fault stood, each time that it did and was undone. */
const spansOf = (
  events: readonly TimelineEvent[],
  { occurrences, targets }: Pick<PlannedFault, 'occurrences' | 'targets'>,
): readonly Span[] =>
  occurrences.flatMap(({ id, startMs, endMs }) => {
    const injecting = ofType(events, 'fault.injecting').find((one) => one.fault === id);
    const injected = ofType(events, 'fault.injected').find((one) => one.fault === id);
    const toMs = ofType(events, 'fault.undoing').find((one) => one.fault === id)?.atMs;
    if (injected === undefined || toMs === undefined) return [];
    const undone = ofType(events, 'fault.undone').findLast((one) => one.fault === id) ?? null;
    const heldMs = heldOn(targets, endMs - startMs, { injected, undoingMs: toMs, undone });
    const fromMs = injected.atMs;
    const beganMs = injecting?.atMs ?? fromMs;
    return [{ fromMs, toMs, endsMs: (node) => Math.min(toMs, beganMs + (heldMs[node] ?? Number.POSITIVE_INFINITY)) }];
  });

const gapsUnder = (events: readonly TimelineEvent[], fault: Slow, hollow: readonly string[]) => {
  const renewals = Map.groupBy(ofType(events, 'lease.renewed'), ({ node }) => node);
  return spansOf(events, fault).flatMap(({ fromMs, toMs }) =>
    hollow.flatMap((node) => {
      const atMs = (renewals.get(node) ?? []).map((one) => one.atMs);
      return gapsOf(atMs, fromMs, toMs).map((ms) => ({ node, ms }));
    }),
  );
};

/** The longest between two renewals on a way that loses nothing and delays none. */
const plainMs = ({ profile: { effective } }: Plan): number =>
  effective.leaseRenewIntervalMs * (1 + effective.leaseJitter);

/** As for healthy nodes: so much of the interval may be late, of one in a hundred whatever comes. */
const late = { share: 0.25, ones: 0.01 } as const;

/**
 * How long each node was without a renewal, in ms, from the last before a fault to the first after it: one that did not come by its
 * end counts for as long as it was out. What another fault on the node has a part in is left out.
 */
const silencesUnder = (
  plan: Plan,
  events: readonly TimelineEvent[],
  fault: Slow,
  hollow: readonly string[],
): readonly number[] => {
  const renewals = Map.groupBy(ofType(events, 'lease.renewed'), ({ node }) => node);
  const others = plannedFaults(plan).flatMap((one) =>
    one.id === fault.id ? [] : spansOf(events, one).map((span) => ({ ...span, targets: new Set(one.targets) })),
  );
  return spansOf(events, fault).flatMap(({ fromMs, toMs }) =>
    hollow.flatMap((node) => {
      const atMs = (renewals.get(node) ?? []).map((one) => one.atMs);
      const ends = [
        atMs.findLast((one) => one <= fromMs) ?? fromMs,
        ...atMs.filter((one) => one > fromMs && one < toMs),
        atMs.find((one) => one >= toMs) ?? toMs,
      ];
      return ends.slice(1).flatMap((to, index) => {
        const from = ends[index] ?? to;
        const isOthers = others.some((one) => one.targets.has(node) && one.fromMs < to && one.toMs > from);
        return isOthers ? [] : [to - from];
      });
    }),
  );
};

/** Renewals that came later than their way explains: the machine's doing. What loss adds nobody can bound. */
const lateBesides = ({ plan, events, blindTimes }: Omit<Context, 'changes'>): string[] =>
  slowWays(plan).flatMap(({ fault, hollow }) => {
    if (fault.lossPercent > 0 || plan.profile.effective.withoutLeases === true) return [];
    const boundMs = late.share * plan.profile.effective.leaseRenewIntervalMs;
    const allowedMs = plainMs(plan) + heldBackMs(fault) + boundMs;
    const silences = silencesUnder(plan, events, fault, hollow);
    const over = silences.filter((ms) => ms > allowedMs).length;
    const isBlind = blindTimes.some(({ source }) => source === 'leases');
    const who = isBlind
      ? `whether this machine kept the heartbeats of ${nodeList(hollow)} is not known, for the watch on leases was blind`
      : `this machine could not keep the heartbeats of ${nodeList(hollow)}`;
    return over <= Math.max(1, late.ones * silences.length)
      ? []
      : [
          `${who}: ${numberText(over)} of ${countedGrouped(silences.length, 'renewal')} under ${fault.id} came more than ${secondsText(boundMs)} later than it explains, or not at all, at most one in a hundred is tolerated`,
        ];
  });

/**
 * A renewal that came sooner than its way lets it, by the stamp that kwok gave it just before it sent it: it went another way. In
 * steps the first is the least.
 */
const tooSoon = (plan: Plan, events: readonly TimelineEvent[]): string[] => {
  const renewals = renewalsOf(events);
  const sentMs = sendingTimes(events, renewals, 0);
  if (sentMs === null) return [];
  return slowWays(plan).flatMap(({ fault, hollow }) => {
    const { delayMs, jitterMs, direction, rampSteps } = fault;
    const minMs = (delayMs - jitterMs) / rampSteps - clockErrorMs;
    if (direction === 'from' || minMs <= 0) return [];
    const aimed = new Set(hollow);
    const spans = spansOf(events, fault);
    const found = renewals.find(({ node, atMs, stamp }) => {
      const sent = sentMs(stamp, node);
      return (
        aimed.has(node) &&
        atMs - sent < minMs &&
        spans.some(({ fromMs, endsMs }) => sent > fromMs + renewalGraceMs && atMs < endsMs(node))
      );
    });
    return found === undefined
      ? []
      : [
          `${found.node} renewed its lease ${secondsText(found.atMs - sentMs(found.stamp, found.node))} after it had stamped it, while ${fault.id} held back what it sends for ${secondsText(minMs + clockErrorMs)} at the least: it went another way`,
        ];
  });
};

/** Why what came of a slow or lossy way of hollow nodes is kwok's and not a kubelet's; empty where kubelets would do as well. */
export const hollowPathProblems = ({ plan, events, changes, blindTimes }: Context): string[] => [
  ...impatientKubelets(plan),
  ...tooSoon(plan, events),
  ...lateBesides({ plan, events, blindTimes }),
  ...[...sharedPaths(plan), ...boundPaths(plan)].flatMap(({ id, nodes, text }) => {
    const fault = plannedFaults(plan).find((one) => one.id === id);
    const fromMs = fault === undefined ? null : beganMs(events, fault);
    const lost = fromMs === null ? [] : lostSince(changes, nodes, fromMs);
    return lost.length === 0
      ? []
      : [`${text}, so that it says nothing of kubelets that ${nodeList(lost)} went NotReady under it`];
  }),
];

const missingRenewals = (events: readonly TimelineEvent[], fault: Slow, blindTimes: readonly BlindTime[]): string => {
  const spans = spansOf(events, fault);
  const [fromMs, toMs] = [spans[0]?.fromMs ?? 0, spans.at(-1)?.toMs ?? Number.POSITIVE_INFINITY];
  return missingText(blindTimes, ['leases'], [fromMs, toMs], 'late');
};

/**
 * How the renewals of hollow nodes came whose way was slow or lossy: how far apart, and by how much the latest of them was late.
 */
export const hollowPathFindings = ({ plan, events, blindTimes }: Omit<Context, 'changes'>): string[] => {
  const dueMs = plainMs(plan);
  const shared = new Map(sharedPaths(plan).map(({ id, text }) => [id, text]));
  return slowWays(plan).flatMap(({ fault, hollow }) => {
    const gaps = gapsUnder(events, fault, hollow);
    const one = shared.get(fault.id);
    const named = one === undefined ? [] : [one];
    const [latest] = gaps.toSorted((some, other) => other.ms - some.ms);
    if (latest === undefined)
      return [
        `no node of ${nodeList(hollow)} renewed its lease twice under ${fault.id}${missingRenewals(events, fault, blindTimes)}`,
        ...named,
      ];
    const histogram = createDurationHistogram();
    for (const { ms } of gaps) histogram.add(ms);
    const { p50, p99, max } = quantilesOf(histogram);
    const later = gaps.filter(({ ms }) => ms > dueMs).length;
    return [
      `under ${fault.id} between two renewals of ${nodeList(hollow)} lay p50 ${secondsText(p50)}, p99 ${secondsText(p99)}, max ${secondsText(max)} over ${numberText(gaps.length)}: ${numberText(later)} came later than they do without it, the latest, of ${latest.node}, by ${secondsText(Math.max(0, latest.ms - dueMs))}${missingRenewals(events, fault, blindTimes)}`,
      ...named,
    ];
  });
};

/** When hollow nodes that were cut off renewed their leases again, after each undo: the first and the last of them. */
export const hollowCutFindings = ({ plan, events, blindTimes }: Omit<Context, 'changes'>): string[] =>
  cutPaths(plan).flatMap(({ id, nodes, text }) => {
    const fault = plannedFaults(plan).find((one) => one.id === id);
    const aimed = new Set(nodes);
    const renewals = ofType(events, 'lease.renewed').filter(({ node }) => aimed.has(node));
    const spans = fault === undefined ? [] : spansOf(events, fault);
    const back = spans.map(({ toMs }, index) => {
      const untilMs = spans[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      const own = renewals.filter(({ atMs }) => atMs >= toMs && atMs < untilMs);
      const afterMs = [...new Map(own.toReversed().map(({ node, atMs }) => [node, atMs - toMs])).values()];
      const missing = nodes.length - afterMs.length;
      const unseen = missingText(blindTimes, ['leases'], [toMs, untilMs], 'late');
      if (afterMs.length === 0) return `once ${id} was undone no node of ${nodeList(nodes)} renewed its lease${unseen}`;
      return `once ${id} was undone ${nodeList(nodes)} renewed their leases, the first after ${secondsText(Math.min(...afterMs))}, the last after ${secondsText(Math.max(...afterMs))}${missing === 0 ? '' : `, ${numberText(missing)} not at all`}${unseen}`;
    });
    return [...back, text];
  });
