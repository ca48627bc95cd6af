import { describe, expect, test } from 'vitest';
import { configOfPlan, configOfRun } from '../../../src/backend/model/index.ts';
import { conditionedOn } from '../../../src/calibration/conditional/conditional.ts';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { record } from '../../backend/model/support/runs.ts';
import { sampleOf } from '../../support/sample.ts';
import { drawsOf, type Random } from '../support/draws.ts';

/** A chance of NotReady, and whether it came. */
type Case = { readonly chance: number; readonly came: boolean };

type Wanted = {
  /** How often statuses are posted, s: of short ones the last sign of life is just before the fault. */
  readonly updates: readonly number[];
  readonly periods: readonly number[];
  readonly graces: readonly [number, number];
  readonly workers: readonly number[];
  readonly minors: readonly number[];
};

/** A fault about as long as the grace bears, so that the phase of passes decides. */
const planOf = ({ updates, periods, graces, workers, minors }: Wanted, { among, integer }: Random): Plan => {
  const [period, grace, kubernetes] = [among(periods), integer(...graces), `v1.${among(minors)}`];
  const update = among(updates);
  const text = `name: one
profile: {nodeStatusUpdateFrequency: ${update}s, nodeMonitorPeriod: ${period}s, nodeMonitorGracePeriod: ${grace}s}
cluster: {kubernetes: ${kubernetes}, workers: ${among(workers)}, age: ${among(['fresh', 'old'])}}
load: {ratePerSecond: 1}
phases:
  - steady: ${integer(10, 30)}s
  - fault: ${grace + integer(1 - Math.min(update, 10), 2 * period)}s
    inject: [{kind: ${among(['kubelet-pause', 'kubelet-stop', 'node-pause', 'partition'])}, target: {role: worker}}]
  - recover: {within: 60s}
`;
  return makePlan(checkScenario(text, 'one.yaml').scenario, { kubernetesVersion: `${kubernetes}.0` });
};

/** The silence of one node that the fault made, and no other of that run, for these have the passes in common. */
const caseOf = (wanted: Wanted, seed: number): Case | null => {
  const draws = drawsOf(seed);
  const plan = planOf(wanted, draws);
  const { events } = record(configOfRun(configOfPlan(plan), seed, draws.integer(0, 30_000_000)));
  const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
  const faultMs = inOrder.find(({ type }) => type === 'fault.injecting')?.atMs ?? Number.NaN;
  const milestones = conditionedOn(plan, inOrder, { firstRefusedMs: null, lastRefusedMs: null });
  const own = milestones.filter(({ link, of }) => link === 'notReady' && of === 'worker');
  const last = own.findLast(({ given }) => given.atMs <= faultMs);
  return last === undefined || last.chance === null ? null : { chance: last.chance, came: last.observedMs !== null };
};

const casesOf = (wanted: Wanted, from: number, runs: number): readonly Case[] =>
  Array.from({ length: runs }, (_, run) => caseOf(wanted, from + run)).filter((one) => one !== null);

/** How likely it is that so many of them come, or fewer, and so many or more: independent, each by its own chance. */
const tailsOf = (cases: readonly Case[], came: number): readonly [number, number] => {
  let counts: readonly number[] = [1];
  for (const { chance } of cases) {
    const before = counts;
    counts = [...before, 0].map((share, count) => share * (1 - chance) + (before[count - 1] ?? 0) * chance);
  }
  const sum = (shares: readonly number[]): number => shares.reduce((total, share) => total + share, 0);
  return [sum(counts.slice(0, came + 1)), sum(counts.slice(came))];
};

/** Of all tails of a test together less than one of 10,000 is so rare where chances are right. */
const rare = 1e-4 / 12;

/** By fifths of the chance and all of them: those that come more or less often than chances leave it to be. */
const wrongOf = (cases: readonly Case[]): readonly string[] => {
  const fifths = Map.groupBy(cases, ({ chance }) => String(Math.min(4, Math.floor(chance * 5))));
  const groups: readonly (readonly [string, readonly Case[]])[] = [...fifths, ['all', cases]];
  return groups.flatMap(([name, own]) => {
    const came = own.filter((one) => one.came).length;
    const expected = own.reduce((sum, { chance }) => sum + chance, 0);
    return Math.min(...tailsOf(own, came)) < rare
      ? [`${name}: ${came} of ${own.length}, expected ${expected.toFixed(1)}`]
      : [];
  });
};

const midst = (cases: readonly Case[]): number => cases.filter(({ chance }) => chance > 0.2 && chance < 0.8).length;

describe('NotReady comes as often as its chances say, in every fifth of them', () => {
  test('where passes come once a second, and many of them fit into the grace', () => {
    const wanted = {
      updates: [2],
      periods: [1],
      graces: [45, 60],
      workers: [1],
      minors: [13, 20, 28, 34, 37],
    } as const;
    const cases = casesOf(wanted, 1, sampleOf(60, 400));
    expect(cases.length).toBeGreaterThan(40);
    expect(wrongOf(cases)).toEqual([]);
  });

  test('where all nodes are lost together, and passes mark their pods', () => {
    const wanted = {
      updates: [2],
      periods: [1, 2],
      graces: [12, 30],
      workers: [4, 5],
      minors: [13, 15, 17, 33],
    } as const;
    const cases = casesOf(wanted, 5000, sampleOf(60, 400));
    expect(cases.length).toBeGreaterThan(8);
    expect(wrongOf(cases)).toEqual([]);
  });

  test('where the period is long, so that chances are of every size', () => {
    const wanted = {
      updates: [5, 10, 20],
      periods: [3, 5, 7],
      graces: [15, 60],
      workers: [1, 2, 3],
      minors: [13, 20, 28, 31, 34, 37],
    } as const;
    const cases = casesOf(wanted, 9000, sampleOf(60, 600));
    expect(midst(cases)).toBeGreaterThan(cases.length / 6);
    expect(wrongOf(cases)).toEqual([]);
  });
});

test('a chance is the same whether nodes beside it were lost or not', () => {
  const wanted = { updates: [2], periods: [5], graces: [20, 30], workers: [5], minors: [15, 33] } as const;
  const chances = Array.from({ length: 16 }, (_, run) => {
    const draws = drawsOf(300 + run);
    const plan = planOf(wanted, draws);
    const { events } = record(configOfRun(configOfPlan(plan), run, draws.integer(0, 30_000_000)));
    const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
    const alone = inOrder.filter((event) => event.type !== 'node.ready' || event.node === 'worker');
    return [inOrder, alone].map((of) =>
      conditionedOn(plan, of, { firstRefusedMs: null, lastRefusedMs: null })
        .filter(({ link, of: node }) => link === 'notReady' && node === 'worker')
        .map(({ chance }) => chance),
    );
  });
  expect(chances.flatMap(([first = []]) => first).length).toBeGreaterThan(4);
  for (const [besideLosses, besideNone] of chances) expect(besideNone).toEqual(besideLosses);
});

test('tails are those of a binomial where all chances are alike', () => {
  const cases = Array.from({ length: 3 }, () => ({ chance: 0.5, came: true }));
  expect(tailsOf(cases, 3)).toEqual([1, 0.125]);
  expect(tailsOf(cases, 1)).toEqual([0.5, 0.875]);
  expect(wrongOf(Array.from({ length: 30 }, () => ({ chance: 0.5, came: true })))).toEqual([
    '2: 30 of 30, expected 15.0',
    'all: 30 of 30, expected 15.0',
  ]);
});

test('chances of nodes that renew just after the grace are as small as they come, though passes mark pods of those that were lost', () => {
  const text = `name: one
profile: {nodeStatusUpdateFrequency: 10s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 10s}
cluster: {kubernetes: v1.34, workers: 2, podsPerNode: 30}
load: {ratePerSecond: 1}
phases:
  - steady: 200s
  - fault: 10s
    inject: [{kind: kubelet-pause, target: {nodes: [worker]}, lasts: 1s}]
  - steady: 300s
`;
  const plan = makePlan(checkScenario(text, 'one.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
  const cases = Array.from({ length: sampleOf(150, 400) }, (_, run) => {
    const { events } = record(configOfRun(configOfPlan(plan), 7000 + run, ((run * 0.618_034) % 1) * 30_000_000));
    const inOrder = events.toSorted((one, other) => one.atMs - other.atMs);
    return conditionedOn(plan, inOrder, { firstRefusedMs: null, lastRefusedMs: null }).flatMap(
      ({ link, chance, observedMs }) =>
        link === 'notReady' && chance !== null && chance < 0.2 ? [{ chance, came: observedMs !== null }] : [],
    );
  }).flat();
  expect(cases.filter(({ came }) => came).length).toBeGreaterThan(20);
  expect(wrongOf(cases)).toEqual([]);
});
