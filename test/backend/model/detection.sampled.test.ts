import { expect, test } from 'vitest';
import { type AskedSettings, simulateConfig } from '../../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../../src/common/random.ts';
import { sampleOf } from '../../support/sample.ts';
import { cluster, fault, pauseOf, steady, version } from './support/clusters.ts';

/** S, P, G in seconds. */
type Times = readonly [number, number, number];

type Row = {
  readonly times: Times;
  readonly how: 'no lease' | 'flag' | 'file' | 'lease of 4 S';
  /** Least, median and most seconds from the pause to NotReady that a simulation of the controller's source gave. */
  readonly min: number;
  readonly median: number;
  readonly max: number;
};

const table: readonly (readonly [Times, Row['how'], number, number, number])[] = [
  [[10, 5, 40], 'no lease', 30.1, 37.5, 45],
  [[10, 5, 40], 'flag', 29.7, 37.4, 45],
  [[10, 5, 40], 'file', 30, 40.4, 50],
  [[10, 5, 50], 'no lease', 40.1, 47.6, 55],
  [[10, 5, 50], 'flag', 39.7, 47.4, 55],
  [[10, 5, 50], 'file', 40, 50.5, 60],
  [[4, 2, 20], 'no lease', 16.1, 19, 22],
  [[4, 2, 20], 'flag', 9.7, 15.9, 22],
  [[4, 2, 20], 'file', 16, 20.7, 24],
  [[4, 2, 20], 'lease of 4 S', 16, 20.2, 24],
  [[20, 5, 120], 'no lease', 100, 112.6, 125],
  [[20, 5, 120], 'flag', 109.9, 117.5, 125],
  [[20, 5, 120], 'file', 109.8, 119, 130],
  [[20, 5, 120], 'lease of 4 S', 100, 118.4, 130],
  [[60, 5, 300], 'no lease', 240, 272.5, 305],
  [[60, 5, 300], 'flag', 290, 297.6, 305],
  [[60, 5, 300], 'file', 290, 298, 310],
  [[60, 5, 300], 'lease of 4 S', 240, 287, 310],
];

const asked = ([statusUpdateSeconds, monitorPeriodSeconds, graceSeconds]: Times, how: Row['how']): AskedSettings => ({
  statusUpdateSeconds,
  monitorPeriodSeconds,
  graceSeconds,
  statusUpdateBy: how === 'flag' ? 'flag' : 'file',
  ...(how === 'lease of 4 S' ? { leaseDurationSeconds: 4 * statusUpdateSeconds } : {}),
});

/** Fewer do not show that leases came without jitter. */
const runs = 250;
/** Shorter graces have every way to set the times; those of 50 s and more are simulated at night. */
const rows = table.filter(([[, , grace]]) => grace <= sampleOf(40, 300));

/** Seconds from the pause to NotReady, in order: every run with its own phases, paused at a random moment. */
const detections = (times: Times, how: Row['how']): number[] =>
  Array.from({ length: runs }, (_, repeat) => {
    const seed = seedOfRepeat(41, repeat);
    const [, , grace] = times;
    const figures = simulateConfig(
      cluster(version(how === 'no lease' ? 13 : 34), asked(times, how), {
        seed,
        workers: 1,
        phases: [steady((seed % 90_000) / 1000), fault(grace + 20, pauseOf('worker'))],
      }),
    );
    return (figures.firstNotReadyUs ?? Number.NaN) / 1e6;
  }).toSorted((a, b) => a - b);

/**
 * How far so many draws may lie from the truth; each bound is exceeded once in a thousand samples, and seeds are fixed.
 * The density is about 1/(A + P) in the middle, so the median's standard error is (A + P) / (2 √n). Near an end u away
 * from it, a share of u²/(2PA) is left out there; near the early end, where leases and posts must both have just come, only
 * u³/(3PA²).
 */
const tolerances = ([update, period]: Times, how: Row['how']) => {
  const gap = how === 'flag' ? 10 : how === 'file' ? Math.min(10, update) : update;
  const rare = Math.log(1000) / runs;
  const late = Math.sqrt(2 * period * gap * rare);
  const early = how === 'file' || how === 'lease of 4 S' ? Math.cbrt(3 * period * gap ** 2 * rare) : late;
  return { median: (3.3 * (gap + period)) / (2 * Math.sqrt(runs)), early, late };
};

test.each(rows)(
  'S, P, G = %j, %s: NotReady after %d, %d, %d s (least, median, most)',
  (times, how, min, median, max) => {
    const seen = detections(times, how);
    const within = tolerances(times, how);
    expect(seen).not.toContain(Number.NaN);
    expect(seen[0]).toBeGreaterThan(min - 0.2);
    expect(seen[0]).toBeLessThan(min + within.early);
    expect(Math.abs((seen[runs / 2] ?? 0) - median)).toBeLessThan(within.median);
    // Where posts are minutes apart one is rarely the last sign of life; it costs one more pass. The table leaves it out.
    const usual = seen.filter((seconds) => seconds <= max + 0.2);
    expect(usual.length).toBeGreaterThan(how === 'flag' ? runs * 0.93 : runs - 1);
    expect(usual.at(-1)).toBeGreaterThan(max - within.late);
    expect(seen.at(-1)).toBeLessThan(max + times[1] + 0.2);
  },
);

/** Chance that a frozen kubelet costs its node Ready, by closed formula: G = 40 s, P = 5 s, one sign every 10.2 s. */
test.each([
  [29, 0],
  [31, 0.014],
  [35, 0.27],
  [40, 0.76],
  [44, 0.99],
  [46, 1],
])('a kubelet frozen for %d s under the default grace of 40 s: NotReady with a chance of %d', (seconds, chance) => {
  const draws = sampleOf(60, 600);
  const flaps = Array.from({ length: draws }, (_, repeat) => {
    const seed = seedOfRepeat(43, repeat);
    const phases = [steady((seed % 60_000) / 1000), fault(seconds, pauseOf('worker')), steady(10)];
    const { notReadyTransitions, notReadyByKubelet } = simulateConfig(
      cluster(version(34), { graceSeconds: 40 }, { seed, workers: 1, phases }),
    );
    return notReadyTransitions - notReadyByKubelet;
  }).filter((transitions) => transitions > 0).length;
  // Three standard errors; 3 % of pauses follow a status post, which gives one more pass; the formula has two digits.
  const within = 3 * Math.sqrt((chance * (1 - chance)) / draws) + 0.03 * chance + 0.005;
  expect(Math.abs(flaps / draws - chance)).toBeLessThan(within);
});
