import { hollowZone, isHollow } from '../../../plan/index.ts';
import type { TimelineEvent } from '../../../timeline/index.ts';
import { type HtmlInput, ofType } from '../input.ts';
import { type Clock, drawn, type Panel, spanPoints } from './panel.ts';

type Loss = { readonly node: string; readonly fromMs: number; readonly toMs: number };

/** Times in which hollow nodes were not Ready after they had been; to `endMs` where that lasted. */
const lossesOf = (events: readonly TimelineEvent[], endMs: number): readonly Loss[] => {
  const wasReady = new Set<string>();
  const open = new Map<string, number>();
  const losses: Loss[] = [];
  for (const { node, status, atMs } of ofType(events, 'node.ready')) {
    if (!isHollow(node)) continue;
    const fromMs = open.get(node);
    if (status === 'True') {
      wasReady.add(node);
      if (fromMs !== undefined) losses.push({ node, fromMs, toMs: atMs });
      open.delete(node);
    } else if (wasReady.has(node) && fromMs === undefined) open.set(node, atMs);
  }
  return [...losses, ...[...open].map(([node, fromMs]) => ({ node, fromMs, toMs: endMs }))];
};

const mapHeight = 240;

/** A row for each hollow node, sorted by zone and, within it, by the time of its loss: those that stayed Ready come last. */
export const hollowMapPanel = ({ document, events }: HtmlInput, endMs: number, clock: Clock): Panel | null => {
  const { hollow } = document.topology;
  if (hollow === undefined) return null;
  const losses = lossesOf(events, endMs);
  const firstMs = new Map<string, number>();
  for (const { node, fromMs } of losses) firstMs.set(node, Math.min(fromMs, firstMs.get(node) ?? fromMs));
  const nodes = [...new Set(ofType(events, 'node.ready').flatMap(({ node }) => (isHollow(node) ? [node] : [])))];
  const lost = (node: string): number => firstMs.get(node) ?? Number.MAX_VALUE;
  const rows = new Map(
    nodes
      .toSorted(
        (one, other) =>
          hollowZone(one, hollow).localeCompare(hollowZone(other, hollow)) ||
          lost(one) - lost(other) ||
          one.localeCompare(other, 'en', { numeric: true }),
      )
      .map((node, row) => [node, row]),
  );
  const spans = losses.map(({ node, fromMs, toMs }) => ({ fromMs, toMs, y: rows.get(node) ?? 0 }));
  const zones = [...new Set([...rows.keys()].map((node) => hollowZone(node, hollow)))];
  return {
    title: `Hollow nodes that were NotReady, by zone (${zones.join(', ')}) and by time of loss`,
    height: mapHeight,
    yAxis: { type: 'value', min: 0, max: Math.max(1, nodes.length), inverse: true, splitNumber: 2 },
    series: [drawn(spanPoints(spans, clock), '$unknown', Math.max(1, mapHeight / Math.max(1, nodes.length)))],
    labels: [],
  };
};

type Step = { readonly atMs: number; readonly by: 1 | -1 };

/** How many at any moment, as points of a line in steps. */
const counted = (steps: readonly Step[], clock: Clock, endMs: number): (readonly [number, number])[] => {
  const points: (readonly [number, number])[] = [[clock(0), 0]];
  let count = 0;
  for (const { atMs, by } of steps.toSorted((one, other) => one.atMs - other.atMs)) {
    count += by;
    points.push([clock(atMs), count]);
  }
  return [...points, [clock(endMs), count]];
};

/** How many hollow nodes were NotReady, and how many bore a NoExecute taint. */
export const hollowCountPanel = ({ document, events }: HtmlInput, endMs: number, clock: Clock): Panel | null => {
  if (document.topology.hollow === undefined) return null;
  const losses = lossesOf(events, endMs).flatMap(({ fromMs, toMs }): Step[] => [
    { atMs: fromMs, by: 1 },
    ...(toMs < endMs ? [{ atMs: toMs, by: -1 } as const] : []),
  ]);
  const taints = ofType(events, 'node.taint').flatMap(({ node, effect, key, change, atMs }): Step[] =>
    isHollow(node) && effect === 'NoExecute' && key === 'node.kubernetes.io/unreachable'
      ? [{ atMs, by: change === 'added' ? 1 : -1 }]
      : [],
  );
  const notReady = counted(losses, clock, endMs);
  const max = Math.max(1, ...notReady.map(([, count]) => count));
  return {
    title: 'Hollow nodes NotReady (dashed: tainted NoExecute)',
    height: 90,
    yAxis: { type: 'value', min: 0, max, interval: Math.ceil(max / 2), splitNumber: 2 },
    series: [
      drawn(notReady, '$unknown', 2, { step: 'end', areaStyle: { color: '$unknown', opacity: 0.2 } }),
      drawn(counted(taints, clock, endMs), '$taint', 1.5, { step: 'end', lineStyle: { type: [4, 3] } }),
    ],
    labels: [],
  };
};
