import { describe, expect, test } from 'vitest';
import { configOfPlan, settingsFor } from '../../src/backend/model/index.ts';
import { makePlan } from '../../src/plan/index.ts';
import {
  compileProfile,
  findProfile,
  type Profile,
  type Reading,
  unsupportedSettings,
  writesPerNodeMinute,
} from '../../src/profile/index.ts';
import { evictionAfterLastSign } from '../../src/profile/predict/eviction.ts';
import { notReadyWindow } from '../../src/profile/predict/not-ready.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const named = (name: string): Profile => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return profile;
};

const compiled = (name: string, version: string, reading: Reading = 'literal') =>
  compileProfile(named(name), reading, version);

describe('what carries the heartbeat, from version to version', () => {
  // Leases and status posts of 1,000 nodes a minute: default, tight-grace, fast, medium, slow, written to the file.
  test.each([
    ['v1.11.10', [6000, 6000, 15_000, 3000, 1000]],
    ['v1.12.0', [6000, 6000, 15_000, 3000, 1000]],
    ['v1.13.12', [6000, 6000, 15_000, 3000, 1000]],
    ['v1.14.0', [7000, 12_000, 21_000, 9000, 7000]],
    ['v1.14.6', [7000, 12_000, 30_000, 9000, 7000]],
    ['v1.15.2', [7000, 12_000, 21_000, 9000, 7000]],
    ['v1.15.3', [7000, 12_000, 30_000, 9000, 7000]],
    ['v1.16.0', [7000, 12_000, 21_000, 9000, 7000]],
    ['v1.17.0', [6200, 12_000, 21_000, 9000, 7000]],
    ['v1.37.0', [6200, 12_000, 21_000, 9000, 7000]],
  ])('%s', (version, writes) => {
    const names = ['default', 'tight-grace', 'fast', 'medium', 'slow'];
    const seen = names.map((name) => Math.round(writesPerNodeMinute(compiled(name, version).effective) * 1000));
    expect(seen).toEqual(writes);
  });

  // Renewal, report frequency, jitter of leases and of status, grace; in ms and parts of 1.
  test.each([
    ['v1.13.9', 4000, 4000, 0, 0, 40_000, true],
    ['v1.14.0', 10_000, 4000, 0, 0, 40_000, undefined],
    ['v1.15.3', 4000, 4000, 0, 0, 40_000, undefined],
    ['v1.16.0', 10_000, 4000, 0, 0, 40_000, undefined],
    ['v1.19.16', 10_000, 4000, 0, 0, 40_000, undefined],
    ['v1.20.7', 10_000, 4000, 0, 0, 40_000, undefined],
    ['v1.20.8', 10_000, 4000, 0.04, 0, 40_000, undefined],
    ['v1.22.17', 10_000, 4000, 0.04, 0, 40_000, undefined],
    ['v1.23.0', 10_000, 4000, 0.04, 0.04, 40_000, undefined],
    ['v1.31.14', 10_000, 4000, 0.04, 0.04, 40_000, undefined],
    ['v1.32.0', 10_000, 4000, 0.04, 0.04, 50_000, undefined],
  ])('an update frequency of 4 s on %s', (version, renewMs, reportMs, leaseJitter, statusJitter, graceMs, without) => {
    const profile: Profile = { ...named('default'), name: 'own', nodeStatusUpdateFrequencyMs: 4000 };
    const { effective } = compileProfile(profile, 'literal', version);
    expect(effective).toMatchObject({
      leaseRenewIntervalMs: renewMs,
      nodeStatusReportFrequencyMs: reportMs,
      leaseJitter,
      statusJitter,
      nodeMonitorGracePeriodMs: graceMs,
    });
    expect(effective.withoutLeases).toBe(without);
  });

  test('the equivalent reading passes a lease where it sets the renewal, and nothing more where there is none', () => {
    expect(compiled('fast', 'v1.13.0', 'equivalent').kubeletConfiguration).toEqual({ nodeStatusUpdateFrequency: '4s' });
    expect(compiled('fast', 'v1.15.3', 'equivalent').kubeletConfiguration).toEqual({
      nodeStatusUpdateFrequency: '4s',
      nodeStatusReportFrequency: '1m',
    });
    expect(compiled('fast', 'v1.16.0', 'equivalent').kubeletConfiguration).toEqual({
      nodeStatusUpdateFrequency: '4s',
      nodeStatusReportFrequency: '1m',
      nodeLeaseDurationSeconds: 16,
    });
    expect(compiled('fast', 'v1.17.0', 'equivalent').kubeletConfiguration).toMatchObject({
      nodeStatusReportFrequency: '5m',
    });
    expect(unsupportedSettings(named('medium'), 'equivalent', 'v1.15.3').map(({ message }) => message)).toEqual([
      'expected literal, or Kubernetes v1.16 and later, where the lease can follow it, or v1.13 and before, where there is none, received equivalent of 20s on v1.15.3',
    ]);
    expect(unsupportedSettings(named('fast'), 'equivalent', 'v1.14.5')).toHaveLength(1);
    expect(unsupportedSettings(named('fast'), 'equivalent', 'v1.14.6')).toHaveLength(0);
  });
});

describe('what evicts, from version to version', () => {
  test.each([
    ['v1.11.0', { 'pod-eviction-timeout': '30s' }, {}],
    ['v1.12.10', { 'pod-eviction-timeout': '30s' }, {}],
    ['v1.13.0', { 'pod-eviction-timeout': '30s', 'enable-taint-manager': 'false' }, {}],
    ['v1.26.15', { 'pod-eviction-timeout': '30s', 'enable-taint-manager': 'false' }, {}],
    ['v1.27.0', {}, { 'default-not-ready-toleration-seconds': '30', 'default-unreachable-toleration-seconds': '30' }],
  ])('%s', (version, timeouts, tolerations) => {
    const { controllerManagerArgs, apiServerArgs } = compiled('fast', version);
    expect(controllerManagerArgs).toEqual({
      'node-monitor-period': '2s',
      'node-monitor-grace-period': '20s',
      ...timeouts,
    });
    expect(apiServerArgs).toEqual(tolerations);
  });

  test('by default a timeout of 5 m to v1.12, tolerations of it from v1.13 on, which cannot be had before', () => {
    expect(compiled('default', 'v1.12.0').effective.eviction).toEqual({
      kind: 'pod-eviction-timeout',
      timeoutMs: 300_000,
    });
    expect(compiled('default', 'v1.13.0').effective.eviction).toEqual({ kind: 'tolerations', seconds: 300 });
    const tolerating = { ...named('fast'), evictionBy: 'tolerations' } as const;
    expect(unsupportedSettings(tolerating, 'literal', 'v1.12.0')).toEqual([
      {
        field: 'evictionBy',
        message:
          'expected pod-eviction-timeout, or Kubernetes v1.13 and later, which evict by tolerations, received tolerations on v1.12.0',
      },
    ]);
    expect(unsupportedSettings(tolerating, 'literal', 'v1.13.0')).toEqual([]);
  });

  test.each([
    ['v1.12.0', 'pod-eviction-timeout', [30_000, 32_000]],
    ['v1.28.15', 'tolerations', [52_000, 54_000]],
    ['v1.29.0', 'tolerations', [52_000, 54_000]],
    ['v1.33.13', 'tolerations', [52_000, 54_000]],
    ['v1.34.0', 'tolerations', [50_000, 52_000]],
  ] as const)('the fast profile on %s by %s', (version, evictionBy, window) => {
    const { effective } = compileProfile({ ...named('fast'), evictionBy }, 'literal', version);
    expect(evictionAfterLastSign(effective, version)).toEqual(window);
  });

  test('without leases detection follows the status, and no pass grants the grace twice', () => {
    expect(notReadyWindow(compiled('fast', 'v1.13.0').effective, 'v1.13.0')).toEqual([16_000, 22_000]);
    expect(notReadyWindow(compiled('medium', 'v1.11.0').effective, 'v1.11.0')).toEqual([100_000, 125_000]);
    expect(notReadyWindow(compiled('slow', 'v1.12.0').effective, 'v1.12.0')).toEqual([240_000, 305_000]);
  });
});

test('a plan means to the model what its own table of versions says, at every boundary', () => {
  const versions = [
    [11, 0],
    [12, 0],
    [13, 0],
    [14, 0],
    [14, 6],
    [15, 2],
    [15, 3],
    [16, 0],
    [17, 0],
    [20, 7],
    [20, 8],
    [21, 1],
    [21, 2],
    [22, 0],
    [23, 0],
    [26, 0],
    [27, 0],
    [31, 0],
    [32, 0],
    [34, 0],
    [37, 0],
  ] as const;
  for (const [minor, patch] of versions) {
    for (const [name, seconds] of [
      ['default', undefined],
      ['fast', 4],
      ['medium', 20],
      ['slow', 60],
    ] as const) {
      const version = `v1.${minor}.${patch}`;
      const text = `name: a\nprofile: ${name}\ncluster: {kubernetes: ${version}}\nphases: [{steady: 1s}]\n`;
      const plan = makePlan(checkScenario(text, 'a.yaml').scenario, { kubernetesVersion: version });
      const asked = seconds === undefined ? {} : { statusUpdateSeconds: seconds, statusUpdateBy: 'file' as const };
      const { eviction, graceUs, monitorPeriodUs, ...heartbeats } = settingsFor({ minor, patch }, asked);
      const { settings } = configOfPlan(plan);
      // A kubelet without leases renews none: what the table holds of them then is of no meaning.
      const ours = minor < 14 ? { ...heartbeats, leaseRenewUs: settings.leaseRenewUs } : heartbeats;
      expect(settings, `${name} on ${version}`).toMatchObject(ours);
      if (name === 'default') expect(settings).toMatchObject({ eviction, graceUs, monitorPeriodUs });
    }
  }
});
