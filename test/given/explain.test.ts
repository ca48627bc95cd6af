import { describe, expect, test } from 'vitest';
import { explain, inlineProfile, reviewGiven, reviewMarkdown, reviewText } from '../../src/given/index.ts';
import type { Component, Given } from '../../src/given/types.ts';
import { profiles } from '../../src/profile/index.ts';

const controller = 'kube-controller-manager';

const given = (settings: Readonly<Record<string, string>>): Given => ({
  documents: ['a file'],
  settings: Object.entries(settings).map(([key, value], index) => {
    const [component = '', name = ''] = key.split(' ');
    return { component: component as Component, name, value, origin: `f:${index + 1}:1` };
  }),
  kubernetesVersion: null,
  passedOver: [],
});

const remarks = (settings: Readonly<Record<string, string>>, version: string): readonly string[] =>
  explain(given(settings), version).remarks.map(({ weight, text }) => `${weight}: ${text}`);

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

describe('what settings amount to', () => {
  test.each(profiles)('the settings of $name are found to be that profile', (profile) => {
    expect(explain(given(written(profile)), 'v1.34.4').nearest).toEqual({ name: profile.name, differences: [] });
  });

  test('nothing amounts to the defaults of the version', () => {
    const explained = explain(given({}), 'v1.31.0');
    expect(explained.nearest).toEqual({ name: 'default', differences: [] });
    expect(inlineProfile(explained)).toEqual({ name: 'given' });
  });

  test('others are named by the nearest, and what they have otherwise', () => {
    const explained = explain(
      given({ [`${controller} node-monitor-period`]: '2s', [`${controller} node-monitor-grace-period`]: '16s' }),
      'v1.34.4',
    );
    expect(explained.nearest?.differences.length).toBe(2);
    expect(inlineProfile(explained)).toEqual({ name: 'given', nodeMonitorPeriod: '2s', nodeMonitorGracePeriod: '16s' });
  });

  test('a lease of four times the frequency is the equivalent reading', () => {
    const settings = {
      'kubelet nodeStatusUpdateFrequency': '4s',
      'kubelet nodeLeaseDurationSeconds': '16',
      'kubelet nodeStatusReportFrequency': '5m',
    };
    expect(explain(given(settings), 'v1.34.4').reading).toBe('equivalent');
    expect(explain(given({ ...settings, 'kubelet nodeLeaseDurationSeconds': '20' }), 'v1.34.4').reading).toBe(
      'literal',
    );
  });
});

describe('what settings mean on a version', () => {
  const timeout = { [`${controller} pod-eviction-timeout`]: '1m' };

  test('a flag that was removed keeps the component from starting', () => {
    const explained = explain(given(timeout), 'v1.27.0');
    expect(explained.effective).toBeNull();
    expect(remarks(timeout, 'v1.27.0')).toEqual([
      'fatal: --pod-eviction-timeout was removed in v1.27: kube-controller-manager v1.27.0 ends with "unknown flag". Eviction is set by --default-unreachable-toleration-seconds of kube-apiserver now',
    ]);
  });

  test('before it is silently ignored, for the taint manager is on', () => {
    expect(remarks(timeout, 'v1.26.0')).toEqual([
      'ignored: --pod-eviction-timeout does nothing: with the taint manager on, as it is by default, pods go by their tolerations',
    ]);
    expect(explain(given(timeout), 'v1.26.0').effective?.eviction).toEqual({ kind: 'tolerations', seconds: 300 });
  });

  test('without the taint manager it counts, and tolerations do not', () => {
    const off = { ...timeout, [`${controller} enable-taint-manager`]: 'false' };
    const explained = explain(given(off), 'v1.26.0');
    expect(explained.effective?.eviction).toEqual({ kind: 'pod-eviction-timeout', timeoutMs: 60_000 });
    expect(explained.remarks).toEqual([]);
    expect(remarks({ ...off, 'kube-apiserver default-unreachable-toleration-seconds': '30' }, 'v1.26.0')[0]).toMatch(
      /^ignored: default-unreachable/,
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
      'fatal: node-monitor-grace-period: expected a duration such as 10s, received "soon"',
    ],
    [
      `${controller} node-monitor-period`,
      '0s',
      'fatal: node-monitor-period: expected a duration such as 10s, received "0s"',
    ],
    [
      'kube-apiserver default-unreachable-toleration-seconds',
      '30s',
      'fatal: default-unreachable-toleration-seconds: expected whole seconds, received "30s"',
    ],
  ])('%s %s is no value', (key, value, text) => {
    expect(remarks({ [key]: value }, 'v1.34.4')).toContain(text);
  });

  test('what no profile can bring into a run is said', () => {
    expect(
      remarks(
        {
          'kubelet nodeLeaseDurationSeconds': '20',
          [`${controller} node-eviction-rate`]: '0.5',
          'kube-apiserver default-not-ready-toleration-seconds': '60',
          'kube-apiserver disable-admission-plugins': 'NodeRestriction,DefaultTolerationSeconds',
        },
        'v1.34.4',
      ).map((text) => text.split(' ').slice(0, 2).join(' ')),
    ).toEqual([
      'notRun: default-not-ready-toleration-seconds',
      'notRun: without',
      'notRun: nodeLeaseDurationSeconds',
      'notRun: --node-eviction-rate=0.5',
    ]);
  });
});

describe('a review', () => {
  const base = given({ [`${controller} node-monitor-grace-period`]: '40s' });
  const candidate = given({
    [`${controller} node-monitor-grace-period`]: '10s',
    [`${controller} node-eviction-rate`]: '0.5',
  });
  const review = reviewGiven(base, candidate, 'v1.34.4');

  test('sets what is passed and what is predicted of it beside one another', () => {
    expect(review.settings.map(({ figure, verdict }) => `${figure} ${verdict}`)).toEqual([
      `${controller} node-eviction-rate changed`,
      `${controller} node-monitor-grace-period changed`,
    ]);
    expect(review.predicted.slice(0, 2)).toEqual([
      { figure: 'longest pause that never makes a node NotReady', base: '29.6s', candidate: '0s', verdict: 'worse' },
      { figure: 'a dead node is NotReady after at most', base: '45s', candidate: '15s', verdict: 'better' },
    ]);
  });

  test('reads as text, with what is new in the candidate', () => {
    const text = reviewText(review);
    expect(text).toContain('  - longest pause that never makes a node NotReady');
    expect(text).toContain(
      'New in the candidate\n  - f:2:1: --node-eviction-rate=0.5 is read, and a run keeps the default\n',
    );
  });

  test('reads as Markdown, hostile values escaped', () => {
    const hostile = given({ 'kube-apiserver disable-admission-plugins': '<b>|`x`' });
    expect(reviewMarkdown(reviewGiven(base, hostile, 'v1.34.4'))).toContain('| unset | \\<b\\>\\|\\`x\\` | changed |');
  });

  test('the same file twice changes nothing', () => {
    const same = reviewGiven(base, base, 'v1.34.4');
    expect([...same.settings, ...same.predicted].every(({ verdict }) => verdict === 'same')).toBe(true);
  });
});
