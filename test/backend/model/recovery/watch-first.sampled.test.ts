import { describe, expect, test } from 'vitest';
import { assumedVersion } from '../../../../src/common/kubernetes/version-range.ts';
import { seedOfRepeat } from '../../../../src/common/random.ts';
import { quantile } from '../../../../src/common/statistics.ts';
import { makePlan } from '../../../../src/plan/index.ts';
import { watchFirst } from '../../../../src/profile/index.ts';
import { loadScenario } from '../../../../src/scenario/index.ts';
import { simulated } from '../../../calibration/support/contradictions.ts';
import { sampleOf } from '../../../support/sample.ts';
import { cluster, fault, pauseOf, steady, version } from '../support/clusters.ts';
import { readyChanges, record } from '../support/runs.ts';

/** A grace that a freeze of 24 s outlasts; too short for a kubelet's own word. */
const brief = { graceSeconds: 10 };

/** When a node that was given up while its kubelet was frozen for 24 s is Ready again, in ms since it goes on. */
const returnsMs = (minor: number, runs: number): readonly number[] =>
  Array.from({ length: runs }, (_, run) => {
    const seed = seedOfRepeat(15, run);
    const config = cluster(version(minor), brief, {
      seed,
      workers: 1,
      phases: [steady(5 + (seed % 20_000) / 1000), fault(24, pauseOf('worker')), steady(15)],
    });
    const after = readyChanges(record(config), 'worker').filter(({ afterMs }) => afterMs >= 0);
    const back = after.find(({ afterMs, status }) => afterMs >= 24_000 && status === 'True');
    return (back?.afterMs ?? Number.NaN) - 24_000;
  });

describe('a kubelet that was frozen and given up meanwhile', () => {
  test.each([31, 34, 37])(
    'on 1.%d is Ready at once where its watch comes first, else a status period later',
    (minor) => {
      const runs = sampleOf(120, 600);
      const all = returnsMs(minor, runs);
      const atOnce = all.filter((ms) => ms < 100).length;
      expect(all.filter((ms) => ms >= 10_000 && ms < 10_450)).toHaveLength(runs - atOnce);
      const { modelled } = watchFirst;
      expect(Math.abs(atOnce / runs - modelled)).toBeLessThan(3.3 * Math.sqrt((modelled * (1 - modelled)) / runs));
    },
  );

  test('to 1.30 asks the API server, and is Ready at once whatever its watch does', () => {
    expect(returnsMs(30, 30).every((ms) => ms < 100)).toBe(true);
  });
});

test('after tight-grace the first replacement is Ready a second or four after the first node, at once or a status period later', async () => {
  const { scenario } = loadScenario('tight-grace');
  const plan = makePlan(scenario, { kubernetesVersion: assumedVersion('v1.34') });
  const runs = await simulated(plan, sampleOf(150, 600));
  const sorted = runs
    .flatMap(({ milestones: { replaced } }) => (replaced === null ? [] : [replaced]))
    .toSorted((one, other) => one - other);
  // What real v1.34.4 did: 25.6 s where the watch came first, and some 36 s where it did not.
  expect(quantile(sorted, 0.01)).toBeLessThan(25_600);
  expect(quantile(sorted, 0.99)).toBeGreaterThan(36_700);
  const early = sorted.filter((ms) => ms < 29_000).length / sorted.length;
  // One of two nodes or both, or a pod that was put on a frozen node before that was given up.
  const expected = 1 - (1 - watchFirst.modelled) ** 2;
  expect(early).toBeGreaterThan(expected - 0.09);
  expect(early).toBeLessThan(expected + 0.12);
  // Between the two there is nothing.
  expect(sorted.filter((ms) => ms >= 29_000 && ms < 34_300)).toEqual([]);
});
