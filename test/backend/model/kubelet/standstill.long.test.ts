import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collectFigures, type ModelConfig, runModel } from '../../../../src/backend/model/index.ts';
import { randomFrom } from '../../../../src/common/random.ts';
import { cluster, fault, pauseOf, recover, steady, us, version, workers } from '../support/clusters.ts';
import { firstLateOf } from '../support/late.ts';
import { observationsOf } from '../support/observations.ts';

// What passes left in records before kubelets were frozen, and while they were, is worked out once somebody asks, which may be long after.

/** What a run comes to where nobody counts its heartbeats, for whom they would be worked out at each step. */
const figuresOf = (config: ModelConfig, options: { readonly oneByOne: boolean }): unknown => {
  const figures = collectFigures();
  runModel(config, { ...figures, heartbeats: null }, options);
  const { leaseWrites: _, statusWrites: __, ...others } = figures.result();
  return others;
};

/** Everything that is seen of a run, heartbeats deferred and one by one. */
const bothWays = (config: ModelConfig): readonly [string, string] => {
  const [deferred, plain] = [false, true].map((oneByOne) =>
    JSON.stringify([observationsOf(config, { oneByOne }), figuresOf(config, { oneByOne })]),
  );
  return [deferred ?? '', plain ?? ''];
};

/** A pause of some workers, from one place in their list up to another, in s since its phase began. */
const pauseFor = (id: string, [from, to]: readonly [number, number], all: readonly string[], ...times: number[][]) => ({
  ...pauseOf(...all.slice(from, to)),
  id,
  occurrences: times.map(([startS, endS], place) => ({
    id: `${id}${place}`,
    startUs: us(startS ?? 0),
    endUs: us(endS ?? 0),
  })),
});

/** One or two pauses of some of its nodes, and perhaps one of the others meanwhile. */
const anyStandstills = (seed: number): ModelConfig => {
  const random = randomFrom(seed);
  const one = <T>(...some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
  const seconds = (limit: number): number => Math.round(random() * limit * 1000) / 1000;
  const all = workers(one(20, 60, 120));
  const from = one(0, 0, Math.floor(random() * all.length));
  const startS = seconds(8);
  const endS = startS + 0.001 + seconds(one(3, 20, 70));
  const againS = endS + 0.001 + seconds(one(0.1, 12, 40));
  const twice = [
    [startS, endS],
    [againS, againS + 0.001 + seconds(one(3, 20, 70))],
  ];
  const times = one(twice, twice.slice(0, 1));
  const others = from === 0 ? [] : [pauseFor('other', [0, from], all, [seconds(20), 20.5 + seconds(50)])];
  const made = cluster(
    version(one(14, 18, 27, 27, 34, 34, 37)),
    {
      statusUpdateSeconds: one(1, 2, 4, 10),
      statusReportSeconds: one(10, 12, 15, 20, 22, 25, 60),
      graceSeconds: one(12, 15, 20, 25, 40),
      monitorPeriodSeconds: one(1, 2, 5, 9),
    },
    {
      ...{ seed, zones: one(1, 2, 3), workers: all.length, age: 'old', load: null },
      phases: [
        steady(10 + seconds(40)),
        fault(180, pauseFor('pause', [from, all.length], all, ...times), ...others),
        ...one([recover(60)], []),
        steady(20),
      ],
    },
  );
  const requests = one({}, {}, { requestIntervalUs: us(one(0.2, 1)), requestBurst: one(1, 5) });
  return { ...made, settings: { ...made.settings, ...requests } };
};

test('whoever stands still and goes on comes to what comes of it one by one', () => {
  let late = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const [deferred, plain] = bothWays(anyStandstills(seed));
    late += Number(plain.includes('NodeStatusUnknown'));
    expect(deferred, `seed ${seed}`).toBe(plain);
  }
  expect(late).toBeGreaterThan(20);
});

test('a pass that had to wait gives nodes that freeze after it their grace from when it came to them', () => {
  const all = workers(60);
  for (const startS of [18, 21, 24]) {
    const made = cluster(
      version(27),
      { graceSeconds: 15, monitorPeriodSeconds: 1, statusReportSeconds: 60 },
      {
        ...{ seed: 2, workers: all.length, age: 'old', load: null },
        phases: [
          steady(30),
          fault(100, pauseFor('first', [0, 20], all, [0, 100]), pauseFor('second', [20, 60], all, [startS, 100])),
          steady(30),
        ],
      },
    );
    const settings = { ...made.settings, requestIntervalUs: us(0.4), requestBurst: 1 };
    const [deferred, plain] = bothWays({ ...made, settings });
    expect(plain).toContain('NodeStatusUnknown');
    expect(deferred).toBe(plain);
  }
});

test('a pass right after a thaw, before the first renewal is seen, judges by the statuses that passes saw in the standstill', () => {
  const all = workers(300);
  for (const seed of [1, 3, 5]) {
    const pausedFor = (seconds: number): ModelConfig =>
      cluster(
        version(27),
        { statusReportSeconds: 23, graceSeconds: 26 },
        {
          ...{ seed, workers: all.length, age: 'old', load: null },
          phases: [steady(30), fault(seconds, pauseOf(...all)), steady(10)],
        },
      );
    const { faultUs, lateUs } = firstLateOf(pausedFor(29));
    expect(lateUs).toBeGreaterThan(faultUs);
    const [deferred, plain] = bothWays(pausedFor((lateUs - 2000 - faultUs) / us(1)));
    expect(deferred).toBe(plain);
  }
});

// Each was found by a search for configs that show one rule to be needed: what a freeze leaves where a pass has yet to come to the node,
// where two posts come close, and that a whole group of hollow nodes has conflicts where one of it is cut off.
test('rare standstills come to what they come to one by one', () => {
  const file = new URL('./standstills.ndjson', import.meta.url);
  const configs = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(configs).toHaveLength(3);
  for (const [place, config] of configs.entries()) {
    const [deferred, plain] = bothWays(JSON.parse(config) as ModelConfig);
    expect(deferred, `line ${place + 1}`).toBe(plain);
  }
});
