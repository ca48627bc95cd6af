import { hollowZone, isHollow } from '../../../plan/index.ts';
import { ofType } from '../../../timeline/index.ts';
import {
  type BandPoint,
  countAt,
  type HollowBand,
  hollowCurves,
  hollowLosses,
  numberText,
} from '../../../verdict/index.ts';
import type { HtmlInput } from '../input.ts';
import { seconds } from '../labels.ts';
import { type Cell, el, type Markup, table } from '../markup.ts';
import { missedText } from './hollow-counts.ts';
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
    title: `Hollow nodes that were NotReady, by zone (${zones.join(', ')}) and by time of loss${missedText(document, 'notReady')}`,
    height: mapHeight,
    yAxis: { type: 'value', min: 0, max: Math.max(1, nodes.length), inverse: true, splitNumber: 2 },
    series: [drawn(spanPoints(spans, clock), '$unknown', Math.max(1, mapHeight / Math.max(1, nodes.length)))],
    labels: [],
  };
};

/** A table of more is not read. */
const maxRows = 24;

const momentsOf = ({ notReady, tainted }: HollowBand): readonly number[] => {
  const all = [...new Set([notReady, tainted].flatMap(({ points }) => points.flat().map(({ atMs }) => atMs)))];
  const sorted = all.toSorted((one, other) => one - other);
  const every = Math.max(1, Math.ceil((sorted.length - 1) / (maxRows - 1)));
  return sorted.filter((_, index) => index % every === 0 || index === sorted.length - 1);
};

/** What the model had at a moment; null where it says nothing of it. */
const predictedAt = (stretches: readonly (readonly BandPoint[])[], momentMs: number): readonly number[] | null => {
  for (const points of stretches.toReversed()) {
    const next = points.findIndex(({ atMs }) => atMs >= momentMs);
    const [before, after] = [points[Math.max(0, next - 1)], points[next]];
    if (before === undefined || after === undefined || before.atMs > momentMs) continue;
    const part = after.atMs === before.atMs ? 1 : (momentMs - before.atMs) / (after.atMs - before.atMs);
    return (['p5', 'p50', 'p95'] as const).map((name) => before[name] + part * (after[name] - before[name]));
  }
  return null;
};

/** What the panels of hollow nodes show, as numbers at some moments; null where no model was asked. */
export const hollowCountTable = ({ document, events, hollowBand }: HtmlInput): Markup | null => {
  const { faultStartMs } = document.timing;
  if (hollowBand === null || faultStartMs === null) return null;
  const curves = hollowCurves(events);
  const number = (value: number): Cell => ({ number: numberText(Math.round(value)) });
  const rows = momentsOf(hollowBand).map((momentMs): readonly Cell[] => [
    { number: seconds(momentMs) },
    ...(['notReady', 'tainted'] as const).flatMap((name): readonly Cell[] => {
      const [p5, p50, p95] = predictedAt(hollowBand[name].points, momentMs) ?? [];
      const range =
        p5 === undefined || p95 === undefined ? '' : `${numberText(Math.round(p5))} … ${numberText(Math.round(p95))}`;
      return [
        number(countAt(curves[name], faultStartMs + momentMs)),
        p50 === undefined ? '' : number(p50),
        { number: range },
      ];
    }),
  ]);
  return el(
    'details',
    {},
    el('summary', {}, 'Hollow nodes over time as a table'),
    table(
      `Hollow nodes NotReady and tainted NoExecute${missedText(document, 'notReady')}, beside the model`,
      ['#since the fault', '#NotReady', '#model p50', '#p5 … p95', '#tainted', '#model p50', '#p5 … p95'],
      rows,
    ),
  );
};
