import { ofType } from '../../../timeline/index.ts';
import { lostForGood } from '../../../verdict/index.ts';
import type { HtmlInput } from '../input.ts';
import { seconds } from '../labels.ts';
import type { Lanes } from './lanes.ts';
import { type MilestoneRow, milestoneRows } from './milestones.ts';
import { type Clock, drawn, type Label, type Panel, rowAxis, spanPoints, tickPoints } from './panel.ts';

const stepColors = {
  cluster: '$quiet',
  workload: '$quiet',
  steady: '$steady',
  fault: '$fault',
  recover: '$recover',
  undo: '$quiet',
} as const;

/** A row of phases, one of each fault while it stood, and one of the times at which a watch saw nothing. */
export const stepsPanel = ({ document, events }: HtmlInput, endMs: number, clock: Clock): Panel => {
  const steps = document.steps.map((step) => ({
    name: step.name,
    color: stepColors[step.kind],
    fromMs: step.startMs,
    toMs: step.endMs ?? endMs,
    y: 0,
  }));
  const faults = document.faults.flatMap(({ kind, id, startMs, injectedMs, endMs: undoneMs }) =>
    startMs === null ? [] : [{ kind, id, fromMs: injectedMs ?? startMs, toMs: undoneMs ?? endMs }],
  );
  const gaps = [
    ...ofType(events, 'watch.gap').map(({ fromMs, atMs, resource }) => ({ fromMs, toMs: atMs, resource })),
    ...lostForGood(events).map(({ fromMs, resource }) => ({ fromMs, toMs: Math.max(fromMs, endMs), resource })),
  ];
  const kinds = [...new Set(faults.map(({ kind }) => kind))];
  const rows = ['phases', ...kinds, ...(gaps.length > 0 ? ['watch blind'] : [])];
  const faultSpans = faults.map((fault) => ({ ...fault, y: 1 + kinds.indexOf(fault.kind) }));
  const gapSpans = gaps.map((gap) => ({ ...gap, y: rows.length - 1 }));
  const label = (fromMs: number, toMs: number, y: number, text: string, color: string): Label => ({
    from: clock(fromMs),
    to: clock(toMs),
    y,
    text,
    color,
  });
  return {
    title: 'Phases and faults',
    height: 26 * rows.length,
    yAxis: rowAxis(rows),
    series: [
      ...['$quiet', '$steady', '$fault', '$recover'].map((color) =>
        drawn(
          spanPoints(
            steps.filter((step) => step.color === color),
            clock,
          ),
          color,
          18,
        ),
      ),
      drawn(spanPoints(faultSpans, clock), '$faultStrong', 10),
      drawn(spanPoints(gapSpans, clock), '$muted', 6, { lineStyle: { type: [2, 2] } }),
    ],
    labels: [
      ...steps.map(({ fromMs, toMs, name, color }) => label(fromMs, toMs, 0, name, `${color}Text`)),
      ...gapSpans.map(({ fromMs, toMs, y, resource }) => label(fromMs, toMs, y - 0.3, resource, '$muted')),
    ],
  };
};

const milestoneText = ({ atMs, fit }: MilestoneRow): string => {
  if (atMs === null) return 'not seen';
  return `${seconds(atMs)}${fit === 'outside' ? ', outside' : ''}`;
};

/** The firsts, one a row, before the windows that were predicted for them. */
export const milestonePanel = (input: HtmlInput): Panel | null => {
  const rows = milestoneRows(input.document);
  if (rows.length === 0) return null;
  const windows = rows.flatMap(({ window }, y) => (window === null ? [] : [{ fromMs: window[0], toMs: window[1], y }]));
  const bands = rows.flatMap(({ given }, y) =>
    given === null ? [] : [{ fromMs: given.window[0], toMs: given.window[1], y }],
  );
  const since = (ms: number): number => Math.round(ms) / 1000;
  const points = rows.flatMap((row, y) => {
    const { atMs, fit } = row;
    const outside = fit === 'outside';
    return {
      value: [since(atMs ?? 0), y],
      text: milestoneText(row),
      symbol: outside ? 'triangle' : 'diamond',
      symbolSize: atMs === null ? 0 : outside ? 11 : 10,
      itemStyle: { color: outside ? '$warning' : '$ink' },
      label: { color: atMs === null ? '$muted' : outside ? '$warning' : '$ink' },
    };
  });
  return {
    title:
      bands.length === 0
        ? 'Milestones (bars: windows by formula)'
        : 'Milestones (bars: windows by formula; within: predicted from what was seen)',
    height: 21 * rows.length,
    yAxis: rowAxis(rows.map(({ name }) => name)),
    series: [
      drawn(spanPoints(windows, since), '$window', 13),
      // As wide as can be seen where it is predicted to the millisecond.
      ...(bands.length === 0 ? [] : [drawn(spanPoints(bands, since), '$given', 5, { lineStyle: { cap: 'square' } })]),
      {
        type: 'scatter',
        data: points,
        silent: true,
        animation: false,
        id: 'milestones',
        label: { show: true, position: 'right', distance: 6, fontSize: 11 },
        z: 5,
      },
    ],
    labels: [],
  };
};

const statuses = [
  ['True', '$ready', 5],
  ['Unknown', '$unknown', 15],
  ['False', '$false', 15],
] as const;

/** A lane per node: its Ready condition, its taints under it, and its heartbeats on it. */
export const nodesPanel = ({ nodes }: Lanes, clock: Clock): Panel | null => {
  if (nodes.length === 0) return null;
  const spans = nodes.flatMap(({ ready }, y) => ready.map((span) => ({ ...span, y })));
  const taints = (effect: 'noSchedule' | 'noExecute') =>
    nodes.flatMap((lane, y) =>
      lane[effect].map((span) => ({ ...span, y: y + (effect === 'noExecute' ? 0.42 : 0.33) })),
    );
  const beats = (kind: 'leases' | 'posts', low: number, high: number) =>
    nodes.flatMap((lane, y) => tickPoints(lane[kind], y + low, y + high, clock));
  return {
    title: 'Nodes: Ready condition, heartbeats, taints',
    height: (nodes.length > 8 ? 30 : 44) * nodes.length,
    yAxis: rowAxis(nodes.map(({ node }) => node)),
    series: [
      ...statuses.map(([status, color, width]) =>
        drawn(
          spanPoints(
            spans.filter(({ value }) => value === status),
            clock,
          ),
          color,
          width,
        ),
      ),
      drawn(beats('leases', -0.36, 0), '$lease', 1.5),
      drawn(beats('posts', 0, 0.2), '$post', 1.5),
      drawn(spanPoints(taints('noSchedule'), clock), '$taint', 2, { lineStyle: { type: [3, 2] } }),
      drawn(spanPoints(taints('noExecute'), clock), '$taint', 3),
    ],
    labels: spans
      .filter(({ value }) => value !== 'True')
      .map(({ fromMs, toMs, y, value }) => ({
        from: clock(fromMs),
        to: clock(toMs),
        y,
        text: value,
        color: '$onStrong',
      })),
  };
};
