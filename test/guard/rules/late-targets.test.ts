import { expect, test } from 'vitest';
import type { ClusterSurvey, Holder } from '../../../src/guard/index.ts';
import { readNodeChoice } from '../../../src/guard/rules/selector.ts';
import { assertStillTargets, lateObstacles } from '../../../src/guard/rules/targets.ts';
import { survey, type worker, workers } from '../surveys.ts';

const choice = readNodeChoice('skipbeat.dev/faults=allowed');
const before = survey(workers(4, { zone: 'a' }));
const at = (index: number, changes: Parameters<typeof worker>[1], of: Parameters<typeof survey>[1] = {}) =>
  survey(
    before.nodes.map((node, each) => (each === index ? { ...node, ...changes } : node)),
    of,
  );
const holder: Holder = { run: 'run-1', who: null, isLive: true, silentMs: 10 };

const found = (now: ClusterSurvey, hit: readonly string[] = [], run: string | null = 'run-1') =>
  lateObstacles(before, now, { targets: ['w01'], choice, hit, run });

test.each([
  ['nothing', at(0, {}), []],
  ['its run holds the cluster, and has written into the journal', at(0, {}, { holder, unfinished: ['run-1'] }), []],
  [
    'another run left an entry',
    at(0, {}, { unfinished: ['run-1', 'run-2'] }),
    ['expected nothing left to undo, found what run-2 left'],
  ],
  [
    'another run holds it',
    at(0, {}, { holder: { ...holder, run: 'run-2' } }),
    ['expected no other run, found run-2, which holds the cluster'],
  ],
  [
    'the label is gone, and the node is of the control plane',
    at(0, { labels: {}, controlPlane: 'it bears node-role.kubernetes.io/control-plane' }),
    [
      'that w01 withdrew its consent, skipbeat.dev/faults=allowed',
      'that w01 is of the control plane now (it bears node-role.kubernetes.io/control-plane)',
    ],
  ],
  ['the node is another of that name', at(0, { uid: 'other' }), ['nodes that joined or were made anew: w01']],
  [
    'the node is not Ready',
    at(0, { ready: 'False' }),
    [
      'nodes that are not Ready, on which no fault is: w01',
      'zone a: 4 nodes, 3 Ready, of which at least 55 % have to stay Ready: 0 may be hit',
    ],
  ],
  [
    'this process has moved to it',
    at(0, {}, { self: { host: 'w01', addresses: [], node: null, unknown: null } }),
    ['w01 runs this very process'],
  ],
  [
    'it is not known where this process runs',
    at(0, {}, { self: { host: 'x', addresses: [], node: null, unknown: 'it is a pod' } }),
    ['expected to know where this process runs, found that it is a pod'],
  ],
  [
    'others left its zone',
    survey(before.nodes.map((node) => (node.name < 'w03' ? node : { ...node, zone: 'b' }))),
    ['zone a: 2 nodes, 2 Ready, of which at least 55 % have to stay Ready: 0 may be hit'],
  ],
] as const)('by the time a fault begins: %s', (_, now, expected) => {
  expect(found(now)).toEqual(expected);
});

test('of nodes that this run has hit it is no obstacle that they are not Ready', () => {
  expect(found(at(0, { ready: 'Unknown' }), ['w01'])).toEqual([]);
});

test('before a run holds the cluster its own hold and entries are what a repeat left', () => {
  expect(found(at(0, {}, { holder, unfinished: ['run-1'] }), [], null)).toEqual([
    'expected no other run, found run-1, which holds the cluster',
    'expected nothing left to undo, found what run-1 left',
  ]);
});

test('a node that was named and never bore the label needs none later', () => {
  const named = survey(workers(4, { labels: {} }));
  expect(lateObstacles(named, named, { targets: ['w01'], choice: { names: ['w01'] }, hit: [], run: null })).toEqual([]);
});

test('the refusal says that nothing was begun, and has a code', () => {
  const now = at(0, { labels: {} });
  expect(() => assertStillTargets(before, now, { targets: ['w01'], choice, hit: [], run: null })).toThrow(
    expect.objectContaining({
      ...{ code: 'TARGETS_REFUSED', exitCode: 75 },
      message:
        'staging-eu: expected w01 as when the nodes were chosen, for a fault was about to begin there, found that w01 withdrew its consent, skipbeat.dev/faults=allowed. It was not begun.',
    }),
  );
});
