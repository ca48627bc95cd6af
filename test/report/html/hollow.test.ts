import { expect, test } from 'vitest';
import type { HtmlInput } from '../../../src/report/html/input.ts';
import { hollowCountPanel, hollowMapPanel } from '../../../src/report/html/panels/hollow.ts';
import { lanesOf } from '../../../src/report/html/panels/lanes.ts';
import type { TimelineEvent } from '../../../src/timeline/index.ts';
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

const inputOf = (hollow: object | undefined): HtmlInput =>
  ({
    events,
    document: {
      topology: { name: 'single', controlPlanes: 1, workers: 2, ...(hollow === undefined ? {} : { hollow }) },
      faults: [],
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

test('how many are NotReady and tainted at any moment', () => {
  const panel = hollowCountPanel(input, 10_000, clock);
  expect(panel?.series.map(({ data }) => data)).toEqual([
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
});

test('they have no lanes, which the page says; without them there is no such panel', () => {
  const lanes = lanesOf(input, 10_000);
  expect(lanes.nodes.map(({ node }) => node)).toEqual(['worker']);
  expect(lanes.leftOut).toEqual(['4 hollow nodes stand in a map of their own.']);
  expect(hollowMapPanel(inputOf(undefined), 10_000, clock)).toBeNull();
  expect(hollowCountPanel(inputOf(undefined), 10_000, clock)).toBeNull();
});
