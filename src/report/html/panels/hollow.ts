import { hollowZone, isHollow } from '../../../plan/index.ts';
import { hollowLosses } from '../../../verdict/index.ts';
import { type HtmlInput, ofType } from '../input.ts';
import { type Clock, drawn, type Panel, spanPoints } from './panel.ts';

const mapHeight = 240;

/** A row for each hollow node, sorted by zone and, within it, by the time of its loss: those that stayed Ready come last. */
export const hollowMapPanel = ({ document, events }: HtmlInput, endMs: number, clock: Clock): Panel | null => {
  const { hollow } = document.topology;
  if (hollow === undefined) return null;
  const losses = hollowLosses(events);
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
  const spans = losses.map(({ node, fromMs, toMs }) => ({ fromMs, toMs: toMs ?? endMs, y: rows.get(node) ?? 0 }));
  const zones = [...new Set([...rows.keys()].map((node) => hollowZone(node, hollow)))];
  return {
    title: `Hollow nodes that were NotReady, by zone (${zones.join(', ')}) and by time of loss`,
    height: mapHeight,
    yAxis: { type: 'value', min: 0, max: Math.max(1, nodes.length), inverse: true, splitNumber: 2 },
    series: [drawn(spanPoints(spans, clock), '$unknown', Math.max(1, mapHeight / Math.max(1, nodes.length)))],
    labels: [],
  };
};
