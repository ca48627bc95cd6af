import { describe, expect, test } from 'vitest';
import type { SkipbeatError } from '../../src/common/errors.ts';
import type { Profile, Reading } from '../../src/profile/index.ts';
import { compileProfile, findProfile, kubeletEnvironment, profileNames } from '../../src/profile/index.ts';
import { refusalOf } from '../support/refusal.ts';

const named = (name: string): Profile => {
  const profile = findProfile(name);
  if (profile === null) throw new Error(`no profile ${name}`);
  return profile;
};

const nothing: Profile = { ...named('default'), name: 'inline' };

const failure = (profile: Profile, reading: Reading, version: string): SkipbeatError =>
  refusalOf(() => compileProfile(profile, reading, version));

const minors = Array.from({ length: 18 }, (_, index) => `v1.${20 + index}.0`);

test('the five profiles of the guides come first, with the durations of the table, in milliseconds', () => {
  const rows = profileNames.slice(0, 5).map((name) => {
    const row = named(name);
    return [
      name,
      row.nodeStatusUpdateFrequencyMs,
      row.nodeMonitorPeriodMs,
      row.nodeMonitorGracePeriodMs,
      row.evictionAfterMs,
    ];
  });
  expect(rows).toEqual([
    ['default', null, null, null, null],
    ['tight-grace', 10_000, 5000, 10_000, 10_000],
    ['fast', 4000, 2000, 20_000, 30_000],
    ['medium', 20_000, 5000, 120_000, 60_000],
    ['slow', 60_000, 5000, 300_000, 60_000],
  ]);
});

describe('a literal profile passes exactly what its row says', () => {
  test.each([
    ['tight-grace', '5s', '10s', '10s', '10'],
    ['fast', '2s', '20s', '4s', '30'],
    ['medium', '5s', '2m', '20s', '60'],
    ['slow', '5s', '5m', '1m', '60'],
  ])('%s on v1.34.4', (name, period, grace, update, seconds) => {
    const compiled = compileProfile(named(name), 'literal', 'v1.34.4');
    expect(compiled.controllerManagerArgs).toEqual({
      'node-monitor-period': period,
      'node-monitor-grace-period': grace,
    });
    expect(compiled.apiServerArgs).toEqual({
      'default-not-ready-toleration-seconds': seconds,
      'default-unreachable-toleration-seconds': seconds,
    });
    expect(compiled.kubeletConfiguration).toEqual({ nodeStatusUpdateFrequency: update });
  });

  test.each(minors.filter((version) => Number(version.split('.')[1]) <= 26))(
    'evicts by timeout on %s, with the taint manager off',
    (version) => {
      const compiled = compileProfile(named('fast'), 'literal', version);
      expect(compiled.controllerManagerArgs).toEqual({
        'node-monitor-period': '2s',
        'node-monitor-grace-period': '20s',
        'pod-eviction-timeout': '30s',
        'enable-taint-manager': 'false',
      });
      expect(compiled.apiServerArgs).toEqual({});
    },
  );

  test.each(minors.filter((version) => Number(version.split('.')[1]) >= 27))(
    'passes no removed flag on %s',
    (version) => {
      const compiled = compileProfile(named('fast'), 'literal', version);
      expect(Object.keys(compiled.controllerManagerArgs)).toEqual(['node-monitor-period', 'node-monitor-grace-period']);
      expect(compiled.expectedSettings.map(({ setting }) => setting)).toEqual([
        'node-monitor-period',
        'node-monitor-grace-period',
        'default-not-ready-toleration-seconds',
        'default-unreachable-toleration-seconds',
        'nodeStatusUpdateFrequency',
        'nodeStatusReportFrequency',
        'nodeLeaseDurationSeconds',
      ]);
    },
  );
});

describe('an equivalent profile also keeps the heartbeat', () => {
  test.each([
    ['tight-grace', { nodeStatusUpdateFrequency: '10s', nodeLeaseDurationSeconds: 40 }],
    ['fast', { nodeStatusUpdateFrequency: '4s', nodeLeaseDurationSeconds: 16 }],
    ['medium', { nodeStatusUpdateFrequency: '20s', nodeLeaseDurationSeconds: 80 }],
    ['slow', { nodeStatusUpdateFrequency: '1m', nodeLeaseDurationSeconds: 240 }],
  ])('%s: lease 4 × S, reports pinned', (name, fields) => {
    for (const version of minors) {
      const compiled = compileProfile(named(name), 'equivalent', version);
      expect(compiled.kubeletConfiguration).toEqual({ ...fields, nodeStatusReportFrequency: '5m' });
      expect(compiled.effective.leaseRenewIntervalMs).toBe(named(name).nodeStatusUpdateFrequencyMs);
      expect(compiled.effective.nodeStatusReportFrequencyMs).toBe(300_000);
    }
  });

  test('flags are those of the literal reading', () => {
    for (const version of minors) {
      const literal = compileProfile(named('slow'), 'literal', version);
      const equivalent = compileProfile(named('slow'), 'equivalent', version);
      expect(equivalent.controllerManagerArgs).toEqual(literal.controllerManagerArgs);
      expect(equivalent.apiServerArgs).toEqual(literal.apiServerArgs);
    }
  });
});

test('default passes nothing, on any version, in either reading', () => {
  for (const version of minors) {
    for (const reading of ['literal', 'equivalent'] as const) {
      const compiled = compileProfile(named('default'), reading, version);
      expect(compiled.controllerManagerArgs).toEqual({});
      expect(compiled.apiServerArgs).toEqual({});
      expect(compiled.kubeletConfiguration).toEqual({});
    }
  }
});

describe('settings to read back', () => {
  test('tight-grace on v1.34.4 has seven', () => {
    expect(compileProfile(named('tight-grace'), 'literal', 'v1.34.4').expectedSettings).toEqual([
      { component: 'kube-controller-manager', setting: 'node-monitor-period', expected: '5s' },
      { component: 'kube-controller-manager', setting: 'node-monitor-grace-period', expected: '10s' },
      { component: 'kube-apiserver', setting: 'default-not-ready-toleration-seconds', expected: '10' },
      { component: 'kube-apiserver', setting: 'default-unreachable-toleration-seconds', expected: '10' },
      { component: 'kubelet', setting: 'nodeStatusUpdateFrequency', expected: '10s' },
      { component: 'kubelet', setting: 'nodeStatusReportFrequency', expected: '10s' },
      { component: 'kubelet', setting: 'nodeLeaseDurationSeconds', expected: '40' },
    ]);
  });

  test('default on v1.26.0 wants every flag absent and the kubelet at its defaults', () => {
    expect(compileProfile(named('default'), 'literal', 'v1.26.0').expectedSettings).toEqual([
      { component: 'kube-controller-manager', setting: 'node-monitor-period', expected: null },
      { component: 'kube-controller-manager', setting: 'node-monitor-grace-period', expected: null },
      { component: 'kube-controller-manager', setting: 'pod-eviction-timeout', expected: null },
      { component: 'kube-controller-manager', setting: 'enable-taint-manager', expected: null },
      { component: 'kube-apiserver', setting: 'default-not-ready-toleration-seconds', expected: null },
      { component: 'kube-apiserver', setting: 'default-unreachable-toleration-seconds', expected: null },
      { component: 'kubelet', setting: 'nodeStatusUpdateFrequency', expected: '10s' },
      { component: 'kubelet', setting: 'nodeStatusReportFrequency', expected: '5m0s' },
      { component: 'kubelet', setting: 'nodeLeaseDurationSeconds', expected: '40' },
    ]);
  });

  test('kubelet durations are spelled as Go prints them, flags as they were passed', () => {
    const settings = compileProfile(named('slow'), 'equivalent', 'v1.36.3').expectedSettings;
    expect(Object.fromEntries(settings.map(({ setting, expected }) => [setting, expected]))).toMatchObject({
      'node-monitor-grace-period': '5m',
      nodeStatusUpdateFrequency: '1m0s',
      nodeStatusReportFrequency: '5m0s',
      nodeLeaseDurationSeconds: '240',
    });
  });
});

describe('defaults that moved between versions', () => {
  test.each([
    ['v1.20.7', 0, 0, 40_000],
    ['v1.20.8', 0.04, 0, 40_000],
    ['v1.21.1', 0, 0, 40_000],
    ['v1.21.2', 0.04, 0, 40_000],
    ['v1.22.0', 0.04, 0, 40_000],
    ['v1.22.17', 0.04, 0, 40_000],
    ['v1.23.0', 0.04, 0.04, 40_000],
    ['v1.31.14', 0.04, 0.04, 40_000],
    ['v1.32.0', 0.04, 0.04, 50_000],
    ['v1.37.2', 0.04, 0.04, 50_000],
  ])('%s: lease jitter %d, status jitter %d, grace %d ms', (version, leaseJitter, statusJitter, graceMs) => {
    expect(compileProfile(named('default'), 'literal', version).effective).toEqual({
      nodeStatusUpdateFrequencyMs: 10_000,
      nodeStatusReportFrequencyMs: 300_000,
      nodeLeaseDurationSeconds: 40,
      leaseRenewIntervalMs: 10_000,
      leaseJitter,
      statusJitter,
      nodeMonitorPeriodMs: 5000,
      nodeMonitorGracePeriodMs: graceMs,
      eviction: { kind: 'tolerations', seconds: 300 },
    });
  });

  test('failCgroupV1 is written from v1.31 on and unknown before', () => {
    expect(['v1.30.14', 'v1.31.0', 'v1.37.2'].map(kubeletEnvironment)).toEqual([
      {},
      { failCgroupV1: false },
      { failCgroupV1: false },
    ]);
  });
});

describe('what a version cannot express is refused', () => {
  test.each(['v1.10.16', 'v1.38.0', 'v2.34.4', 'v1.34', '1.34.4', 'v1.34.4-rc.1', 'v1.34.4\n', 'latest', ''])(
    'version %j',
    (version) => {
      const error = failure(named('fast'), 'literal', version);
      expect(error.message).toBe(
        `kubernetesVersion: expected an exact version from v1.11 to v1.37, such as v1.34.4, received ${JSON.stringify(version)}`,
      );
      expect([error.code, error.exitCode]).toEqual(['VERSION_UNSUPPORTED', 64]);
    },
  );

  test('a lease of no whole seconds, only in the equivalent reading', () => {
    const uneven = { ...nothing, nodeStatusUpdateFrequencyMs: 4100 };
    const error = failure(uneven, 'equivalent', 'v1.34.4');
    expect([error.code, error.exitCode]).toEqual(['PROFILE_INEXPRESSIBLE', 64]);
    expect(error.message).toBe(
      'profile.nodeStatusUpdateFrequency: expected a multiple of 250ms, for the equivalent reading makes the lease ' +
        '4 times as long and every version takes nodeLeaseDurationSeconds in whole seconds, received 4.1s',
    );
    expect(compileProfile(uneven, 'literal', 'v1.34.4').kubeletConfiguration).toEqual({
      nodeStatusUpdateFrequency: '4.1s',
    });
    const halves = { ...nothing, nodeStatusUpdateFrequencyMs: 4500 };
    expect(compileProfile(halves, 'equivalent', 'v1.34.4').effective.nodeLeaseDurationSeconds).toBe(18);
  });

  test('half a second of toleration, which the timeout of older versions can say', () => {
    const half = { ...nothing, evictionAfterMs: 1500 };
    expect(failure(half, 'literal', 'v1.27.0').message).toBe(
      'profile.evictionAfter: expected whole seconds, as tolerations count, or pod-eviction-timeout on Kubernetes ' +
        'v1.11 to v1.26, received 1.5s on v1.27.0',
    );
    expect(compileProfile(half, 'literal', 'v1.26.15').controllerManagerArgs['pod-eviction-timeout']).toBe('1.5s');
  });

  test('the timeout where its flag is gone', () => {
    const insists = { ...named('fast'), evictionBy: 'pod-eviction-timeout' } as const;
    expect(failure(insists, 'literal', 'v1.34.4').message).toBe(
      'profile.evictionBy: expected tolerations, or Kubernetes v1.11 to v1.26, which still have ' +
        '--pod-eviction-timeout, received pod-eviction-timeout on v1.34.4',
    );
    expect(compileProfile(insists, 'literal', 'v1.26.0').effective.eviction).toEqual({
      kind: 'pod-eviction-timeout',
      timeoutMs: 30_000,
    });
  });

  test('tolerations may be had where the timeout would be the default', () => {
    const compiled = compileProfile({ ...named('fast'), evictionBy: 'tolerations' }, 'literal', 'v1.20.2');
    expect(compiled.controllerManagerArgs).not.toHaveProperty('enable-taint-manager');
    expect(compiled.apiServerArgs['default-unreachable-toleration-seconds']).toBe('30');
  });

  test('every field at once, one a line', () => {
    const wrong: Profile = {
      name: 'inline',
      nodeStatusUpdateFrequencyMs: 0,
      nodeMonitorPeriodMs: -5000,
      nodeMonitorGracePeriodMs: 0,
      evictionAfterMs: -1000,
      evictionBy: null,
    };
    expect(failure(wrong, 'equivalent', 'v1.34.4').message.split('\n')).toEqual([
      'profile.nodeStatusUpdateFrequency: expected at least 1s, below which nothing is predicted, received 0s',
      'profile.nodeMonitorPeriod: expected at least 500ms, below which nothing is predicted, received -5s',
      'profile.nodeMonitorGracePeriod: expected a duration of more than 0, received 0s',
      'profile.evictionAfter: expected a duration of 0 or more, received -1s',
    ]);
    expect(failure({ ...nothing, evictionBy: 'tolerations' }, 'literal', 'v1.34.4').message).toBe(
      'profile.evictionBy: expected evictionAfter beside it, received tolerations alone',
    );
  });
});
