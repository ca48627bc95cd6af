import { ofType, type RequestOutcome } from '../../../timeline/index.ts';
import type { RequestSeries } from '../../../verdict/index.ts';
import type { HtmlInput } from '../input.ts';
import { type Clock, drawn, type Label, type Panel, type Part } from './panel.ts';

/** Endpoints of the Service: ready as an area, not ready and terminating as lines. */
export const endpointsPanel = ({ events }: HtmlInput, endMs: number, clock: Clock): Panel | null => {
  const numbers = ofType(events, 'endpoints');
  const last = numbers.at(-1);
  if (last === undefined) return null;
  const held = [...numbers, { ...last, atMs: Math.max(endMs, last.atMs) }];
  const line = (of: 'ready' | 'notReady' | 'terminating') => held.map((event) => [clock(event.atMs), event[of]]);
  const max = Math.max(1, ...numbers.map(({ ready, notReady, terminating }) => Math.max(ready, notReady, terminating)));
  return {
    title: 'Ready endpoints (dashed: not ready)',
    height: 54,
    yAxis: { type: 'value', min: 0, max, interval: Math.ceil(max / 2), splitNumber: 2 },
    series: [
      drawn(line('ready'), '$ready', 2, { step: 'end', areaStyle: { color: '$ready', opacity: 0.25 } }),
      drawn(line('notReady'), '$unknown', 1.5, { step: 'end', lineStyle: { type: [4, 3] } }),
    ],
    labels: [],
  };
};

/** From the axis up: what was answered first, then failures in the order in which their words are known. */
export const outcomeColors: Readonly<Record<RequestOutcome, string>> = {
  ok: '$ok',
  httpError: '$httpError',
  refused: '$refused',
  reset: '$reset',
  timeout: '$timeout',
  unreachable: '$unreachable',
  otherError: '$otherError',
  dropped: '$dropped',
};

const inOrder = Object.keys(outcomeColors) as readonly RequestOutcome[];

const edges = ({ fromMs, widthMs, spans }: RequestSeries): number[] =>
  fromMs === null ? [] : Array.from({ length: spans + 1 }, (_, index) => fromMs + index * widthMs);

/** Longest stretch in which this layer is thick enough for a word; null where it never is. */
const labelOf = (
  text: string,
  layer: readonly number[],
  below: readonly number[],
  times: readonly number[],
  top: number,
) => {
  let best = { from: 0, to: 0 };
  let from = -1;
  for (let index = 0; index <= layer.length; index += 1) {
    const thick = (layer[index] ?? 0) > top * 0.2;
    if (thick && from < 0) from = index;
    if (!thick && from >= 0) {
      if (index - from > best.to - best.from) best = { from, to: index };
      from = -1;
    }
  }
  if (best.to === best.from) return null;
  const middle = Math.floor((best.from + best.to) / 2);
  const y = (below[middle] ?? 0) + (layer[middle] ?? 0) / 2;
  return {
    from: times[best.from] ?? 0,
    to: times[best.to] ?? 0,
    y,
    text,
    color: text === 'ok' ? '$onOk' : '$onStrong',
  };
};

/** Requests a second by outcome, stacked; each counts in the span in which it was due. */
export const requestsPanel = (
  { series, document }: Pick<HtmlInput, 'series' | 'document'>,
  clock: Clock,
): Panel | null => {
  if (series.fromMs === null) return null;
  const times = edges(series).map(clock);
  const perSecond = (counts: readonly number[]): number[] =>
    counts.map((count) => Math.round((count * 1_000_000) / series.widthMs) / 1000);
  const layers = inOrder.flatMap((outcome) => {
    const counts = series.outcomes[outcome];
    return counts === undefined ? [] : [{ outcome, rates: perSecond(counts) }];
  });
  const total = Array.from({ length: series.spans }, (_, index) =>
    layers.reduce((sum, { rates }) => sum + (rates[index] ?? 0), 0),
  );
  const top = Math.max(1, ...total);
  const below = new Array<number>(series.spans).fill(0);
  const labels: Label[] = [];
  const parts: Part[] = [];
  for (const { outcome, rates } of layers) {
    const label = labelOf(outcome, rates, below, times, top);
    if (label !== null) labels.push(label);
    rates.forEach((rate, index) => {
      below[index] = (below[index] ?? 0) + rate;
    });
    const color = outcomeColors[outcome];
    const points = [...rates, rates.at(-1) ?? 0].map((rate, index) => [times[index], rate]);
    parts.push(drawn(points, '$surface', 0.5, { step: 'end', stack: 'requests', areaStyle: { color, opacity: 1 } }));
  }
  const wide = series.widthMs > 1000 ? `, averaged over ${series.widthMs / 1000} s` : '';
  return {
    title: `Requests a second by outcome${wide}${document.predicted ? ', in the model' : ''}`,
    height: 150,
    yAxis: { type: 'value', min: 0, max: niceTop(top), splitNumber: 3 },
    series: parts,
    labels,
  };
};

const niceTop = (top: number): number => {
  const unit = 10 ** Math.floor(Math.log10(top));
  return [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((step) => step * unit).find((value) => value >= top) ?? top;
};

const percentiles = [
  ['p99', '$p99', 1.5, 'solid'],
  ['p90', '$p90', 1.5, [5, 3]],
  ['p50', '$p50', 1.5, [1.5, 2.5]],
] as const;

/** Latency of answers, from when they were due; a break where nothing was answered. */
export const latencyPanel = ({ series }: HtmlInput, clock: Clock): Panel | null => {
  const values = Object.values(series.latencyMs)
    .flat()
    .flatMap((value) => (value === null || value === undefined || value <= 0 ? [] : [value]));
  if (values.length === 0) return null;
  const times = edges(series).map(clock);
  const low = 10 ** Math.floor(Math.log10(0.8 * values.reduce((a, b) => Math.min(a, b))));
  const high = 10 ** Math.ceil(Math.log10(values.reduce((a, b) => Math.max(a, b)) + 1e-9));
  return {
    title: 'Latency, ms: p99, p90 dashed, p50 dotted',
    height: 110,
    yAxis: { type: 'log', min: low, max: Math.max(high, low * 10), logBase: 10 },
    series: percentiles.map(([name, color, width, type]) => {
      const own = series.latencyMs[name];
      const held = [...own, own.at(-1) ?? null];
      return drawn(
        held.map((value, index) => [times[index], value === null ? null : Math.max(value, low)]),
        color,
        width,
        { step: 'end', lineStyle: { type } },
      );
    }),
    labels: [],
  };
};
