import { describe, expect, test } from 'vitest';
import { judge } from '../../src/verdict/index.ts';
import { judgeSeeded, recordSeeded, type SeededRun } from './support/seeded-run.ts';
import {
  emptiedByEviction,
  emptiedByEvictions,
  evictsAfterLoss,
  evictsByOwnWord,
  evictsFromOneLost,
  evictsFromReady,
  evictsFromReadyAfterOwnNotReady,
  evictsFromSecond,
  lostBefore,
  type Situation,
} from './support/situations.ts';

const workers = 'target: {role: worker}';
const worker2 = 'target: {nodes: [worker2]}';

type Short = readonly [version: string, update: number, period: number, grace: number, eviction: number];

/** Runs of the model such as lay outside of a formula's window once, each by a seed at which that happens which put them there. */
const once: readonly (readonly [
  string,
  'lastRefused' | 'evicted' | 'endpointsEmpty' | 'notReady',
  Short,
  SeededRun['reading'],
  number,
  SeededRun['fault'],
  string,
  number,
  Situation,
])[] = [
  [
    'a pod that comes to a Ready node is evicted by the taint that only the next pass takes away',
    'lastRefused',
    ['v1.34.4', 10, 10, 20, 1],
    'literal',
    8,
    ['kubelet-pause', 20],
    workers,
    1960914264,
    evictsFromReady,
  ],
  [
    'the same after a kubelet’s own NotReady',
    'lastRefused',
    ['v1.34.4', 4, 10, 30, 1],
    'equivalent',
    6,
    ['kubelet-pause', 38],
    workers,
    353959279,
    evictsFromReadyAfterOwnNotReady,
  ],
  [
    'the same where the status comes once a minute',
    'lastRefused',
    ['v1.30.14', 60, 10, 16, 0],
    'literal',
    10,
    ['kubelet-pause', 66],
    workers,
    449416497,
    evictsFromReady,
  ],
  [
    'the node tainted second says NotReady itself, and keeps its timer; the first is Ready in time',
    'evicted',
    ['v1.30.14', 60, 1, 16, 60],
    'literal',
    9,
    ['node-pause', 52],
    workers,
    1,
    evictsFromSecond,
  ],
  [
    'the kubelets go on before the timeout; one says NotReady itself',
    'evicted',
    ['v1.26.9', 60, 1, 30, 60],
    'literal',
    19,
    ['node-pause', 51],
    workers,
    1,
    evictsFromOneLost,
  ],
  [
    'the same where the node went NotReady just before',
    'evicted',
    ['v1.22.17', 10, 1, 50, 10],
    'equivalent',
    19,
    ['kubelet-pause', 49],
    workers,
    7,
    evictsAfterLoss,
  ],
  [
    'a kubelet that starts says NotReady first',
    'evicted',
    ['v1.28.15', 10, 1, 16, 5],
    'literal',
    9,
    ['kubelet-stop', 8],
    worker2,
    1293799192,
    evictsByOwnWord,
  ],
  [
    'a machine that starts says NotReady first',
    'evicted',
    ['v1.28.15', 60, 5, 50, 30],
    'literal',
    5,
    ['node-stop', 45],
    worker2,
    276,
    evictsByOwnWord,
  ],
  [
    'one endpoint is gone by its node’s loss, the other later by an eviction, by timeout',
    'endpointsEmpty',
    ['v1.22.17', 10, 5, 30, 1],
    'equivalent',
    8,
    ['kubelet-pause', 29],
    workers,
    25,
    emptiedByEviction,
  ],
  [
    'both endpoints are gone by evictions after their kubelets’ own NotReady',
    'endpointsEmpty',
    ['v1.36.1', 60, 5, 40, 30],
    'literal',
    23,
    ['kubelet-pause', 37],
    workers,
    12,
    emptiedByEvictions,
  ],
  [
    'the report after a changed one comes up to half as late again',
    'notReady',
    ['v1.34.4', 4, 1, 30, 300],
    'literal',
    5,
    ['kubelet-pause', 27],
    worker2,
    1815000025,
    // A status that comes each tick is no more than 4.16 s old, and the controller is patient for 30 s; within 0.5 s it is not outside.
    lostBefore(30_000 - 4160 - 500),
  ],
];

describe('a window holds what a run of the model comes to', () => {
  test.each(once)('%s: %s', async (_, milestone, settings, reading, steady, fault, target, seed, happens) => {
    const [version, update, period, grace, eviction] = settings;
    const run = { version, update, period, grace, eviction, reading, steady, fault, target, seed };
    const { plan, events, requests } = await recordSeeded(run);
    expect(happens(events)).toBe(true);
    const { calibration } = await judge(plan, events, requests);
    expect(calibration.find((check) => check.link === milestone)).toMatchObject({ fit: 'inside' });
    expect(calibration.filter(({ fit }) => fit === 'outside')).toEqual([]);
  });
});

test('a node that was NotReady as its fault began is no finding against a certain loss', async () => {
  const { findings, nodes } = await judgeSeeded({
    version: 'v1.30.14',
    update: 60,
    period: 2,
    grace: 20,
    eviction: 300,
    reading: 'equivalent',
    steady: 20,
    fault: ['partition', 79],
    target: `${worker2}, direction: to, by: reject`,
    seed: 1168232697,
  });
  expect(findings.filter((finding) => finding.startsWith('worker2 '))).toEqual([
    'worker2 went NotReady for 102.4 s, 2.4 s before the fault began; counted apart',
  ]);
  expect(nodes.byNode.worker2?.notReadyTransitions).toBe(0);
  expect(findings.filter((finding) => finding.includes('predicted: certain'))).toEqual([]);
});
