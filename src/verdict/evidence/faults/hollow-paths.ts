import { isLoss, type ReadyChange } from '../../../figures/index.ts';
import { impatientKubelets, isHollow, type PlannedFault, sharedPaths } from '../../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../../timeline/index.ts';
import { createDurationHistogram, quantilesOf } from '../../figures/quantiles.ts';
import type { JudgeContext } from '../../judge-context.ts';
import { plannedFaults } from '../../measurement-window.ts';
import { nodeList, numberText, secondsText } from '../../text.ts';

type Context = Pick<JudgeContext, 'plan' | 'events' | 'changes'>;

/** When a fault that stands once or more began first; null where it never did. */
const beganMs = (events: readonly TimelineEvent[], { occurrences }: Pick<PlannedFault, 'occurrences'>): number | null =>
  ofType(events, 'fault.injected').find(({ fault }) => occurrences.some(({ id }) => id === fault))?.atMs ?? null;

const lostSince = (changes: readonly ReadyChange[], nodes: readonly string[], fromMs: number): readonly string[] => {
  const lost = new Set(changes.filter((one) => isLoss(one) && one.atMs >= fromMs).map(({ node }) => node));
  return nodes.filter((node) => lost.has(node));
};

/** Why what came of a slow or lossy way of hollow nodes is kwok's and not a kubelet's; empty where kubelets would do as well. */
export const hollowPathProblems = ({ plan, events, changes }: Context): string[] => [
  ...impatientKubelets(plan),
  ...sharedPaths(plan).flatMap(({ id, nodes, text }) => {
    const fault = plannedFaults(plan).find((one) => one.id === id);
    const fromMs = fault === undefined ? null : beganMs(events, fault);
    const lost = fromMs === null ? [] : lostSince(changes, nodes, fromMs);
    return lost.length === 0
      ? []
      : [`${text}, so that it says nothing of kubelets that ${nodeList(lost)} went NotReady under it`];
  }),
];

/** Times between renewals of one node, in ms, that began under the fault and were over before its end. */
const gapsOf = (atMs: readonly number[], fromMs: number, toMs: number): readonly number[] => {
  const seen = atMs.filter((one) => one > fromMs && one < toMs);
  return seen.slice(1).map((one, index) => one - (seen[index] ?? one));
};

/**
 * How the renewals of hollow nodes came whose way was slow or lossy: how far apart, and by how much the latest of them was late.
 */
export const hollowPathFindings = ({ plan, events }: Context): string[] => {
  const { leaseRenewIntervalMs, leaseJitter } = plan.profile.effective;
  const dueMs = leaseRenewIntervalMs * (1 + leaseJitter);
  const renewals = Map.groupBy(ofType(events, 'lease.renewed'), ({ node }) => node);
  const shared = new Map(sharedPaths(plan).map(({ id, text }) => [id, text]));
  return plannedFaults(plan)
    .filter(({ kind, targets }) => kind === 'latency' && targets.some(isHollow))
    .flatMap((fault) => {
      const hollow = fault.targets.filter(isHollow);
      const gaps = fault.occurrences.flatMap(({ id }) => {
        const fromMs = ofType(events, 'fault.injected').find((one) => one.fault === id)?.atMs;
        const toMs = ofType(events, 'fault.undoing').find((one) => one.fault === id)?.atMs;
        if (fromMs === undefined || toMs === undefined) return [];
        return hollow.flatMap((node) => {
          const atMs = (renewals.get(node) ?? []).map((one) => one.atMs);
          return gapsOf(atMs, fromMs, toMs).map((ms) => ({ node, ms }));
        });
      });
      const one = shared.get(fault.id);
      const named = one === undefined ? [] : [one];
      const [latest] = gaps.toSorted((some, other) => other.ms - some.ms);
      if (latest === undefined)
        return [`no node of ${nodeList(hollow)} renewed its lease twice under ${fault.id}`, ...named];
      const histogram = createDurationHistogram();
      for (const { ms } of gaps) histogram.add(ms);
      const { p50, p99, max } = quantilesOf(histogram);
      const late = gaps.filter(({ ms }) => ms > dueMs).length;
      return [
        `under ${fault.id} between two renewals of ${nodeList(hollow)} lay p50 ${secondsText(p50)}, p99 ${secondsText(p99)}, max ${secondsText(max)} over ${numberText(gaps.length)}: ${numberText(late)} came later than they do without it, the latest, of ${latest.node}, by ${secondsText(Math.max(0, latest.ms - dueMs))}`,
        ...named,
      ];
    });
};
