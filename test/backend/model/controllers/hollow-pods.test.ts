import { expect, test } from 'vitest';
import type { ModelConfig } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version } from '../support/clusters.ts';
import { evictions, faultStart, ofType, readyChanges, record } from '../support/runs.ts';

const silenced = ['hollow-1', 'hollow-2'];

const configOf = (minor: number, podsPerNode: number, seconds = 100): ModelConfig =>
  cluster(
    version(minor, 0),
    { eviction: { kind: 'tolerations', seconds: 30 } },
    {
      replicas: 2,
      hollow: { nodes: 20, zones: 1, ...(podsPerNode === 0 ? {} : { podsPerNode }) },
      phases: [steady(5), fault(seconds, pauseOf(...silenced)), recover(120)],
    },
  );

test.each([34, 28])(
  'pods of silent hollow nodes are evicted after their toleration, and nobody makes them anew: v1.%i',
  (minor) => {
    const run = record(configOf(minor, 3));
    const evicted = evictions(run);
    expect(evicted.map(({ node }) => node).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => 'hollow-1'),
      ...Array.from({ length: 3 }, () => 'hollow-2'),
    ]);
    const pods = ofType(run, 'pod').filter(({ node }) => node?.startsWith('hollow-') === true);
    expect(new Set(pods.map(({ uid }) => uid)).size).toBe(20 * 3);
    // They end once kwok goes on: until then nobody is there to end them.
    const gone = pods.filter(({ change }) => change === 'gone').map(({ atMs }) => atMs - faultStart(run));
    expect(gone).toHaveLength(6);
    expect(Math.min(...gone)).toBeGreaterThanOrEqual(100_000);
  },
);

test('they are no endpoints, and nobody waits for them; marked ones are Ready again within a tick of their node', () => {
  const run = record(configOf(34, 2, 65));
  expect(Math.max(...ofType(run, 'endpoints').map(({ ready }) => ready))).toBe(2);
  expect(evictions(run)).toEqual([]);
  const marked = ofType(run, 'pod').filter(
    ({ node, change, atMs }) => silenced.includes(node ?? '') && change !== 'seen' && atMs > faultStart(run),
  );
  expect(marked.map(({ change }) => change)).toEqual([
    ...Array.from({ length: 4 }, () => 'notReady'),
    ...Array.from({ length: 4 }, () => 'ready'),
  ]);
  const afterUndoMs = marked.slice(4).map(({ atMs }) => atMs - faultStart(run) - 65_000);
  expect(Math.min(...afterUndoMs)).toBeGreaterThan(0);
  expect(Math.max(...afterUndoMs)).toBeLessThan(10_100);
});

test('without pods the same seed is the same run, but for them', () => {
  const losses = (podsPerNode: number) =>
    silenced.map((node) => readyChanges(record(configOf(34, podsPerNode)), node).map(({ status }) => status));
  expect(losses(2)).toEqual(losses(0));
});

test('kwok begins anew to wait for a lost node with each change of its Node object', () => {
  const base = configOf(34, 0, 65);
  const hollow = { nodes: 60, zones: 1 };
  const all = Array.from({ length: 30 }, (_, index) => `hollow-${index + 1}`);
  const run = record({ ...base, hollow, phases: [steady(5), fault(65, pauseOf(...all)), recover(120)] });
  const undoMs = faultStart(run) + 65_000;
  const backOf = (node: string): number =>
    ofType(run, 'node.ready').find(({ node: of, status, atMs }) => of === node && status === 'True' && atMs > undoMs)
      ?.atMs ?? Number.NaN;
  const lastChangeOf = (node: string): number =>
    Math.max(
      undoMs,
      ...ofType(run, 'node.taint')
        .filter(({ node: of, change, atMs }) => of === node && change === 'added' && atMs < backOf(node))
        .map(({ atMs }) => atMs),
    );
  const waits = all.map((node) => backOf(node) - lastChangeOf(node));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(us(10) / 1000);
  expect(Math.max(...waits)).toBeLessThan(10_500);
  // Two are tainted after the undo: the queue of the zone gives one node its turn every 10 s.
  expect(all.filter((node) => lastChangeOf(node) > undoMs + 100).length).toBeGreaterThan(0);
});
