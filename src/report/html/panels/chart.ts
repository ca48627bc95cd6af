import { ofType, type RequestOutcome, requestOutcomes } from '../../../timeline/index.ts';
import { numberText, type RunDocument } from '../../../verdict/index.ts';
import { endOf, type HtmlInput, zeroOf } from '../input.ts';
import { story } from '../labels.ts';
import { el, type Markup, section } from '../markup.ts';
import { hollowCountTable, hollowMapPanel } from './hollow.ts';
import { hollowCountPanels } from './hollow-counts.ts';
import { type Lanes, lanesOf, type Span } from './lanes.ts';
import { milestoneRows } from './milestones.ts';
import { backdropOf, chartOf } from './option.ts';
import { type Clock, clockFrom } from './panel.ts';
import { milestonePanel, nodesPanel, stepsPanel } from './panels.ts';
import { endpointsPanel, latencyPanel, outcomeColors, requestsPanel } from './panels-load.ts';
import { changesTable } from './tables.ts';

/** What is seen first: the load and what it met, with a little air; bring-up is a zoom away. */
const viewOf = (document: RunDocument, endMs: number): readonly [number, number] => {
  const measured = document.steps.filter(({ kind }) => kind === 'steady' || kind === 'fault' || kind === 'recover');
  const [first] = measured;
  if (first === undefined) return [0, Math.max(endMs, 1)];
  const toMs = measured.at(-1)?.endMs ?? endMs;
  const air = Math.max(500, (toMs - first.startMs) * 0.02);
  return [Math.max(0, first.startMs - air), Math.min(Math.max(endMs, toMs), toMs + air)];
};

const named = <T extends string>(spans: readonly Span<T>[], clock: Clock) =>
  spans.map(({ fromMs, toMs, value }) => [clock(fromMs), clock(toMs), value] as const);

/** The state of everything at any moment, for the page to put into words. */
const readingOf = ({ document, events, series }: HtmlInput, lanes: Lanes, clock: Clock, endMs: number) => ({
  phases: document.steps.map(({ name, startMs, endMs: stepEndMs }) => [
    clock(startMs),
    clock(stepEndMs ?? endMs),
    name,
  ]),
  faults: document.faults.flatMap(({ kind, startMs, injectedMs, endMs: undoneMs }) =>
    startMs === null ? [] : [[clock(injectedMs ?? startMs), clock(undoneMs ?? endMs), `${kind} stands`]],
  ),
  nodes: lanes.nodes.map(({ node, ready, noSchedule, noExecute, leases }) => ({
    node,
    ready: named(ready, clock),
    taints: [
      ...noSchedule.map(({ fromMs, toMs }) => [clock(fromMs), clock(toMs), 'NoSchedule']),
      ...noExecute.map(({ fromMs, toMs }) => [clock(fromMs), clock(toMs), 'NoExecute']),
    ],
    leases: leases.map(clock),
  })),
  endpoints: ofType(events, 'endpoints').map(({ atMs, ready, notReady }) => [clock(atMs), ready, notReady]),
  requests:
    series.fromMs === null
      ? null
      : {
          from: clock(series.fromMs),
          width: series.widthMs / 1000,
          spans: series.spans,
          outcomes: series.outcomes,
          latency: series.latencyMs,
        },
});

/** Everything that the page's script reads, as plain data. */
export const pageData = (input: HtmlInput, lanes: Lanes) => {
  const zero = zeroOf(input);
  const clock = clockFrom(zero.ms);
  const endMs = endOf(input);
  const panels = [
    stepsPanel(input, endMs, clock),
    milestonePanel(input),
    nodesPanel(lanes, clock),
    ...hollowCountPanels(input, endMs, clock),
    hollowMapPanel(input, endMs, clock),
    endpointsPanel(input, endMs, clock),
    requestsPanel(input, clock),
    latencyPanel(input, clock),
  ].filter((panel) => panel !== null);
  const [fromMs, toMs] = viewOf(input.document, endMs);
  const entire = [clock(0), clock(Math.max(endMs, 1))] as const;
  const view = [clock(fromMs), clock(toMs)] as const;
  const backdrop = backdropOf(input.document, clock, endMs);
  return {
    chart: chartOf(panels, () => backdrop, { entire, view }),
    entire,
    view,
    reading: readingOf(input, lanes, clock, endMs),
  };
};

/** Where the last heartbeat ends, the picture has its lanes; a page shows the same ones in words. */
export const lanesFor = (input: HtmlInput): Lanes => lanesOf(input, endOf(input));

export const key = (shape: string, color: string, text: string): Markup =>
  el('li', {}, el('span', { class: `key ${shape} ${color.replace('$', 'c-')}`, 'aria-hidden': 'true' }), text);

const legend = ({ document, hollowBand }: HtmlInput): Markup => {
  const seen = requestOutcomes.filter((outcome: RequestOutcome) => (document.requests[outcome] ?? 0) > 0);
  return el(
    'ul',
    { class: 'legend', 'aria-label': 'Legend' },
    key('thin', '$ready', 'Ready'),
    key('', '$unknown', 'NotReady: Unknown'),
    key('', '$false', 'NotReady: False'),
    key('tick', '$lease', 'lease renewed (up)'),
    key('short', '$post', 'status posted (down)'),
    key('thin', '$taint', 'taint: NoExecute solid, NoSchedule dashed'),
    key('diamond', '$ink', 'seen'),
    key('pale', '$window', 'window by formula'),
    milestoneRows(document).some(({ given }) => given !== null)
      ? key('thin', '$given', 'predicted from what was seen, p1 to p99')
      : null,
    hollowBand === null
      ? null
      : key('pale', '$given', 'hollow nodes by the model: p1 to p99, darker p5 to p95, dotted the median'),
    seen.map((outcome) => key('', outcomeColors[outcome], `${outcome} ${numberText(document.requests[outcome])}`)),
  );
};

const moves = [
  ['in', 'Zoom in'],
  ['out', 'Zoom out'],
  ['earlier', 'Earlier'],
  ['later', 'Later'],
  ['view', 'Load'],
  ['whole', 'Whole run'],
] as const;

export type Figure = {
  readonly entire: readonly [number, number];
  readonly view: readonly [number, number];
  /** What the chart shows, for screen readers. */
  readonly summary: string;
  readonly note: string;
};

/** A chart's place with its controls and the line that reads it out; the page's script fills it. */
export const chartFigure = ({ entire, view, summary, note }: Figure): readonly Markup[] => [
  el(
    'div',
    { class: 'moves' },
    moves.map(([move, text]) => el('button', { type: 'button', 'data-move': move, 'aria-controls': 'chart' }, text)),
    el(
      'label',
      { for: 'moment' },
      'Moment',
      el('input', { id: 'moment', type: 'range', min: entire[0], max: entire[1], step: 0.1, value: view[0] }),
    ),
  ),
  el(
    'noscript',
    {},
    el('p', { class: 'without' }, 'The chart needs JavaScript. All that it shows stands in the tables.'),
  ),
  el('div', { id: 'chart', role: 'img', 'aria-label': `${summary} The same stands in the tables.` }),
  el('div', { id: 'reading', hidden: true }),
  el(
    'p',
    { class: 'note' },
    `${note} Point at the chart, or move the moment with the arrow keys, to read all lanes at once; drag to move, Ctrl and the wheel zoom.`,
  ),
];

/** The chart with its controls, what it says in words, and the same as a table. */
export const chartSection = (input: HtmlInput, lanes: Lanes): Markup => {
  const { entire, view } = pageData(input, lanes);
  return section(
    'timeline',
    'The run on one time axis',
    legend(input),
    chartFigure({
      entire,
      view,
      summary: `Lanes over time. ${story(input.document)}`,
      note: [`Times are ${zeroOf(input).what}.`, ...lanes.leftOut].join(' '),
    }),
    changesTable(input),
    hollowCountTable(input),
  );
};
