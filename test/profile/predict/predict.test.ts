import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProfile, findProfile, type Profile, type Reading } from '../../../src/profile/index.ts';
import { evictionAfterLastSign } from '../../../src/profile/predict/eviction.ts';
import {
  type Flap,
  flapOf,
  maxGapMs,
  notReadyWindow,
  outlivedPasses,
  surelyOutlivedMs,
} from '../../../src/profile/predict/not-ready.ts';
import {
  heartbeatTimeoutMs,
  predictPause,
  silentNodeWindows,
  writesPerNodeMinute,
} from '../../../src/profile/predict/pause.ts';
import { steadyFlapShare } from '../../../src/profile/predict/self-flap.ts';
import { zoneState } from '../../../src/profile/predict/zones.ts';

const named = (name: string): Profile => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return profile;
};

const effective = (name: string, reading: Reading, version: string, changes: Partial<Profile> = {}) =>
  compileProfile({ ...named(name), ...changes }, reading, version).effective;

test.each([
  ['default', 'literal', 'v1.34.4', 10_000],
  ['fast', 'literal', 'v1.34.4', 4000],
  ['fast', 'equivalent', 'v1.34.4', 4000],
  // The lease of 40 s bounds it, of 240 s the status, and to v1.13 nobody has a lease.
  ['slow', 'literal', 'v1.34.4', 40_000],
  ['slow', 'equivalent', 'v1.34.4', 60_000],
  ['slow', 'literal', 'v1.13.12', 60_000],
] as const)('a heartbeat of %s, %s, on %s waits for an answer for %d ms', (name, reading, version, ms) => {
  expect(heartbeatTimeoutMs(effective(name, reading, version))).toBe(ms);
});

const twoOfThree = { paused: 2, nodes: 3 };

test.each([
  [10_000, 5000, 2],
  [12_000, 5000, 3],
  [40_000, 5000, 8],
  [50_000, 5000, 10],
  [20_000, 2000, 10],
  [120_000, 5000, 24],
  [300_000, 5000, 60],
  [1000, 5000, 1],
])('a grace of %d ms outlives, at a pass every %d ms, %d passes', (graceMs, periodMs, passes) => {
  const changes = { nodeMonitorGracePeriodMs: graceMs, nodeMonitorPeriodMs: periodMs };
  expect(outlivedPasses(effective('default', 'literal', 'v1.34.4', changes))).toBe(passes);
});

describe('a grace just above a whole number of periods, which passes that take some time outlast sooner', () => {
  const grace = (graceMs: number, periodMs = 5000) =>
    effective('default', 'literal', 'v1.34.4', { nodeMonitorGracePeriodMs: graceMs, nodeMonitorPeriodMs: periodMs });

  test.each([
    // A whole number of periods: 8 passes, or 2, or 60, or 150, whatever they take.
    [40_000, 5000, 40_000],
    [10_000, 5000, 10_000],
    [300_000, 5000, 300_000],
    [300_000, 2000, 300_000],
    // Seven passes of 5 s and a bit may be longer than these; never is a node given up before its grace is over.
    [35_005, 5000, 35_005],
    [35_010, 5000, 35_010],
    [35_700, 5000, 35_700],
    // Eight are needed, or three, or one.
    [36_000, 5000, 40_000],
    [39_999, 5000, 40_000],
    [12_000, 5000, 15_000],
    [1000, 5000, 5000],
    // 13 passes of 3.1 s, as of 5,000 nodes, are over 40 s.
    [40_000, 3000, 40_000],
  ])('a grace of %d ms, at a pass every %d ms, surely holds for %d ms', (graceMs, periodMs, surelyMs) => {
    expect(surelyOutlivedMs(grace(graceMs, periodMs))).toBe(surelyMs);
  });

  test('may make a node NotReady sooner, and still as late as before', () => {
    expect(notReadyWindow(grace(40_000), 'v1.34.4')).toEqual([29_600, 50_000]);
    expect(notReadyWindow(grace(35_010), 'v1.34.4')).toEqual([24_610, 50_000]);
    expect(flapOf(grace(40_000), 'v1.34.4', 27_000)).toBe('impossible');
    expect(flapOf(grace(35_010), 'v1.34.4', 27_000)).toBe('possible');
    expect(flapOf(grace(35_010), 'v1.34.4', 24_600)).toBe('impossible');
  });

  test('may evict sooner, by tolerations and by timeout', () => {
    const [sooner, later] = [grace(35_010), grace(40_000)];
    expect(evictionAfterLastSign(later, 'v1.34.4')).toEqual([340_000, 345_000]);
    expect(evictionAfterLastSign(sooner, 'v1.34.4')).toEqual([335_010, 345_000]);
    expect(evictionAfterLastSign(sooner, 'v1.33.0')).toEqual([340_010, 350_000]);
    const byTimeout = (timeoutMs: number) =>
      evictionAfterLastSign({ ...sooner, eviction: { kind: 'pod-eviction-timeout', timeoutMs } }, 'v1.26.0');
    expect(byTimeout(10_000)).toEqual([40_010, 50_000]);
    expect(byTimeout(60_010)).toEqual([60_010, 70_000]);
  });

  test('may flap by itself: two passes may be over before a heartbeat that is 0.4 s late', () => {
    const share = (graceMs: number): number =>
      steadyFlapShare(effective('tight-grace', 'equivalent', 'v1.34.4', { nodeMonitorGracePeriodMs: graceMs }));
    expect(share(15_000)).toBe(0);
    expect(share(10_010)).toBeGreaterThan(0);
    expect(share(10_010)).toBeLessThan(share(10_000));
  });
});

describe('the windows hold what a simulation of the controller showed (earliest and latest, in seconds)', () => {
  const simulated: readonly (readonly [string, Reading, string, Partial<Profile>, number, number])[] = [
    ['default', 'literal', 'v1.31.0', {}, 29.7, 50],
    ['default', 'literal', 'v1.31.0', { nodeStatusUpdateFrequencyMs: 10_000 }, 30, 50],
    ['default', 'literal', 'v1.34.4', {}, 39.7, 60],
    ['default', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: 10_000 }, 40, 60],
    ['fast', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: null }, 9.7, 24],
    ['fast', 'literal', 'v1.33.0', {}, 16, 24],
    ['fast', 'equivalent', 'v1.34.4', {}, 16, 24],
    ['medium', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: null }, 109.9, 130],
    ['medium', 'literal', 'v1.34.4', {}, 109.8, 130],
    ['medium', 'equivalent', 'v1.34.4', {}, 100, 130],
    ['slow', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: null }, 290, 310],
    ['slow', 'literal', 'v1.34.4', {}, 290, 310],
    ['slow', 'equivalent', 'v1.34.4', {}, 240, 310],
  ];
  test.each(simulated)('%s, %s, on %s with %j: %d to %d', (name, reading, version, changes, earliest, latest) => {
    const settings = effective(name, reading, version, changes);
    const [earliestMs, latestMs] = notReadyWindow(settings, version);
    expect(latestMs).toBe(latest * 1000);
    expect(earliestMs).toBeLessThanOrEqual(earliest * 1000);
    // The bound takes the longest jitter and the worst moment at once; a simulation hardly meets both.
    const jitterMs = maxGapMs(settings) - Math.min(settings.leaseRenewIntervalMs, maxGapMs(settings) / 1.04);
    expect(earliestMs).toBeGreaterThanOrEqual(earliest * 1000 - jitterMs - 1);
  });
});

test('a status that has just changed is reported again up to half as late again, from v1.34 on and to v1.32.2', () => {
  const earliestMs = (version: string): number => notReadyWindow(effective('fast', 'literal', version), version)[0];
  // k·P is 20 s: one tick of 4.16 s before it, or the two that are needed for 6 s.
  expect(['v1.31.0', 'v1.32.3', 'v1.33.0'].map(earliestMs)).toEqual([15_840, 15_840, 15_840]);
  expect(['v1.32.0', 'v1.32.2', 'v1.34.0', 'v1.37.0'].map(earliestMs)).toEqual([11_680, 11_680, 11_680, 11_680]);
  // Where leases come as often they are the sign of life that counts.
  const settings = effective('default', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: 10_000 });
  expect(notReadyWindow(settings, 'v1.34.4')[0]).toBe(39_600);
});

describe('eviction, counted from the last heartbeat', () => {
  test.each([
    ['default', 'v1.31.0', 345, 350],
    ['default', 'v1.33.0', 355, 360],
    ['default', 'v1.34.0', 350, 355],
    ['tight-grace', 'v1.26.0', 15, 20],
    ['tight-grace', 'v1.33.0', 25, 30],
    ['tight-grace', 'v1.34.0', 20, 25],
    ['fast', 'v1.26.0', 30, 32],
    ['fast', 'v1.33.0', 52, 54],
    ['fast', 'v1.34.0', 50, 52],
    ['medium', 'v1.26.0', 125, 130],
    ['medium', 'v1.33.0', 185, 190],
    ['medium', 'v1.34.0', 180, 185],
    ['slow', 'v1.26.0', 305, 310],
    ['slow', 'v1.33.0', 365, 370],
    ['slow', 'v1.34.0', 360, 365],
  ])('%s on %s: after %d to %d s', (name, version, earliest, latest) => {
    expect(evictionAfterLastSign(effective(name, 'literal', version), version)).toEqual([
      earliest * 1000,
      latest * 1000,
    ]);
  });

  test('the default timeout of five minutes, by its flag, comes after 300 to 305 s', () => {
    const settings = effective('default', 'literal', 'v1.26.0', { evictionAfterMs: 300_000 });
    expect(evictionAfterLastSign(settings, 'v1.26.0')).toEqual([300_000, 305_000]);
  });
});

describe('a pause of some length', () => {
  test.each([
    ['default', 'v1.31.0', 29.5, 'impossible'],
    ['default', 'v1.31.0', 31, 'possible'],
    ['default', 'v1.31.0', 44, 'possible'],
    ['default', 'v1.31.0', 50.1, 'certain'],
    ['default', 'v1.34.4', 25, 'impossible'],
    ['tight-grace', 'v1.34.4', 25, 'certain'],
    ['fast', 'v1.31.0', 15.8, 'impossible'],
    // What is reported after a changed status may come a tick late.
    ['fast', 'v1.34.4', 11.6, 'impossible'],
    ['fast', 'v1.34.4', 15.8, 'possible'],
    ['fast', 'v1.34.4', 20, 'possible'],
    ['fast', 'v1.34.4', 25, 'certain'],
    ['medium', 'v1.34.4', 25, 'impossible'],
    ['slow', 'v1.34.4', 25, 'impossible'],
  ])('%s on %s, %d s: NotReady is %s', (name, version, seconds, flap) => {
    expect(flapOf(effective(name, 'literal', version), version, seconds * 1000)).toBe(flap);
  });

  test('windows are null where nothing makes them', () => {
    expect(predictPause(effective('default', 'literal', 'v1.34.4'), 'v1.34.4', 25_000, twoOfThree)).toEqual({
      notReadyAfterMs: null,
      evictionAfterMs: null,
      flap: 'impossible',
    });
  });

  test('tight-grace loses its nodes within 20 s and its pods a toleration later', () => {
    expect(predictPause(effective('tight-grace', 'literal', 'v1.34.4'), 'v1.34.4', 25_000, twoOfThree)).toEqual({
      notReadyAfterMs: [0, 20_000],
      evictionAfterMs: [9600, 40_400],
      flap: 'certain',
    });
  });

  test('fast is Ready again before its tolerations end, and evicts when the pause is longer', () => {
    const settings = effective('fast', 'literal', 'v1.34.4');
    expect(predictPause(settings, 'v1.34.4', 25_000, twoOfThree)).toEqual({
      notReadyAfterMs: [11_680, 24_000],
      evictionAfterMs: null,
      flap: 'certain',
    });
    expect(predictPause(settings, 'v1.34.4', 60_000, twoOfThree).evictionAfterMs).toEqual([41_680, 66_160]);
  });

  test('from v1.34 on a poll of the queue may spend its token on a node that seems Ready: 10 s more, or a longer period', () => {
    const eviction = (name: string, version: string, changes: Partial<Profile> = {}) =>
      predictPause(effective(name, 'literal', version, changes), version, 600_000, twoOfThree).evictionAfterMs?.[1];
    expect(eviction('fast', 'v1.33.9')).toBe(56_100);
    expect(eviction('fast', 'v1.34.0')).toBe(64_100);
    const slowPasses = { nodeMonitorPeriodMs: 15_000, nodeMonitorGracePeriodMs: 30_000 };
    expect(eviction('default', 'v1.34.0', slowPasses)).toBe(60_000 + 300_000 + 15_000 + 100);
    expect(eviction('fast', 'v1.26.0')).toBe(34_100);
  });

  test('a taint may go first to silent nodes that have no pod, one every 10 s', () => {
    const settings = effective('fast', 'literal', 'v1.33.0');
    const latest = (emptyNodes: number) =>
      predictPause(settings, 'v1.33.0', 600_000, { paused: 4, nodes: 20, emptyNodes }).evictionAfterMs?.[1];
    expect([latest(0), latest(1), latest(3)]).toEqual([56_100, 66_100, 86_100]);
  });

  test('a kubelet may be Ready a status period after the pause alone, on every version, and may lose its pods until then', () => {
    const eviction = (version: string, changes: Partial<Profile>) =>
      predictPause(effective('fast', 'literal', version, changes), version, 24_000, twoOfThree).evictionAfterMs;
    // By timeout a pass has to find it so by 28 s at the latest.
    expect(eviction('v1.26.0', {})).toEqual([25_840, 34_100]);
    expect(eviction('v1.26.0', { evictionAfterMs: 33_000 })).toBeNull();
    const tolerating = (evictionAfterMs: number) => ({ evictionBy: 'tolerations', evictionAfterMs }) as const;
    // The pass after a Ready at 28.16 s comes by 30.16 s.
    for (const version of ['v1.30.0', 'v1.31.0']) {
      expect(eviction(version, tolerating(11_000))).toEqual([28_840, 37_100]);
      expect(eviction(version, tolerating(13_000))).toBeNull();
    }
  });

  test('evicts nobody in a zone that is all or mostly down', () => {
    const settings = effective('tight-grace', 'literal', 'v1.34.4');
    expect(predictPause(settings, 'v1.34.4', 25_000, { paused: 3, nodes: 3 }).evictionAfterMs).toBeNull();
    expect(predictPause(settings, 'v1.34.4', 25_000, { paused: 3, nodes: 4 }).evictionAfterMs).toBeNull();
  });
});

test('a longer pause never makes NotReady less certain', () => {
  const rank = { impossible: 0, possible: 1, certain: 2 };
  const ms = fc.integer({ min: 1, max: 400_000 });
  const predictedMs = fc.integer({ min: 1000, max: 400_000 });
  fc.assert(
    fc.property(predictedMs, predictedMs, ms, ms, ms, (updateMs, periodMs, graceMs, pauseMs, moreMs) => {
      const settings = effective('default', 'literal', 'v1.34.4', {
        nodeStatusUpdateFrequencyMs: updateMs,
        nodeMonitorPeriodMs: periodMs,
        nodeMonitorGracePeriodMs: graceMs,
      });
      const [earliestMs, latestMs] = notReadyWindow(settings, 'v1.34.4');
      const flap = (ms: number): Flap => flapOf(settings, 'v1.34.4', ms);
      expect(earliestMs).toBeLessThan(latestMs);
      expect(rank[flap(pauseMs + moreMs)]).toBeGreaterThanOrEqual(rank[flap(pauseMs)]);
    }),
  );
});

// 8 of 3,247 dead nodes of the model (v1.34.4, defaults) were NotReady after 55.05 to 59.4 s; of those whose status is
// posted every second tick more than half are that late.
test.each([
  ['default', 'v1.34.4', {}, 60_000],
  ['default', 'v1.31.0', {}, 50_000],
  ['default', 'v1.31.0', { nodeStatusUpdateFrequencyMs: 10_000 }, 50_000],
  // No lease, and so no second grace.
  ['default', 'v1.13.0', {}, 45_000],
] as const)(
  'the second grace after a status post is in the window of a pause and of a dead node alike: %s on %s, %j',
  (name, version, changes, latest) => {
    const settings = effective(name, 'literal', version, changes);
    expect(notReadyWindow(settings, version)[1]).toBe(latest);
    expect(silentNodeWindows(settings, version).notReady).toEqual(notReadyWindow(settings, version));
    const forGood = predictPause(settings, version, 3_600_000, { paused: 1, nodes: 9 });
    expect(silentNodeWindows(settings, version).eviction).toEqual(forGood.evictionAfterMs);
  },
);

describe('flapping without any fault', () => {
  test.each([
    ['default', 'literal', 'v1.34.4', {}, 0],
    ['tight-grace', 'equivalent', 'v1.34.4', {}, 0.042],
    ['tight-grace', 'equivalent', 'v1.20.2', {}, 0.002],
    // Of two gaps the shorter counts: on average it is a third of the jitter too long, not a half.
    ['tight-grace', 'literal', 'v1.34.4', {}, (0.4 / 3 + 0.01) / 5],
    ['tight-grace', 'literal', 'v1.20.2', {}, 0.002],
    ['fast', 'literal', 'v1.34.4', {}, 0],
    ['slow', 'equivalent', 'v1.34.4', {}, 0],
    ['tight-grace', 'equivalent', 'v1.34.4', { nodeMonitorGracePeriodMs: 5000 }, 1],
    // Status posts every 4 s keep a grace of 10 s alive that leases alone would not.
    ['tight-grace', 'literal', 'v1.34.4', { nodeStatusUpdateFrequencyMs: 4000 }, 0],
  ] as const)('%s, %s, on %s with %j: %d of the heartbeats', (name, reading, version, changes, share) => {
    expect(steadyFlapShare(effective(name, reading, version, changes))).toBeCloseTo(share, 4);
  });

  test('a gap that only the longest jitter makes too long counts for its part', () => {
    // A grace of two periods of 5.1 s: gaps run evenly from 10.01 to 10.41 s, the last 0.21 s of them too long.
    const changes = { nodeMonitorPeriodMs: 5100, nodeMonitorGracePeriodMs: 10_200 };
    const share = steadyFlapShare(effective('tight-grace', 'equivalent', 'v1.34.4', changes));
    expect(share).toBeCloseTo(0.21 ** 2 / 0.8 / 5.1, 4);
  });
});

test.each([
  ['default', 'literal', 'v1.34.4', {}, 6.2],
  ['fast', 'literal', 'v1.34.4', {}, 21],
  ['medium', 'literal', 'v1.34.4', {}, 9],
  ['slow', 'literal', 'v1.34.4', {}, 7],
  ['fast', 'equivalent', 'v1.34.4', {}, 15.2],
  // An unchanged status is posted at ticks alone: every 20 s, every 12 s.
  ['default', 'literal', 'v1.34.4', { nodeStatusReportFrequencyMs: 11_000 }, 9],
  ['fast', 'literal', 'v1.34.4', { nodeStatusReportFrequencyMs: 10_000 }, 11],
  ['default', 'literal', 'v1.34.4', { nodeStatusReportFrequencyMs: 1000 }, 12],
] as const)('%s, %s on %s with %j: heartbeat writes a minute and node', (name, reading, version, changes, writes) => {
  expect(writesPerNodeMinute({ ...effective(name, reading, version), ...changes })).toBeCloseTo(writes, 6);
});

test.each([
  [0, 3, 'normal'],
  [1, 1, 'full'],
  [1, 2, 'normal'],
  [2, 3, 'normal'],
  [3, 3, 'full'],
  [3, 4, 'partial'],
  [2, 5, 'normal'],
  [3, 5, 'partial'],
  [4, 5, 'partial'],
  [3, 6, 'normal'],
  [4, 6, 'partial'],
  [6, 11, 'normal'],
  [7, 11, 'partial'],
  [10, 20, 'normal'],
  [11, 20, 'partial'],
] as const)('%d of %d nodes down is a disruption that is %s', (paused, nodes, state) => {
  expect(zoneState({ paused, nodes }, {})).toBe(state);
});

describe('pods of a silent node', () => {
  const latest = (version: string, replicas: number): number =>
    predictPause(effective('default', 'literal', version), version, 3_600_000, { paused: 1, nodes: 3, replicas })
      .evictionAfterMs?.[1] ?? Number.NaN;

  test('are marked NotReady before its NoExecute taint to 1.33: two requests each of 20 a second, beyond the first 30', () => {
    expect(latest('v1.25.0', 106) - latest('v1.25.0', 6)).toBe(10_000);
  });

  test('are all written to before the first is deleted, from 1.26 on', () => {
    expect(latest('v1.34.4', 115) - latest('v1.34.4', 15)).toBe(10_000);
    expect(latest('v1.34.4', 15)).toBe(latest('v1.34.4', 1));
    expect(latest('v1.33.0', 115) - latest('v1.33.0', 15)).toBe(20_000);
  });
});
