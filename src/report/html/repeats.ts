import type { Plan } from '../../plan/index.ts';
import {
  type FigureSummary,
  listText,
  millisecondsText,
  numberText,
  type RepeatsDocument,
  type RequestSeries,
  type RunDocument,
  secondsText,
  sinceFault,
} from '../../verdict/index.ts';
import { chartFigure, key } from './chart.ts';
import { endOf, zeroOf } from './input.ts';
import { type Cell, el, type Markup, section, table } from './markup.ts';
import { backdropOf, chartOf } from './option.ts';
import { clockFrom, drawn, type Panel, rowAxis, spanPoints } from './panel.ts';
import { requestsPanel } from './panels-load.ts';
import { pageOf } from './shell.ts';
import { count, seconds, seenWord, verdictSign, verdictWord } from './words.ts';

export type RepeatsInput = {
  readonly plan: Plan;
  readonly document: RepeatsDocument;
  /** The repeats that the figures are of, in the order of `document.repeats`, and where the report of each lies. */
  readonly runs: readonly { readonly document: RunDocument; readonly series: RequestSeries; readonly href: string }[];
};

/** More small multiples than this are a scroll; each repeat has its own page. */
const mostMultiples = 12;

const events = [
  ['node NotReady', 'firstNotReadyMs', 'notReady'],
  ['no endpoint left', 'firstEndpointsEmptyMs', 'endpointsEmpty'],
  ['first refused', 'firstRefusedMs', 'refused'],
  ['pod evicted', 'firstEvictionMs', 'evicted'],
  ['all Ready again', 'lastReadyMs', 'allReady'],
  ['last refused', 'lastRefusedMs', 'lastRefused'],
] as const;

const inSeconds = (ms: number): number => Math.round(ms) / 1000;

/** A point a repeat, the median as a stroke, its interval as a bar, and the window that formulas give behind them. */
const spreadPanel = ({ document }: RepeatsInput): Panel => {
  const summaries = events.map(([, figure]) => document.sinceFault[figure] as FigureSummary);
  const windows = events.flatMap(([, , link], y) => {
    const window = document.repeats[0]?.calibration.find((check) => check.link === link)?.window ?? null;
    return window === null ? [] : [{ fromMs: window[0], toMs: window[1], y }];
  });
  const intervals = summaries.flatMap(({ ci95 }, y) => (ci95 === null ? [] : [{ fromMs: ci95[0], toMs: ci95[1], y }]));
  const medians = summaries.flatMap(({ median }, y) =>
    median === null
      ? []
      : [
          [inSeconds(median), y - 0.34],
          [inSeconds(median), y + 0.34],
          [inSeconds(median), null],
        ],
  );
  const points = document.repeats.flatMap((run) => {
    const times = sinceFault(run);
    return events.flatMap(([, figure], y) => {
      const atMs = times[figure];
      return atMs === null ? [] : [[inSeconds(atMs), y]];
    });
  });
  return {
    title: 'Firsts of all repeats (bars: windows by formula)',
    height: 34 * events.length,
    yAxis: rowAxis(events.map(([name]) => name)),
    series: [
      drawn(spanPoints(windows, inSeconds), '$window', 24),
      drawn(spanPoints(intervals, inSeconds), '$ready', 6),
      drawn(medians, '$ink', 2.5),
      {
        type: 'scatter',
        data: points,
        symbolSize: 8,
        silent: true,
        animation: false,
        itemStyle: { color: '$faultStrong', opacity: 0.6 },
        z: 5,
      },
    ],
    labels: [],
  };
};

/** The spread, and below it each repeat's requests on the same axis. */
const chartData = (input: RepeatsInput) => {
  const shown = input.runs.slice(0, mostMultiples).map((run, index) => {
    const clock = clockFrom(zeroOf(run).ms);
    const endMs = endOf({ document: run.document, events: [] });
    const panel = requestsPanel(run, clock);
    const firstMs = run.document.steps.find(({ kind }) => kind === 'steady' || kind === 'fault')?.startMs ?? 0;
    return {
      panel:
        panel === null ? null : { ...panel, title: `Repeat ${index + 1}: requests a second`, height: 56, labels: [] },
      backdrop: backdropOf(run.document, clock, endMs),
      from: clock(firstMs),
      to: clock(endMs),
    };
  });
  const drawable = shown.flatMap(({ panel, ...rest }) => (panel === null ? [] : [{ panel, ...rest }]));
  const spread = spreadPanel(input);
  const bare = { faults: [], starts: [] };
  const whole = [
    Math.min(-1, ...drawable.map(({ from }) => from)),
    Math.max(1, ...drawable.map(({ to }) => to)),
  ] as const;
  return {
    chart: chartOf(
      [spread, ...drawable.map(({ panel }) => panel)],
      (index) => drawable[Math.max(0, index - 1)]?.backdrop ?? bare,
      { whole, view: whole },
    ),
    whole,
    view: whole,
    reading: { phases: [], faults: [], nodes: [], endpoints: [], requests: null },
  };
};

type Unit = (value: number | null) => string;

const summaryCells = ({ median, min, max, ci95, seen, of }: FigureSummary, unit: Unit): Cell[] => [
  { number: median === null ? 'not seen' : unit(median) },
  { number: min === null || max === null ? '' : min === max ? unit(min) : `${unit(min)} … ${unit(max)}` },
  { number: ci95 === null ? 'none' : `${unit(ci95[0])} … ${unit(ci95[1])}` },
  { number: `${seen} of ${of}` },
];

const heads = ['#median', '#range', '#95 % interval of the median', '#seen in'];

const figureSection = ({ document }: RepeatsInput): Markup => {
  const { nodes, requests, pods, sinceFault: since, writes } = document;
  const plain: Unit = (value) => numberText(value === null ? null : Math.round(value * 10) / 10);
  const rows: readonly (readonly [string, FigureSummary, Unit])[] = [
    ['nodes NotReady at once', nodes.maxNotReady, plain],
    ['NotReady transitions', nodes.notReadyTransitions, plain],
    ['NotReady node-seconds', nodes.notReadyNodeSeconds, plain],
    ['requests offered', requests.offered, plain],
    ['requests ok', requests.ok, plain],
    ['requests refused', requests.refused, plain],
    ['requests timed out', requests.timeout, plain],
    ['latency of answers, p50', requests.latencyMs.p50, millisecondsText],
    ['latency of answers, p99', requests.latencyMs.p99, millisecondsText],
    ['pods evicted', pods.evicted, plain],
    ...events.map(
      ([name, figure]) => [`${name}, since the fault`, since[figure] as FigureSummary, secondsText] as const,
    ),
    ['lease renewals a minute and node', writes.leasePerNodeMinute, plain],
    ['status posts a minute and node', writes.statusPerNodeMinute, plain],
  ];
  return section(
    'figures',
    'Figures over all repeats',
    table(
      'Figures over all repeats',
      ['figure', ...heads],
      rows.map(([name, figure, unit]) => [name, ...summaryCells(figure, unit)]),
    ),
    el(
      'p',
      { class: 'note' },
      'The interval is that of the median, by percentile bootstrap. A figure that was not seen in a repeat is no part of the others.',
    ),
  );
};

const chanceNames = {
  nodeNotReady: 'a node went NotReady',
  requestRefused: 'a request was refused',
  requestFailed: 'a request was not answered ok',
  podEvicted: 'a pod was evicted',
  expectationMissed: 'an expectation was missed',
} as const;

const chanceSection = ({ document }: RepeatsInput): Markup =>
  section(
    'chances',
    'How often it happened',
    table(
      'Chances, with 95 % intervals',
      ['in a repeat', 'seen, and what that says of its chance'],
      Object.entries(chanceNames).map(([name, words]) => [
        words,
        document.chances[name as keyof typeof chanceNames].words,
      ]),
    ),
  );

const expectationSection = ({ document }: RepeatsInput): Markup =>
  section(
    'expectations',
    'Expectations',
    document.expectations.length === 0
      ? el('p', { class: 'note' }, 'The scenario expects nothing; the repeats show what happens.')
      : table(
          'Expectations over all repeats',
          ['figure of run.json', '#expected', ...heads, 'verdict'],
          document.expectations.map(({ figure, expected, observed, held, notHeldIn }): Cell[] => [
            el('code', {}, figure),
            { number: expected },
            ...summaryCells(observed, numberText),
            held
              ? el('span', { class: 'good' }, '✓ held in each')
              : el('span', { class: 'bad' }, `✗ not held in ${listText(notHeldIn.map(String))}`),
          ]),
        ),
  );

const runSection = ({ document, runs }: RepeatsInput): Markup =>
  section(
    'repeats',
    'The repeats',
    table(
      'Each repeat and its own report',
      ['repeat', 'verdict', '#NotReady at once', '#refused', '#first NotReady', '#last refused'],
      runs.map(({ document: run, href }, index): Cell[] => {
        const since = sinceFault(run);
        return [
          el('a', { href }, `repeat ${index + 1}`),
          `${verdictSign[run.verdict]} ${verdictWord[run.verdict]}`,
          { number: count(run.nodes.maxNotReady) },
          { number: numberText(run.requests.refused) },
          { number: seconds(since.firstNotReadyMs) },
          { number: seconds(since.lastRefusedMs) },
        ];
      }),
    ),
    el(
      'p',
      { class: 'note' },
      `${numberText(document.repeats.length)} of ${numberText(document.repeatsPlanned)} planned repeats came to their end.`,
    ),
  );

const header = ({ document, plan }: RepeatsInput): Markup =>
  el(
    'header',
    {},
    el(
      'p',
      { class: 'brand' },
      el('strong', {}, 'skipbeat'),
      ` · report of ${numberText(document.repeats.length)} repeats`,
    ),
    el('h1', {}, document.title),
    el(
      'ul',
      { class: 'facts' },
      [
        ['scenario', document.scenario],
        ['profile', `${document.profile.name} (${document.profile.reading})`],
        ['Kubernetes', document.kubernetesVersion],
        [
          'place',
          document.backend === null ? 'not on record' : document.backend === 'kind' ? 'real cluster (kind)' : 'model',
        ],
        ['seed', String(plan.seed)],
      ].map(([name = '', value = '']) => el('li', {}, `${name} `, el('b', {}, value))),
    ),
    document.predicted
      ? el(
          'p',
          { class: 'predicted', role: 'note' },
          el('strong', {}, 'Predicted, nothing was run.'),
          ' Every figure on this page comes from the model of the node lifecycle, none from a cluster.',
        )
      : null,
  );

const verdictBlock = ({ document }: RepeatsInput): Markup => {
  const { verdict, reasons, findings, chances } = document;
  return el(
    'div',
    { class: `verdict ${verdict}`, id: 'verdict' },
    el(
      'h2',
      {},
      el('span', {}, `${verdictSign[verdict]} ${verdictWord[verdict]}`),
      `over ${numberText(document.repeats.length)} repeats`,
    ),
    el(
      'p',
      {},
      `A node went NotReady in ${chances.nodeNotReady.words}. A request was refused in ${chances.requestRefused.words}.`,
    ),
    reasons.length === 0
      ? null
      : el(
          'ul',
          { class: 'list' },
          reasons.map((reason) => el('li', {}, reason)),
        ),
    findings.length === 0
      ? null
      : el(
          'ul',
          { class: 'list note' },
          findings.map((finding) => el('li', {}, finding)),
        ),
  );
};

/** report.html of several repeats: how they spread, each in small, and the way to the report of each. */
export const repeatsReport = (input: RepeatsInput): string => {
  const { document } = input;
  const data = chartData(input);
  const left = input.runs.length - mostMultiples;
  const timeline = section(
    'timeline',
    'The repeats on one time axis',
    el(
      'ul',
      { class: 'legend', 'aria-label': 'Legend' },
      key('diamond', '$faultStrong', `a repeat, ${seenWord(document)}`),
      key('tick', '$ink', 'median'),
      key('thin', '$ready', '95 % interval of the median'),
      key('pale', '$window', 'window by formula'),
      key('', '$ok', 'ok'),
      key('', '$refused', 'refused'),
    ),
    chartFigure({
      whole: data.whole,
      view: data.view,
      told: 'First events of all repeats, and the requests of each.',
      note: `Times are since the fault.${left > 0 ? ` ${left} more repeats are not drawn in small.` : ''}`,
    }),
  );
  return pageOf({
    title: `${verdictWord[document.verdict]}: ${document.scenario}, ${document.repeats.length} repeats${document.predicted ? ' (predicted)' : ''}`,
    header: header(input),
    verdict: verdictBlock(input),
    sections: [
      ['expectations', 'Expectations', expectationSection(input)],
      ['timeline', 'Timeline', timeline],
      ['figures', 'Figures', figureSection(input)],
      ['chances', 'Chances', chanceSection(input)],
      ['repeats', 'Repeats', runSection(input)],
    ],
    data,
  });
};
