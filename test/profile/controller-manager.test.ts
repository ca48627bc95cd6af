import { describe, expect, test } from 'vitest';
import { configOfPlan } from '../../src/backend/model/index.ts';
import { controllerManagerFrom, controllerManagerRemarks } from '../../src/profile/controller-manager.ts';
import {
  compileProfile,
  controllerManagerDefaults,
  evictionIntervalMs,
  predictImpact,
  profileOfUserConfig,
  silentNodeWindows,
  zoneState,
} from '../../src/profile/index.ts';
import { pausePlan } from '../backend/model/support/plans.ts';

const compiled = (controllerManagerArgs: Readonly<Record<string, string>>) =>
  compileProfile(
    profileOfUserConfig({ controllerManagerArgs, apiServerArgs: {}, kubeletArgs: {}, kubeletConfiguration: {} }),
    'literal',
    'v1.34.4',
  );

/** One flag, the setting that it is, what the model makes of it, and what is said of it. */
const rows = [
  [
    'node-startup-grace-period',
    '2m',
    { nodeStartupGracePeriodMs: 120_000 },
    { startupGraceUs: 120_000_000 },
    ', which the model knows and no closed formula: the default is 1m',
  ],
  [
    'node-eviction-rate',
    '0.5',
    { nodeEvictionRatePerSecond: 0.5 },
    { evictionIntervalUs: 2_000_000 },
    ': the default is 0.1',
  ],
  [
    'secondary-node-eviction-rate',
    '0',
    { secondaryNodeEvictionRatePerSecond: 0 },
    { secondaryEvictionIntervalUs: null },
    ': the default is 0.01',
  ],
  [
    'large-cluster-size-threshold',
    '5',
    { largeClusterSizeThreshold: 5 },
    { largeClusterThreshold: 5 },
    ': the default is 50',
  ],
  [
    'unhealthy-zone-threshold',
    '0.8',
    { unhealthyZoneThreshold: 0.8 },
    { unhealthyZoneThreshold: Math.fround(0.8) },
    ': the default is 0.55',
  ],
  ['kube-api-qps', '40', { kubeApiRequestsPerSecond: 40 }, { requestIntervalUs: 25_000 }, ': the default is 20'],
  ['kube-api-burst', '60', { kubeApiBurst: 60 }, { requestBurst: 60 }, ': the default is 30'],
  [
    'leader-elect-lease-duration',
    '30.5s',
    { leaderElectLeaseDurationMs: 30_500 },
    { leaderLeaseUs: 30_000_000 },
    ', which the model knows and no closed formula: the default is 15s',
  ],
  [
    'leader-elect-renew-deadline',
    '12s',
    { leaderElectRenewDeadlineMs: 12_000 },
    { leaderDeadlineUs: 12_000_000 },
    ', which the model knows and no closed formula: the default is 10s',
  ],
  [
    'leader-elect-retry-period',
    '3s',
    { leaderElectRetryPeriodMs: 3000 },
    { leaderRetryUs: 3_000_000 },
    ', which the model knows and no closed formula: the default is 2s',
  ],
] as const;

/** Which settings a run reads back of a profile that is the default but for one of the controller manager's. */
const settingsWith = (setting: string, expected: string) => [
  { component: 'kube-controller-manager', setting: 'node-monitor-period', expected: null },
  { component: 'kube-controller-manager', setting: 'node-monitor-grace-period', expected: null },
  { component: 'kube-controller-manager', setting, expected },
  { component: 'kube-apiserver', setting: 'default-not-ready-toleration-seconds', expected: null },
  { component: 'kube-apiserver', setting: 'default-unreachable-toleration-seconds', expected: null },
  { component: 'kubelet', setting: 'nodeStatusUpdateFrequency', expected: '10s' },
  { component: 'kubelet', setting: 'nodeStatusReportFrequency', expected: '5m0s' },
  { component: 'kubelet', setting: 'nodeLeaseDurationSeconds', expected: '40' },
];

describe.each(rows)('--%s=%s', (name, value, setting, inModel, remark) => {
  test('is read, passed on, read back from the process and modelled, and the others stay', () => {
    const profile = compiled({ [name]: value });
    expect(profile.controllerManagerArgs).toEqual({ [name]: value });
    expect(profile.expectedSettings).toEqual(settingsWith(name, value));
    expect(profile.effective.controllerManager).toEqual({ ...controllerManagerDefaults, ...setting });
    const plan = pausePlan('default', 'v1.34.4');
    const { settings } = configOfPlan({ ...plan, profile });
    expect(settings).toEqual({ ...configOfPlan(plan).settings, ...inModel });
  });

  test('is named, and never called the default', () => {
    const texts = controllerManagerRemarks({ [name]: value }).map(({ weight, text }) => `${weight}: ${text}`);
    expect(texts).toEqual([`note: ${name} ${value}${remark}`]);
  });
});

describe('--disable-force-detach-on-timeout', () => {
  const name = 'disable-force-detach-on-timeout';
  test('is read, passed on, read back and modelled where it is on; off it is the default', () => {
    const profile = compiled({ [name]: 'true' });
    expect(profile.controllerManagerArgs).toEqual({ [name]: 'true' });
    expect(profile.expectedSettings).toEqual(settingsWith(name, 'true'));
    expect(profile.effective.controllerManager).toEqual({
      ...controllerManagerDefaults,
      disableForceDetachOnTimeout: true,
    });
    expect(configOfPlan({ ...pausePlan('default', 'v1.34.4'), profile }).settings.forceDetach).toBe(false);
    expect(controllerManagerFrom({ [name]: 'false' })).toBeNull();
  });

  test('is named', () => {
    const texts = (value: string) => controllerManagerRemarks({ [name]: value }).map(({ text }) => text);
    expect(texts('T')).toEqual([
      'disable-force-detach-on-timeout T keeps a volume that a lost node has in use there: simulations of a workload with a volume know that, no closed formula and no real run does',
    ]);
    expect(texts('0')).toEqual(['disable-force-detach-on-timeout 0 is the default']);
    expect(texts('perhaps')).toEqual([]);
  });
});

test('a lock of less than a second, whose Lease would last for none, is said not to be modelled; nor are a deadline and a pause between tries of a tenth of theirs', () => {
  const args = {
    'leader-elect-lease-duration': '900ms',
    'leader-elect-renew-deadline': '600ms',
    'leader-elect-retry-period': '100ms',
  };
  const unknown = controllerManagerRemarks(args).filter(({ weight }) => weight === 'unknown');
  expect(unknown.map(({ name, about }) => [name, about])).toEqual(Object.keys(args).map((name) => [name, 'all']));
});

describe('values that are not modelled', () => {
  test.each([
    ['node-eviction-rate', '0', 'eviction'],
    ['secondary-node-eviction-rate', '-1', 'eviction'],
    ['kube-api-qps', '-1', 'all'],
    ['kube-api-qps', '0.9', 'all'],
    ['kube-api-burst', '0', 'all'],
    ['unhealthy-zone-threshold', 'NaN', 'all'],
    ['node-eviction-rate', '+Inf', 'eviction'],
    ['kube-api-qps', 'infinity', 'all'],
    ['node-startup-grace-period', '-1s', 'all'],
  ])('--%s=%s is said not to be', (name, value, about) => {
    expect(controllerManagerRemarks({ [name]: value })).toMatchObject([{ name, weight: 'unknown', about }]);
    expect(controllerManagerFrom({ [name]: value })).toBeNull();
  });

  test('a value that the component refuses is no setting', () => {
    expect(controllerManagerFrom({ 'kube-api-burst': 'many', 'leader-elect-retry-period': 'soon' })).toBeNull();
  });
});

describe('leader election', () => {
  test.each([
    [
      { 'leader-elect-lease-duration': '10s' },
      'leader-elect-lease-duration: expected more than leader-elect-renew-deadline, 10s, received 10s',
    ],
    [
      { 'leader-elect-renew-deadline': '20s' },
      'leader-elect-lease-duration: expected more than leader-elect-renew-deadline, 20s, received 15s',
    ],
    [
      { 'leader-elect-retry-period': '9s' },
      'leader-elect-renew-deadline: expected more than 1.2 times leader-elect-retry-period, 9s, received 10s',
    ],
  ])('%j does not start', (args, text) => {
    const fatal = controllerManagerRemarks(args).filter(({ weight }) => weight === 'fatal');
    expect(fatal.map((remark) => remark.text)).toEqual([`${text}: kube-controller-manager ends`]);
  });

  test('flags that go together start', () => {
    const args = { 'leader-elect-lease-duration': '60s', 'leader-elect-renew-deadline': '40s' };
    expect(controllerManagerRemarks(args).map(({ weight }) => weight)).toEqual(['note', 'note']);
  });
});

test('only what no closed formula takes is said to be in the model alone', () => {
  const args = Object.fromEntries(rows.map(([name, value]) => [name, value]));
  const alone = controllerManagerRemarks(args).filter(({ text }) => text.includes('no closed formula'));
  expect(alone.map(({ name }) => name)).toEqual([
    'node-startup-grace-period',
    'leader-elect-lease-duration',
    'leader-elect-renew-deadline',
    'leader-elect-retry-period',
  ]);
});

test('formulas take both thresholds of a zone, both rates of evictions and the budget of requests as they are', () => {
  const { effective } = compiled({});
  const changed = compiled({
    'unhealthy-zone-threshold': '0.8',
    'node-eviction-rate': '1',
    'kube-api-qps': '5',
  }).effective;
  expect(zoneState({ paused: 3, nodes: 5 }, effective)).toBe('partial');
  expect(zoneState({ paused: 3, nodes: 5 }, changed)).toBe('normal');
  const large = compiled({ 'large-cluster-size-threshold': '4', 'secondary-node-eviction-rate': '0.2' }).effective;
  expect(evictionIntervalMs(effective, { paused: 3, nodes: 5 })).toBeNull();
  expect(evictionIntervalMs(large, { paused: 3, nodes: 5 })).toBe(5000);
  const evicted = (of: typeof effective): number => silentNodeWindows(of, 'v1.34.4').eviction[1];
  // A token that was wasted costs 10 s at 0.1 nodes a second, and a pass of 5 s at 1.
  expect(evicted(effective) - evicted(changed)).toBe(5000);
  const cluster = {
    ...{ nodes: 5, paused: 2, schedulable: 2, pausedSchedulable: 2, replicas: 20, emptyNodes: 0 },
    ...{ ratePerSecond: 50, freshConnections: true, keptConnections: false, seesEndpoints: true },
    ...{ ends: 'thaw' as const, podsServe: true, returnMs: 0 },
  };
  const emptied = (of: typeof effective) =>
    predictImpact(of, 'v1.34.4', 300_000, cluster)?.endpointsEmptyAfterMs?.[1] ?? Number.NaN;
  expect(emptied(changed)).toBeGreaterThan(emptied(effective));
});
