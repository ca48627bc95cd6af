import { counted } from '../../common/text/counted.ts';
import { type FigureSummary, judgedWindow, sinceFault } from '../../verdict/index.ts';
import { endOf, zeroOf } from './input.ts';
import { observedLabel, verdictWord } from './labels.ts';
import { el, section } from './markup.ts';
import { chartFigure, key } from './panels/chart.ts';
import { backdropOf, chartOf } from './panels/option.ts';
import { clockFrom, drawn, type Panel, rowAxis, spanPoints } from './panels/panel.ts';
import { requestsPanel } from './panels/panels-load.ts';
import {
  chanceSection,
  events,
  expectationSection,
  figureSection,
  header,
  type RepeatsInput,
  runSection,
  verdictBlock,
} from './repeats-sections.ts';
import { pageOf } from './shell.ts';

/** More small multiples than this are a scroll; each repeat has its own page. */
const maxMultiples = 12;

const inSeconds = (ms: number): number => Math.round(ms) / 1000;

/** A point a repeat, the median as a stroke, its interval as a bar, and the window that formulas give behind them. */
const spreadPanel = ({ document }: RepeatsInput): Panel => {
  const summaries = events.map(([, figure]) => document.sinceFault[figure] as FigureSummary);
  const windows = events.flatMap(([, , milestone], y) => {
    const check = document.repeats[0]?.calibration.find((one) => one.link === milestone);
    const window = check === undefined ? null : judgedWindow(check);
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
  const shown = input.runs.slice(0, maxMultiples).map((run, index) => {
    const clock = clockFrom(zeroOf(run).ms);
    const endMs = endOf({ document: run.document, events: [] });
    const panel = requestsPanel(run, clock);
    const firstMs = run.document.steps.find(({ kind }) => kind === 'steady' || kind === 'fault')?.startMs ?? 0;
    return {
      panel:
        panel === null
          ? null
          : {
              ...panel,
              title: `Repeat ${run.document.repeat?.number ?? index + 1}: requests a second`,
              height: 56,
              labels: [],
            },
      backdrop: backdropOf(run.document, clock, endMs),
      from: clock(firstMs),
      to: clock(endMs),
    };
  });
  const drawable = shown.flatMap(({ panel, ...rest }) => (panel === null ? [] : [{ panel, ...rest }]));
  const spread = spreadPanel(input);
  const bare = { faults: [], starts: [] };
  const entire = [
    Math.min(-1, ...drawable.map(({ from }) => from)),
    Math.max(1, ...drawable.map(({ to }) => to)),
  ] as const;
  return {
    chart: chartOf(
      [spread, ...drawable.map(({ panel }) => panel)],
      (index) => drawable[Math.max(0, index - 1)]?.backdrop ?? bare,
      { entire, view: entire },
    ),
    entire,
    view: entire,
    reading: { phases: [], faults: [], nodes: [], endpoints: [], requests: null },
  };
};

/** report.html of several repeats: how they spread, each in small, and the way to the report of each. */
export const repeatsReport = (input: RepeatsInput): string => {
  const { document } = input;
  const data = chartData(input);
  const left = input.runs.length - maxMultiples;
  const timeline = section(
    'timeline',
    'The repeats on one time axis',
    el(
      'ul',
      { class: 'legend', 'aria-label': 'Legend' },
      key('diamond', '$faultStrong', `a repeat, ${observedLabel(document)}`),
      key('tick', '$ink', 'median'),
      key('thin', '$ready', 'interval of the median (≥ 95 %)'),
      key('pale', '$window', 'window by formula'),
      key('', '$ok', 'ok'),
      key('', '$refused', 'refused'),
    ),
    chartFigure({
      entire: data.entire,
      view: data.view,
      summary: 'First events of all repeats, and the requests of each.',
      note: `Times are since the fault.${left > 0 ? ` ${counted(left, 'more repeat is', 'more repeats are')} not drawn in small.` : ''}`,
    }),
  );
  return pageOf({
    title: `${verdictWord(document)}: ${document.scenario}, ${counted(document.repeats.length, 'repeat')}${document.predicted ? ' (predicted)' : ''}`,
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
