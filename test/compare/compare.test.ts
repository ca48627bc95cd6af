import { beforeAll, describe, expect, test } from 'vitest';
import {
  assertComparable,
  compareRuns,
  compareSelf,
  comparisonMarkdown,
  comparisonText,
  type ReportedComparison,
  readTolerance,
} from '../../src/compare/index.ts';
import type { RunDocument } from '../../src/verdict/index.ts';
import { gracePlan, modelRuns, seedOfSet } from './runs.ts';

const options = { tolerance: readTolerance([]), seed: 1 };
let short: RunDocument[];
let shortToo: RunDocument[];
let long: RunDocument[];

beforeAll(async () => {
  short = await modelRuns(gracePlan('20s', 5, seedOfSet(0)));
  shortToo = await modelRuns(gracePlan('20s', 5, seedOfSet(1)));
  long = await modelRuns(gracePlan('40s', 5, seedOfSet(2)));
}, 60_000);

const verdicts = (base: readonly RunDocument[], candidate: readonly RunDocument[], tolerance = options.tolerance) =>
  Object.fromEntries(
    compareRuns(base, candidate, { ...options, tolerance }).figures.map(({ figure, verdict }) => [figure, verdict]),
  );

describe('a comparison', () => {
  test('finds a grace period of 20 s worse than one of 40 s with five repeats each', () => {
    const comparison = compareRuns(long, short, options);
    expect(comparison.verdict).toBe('worse');
    expect(verdicts(long, short)).toMatchObject({
      'nodes.notReadyTransitions': 'worse',
      'requests.refused': 'worse',
      'requests.reset': 'same',
      'sinceFault.firstNotReadyMs': 'unknown',
    });
    const refused = comparison.figures.find(({ figure }) => figure === 'requests.refused');
    expect(refused?.p).toBeCloseTo(2 / 252, 12);
    expect(refused?.pAdjusted).toBeLessThanOrEqual(0.05);
    expect(refused?.ci95?.[0]).toBeGreaterThan(0);
  });

  test('the other way round is better', () => {
    expect(compareRuns(short, long, options).verdict).toBe('better');
  });

  test('of like with like finds no regression', () => {
    expect(compareRuns(short, shortToo, options).verdict).not.toBe('worse');
  });

  test('calls nothing a regression that is within the tolerance', () => {
    const wide = readTolerance(['nodes.notReadyTransitions=2', 'requests.refused=100000']);
    expect(verdicts(long, short, wide)).toMatchObject({
      'nodes.notReadyTransitions': 'same',
      'requests.refused': 'same',
      'nodes.notReadyNodeSeconds': 'worse',
    });
  });

  test('of single runs tells nothing from chance, and does not call it the same', () => {
    const comparison = compareRuns(long.slice(0, 1), short.slice(0, 1), options);
    expect([comparison.verdict, comparison.telling]).toEqual(['unknown', false]);
    expect(new Set(comparison.figures.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('does not judge a figure that one run lacks', () => {
    const [first, ...others] = short as [RunDocument, ...RunDocument[]];
    const blind = { ...first, pods: { ...first.pods, evicted: null } };
    const evicted = compareRuns(long, [blind, ...others], options).figures.find(
      ({ figure }) => figure === 'pods.evicted',
    );
    expect(evicted).toMatchObject({ verdict: 'unknown', why: 'not measured in every run', p: null });
  });

  test('of runs with themselves shows how far apart noise lies, and calls at most 5 % a regression', () => {
    const self = compareSelf([...short, ...shortToo], options);
    expect(self).toMatchObject({ runs: 10, perSide: 5, splits: 200 });
    expect(self.regressions / self.splits).toBeLessThanOrEqual(0.05);
    const refused = self.figures.find(({ figure }) => figure === 'requests.refused');
    expect(refused?.p95Difference).toBeGreaterThanOrEqual(refused?.medianDifference ?? Number.NaN);
  });
});

describe('what is not comparable', () => {
  test('is refused with every difference at once', () => {
    const other = long.map((run) => ({
      ...run,
      scenario: 'other',
      kubernetesVersion: 'v1.31.0',
      backend: 'kind' as const,
    }));
    expect(() => assertComparable(short, other, [])).toThrow(
      `Expected runs that differ in nothing unasked:
  scenario: base grace-pause; candidate other
  profile: base grace (literal): kube-controller-manager node-monitor-period 5s, kube-controller-manager node-monitor-grace-period 20s; candidate grace (literal): kube-controller-manager node-monitor-period 5s, kube-controller-manager node-monitor-grace-period 40s
  kubernetesVersion: base v1.34.4; candidate v1.31.0
  backend: base model; candidate kind`,
    );
  });

  test('is compared where the difference is the point', () => {
    expect(assertComparable(short, long, ['profile']).map(({ condition }) => condition)).toEqual(['profile']);
  });

  test('has to be alike within one side, whatever the point is', () => {
    expect(() => assertComparable([...short, ...long], long, ['profile'])).toThrow(/ {2}profile within base: /);
  });

  test('machines of one class are alike, whatever their CPU calls itself; others are not', () => {
    const on = (machine: { cpus: number; cpu: string }): RunDocument[] =>
      short.map((run) => ({
        ...run,
        predicted: false,
        ...(run.conditions === undefined
          ? {}
          : { conditions: { ...run.conditions, machine: { architecture: 'x64', memoryGib: 8, ...machine } } }),
      }));
    const two = on({ cpus: 2, cpu: 'A' });
    expect(assertComparable(two, on({ cpus: 2, cpu: 'B' }), [])).toEqual([]);
    expect(() => assertComparable(two, on({ cpus: 4, cpu: 'A' }), [])).toThrow(
      'machine: base x64, 2 CPUs, 8 GiB; candidate x64, 4 CPUs, 8 GiB',
    );
  });

  test('a run.json that does not say what was done is not taken to be alike', () => {
    const silent = short.map(({ conditions: _, ...run }) => run);
    expect(() => assertComparable(silent, silent, [])).toThrow('load: base not on record; candidate not on record');
  });
});

describe('a tolerance', () => {
  test('that cannot be read is refused with all of its faults', () => {
    expect(() => readTolerance(['10', 'requests.refusd=3', '5%'])).toThrow(/received "10", "requests.refusd=3"\.$/);
  });
});

describe('a comparison in words', () => {
  const reported = (): ReportedComparison => ({
    base: { path: 'runs/long', first: long[0] as RunDocument },
    candidate: { path: 'runs/<b>|short', first: short[0] as RunDocument },
    differs: [],
    notes: ['left out: \u001b[31mred'],
    comparison: compareRuns(long, short, options),
  });

  test('fits 80 columns, has no colour where none is wanted, and lets no escape sequence through', () => {
    const text = comparisonText(reported(), { columns: 80, colour: false });
    expect(text).toContain('  REGRESSION  worse in nodes.notReadyTransitions');
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test('as Markdown has one row a figure and no markup of others', () => {
    const text = comparisonMarkdown(reported());
    expect(text).toContain('### grace&#45;pause: regression');
    expect(text).not.toContain('<b>');
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.every((line) => line.split('|').length === 9)).toBe(true);
  });
});
