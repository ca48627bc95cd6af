import { describe, expect, test } from 'vitest';
import { versionRange } from '../../src/profile/index.ts';
import { joinConfigs, readConfigText } from '../../src/user-config/read/read.ts';
import { namedVersion, settingsOn } from '../../src/user-config/review/settings-on.ts';
import { refusalOf } from '../support/refusal.ts';

const said = (text: string): readonly string[] =>
  readConfigText(text, 'f').settings.map(
    ({ component, name, value, origin }) => `${origin} ${component} ${name} ${value}`,
  );

const problem = (text: string): string => refusalOf(() => readConfigText(text, 'f')).message;

const pod = (lines: readonly string[], name = 'kube-controller-manager'): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}}`,
    'spec:',
    '  containers:',
    `  - name: ${name}`,
    ...lines.map((line) => `    ${line}`),
  ].join('\n');

describe('a static pod', () => {
  test('has its flags in command and args, with = or as two words', () => {
    expect(
      said(
        pod([
          'command: [/usr/local/bin/kube-controller-manager, --node-monitor-period, 2s]',
          'args: [--node-monitor-grace-period=20s, --enable-taint-manager, --leader-elect=true]',
        ]),
      ),
    ).toEqual([
      'f:7:55 kube-controller-manager node-monitor-period 2s',
      'f:8:12 kube-controller-manager node-monitor-grace-period 20s',
      'f:8:45 kube-controller-manager enable-taint-manager true',
    ]);
  });

  test('of the API server is read too', () => {
    expect(
      said(pod(['command: [kube-apiserver, --default-unreachable-toleration-seconds=30]'], 'kube-apiserver')),
    ).toEqual(['f:7:31 kube-apiserver default-unreachable-toleration-seconds 30']);
  });

  test('of another component is refused', () => {
    expect(problem(pod(['command: [etcd]'], 'etcd'))).toBe(
      'f:1:1: expected a pod of kube-controller-manager, kube-apiserver, kubelet, received the pod "etcd"',
    );
  });

  test('that starts a shell is refused: its text is not read', () => {
    expect(problem(pod(['command: [/bin/sh, -c, "kube-controller-manager --node-monitor-period=1s"]']))).toBe(
      'f:7:14: spec.containers.0.command: expected the argv of kube-controller-manager, received a shell, whose text is not read',
    );
  });

  test('with a flag that lacks its value is refused', () => {
    expect(problem(pod(['command: [kube-controller-manager, --node-monitor-period]']))).toBe(
      'f:7:40: spec.containers.0.command.1: expected a value after it, received nothing',
    );
  });
});

const kubeadm = (version: string, extraArgs: string): string =>
  `apiVersion: kubeadm.k8s.io/${version}\nkind: ClusterConfiguration\nkubernetesVersion: v1.30.2\ncontrollerManager:\n  extraArgs: ${extraArgs}\n`;

describe('a kubeadm configuration', () => {
  test.each(['v1beta2', 'v1beta3'])('of %s has a mapping of flags', (version) => {
    expect(said(kubeadm(version, '{node-monitor-grace-period: 40s}'))).toEqual([
      'f:5:42 kube-controller-manager node-monitor-grace-period 40s',
    ]);
  });

  test('of v1beta4 has a list of them', () => {
    expect(said(kubeadm('v1beta4', '[{name: node-monitor-period, value: 2s}]'))).toEqual([
      'f:5:50 kube-controller-manager node-monitor-period 2s',
    ]);
  });

  test.each([
    [
      'v1beta4',
      '{node-monitor-period: 2s}',
      'f:5:14: controllerManager.extraArgs: expected a list of name and value, received a mapping: a mapping is what v1beta3 and before have',
    ],
    [
      'v1beta3',
      '[{name: node-monitor-period, value: 2s}]',
      'f:5:14: controllerManager.extraArgs: expected a mapping of flags to texts, received a list of 1: a list is what v1beta4 has',
    ],
    [
      'v1beta3',
      '{node-monitor-period: 2}',
      'f:5:36: controllerManager.extraArgs.node-monitor-period: expected text, which kubeadm asks for, received 2 (number)',
    ],
    [
      'v1beta3',
      '{--node-monitor-period: 2s}',
      'f:5:15: controllerManager.extraArgs.--node-monitor-period: expected a flag without its dashes, received "--node-monitor-period"',
    ],
    [
      'v1alpha3',
      '{}',
      'f:1:13: apiVersion: expected kubeadm.k8s.io/v1beta1, v1beta2, v1beta3, v1beta4, received "kubeadm.k8s.io/v1alpha3"',
    ],
  ])('of %s with %s is refused', (version, extraArgs, message) => {
    expect(problem(kubeadm(version, extraArgs))).toBe(message);
  });

  test.each([
    ['v1.34.4', 'v1.34.4'],
    ['1.29.0', 'v1.29.0'],
    ['stable-1.31', 'v1.31'],
    ['v1.31.2+build.7', 'v1.31.2'],
    ['stable', null],
  ])('names the version %s', (text, version) => {
    expect(namedVersion(readConfigText(kubeadm('v1beta3', '{}').replace('v1.30.2', text), 'f'))).toBe(version);
  });

  test('of a version that nobody knows is refused', () => {
    expect(problem(kubeadm('v1beta3', '{}').replace('v1.30.2', 'v1.99.0'))).toBe(
      `f:3:20: kubernetesVersion: expected a version from ${versionRange}, received "v1.99.0"`,
    );
  });
});

describe('several documents', () => {
  test('are read each by its kind, and what says nothing about heartbeats is named', () => {
    const configFiles = readConfigText(
      [
        kubeadm('v1beta4', '[]'),
        'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnodeStatusUpdateFrequency: 4s\nnodeLeaseDurationSeconds: 16',
        'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration',
        '',
      ].join('\n---\n'),
      'f',
    );
    expect(configFiles.documents).toEqual(['ClusterConfiguration v1beta4', 'KubeletConfiguration']);
    expect(configFiles.settings.map(({ name, value }) => `${name} ${value}`)).toEqual([
      'nodeStatusUpdateFrequency 4s',
      'nodeLeaseDurationSeconds 16',
    ]);
    expect(configFiles.passedOver).toEqual(['f:13:1: KubeProxyConfiguration says nothing about heartbeats']);
  });

  test('give every problem of every one at once', () => {
    expect(
      problem(
        'kind: Pod\n---\na: 1\na: 2\n---\nkind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nnodeLeaseDurationSeconds: soon\n',
      ),
    ).toBe(
      [
        'f:1:1: expected a static Pod, a ClusterConfiguration, InitConfiguration or JoinConfiguration of kubeadm, a KubeletConfiguration, a List or ConfigMap of these, or the configuration of k3s or RKE2, received apiVersion nothing, kind "Pod"',
        'f:4:1: expected each key once, received "a" again',
        'f:8:27: nodeLeaseDurationSeconds: expected a number of seconds, received "soon" (string)',
      ].join('\n'),
    );
  });

  test('more than fifty are refused unread', () => {
    expect(problem('a: 1\n---\n'.repeat(60))).toBe('f:1:1: expected at most 50 YAML documents, received 61');
  });

  test.each([
    ['nothing', '', 'f:1:1: expected settings of Kubernetes, received a file without any'],
    ['text', 'hello', 'f:1:1: expected a mapping with apiVersion and kind, received a text'],
  ])('%s is no file of settings', (_, text, message) => {
    expect(problem(text)).toBe(message);
  });
});

test('two files that say different things of one setting are refused, with both places', () => {
  const one = readConfigText(kubeadm('v1beta3', '{node-monitor-period: 2s}'), 'one');
  const other = readConfigText(pod(['command: [kube-controller-manager, --node-monitor-period=5s]']), 'other');
  expect(() => settingsOn(joinConfigs([one, other]), 'v1.26.0')).toThrow(
    'other:7:40: node-monitor-period: expected 2s, as one:5:36 says, received 5s',
  );
});

test('of two equal flags in one file the last one counts', () => {
  const configFiles = joinConfigs([
    readConfigText(
      pod(['command: [kube-controller-manager, --node-monitor-period=5s, --node-monitor-period=7s]']),
      'f',
    ),
  ]);
  expect(settingsOn(configFiles, 'v1.34.4').settings.map(({ value }) => value)).toEqual(['7s']);
});
