import { describe, expect, test } from 'vitest';
import {
  becomesAllDown,
  createZone,
  handleDisruption,
  takeToken,
  type Zone,
  type ZoneState,
  zoneStateOf,
} from '../../../../src/backend/model/controllers/disruption.ts';
import { controllerDefaults } from '../../../../src/backend/model/engine/settings.ts';
import type { ModelVersion } from '../../../../src/backend/model/index.ts';
import { cluster, fault, pauseOf, steady, us, version, workers } from '../support/clusters.ts';
import { firstNotReady, type Recorded, record, taintChanges } from '../support/runs.ts';

describe('the state of a zone', () => {
  test.each([
    [3, 1, 'normal'],
    [3, 2, 'normal'],
    [3, 3, 'full'],
    [4, 2, 'normal'],
    [4, 3, 'partial'],
    [5, 2, 'normal'],
    [5, 3, 'partial'],
    [5, 4, 'partial'],
    [6, 3, 'normal'],
    [6, 4, 'partial'],
    [6, 5, 'partial'],
    [11, 6, 'normal'],
    [11, 7, 'partial'],
    [20, 10, 'normal'],
    [20, 11, 'partial'],
    [20, 20, 'full'],
    [1, 0, 'normal'],
    [1, 1, 'full'],
  ] as const)('of %d nodes with %d down is %s', (nodes, down, state) => {
    expect(zoneStateOf(controllerDefaults, { ready: nodes - down, notReady: down })).toBe(state);
  });
});

const zone = (state: ZoneState): Zone => ({ ...createZone(controllerDefaults, []), state });

/** Whether tokens come at these seconds, asked in turn. */
const tokens = (of: Zone, seconds: readonly number[]): boolean[] => seconds.map((second) => takeToken(of, us(second)));

describe('the rate of evictions', () => {
  test('is one at once, then one every 10 s, and saves up no more than one', () => {
    expect(tokens(zone('normal'), [5, 6, 14.9, 15, 100, 101])).toEqual([true, false, false, true, true, false]);
  });

  test('is none while a small zone is partly down, and begins anew 10 s after it no longer is', () => {
    const one = zone('normal');
    const zones = new Map([[0, one]]);
    expect(handleDisruption(controllerDefaults, zones, new Map([[0, { ready: 1, notReady: 3 }]]), us(10))).toBe(false);
    expect(one.state).toBe('partial');
    expect(tokens(one, [10, 1000])).toEqual([false, false]);
    expect(handleDisruption(controllerDefaults, zones, new Map([[0, { ready: 2, notReady: 2 }]]), us(1000))).toBe(
      false,
    );
    expect(tokens(one, [1000, 1009.9, 1010])).toEqual([false, false, true]);
  });

  test('is one every 100 s while a zone of more than 50 is partly down; the saved token stays', () => {
    const one = zone('normal');
    handleDisruption(controllerDefaults, new Map([[0, one]]), new Map([[0, { ready: 20, notReady: 31 }]]), us(10));
    expect(tokens(one, [10, 109, 110])).toEqual([true, false, true]);
  });

  test('is the usual one in a zone that is all down while another is not', () => {
    const zones = new Map([
      [0, zone('normal')],
      [1, zone('normal')],
    ]);
    const counts = new Map([
      [0, { ready: 0, notReady: 4 }],
      [1, { ready: 4, notReady: 0 }],
    ]);
    expect(handleDisruption(controllerDefaults, zones, counts, 0)).toBe(false);
    expect([...zones.values()].map(({ state }) => state)).toEqual(['full', 'normal']);
    expect(tokens(zones.get(0) as Zone, [0, 1, 10])).toEqual([true, false, true]);
  });

  test('is none while all is down, and the first that is back grants everybody a new grace', () => {
    const one = zone('normal');
    const zones = new Map([[0, one]]);
    const allDown = new Map([[0, { ready: 0, notReady: 3 }]]);
    expect(becomesAllDown(controllerDefaults, zones, allDown)).toBe(true);
    expect(handleDisruption(controllerDefaults, zones, allDown, us(10))).toBe(false);
    expect(becomesAllDown(controllerDefaults, zones, allDown)).toBe(false);
    expect(handleDisruption(controllerDefaults, zones, allDown, us(15))).toBe(false);
    expect(tokens(one, [15, 1000])).toEqual([false, false]);
    expect(handleDisruption(controllerDefaults, zones, new Map([[0, { ready: 1, notReady: 2 }]]), us(1000))).toBe(true);
    expect(tokens(one, [1000, 1009.9, 1010])).toEqual([false, false, true]);
  });

  test('a zone that no node of a pass was counted for loses its state', () => {
    const one = zone('normal');
    expect(handleDisruption(controllerDefaults, new Map([[0, one]]), new Map(), 0)).toBe(false);
    expect(one.state).toBeNull();
  });
});

/** So many of so many nodes fall silent, all noticed in one pass: seeds are tried until they are. */
const allAtOnce = (of: ModelVersion, nodes: number, down: number): Recorded => {
  const names = ['control-plane', ...workers(nodes - 1)].toReversed().slice(0, down);
  for (let seed = 1; seed < 200; seed += 1) {
    const run = record(
      cluster(
        of,
        { monitorPeriodSeconds: 30, graceSeconds: 29, eviction: { kind: 'tolerations', seconds: 5 } },
        { seed, workers: nodes - 1, phases: [steady(30), fault(200, pauseOf(...names))] },
      ),
    );
    const seen = names.map((name) => firstNotReady(run, name) ?? Number.NaN);
    if (Math.max(...seen) - Math.min(...seen) < 1000) return run;
  }
  throw new Error('no seed makes all of them fall in one pass');
};

const tainted = (run: Recorded, nodes: number): number =>
  ['control-plane', ...workers(nodes - 1)].filter((name) => taintChanges(run, name, 'NoExecute').length > 0).length;

describe('nodes that fall silent together, on 1.33', () => {
  test.each([
    [3, 2, 2],
    [3, 3, 0],
    [4, 3, 0],
    [5, 2, 2],
    [5, 3, 0],
    [6, 3, 3],
    [6, 4, 0],
  ])('of %d nodes %d: %d are tainted', (nodes, down, expected) => {
    expect(tainted(allAtOnce(version(33), nodes, down), nodes)).toBe(expected);
  });

  test('are tainted one after the other, 10 s apart, one pass after NotReady', () => {
    const run = allAtOnce(version(33), 6, 3);
    const names = ['worker3', 'worker4', 'worker5'];
    const times = names
      .map((name) => taintChanges(run, name, 'NoExecute')[0]?.afterMs ?? Number.NaN)
      .toSorted((a, b) => a - b);
    const [first = Number.NaN, second = Number.NaN, third = Number.NaN] = times;
    expect(first - (firstNotReady(run, 'worker3') ?? Number.NaN)).toBeGreaterThan(30_000);
    expect(first - (firstNotReady(run, 'worker3') ?? Number.NaN)).toBeLessThan(30_500);
    for (const gap of [second - first, third - second]) {
      expect(gap).toBeGreaterThanOrEqual(9900);
      expect(gap).toBeLessThan(10_300);
    }
  });
});

test('on 1.34 a long pass leaks: one node spends the stored token before the pass finds that all is down', () => {
  const names = ['control-plane', ...workers(3)];
  const counts = Array.from({ length: 20 }, (_, index) => {
    const run = record(
      cluster(
        version(34),
        { monitorPeriodSeconds: 30, graceSeconds: 29, eviction: { kind: 'tolerations', seconds: 60 } },
        // Marking 20 pods on each of 4 nodes takes seconds: the loop of 100 ms is sure to run in between.
        {
          seed: index + 1,
          workers: 3,
          backgroundPods: { controlPlane: 20, worker: 20 },
          phases: [steady(30), fault(100, pauseOf(...names))],
        },
      ),
    );
    const seen = names.map((name) => firstNotReady(run, name) ?? Number.NaN);
    return Math.max(...seen) - Math.min(...seen) < 4000 ? tainted(run, 4) : null;
  }).filter((count) => count !== null);
  expect(counts.length).toBeGreaterThan(3);
  // None where the poll came before the cache had its node NotReady, and wasted the token.
  expect(Math.max(...counts)).toBe(1);
  expect(counts.filter((count) => count === 0).length).toBeLessThan(counts.length / 2);
});
