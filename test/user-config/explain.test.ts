import { describe, expect, test } from 'vitest';
import { profiles } from '../../src/profile/index.ts';
import {
  configSentences,
  explain,
  inlineProfile,
  readConfigText,
  reviewConfigs,
  reviewMarkdown,
  reviewText,
} from '../../src/user-config/index.ts';
import type { Component, ConfigFiles } from '../../src/user-config/types.ts';

const controller = 'kube-controller-manager';

const configFiles = (settings: Readonly<Record<string, string>>): ConfigFiles => ({
  files: ['f'],
  unversioned: [],
  documents: ['a file'],
  settings: Object.entries(settings).map(([key, value], index) => {
    const [component = '', name = ''] = key.split(' ');
    return {
      component: component as Component,
      name,
      spelled: name,
      value,
      origin: `f:${index + 1}:1`,
      form: component === 'kubelet' ? 'field' : 'argv',
      document: index,
      nodes: 'all',
    };
  }),
  flags: [],
  gates: [],
  fields: [],
  bounds: [],
  kubeadmApis: [],
  kubeadmGates: [],
  commands: [],
  versions: [],
  hasJoined: false,
  trees: [],
  parts: [],
  asides: [],
  completeDocuments: [],
  unread: [],
  passedOver: [],
});

const remarks = (settings: Readonly<Record<string, string>>, version: string): readonly string[] =>
  explain(configFiles(settings), version).remarks.map(({ weight, text }) => `${weight}: ${text}`);

/** What an operator writes who wants a known profile, on a version whose eviction goes by tolerations. */
const written = ({
  nodeStatusUpdateFrequencyMs,
  nodeMonitorPeriodMs,
  nodeMonitorGracePeriodMs,
  evictionAfterMs,
}: (typeof profiles)[number]) => {
  const entries: readonly (readonly [string, number | null, string])[] = [
    ['kubelet nodeStatusUpdateFrequency', nodeStatusUpdateFrequencyMs, 's'],
    [`${controller} node-monitor-period`, nodeMonitorPeriodMs, 's'],
    [`${controller} node-monitor-grace-period`, nodeMonitorGracePeriodMs, 's'],
    ['kube-apiserver default-unreachable-toleration-seconds', evictionAfterMs, ''],
    ['kube-apiserver default-not-ready-toleration-seconds', evictionAfterMs, ''],
  ];
  return Object.fromEntries(entries.flatMap(([key, ms, unit]) => (ms === null ? [] : [[key, `${ms / 1000}${unit}`]])));
};

/** A userConfig with these flags of the controller manager alone. */
const passed = (controllerManagerArgs: Readonly<Record<string, string>>) => ({
  controllerManagerArgs,
  apiServerArgs: {},
  kubeletArgs: {},
  kubeletConfiguration: {},
});

describe('what settings amount to', () => {
  test.each(profiles)('the settings of $name are found to be that profile', (profile) => {
    expect(explain(configFiles(written(profile)), 'v1.34.4').nearest).toMatchObject({
      name: profile.name,
      differences: [],
    });
  });

  test('nothing amounts to the defaults of the version', () => {
    const explained = explain(configFiles({}), 'v1.31.0');
    expect(explained.nearest).toMatchObject({ name: 'default', differences: [] });
    expect(inlineProfile(explained)).toEqual({ name: 'given', userConfig: passed({}) });
  });

  test('others are named by the nearest, and what they have otherwise', () => {
    const explained = explain(
      configFiles({ [`${controller} node-monitor-period`]: '2s', [`${controller} node-monitor-grace-period`]: '16s' }),
      'v1.34.4',
    );
    expect(explained.nearest?.differences.length).toBe(2);
    expect(inlineProfile(explained)).toEqual({
      name: 'given',
      userConfig: passed({ 'node-monitor-period': '2s', 'node-monitor-grace-period': '16s' }),
    });
  });

  test('a lease of four times the frequency is the equivalent reading', () => {
    const settings = {
      [`${controller} node-monitor-period`]: '2s',
      [`${controller} node-monitor-grace-period`]: '20s',
      'kube-apiserver default-unreachable-toleration-seconds': '30',
      'kube-apiserver default-not-ready-toleration-seconds': '30',
      'kubelet nodeStatusUpdateFrequency': '4s',
      'kubelet nodeLeaseDurationSeconds': '16',
      'kubelet nodeStatusReportFrequency': '5m',
    };
    expect(explain(configFiles(settings), 'v1.34.4').nearest).toMatchObject({
      name: 'fast',
      reading: 'equivalent',
      differences: [],
    });
    expect(
      explain(configFiles({ ...settings, 'kubelet nodeLeaseDurationSeconds': '20' }), 'v1.34.4').effective,
    ).toMatchObject({
      nodeStatusUpdateFrequencyMs: 4000,
      nodeStatusReportFrequencyMs: 300_000,
      leaseRenewIntervalMs: 5000,
    });
  });
});

describe('what settings mean on a version', () => {
  const timeout = { [`${controller} pod-eviction-timeout`]: '1m' };

  test('a flag that was removed keeps the component from starting', () => {
    const explained = explain(configFiles(timeout), 'v1.27.16');
    expect(explained.effective).toBeNull();
    expect(remarks(timeout, 'v1.27.16')).toEqual([
      'fatal: --pod-eviction-timeout was removed in v1.27: kube-controller-manager v1.27.16 ends with "unknown flag". Eviction is set by --default-unreachable-toleration-seconds of kube-apiserver now',
    ]);
  });

  test('before it is silently ignored, for the taint manager is on', () => {
    expect(remarks(timeout, 'v1.26.15')).toEqual([
      'ignored: --pod-eviction-timeout does nothing: with the taint manager on, as it is by default, pods go by their tolerations',
    ]);
    expect(explain(configFiles(timeout), 'v1.26.15').effective?.eviction).toEqual({
      kind: 'tolerations',
      seconds: 300,
    });
  });

  test.each([
    ['v1.13.5', 'TaintBasedEvictions=false', 'TaintBasedEvictions'],
    ['v1.16.5', 'TaintBasedEvictions=false', 'TaintBasedEvictions'],
    ['v1.17.5', 'AllBeta=false', 'AllBeta'],
  ])('on %s with %s nobody knows whether it is', (version, gates, name) => {
    const gated = { ...timeout, [`${controller} feature-gates`]: gates };
    const flag = { component: controller, name, value: 'false', origin: 'f:3:1' } as const;
    const { remarks: found } = explain({ ...configFiles(gated), gates: [flag] }, version);
    expect(found.map(({ weight, text }) => `${weight}: ${text}`)).toEqual([
      `unknown: whether pods go by pod-eviction-timeout or by another setting is decided by the feature gate ${name}, and not modelled`,
      `unknown: the feature gate ${gates} is read and not modelled`,
    ]);
  });

  test.each([
    ['TaintBasedEvictions', 'v1.12.0'],
    ['AllAlpha', 'v1.12.0'],
  ])('nor whether tolerations are with the gate %s on %s', (name, version) => {
    const tolerated = { 'kube-apiserver default-unreachable-toleration-seconds': '30' };
    const flag = { component: controller, name, value: 'true', origin: 'f:3:1' } as const;
    const { remarks: found } = explain({ ...configFiles(tolerated), gates: [flag] }, version);
    expect(found.map(({ weight, text }) => `${weight}: ${text}`)).toEqual([
      `unknown: whether pods go by default-unreachable-toleration-seconds or by another setting is decided by the feature gate ${name}, and not modelled`,
    ]);
  });

  test('without the taint manager it counts, and tolerations do not', () => {
    const off = { ...timeout, [`${controller} enable-taint-manager`]: 'false' };
    const explained = explain(configFiles(off), 'v1.26.0');
    expect(explained.effective?.eviction).toEqual({ kind: 'pod-eviction-timeout', timeoutMs: 60_000 });
    expect(explained.remarks.map(({ weight }) => weight)).toEqual(['note']);
    expect(remarks({ ...off, 'kube-apiserver default-unreachable-toleration-seconds': '30' }, 'v1.26.0')[0]).toBe(
      'ignored: default-unreachable-toleration-seconds does nothing: with --enable-taint-manager=false nobody evicts by tolerations',
    );
  });

  test.each([
    ['v1.31.0', 'note: node-monitor-grace-period 40s is the default of v1.31.0'],
    ['v1.34.4', 'note: node-monitor-grace-period 40s, which was the default to v1.31: the default of v1.34.4 is 50s'],
  ])('an old default on %s', (version, text) => {
    expect(remarks({ [`${controller} node-monitor-grace-period`]: '40s' }, version)).toEqual([text]);
  });

  test.each([
    [
      `${controller} node-monitor-grace-period`,
      'soon',
      ['fatal: node-monitor-grace-period: expected a duration such as 10s, received "soon"'],
    ],
    [
      `${controller} node-monitor-period`,
      '0s',
      [
        'unknown: node-monitor-period 0s is taken by the component, and what it then does is not modelled',
        'note: node-monitor-period 0s: the default of v1.34.4 is 5s',
      ],
    ],
    [
      'kube-apiserver default-unreachable-toleration-seconds',
      '30s',
      ['fatal: default-unreachable-toleration-seconds: expected whole seconds, received "30s"'],
    ],
  ])('%s %s is no value', (key, value, texts) => {
    expect(remarks({ [key]: value }, 'v1.34.4')).toEqual(texts);
  });

  test('what is read and not modelled is said, and never called a default', () => {
    const settings = {
      [`${controller} node-eviction-rate`]: '0',
      'kube-apiserver default-not-ready-toleration-seconds': '60',
    };
    const { remarks: found, nearest: closest, effective } = explain(configFiles(settings), 'v1.34.4');
    expect(
      found.map(({ weight, about, text }) => `${weight} ${about}: ${text.split(' ').slice(0, 3).join(' ')}`),
    ).toEqual(['unknown other: pods tolerate not-ready', 'unknown eviction: --node-eviction-rate=0 is read']);
    expect(effective?.eviction).toEqual({ kind: 'tolerations', seconds: 300 });
    expect(closest?.name).toBe('default');
  });

  test.each([
    ['default-not-ready-toleration-seconds', '0', false],
    ['default-not-ready-toleration-seconds', '30', false],
    ['default-not-ready-toleration-seconds', '300', true],
    ['default-unreachable-toleration-seconds', '30', true],
  ])('nothing is predicted of a node that itself says NotReady: %s %s', (name, value, isComplete) => {
    const settings = configFiles({ [`kube-apiserver ${name}`]: value });
    expect(explain(settings, 'v1.34.4', { scope: 'nodes' }).isWhole).toBe(isComplete);
    expect(explain(settings, 'v1.34.4', { scope: 'nodes', allowUnread: true }).isWhole).toBe(true);
  });
});

describe('a review', () => {
  const base = configFiles({ [`${controller} node-monitor-grace-period`]: '40s' });
  const candidate = configFiles({
    [`${controller} node-monitor-grace-period`]: '10s',
    [`${controller} node-eviction-rate`]: '0',
  });
  const on = (side: ConfigFiles, kubernetesVersion = 'v1.34.4') => ({ configFiles: side, kubernetesVersion });
  const review = reviewConfigs(on(base), on(candidate));

  test('sets what is passed and what is predicted of it beside one another', () => {
    expect(review.settings.map(({ figure, verdict }) => `${figure} ${verdict}`)).toEqual([
      `${controller} node-eviction-rate changed`,
      `${controller} node-monitor-grace-period changed`,
    ]);
    expect(review.predicted.slice(0, 4)).toEqual([
      {
        figure: 'longest pause without a NotReady by the controller',
        base: '29.6s',
        candidate: '0s',
        verdict: 'worse',
      },
      {
        figure: "longest pause without one by a kubelet's own word, too",
        base: '24.5s',
        candidate: '0s',
        verdict: 'worse',
      },
      { figure: 'longest answer that a heartbeat waits for', base: '10s', candidate: '10s', verdict: 'same' },
      { figure: 'a dead node is NotReady after at most', base: '50s', candidate: '20s', verdict: 'better' },
    ]);
  });

  // 10 passes of 5 s and of what each takes are longer than 50.04 s where that is over 4 ms; whole periods would be one more.
  test.each([
    ['50s', '50040ms', '1m', '1m…1m5s', 'unknown'],
    ['50040ms', '50s', '1m…1m5s', '1m', 'unknown'],
    ['50001ms', '50002ms', '1m…1m5s', '1m…1m5s', 'unknown'],
    ['50040ms', '50040ms', '1m…1m5s', '1m…1m5s', 'same'],
    ['50s', '51s', '1m', '1m1s…1m5s', 'worse'],
    ['50s', '55s', '1m', '1m5s', 'worse'],
  ])('a grace of %s that becomes %s is called a whole period worse or better only where it is', (...changed) => {
    const [from, to, before, after, verdict] = changed;
    const side = (grace: string) => on(configFiles({ [`${controller} node-monitor-grace-period`]: grace }));
    const { predicted } = reviewConfigs(side(from), side(to));
    const figure = 'a dead node is NotReady after at most';
    expect(predicted.filter((one) => one.figure === figure)).toEqual([
      { figure, base: before, candidate: after, verdict },
    ]);
    expect(predicted[0]?.verdict).toBe(to === '51s' || to === '55s' ? 'better' : 'same');
  });

  test('reads as text, with what is new in the candidate', () => {
    expect(reviewText(review)).toBe(
      `base       on v1.34.4 no known profile is the same; nearest is default: nodeMonitorGracePeriod 40s instead of 50s
candidate  on v1.34.4 no known profile is the same; nearest is default: nodeMonitorGracePeriod 10s instead of 50s, but for what is not modelled or not read (1)

Settings
                                                         base   candidate
  ~ kube-controller-manager node-eviction-rate          unset           0   changed
  ~ kube-controller-manager node-monitor-grace-period     40s         10s   changed

What then holds
                                base   candidate
    nodeStatusUpdateFrequency    10s         10s   same
    nodeStatusReportFrequency     5m          5m   same
    lease duration               40s         40s   same
    lease renewal                10s         10s   same
    nodeMonitorPeriod             5s          5s   same
  ~ nodeMonitorGracePeriod       40s         10s   changed
  ? eviction after NotReady       5m          5m   unknown

Predicted by formula for nodes of up to 110 pods, nothing was run
                                                                base     candidate
  - longest pause without a NotReady by the controller         29.6s            0s   worse
  - longest pause without one by a kubelet's own word, too     24.5s            0s   worse
    longest answer that a heartbeat waits for                    10s           10s   same
  + a dead node is NotReady after at most                        50s           20s   better
    a node that is heard again is Ready after at most          10.4s         10.4s   same
  ? a silent node's first pod is evicted after at least      5m29.6s     not known   unknown
  ? a silent node's first pod is evicted after at most        6m0.1s     not known   unknown
  - heartbeats of healthy nodes that flap                        0 %   up to 4.2 %   worse
    heartbeat writes a minute and node                           6.2           6.2   same

Of the candidate
  - f:2:1: not modelled: --node-eviction-rate=0 is read and not modelled; its default is 0.1
  - f:1:1: note: node-monitor-grace-period 10s: the default of v1.34.4 is 50s
  - f: says nothing of kube-apiserver and kubelet, nor does the base: their defaults are taken
`,
    );
  });

  test('reads as Markdown, hostile values escaped', () => {
    const hostile = configFiles({ 'kube-apiserver disable-admission-plugins': '<b>|`x`' });
    const lines = reviewMarkdown(reviewConfigs(on(base), on(hostile))).split('\n');
    const from = lines.indexOf('| setting | base | candidate |  |');
    expect(lines.slice(from, lines.indexOf('', from))).toEqual([
      '| setting | base | candidate |  |',
      '|---|---:|---:|---|',
      '| kube-apiserver disable-admission-plugins | unset | &lt;b&gt;\\|\\`x\\` | changed |',
      '| kube-controller-manager node-monitor-grace-period | 40s | unset | changed |',
    ]);
  });

  test('the same file twice changes nothing', () => {
    const same = reviewConfigs(on(base), on(base));
    expect([...same.settings, ...same.predicted].every(({ verdict }) => verdict === 'same')).toBe(true);
  });
});

describe('a version that files name and that does not count', () => {
  const named = (kubernetesVersion: string): ConfigFiles =>
    readConfigText(
      `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: ${kubernetesVersion}\n`,
      'f',
    );
  const text = 'it names Kubernetes v1.33.2, and v1.34.4 counts instead';
  const sentence = `f:3:20: ${text}`;

  test('is said in words, in the profile of a run and its report, and of its side in a review', () => {
    const explained = explain(named('v1.33.2'), 'v1.34.4');
    expect(configSentences(named('v1.33.2'), explained)).toEqual([
      'read: ClusterConfiguration v1beta4',
      'none of its settings is about heartbeats',
      'on v1.34.4 these settings amount to profile default',
      sentence,
    ]);
    expect(inlineProfile(explained).userConfig.notInRun).toEqual([{ at: 'f:3:20', text }]);
    const side = { configFiles: named('v1.33.2'), kubernetesVersion: 'v1.34.4' };
    expect(reviewText(reviewConfigs(side, side)).split('\n\n').slice(-2)).toEqual([
      `Of the base\n  - ${sentence}`,
      `Of the candidate\n  - ${sentence}\n`,
    ]);
  });

  test.each(['v1.34.4', 'v1.34.0'])('but not where it is the one that counts: %s', (version) => {
    expect(explain(named('v1.34.4'), version).otherVersions).toHaveLength(version === 'v1.34.4' ? 0 : 1);
  });
});
