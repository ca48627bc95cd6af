import { evictedPods } from '../../figures/index.ts';
import { isHollow } from '../../plan/index.ts';
import { ofType, type TimelineEvent } from '../../timeline/index.ts';

/** What is counted of hollow nodes at any moment: nodes NotReady, nodes tainted NoExecute, pods evicted so far. */
export const hollowCurveNames = ['notReady', 'tainted', 'evicted'] as const;

export type HollowCurveName = (typeof hollowCurveNames)[number];

/** A count over time: `counts[i]` holds from `atMs[i]` (ms since the run's start, ascending) on; 0 before the first. */
export type CountCurve = { readonly atMs: readonly number[]; readonly counts: readonly number[] };

export type HollowCurves = Readonly<Record<HollowCurveName, CountCurve>>;

/** A time in which a hollow node was not Ready after it had been; `toMs` null where that lasted. */
export type HollowLoss = { readonly node: string; readonly fromMs: number; readonly toMs: number | null };

/** In the order in which they ended; those that lasted come last. */
export const hollowLosses = (events: readonly TimelineEvent[]): readonly HollowLoss[] => {
  const wasReady = new Set<string>();
  const open = new Map<string, number>();
  const losses: HollowLoss[] = [];
  for (const { node, status, atMs } of ofType(events, 'node.ready')) {
    if (!isHollow(node)) continue;
    const fromMs = open.get(node);
    if (status === 'True') {
      wasReady.add(node);
      if (fromMs !== undefined) losses.push({ node, fromMs, toMs: atMs });
      open.delete(node);
    } else if (wasReady.has(node) && fromMs === undefined) open.set(node, atMs);
  }
  return [...losses, ...[...open].map(([node, fromMs]) => ({ node, fromMs, toMs: null }))];
};

type Step = { readonly atMs: number; readonly by: 1 | -1 };

const curveOf = (steps: readonly Step[]): CountCurve => {
  const sorted = steps.toSorted((one, other) => one.atMs - other.atMs);
  let count = 0;
  const counts = sorted.map(({ by }) => {
    count += by;
    return count;
  });
  return { atMs: sorted.map(({ atMs }) => atMs), counts };
};

/** @param events in the order of their time */
export const hollowCurves = (events: readonly TimelineEvent[]): HollowCurves => ({
  notReady: curveOf(
    hollowLosses(events).flatMap(({ fromMs, toMs }): Step[] => [
      { atMs: fromMs, by: 1 },
      ...(toMs === null ? [] : [{ atMs: toMs, by: -1 } as const]),
    ]),
  ),
  tainted: curveOf(
    ofType(events, 'node.taint').flatMap(({ node, effect, key, change, atMs }): Step[] =>
      isHollow(node) && effect === 'NoExecute' && key === 'node.kubernetes.io/unreachable'
        ? [{ atMs, by: change === 'added' ? 1 : -1 }]
        : [],
    ),
  ),
  evicted: curveOf(
    evictedPods(events).flatMap(({ node, atMs }): Step[] => (node !== null && isHollow(node) ? [{ atMs, by: 1 }] : [])),
  ),
});

/** How many there are at a moment. */
export const countAt = ({ atMs, counts }: CountCurve, momentMs: number): number => {
  let [low, high] = [0, atMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((atMs[middle] as number) <= momentMs) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (counts[low - 1] as number);
};
