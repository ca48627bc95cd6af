import { describe, expect, test } from 'vitest';
import { compileProfile, findProfile, type Profile, profiles } from '../../../src/profile/index.ts';
import { mayCostOthers } from '../../../src/profile/predict/eviction.ts';
import { maxGapAfterChangeMs, roundTripMs, surelyOutlivedMs } from '../../../src/profile/predict/not-ready.ts';
import { mayFlapByItself, selfFlapShare, steadyFlapShare } from '../../../src/profile/predict/self-flap.ts';
import { exactVersion } from '../../../src/profile/version.ts';
import { warningsOf } from '../../../src/profile/warnings.ts';

const profileOf = (changes: Partial<Profile>): Profile => {
  const profile = findProfile('default');
  if (profile === null) throw new Error('no profile default');
  return { ...profile, ...changes };
};

/** With a lease as a KubeletConfiguration may set it. */
const settings = (version: string, leaseSeconds: number, changes: Partial<Profile>) => ({
  ...compileProfile(profileOf(changes), 'literal', version).effective,
  nodeLeaseDurationSeconds: leaseSeconds,
  leaseRenewIntervalMs: leaseSeconds * 250,
});

/** With status posts every 10 s alone nodes stay Ready, and one that comes a tick later is too late. */
const byStatus: Partial<Profile> = { nodeStatusUpdateFrequencyMs: 10_000, nodeMonitorGracePeriodMs: 14_000 };

const flapWarnings = (version: string, leaseSeconds: number, changes: Partial<Profile>): readonly string[] =>
  warningsOf(profileOf(changes), 'literal', version, settings(version, leaseSeconds, changes)).filter((warning) =>
    warning.includes('flap by themselves'),
  );

describe('where nodes that the leases alone would not keep Ready report later after a change of status', () => {
  test.each([
    // A gap of two ticks is more than a whole period too long, but every other one is one tick.
    [160, 'v1.34.1', 0.5],
    // The lease after 16 to 16.64 s ends those: 1.33 s of 5 too late.
    [64, 'v1.34.1', (1.32 + roundTripMs / 1000) / 5 / 2],
    [64, 'v1.32.0', (1.32 + roundTripMs / 1000) / 5 / 2],
    [64, 'v1.32.2', (1.32 + roundTripMs / 1000) / 5 / 2],
    [64, 'v1.32.3', 0],
    [64, 'v1.33.1', 0],
    [64, 'v1.31.0', 0],
    // A lease every 14 s is soon enough.
    [56, 'v1.34.1', 0],
  ])('a lease of %d s on %s', (seconds, version, share) => {
    const effective = settings(version, seconds, byStatus);
    expect(steadyFlapShare(effective)).toBe(0);
    expect(selfFlapShare(effective, version)).toBeCloseTo(share, 3);
    const warnings = flapWarnings(version, seconds, byStatus);
    expect(warnings).toHaveLength(share > 0 ? 1 : 0);
    const text = (gap: string, percent: number) =>
      `nodeMonitorGracePeriod 14s is no longer than a healthy gap between heartbeats after a change of a node's status, up to ${gap}: nodes flap by themselves (up to ${percent} % of these)`;
    for (const warning of warnings) expect(warning).toBe(seconds === 160 ? text('20.8s', 50) : text('16.64s', 13));
    // Nothing has to hold up a pass for that.
    if (share > 0) expect(mayCostOthers(effective, version, { paused: 1, replicas: 200 })).toBe(false);
  });

  test('which is said beside the share of all heartbeats where it is much more', () => {
    // Two periods of 5.19 s are 10.38 s: a tick of 10.4 s is seldom too late, two of them are for certain.
    const changes = { ...byStatus, nodeMonitorPeriodMs: 5190, nodeMonitorGracePeriodMs: 10_380 };
    expect(flapWarnings('v1.34.1', 160, changes)).toEqual([
      "nodeMonitorGracePeriod 10.38s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 0.02 % of heartbeats, fewer as status posts drift away from leases; up to 50 % of those after a change of a node's status)",
    ]);
    expect(flapWarnings('v1.33.1', 160, changes)).toEqual([
      'nodeMonitorGracePeriod 10.38s is no longer than a healthy gap between heartbeats, up to 10.4s: nodes flap by themselves (up to 0.02 % of heartbeats, fewer as status posts drift away from leases)',
    ]);
  });
});

test.each(['v1.32.0', 'v1.33.0', 'v1.34.4', 'v1.37.0'])(
  'on %s there is a share wherever the longest gap after a change is too long, and nowhere else',
  (version) => {
    for (const updateMs of [5000, 10_000, 13_000])
      for (const leaseSeconds of [40, 58, 60, 64, 77, 160])
        for (const graceMs of [8000, 10_000, 12_000, 14_000, 16_000, 20_000, 40_000])
          for (const periodMs of [1000, 2000, 5000]) {
            const effective = settings(version, leaseSeconds, {
              nodeStatusUpdateFrequencyMs: updateMs,
              nodeMonitorGracePeriodMs: graceMs,
              nodeMonitorPeriodMs: periodMs,
            });
            const share = selfFlapShare(effective, version);
            const isLate =
              maxGapAfterChangeMs(effective, exactVersion(version)) + roundTripMs > surelyOutlivedMs(effective);
            expect(share > 0, JSON.stringify(effective)).toBe(isLate);
            // The same without the sum.
            for (const each of [effective, { ...effective, withoutLeases: true as const }])
              expect(mayFlapByItself(each, version), JSON.stringify(each)).toBe(selfFlapShare(each, version) > 0);
            expect(share).toBeGreaterThanOrEqual(steadyFlapShare(effective));
            expect(share).toBeLessThanOrEqual(1);
          }
  },
);

test.each(['v1.32.1', 'v1.34.4', 'v1.37.0'])('of the shipped profiles none but tight-grace flaps on %s', (version) => {
  const flapping = profiles.filter((profile) =>
    (['literal', 'equivalent'] as const).some(
      (reading) => selfFlapShare(compileProfile(profile, reading, version).effective, version) > 0,
    ),
  );
  expect(flapping.map(({ name }) => name)).toEqual(['tight-grace']);
});

test('a status that is posted every few ticks keeps a node Ready as far as it comes, where leases come later', () => {
  const share = (reportMs: number): number =>
    steadyFlapShare({
      ...settings('v1.33.1', 160, { nodeStatusUpdateFrequencyMs: 5000, nodeMonitorGracePeriodMs: 24_000 }),
      nodeStatusReportFrequencyMs: reportMs,
    });
  // 20.8 s, 26 s and the lease's 41.6 s at most; 25 s hold.
  expect(share(20_000)).toBe(0);
  expect(share(25_000)).toBeGreaterThan(0);
  expect(share(25_000)).toBeLessThan(share(30_000));
  expect(share(300_000)).toBe(1);
});
