import { expect, test } from 'vitest';
import type { HtmlInput } from '../../../src/report/html/input.ts';
import { hollowCountTable, hollowMapPanel } from '../../../src/report/html/panels/hollow.ts';
import { hollowCountPanels } from '../../../src/report/html/panels/hollow-counts.ts';
import { lanesOf } from '../../../src/report/html/panels/lanes.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
import type { HollowBand } from '../../../src/verdict/index.ts';
import { event, ready } from '../../verdict/timeline-builder.ts';

const taint = (atMs: number, node: string, change: 'added' | 'removed'): TimelineEvent =>
  event(atMs, {
    type: 'node.taint',
    node,
    change,
    key: 'node.kubernetes.io/unreachable',
    effect: 'NoExecute',
    timeAdded: null,
  });

/** hollow-1 and hollow-3 are in zone a, hollow-2 and hollow-4 in zone b. */
const events = [
  ...['worker', 'hollow-1', 'hollow-2', 'hollow-3', 'hollow-4'].map((node) => ready(0, node, 'True')),
  ready(3000, 'hollow-3', 'Unknown'),
  ready(4000, 'hollow-1', 'Unknown'),
  taint(4500, 'hollow-3', 'added'),
  ready(5000, 'hollow-4', 'Unknown'),
  ready(8000, 'hollow-3', 'True'),
  taint(8500, 'hollow-3', 'removed'),
];

const inputOf = (hollow: object | undefined, hollowBand: HollowBand | null = null): HtmlInput =>
  ({
    events,
    hollowBand,
    document: {
      topology: { name: 'single', controlPlanes: 1, workers: 2, ...(hollow === undefined ? {} : { hollow }) },
      faults: [],
      timing: { faultStartMs: 1000 },
    },
  }) as unknown as HtmlInput;

const input = inputOf({ nodes: 4, zones: 2 });
const clock = (ms: number): number => ms / 1000;

test('hollow nodes are rows by zone and by time of loss, each NotReady time a span; what lasts goes to the end', () => {
  const panel = hollowMapPanel(input, 10_000, clock);
  expect(panel?.title).toBe('Hollow nodes that were NotReady, by zone (a, b) and by time of loss');
  expect(panel?.yAxis).toMatchObject({ min: 0, max: 4, inverse: true });
  expect(panel?.series[0]?.data).toEqual([
    [3, 0],
    [8, 0],
    [8, null],
    [4, 1],
    [10, 1],
    [10, null],
    [5, 2],
    [10, 2],
    [10, null],
  ]);
});

test('how many are NotReady and tainted at any moment, each in a panel of its own', () => {
  const panels = hollowCountPanels(input, 10_000, clock);
  expect(panels.map(({ title }) => title)).toEqual(['Hollow nodes NotReady', 'Hollow nodes tainted NoExecute']);
  expect(panels.flatMap(({ series }) => series.map(({ data }) => data))).toEqual([
    [
      [0, 0],
      [3, 1],
      [4, 2],
      [5, 3],
      [8, 2],
      [10, 2],
    ],
    [
      [0, 0],
      [4.5, 1],
      [8.5, 0],
      [10, 0],
    ],
  ]);
  expect(hollowCountTable(input)).toBeNull();
});

const point = (atMs: number, [p1, p5, p50, p95, p99]: readonly [number, number, number, number, number]) => ({
  atMs,
  p1,
  p5,
  p50,
  p95,
  p99,
});

const band: HollowBand = {
  notReady: {
    points: [[point(0, [0, 0, 0, 0, 0]), point(4000, [1, 2, 3, 4, 6])], [point(6000, [0, 0, 1, 2, 2])]],
    within: 0.875,
  },
  tainted: { points: [[point(0, [0, 0, 0, 0, 0]), point(4000, [0, 0, 1, 1, 1])], []], within: null },
  evicted: { points: [[point(0, [0, 0, 0, 0, 0])], []], within: null },
};

test('what the model had lies behind what was seen, and the axis has room for it', () => {
  const [notReady, tainted, evicted] = hollowCountPanels(inputOf({ nodes: 4, zones: 2 }, band), 10_000, clock);
  expect(notReady?.title).toBe('Hollow nodes NotReady, within the model’s p1 to p99 at 87.5 % of the moments');
  expect(notReady?.yAxis).toMatchObject({ min: 0, max: 6 });
  expect(notReady?.series.map(({ data, stack }) => [stack, data]).slice(0, 5)).toEqual([
    [
      'outer-0',
      [
        [1, 0],
        [5, 1],
      ],
    ],
    [
      'outer-0',
      [
        [1, 0],
        [5, 5],
      ],
    ],
    [
      'inner-0',
      [
        [1, 0],
        [5, 2],
      ],
    ],
    [
      'inner-0',
      [
        [1, 0],
        [5, 2],
      ],
    ],
    [
      undefined,
      [
        [1, 0],
        [5, 3],
      ],
    ],
  ]);
  expect(notReady?.series).toHaveLength(11);
  expect(tainted?.title).toBe('Hollow nodes tainted NoExecute');
  expect(evicted).toBeUndefined();
});

test('a page without its picture has the same as a table', () => {
  const html = hollowCountTable(inputOf({ nodes: 4, zones: 2 }, band))?.html ?? '';
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...(row ?? '').matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
  );
  expect(rows).toEqual([
    ['since the fault', 'NotReady', 'model p50', 'p5 … p95', 'tainted', 'model p50', 'p5 … p95'],
    ['0.0 s', '0', '0', '0 … 0', '0', '0', '0 … 0'],
    ['4.0 s', '3', '3', '2 … 4', '1', '1', '0 … 1'],
    ['6.0 s', '3', '1', '0 … 2', '1', '', ''],
  ]);
});

test('they have no lanes, which the page says; without them there is no such panel', () => {
  const lanes = lanesOf(input, 10_000);
  expect(lanes.nodes.map(({ node }) => node)).toEqual(['worker']);
  expect(lanes.leftOut).toEqual(['4 hollow nodes stand in a map of their own.']);
  expect(hollowMapPanel(inputOf(undefined), 10_000, clock)).toBeNull();
  expect(hollowCountPanels(inputOf(undefined), 10_000, clock)).toEqual([]);
});

test('what the watch missed some of says so in its title', () => {
  const without = (figure: string): HtmlInput => ({
    ...input,
    document: { ...input.document, unknown: [{ figure, why: 'the watch on nodes was blind' }] },
  });
  const titles = (of: HtmlInput) => [
    hollowMapPanel(of, 10_000, clock)?.title,
    ...hollowCountPanels(of, 10_000, clock).map(({ title }) => title),
  ];
  expect(titles(without('nodes.maxNotReady'))).toEqual([
    'Hollow nodes that were NotReady, by zone (a, b) and by time of loss, of which the watch missed some',
    'Hollow nodes NotReady, of which the watch missed some',
    'Hollow nodes tainted NoExecute, of which the watch missed some',
  ]);
  expect(titles(without('pods.evicted'))).toEqual(titles(input));
});
