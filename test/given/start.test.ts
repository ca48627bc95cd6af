import { describe, expect, test } from 'vitest';
import { flagOn } from '../../src/given/component-flags.ts';
import { gateFault } from '../../src/given/feature-gates.ts';
import { explain, readGivenText, reviewGiven, reviewMarkdown, reviewText } from '../../src/given/index.ts';
import type { Component, Given } from '../../src/given/types.ts';
import { knownMinors } from '../../src/profile/index.ts';

const minorsWith = (component: Component, name: string): string => {
  const has = knownMinors.filter((minor) => flagOn(component, name, minor) === 'present');
  return `${has[0]}-${has.at(-1)}`;
};

/* The registrations were looked up; kube-apiserver, kube-controller-manager and kubelet v1.20.2 and v1.34.4 say the same. */
describe('the minors that have a flag', () => {
  test.each<[Component, string, string]>([
    ['kube-controller-manager', 'node-monitor-grace-period', '11-37'],
    ['kube-controller-manager', 'port', '11-23'],
    ['kube-controller-manager', 'pod-eviction-timeout', '11-26'],
    ['kube-controller-manager', 'enable-taint-manager', '11-26'],
    ['kube-controller-manager', 'logtostderr', '11-25'],
    ['kube-controller-manager', 'version', '11-37'],
    ['kube-controller-manager', 'v', '11-37'],
    ['kube-apiserver', 'insecure-port', '11-23'],
    ['kube-apiserver', 'default-unreachable-toleration-seconds', '11-37'],
    ['kube-apiserver', 'admission-control', '11-37'],
    ['kubelet', 'container-runtime', '11-26'],
    ['kubelet', 'network-plugin', '11-23'],
    ['kubelet', 'config', '11-37'],
    ['kubelet', 'node-status-update-frequency', '11-37'],
  ])('%s --%s: v1.%s', (component, name, minors) => {
    expect(minorsWith(component, name)).toBe(minors);
  });

  test('a flag of one component is not one of another', () => {
    expect(flagOn('kubelet', 'leader-elect', 34)).not.toBe('present');
    expect(flagOn('kube-apiserver', 'authentication-kubeconfig', 34)).not.toBe('present');
  });
});

const gate = (name: string, value: string | null, minor: number): string | null => {
  const fault = gateFault({ component: 'kubelet', name, value }, minor);
  return fault === null ? null : `${fault.isKnown ? 'fatal' : 'unread'}: ${fault.text}`;
};

describe('a feature gate', () => {
  test.each([
    ['GracefulNodeShutdown', 'true', 34],
    ['ContextualLogging', 'false', 34],
    ['AllAlpha', 'true', 11],
    ['NodeLease', 'TRUE', 17],
    ['NodeLease', 'false', 16],
    ['WatchListClient', '1', 34],
    ['SidecarContainers', 'true', 34],
  ])('%s=%s leaves a kubelet of v1.%d running', (name, value, minor) => {
    expect(gate(name, value, minor)).toBeNull();
  });

  test.each([
    ['GracefulNodeShutdwn', 'true', 34, 'no feature gate GracefulNodeShutdwn'],
    ['GracefulNodeShutdown', 'true', 19, 'no feature gate GracefulNodeShutdown'],
    ['CSIMigration', 'true', 34, 'no feature gate CSIMigration'],
    ['TaintBasedEvictions', 'true', 34, 'no feature gate TaintBasedEvictions'],
    ['NodeLease', 'false', 17, '"feature is locked to true"'],
    ['SidecarContainers', 'false', 34, '"feature is locked to true"'],
    ['SidecarContainers', null, 34, 'expected SidecarContainers=true or SidecarContainers=false'],
    ['GracefulNodeShutdown', 'yes', 34, 'received GracefulNodeShutdown=yes'],
  ])('%s=%s keeps a kubelet of v1.%d from starting', (name, value, minor, text) => {
    expect(gate(name, value, minor)).toMatch(/^fatal: /);
    expect(gate(name, value, minor)).toContain(text);
  });

  test('of a component by its name is not known', () => {
    expect(gate('kube:GracefulNodeShutdown', 'true', 34)).toMatch(/^unread: .*names a component/);
  });
});

const pod = (component: Component, flags: readonly string[], image = ''): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${component}, namespace: kube-system}`,
    'spec:',
    '  containers:',
    `  - name: ${component}`,
    ...(image === '' ? [] : [`    image: registry.k8s.io/${component}:${image}`]),
    '    command:',
    ...[component, ...flags].map((word) => `    - ${word}`),
  ].join('\n');

const read = (text: string, file = 'f.yaml'): Given => readGivenText(text, file);

const weights = (text: string, version: string, isAssumed = false): readonly string[] =>
  explain(read(text), version, { isAssumed })
    .remarks.filter(({ weight }) => weight !== 'note')
    .map(({ weight }) => weight);

describe('settings with which a component does not start', () => {
  const kcm = 'kube-controller-manager';

  test.each([
    ['v1.23.17', []],
    ['v1.24.0', ['fatal']],
  ])('a flag that was removed, on %s', (version, expected) => {
    expect(weights(pod(kcm, ['--port=0']), version)).toEqual(expected);
  });

  test('where nobody named the version it is not known', () => {
    expect(weights(pod(kcm, ['--port=0']), 'v1.34.4', true)).toEqual(['noVersion', 'unread']);
  });

  test('a flag that is read and gone is said once', () => {
    expect(weights(pod(kcm, ['--pod-eviction-timeout=30s']), 'v1.34.4')).toEqual(['fatal']);
  });

  test('of two values of a gate it is not known which one counts', () => {
    const gates = ['--feature-gates=SidecarContainers=false', '--feature-gates=SidecarContainers=true'];
    expect(weights(pod(kcm, gates), 'v1.34.4')).toEqual(['unread']);
  });

  test.each([
    ['v1beta2', 'v1.26.4', []],
    ['v1beta2', 'v1.27.4', ['fatal']],
    ['v1beta3', 'v1.18.20', ['fatal']],
    ['v1beta3', 'v1.21.14', ['unread']],
    ['v1beta3', 'v1.36.1', []],
    ['v1beta3', 'v1.37.1', ['fatal']],
    ['v1beta4', 'v1.26.4', ['fatal']],
    ['v1beta4', 'v1.29.4', ['unread']],
    ['v1beta4', 'v1.31.4', []],
    ['v1beta4', 'v1.37.1', []],
  ])('a kubeadm configuration of %s on %s', (api, version, expected) => {
    const lines = [`apiVersion: kubeadm.k8s.io/${api}`, 'kind: ClusterConfiguration', `kubernetesVersion: ${version}`];
    expect(weights(lines.join('\n'), version)).toEqual(expected);
  });

  test('one that names no version, or another, may be read by another kubeadm', () => {
    expect(weights('apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n', 'v1.34.4')).toEqual(['unread']);
  });

  test('a review of two equal files knows nothing to be the same', () => {
    const given = read(pod(kcm, ['--port=0'], 'v1.24.17'));
    const side = { given, kubernetesVersion: 'v1.24.17' };
    const { effective, predicted } = reviewGiven(side, side);
    expect([...effective, ...predicted].map(({ verdict }) => verdict)).not.toContain('same');
  });
});

describe('a component that one side alone speaks of', () => {
  const base = read(pod('kube-controller-manager', ['--node-monitor-grace-period=20s'], 'v1.34.1'), 'base.yaml');
  const candidate = read(
    [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: ClusterConfiguration',
      'kubernetesVersion: v1.34.1',
      '---',
      'apiVersion: kubelet.config.k8s.io/v1beta1',
      'kind: KubeletConfiguration',
      'nodeStatusUpdateFrequency: 4s',
    ].join('\n'),
    'candidate.yaml',
  );
  const side = (given: Given) => ({ given, kubernetesVersion: 'v1.34.1' });
  const review = reviewGiven(side(base), side(candidate));

  test('is named, and that its defaults are taken', () => {
    expect(review.candidate.passedOver).toEqual([]);
    expect(review.base.passedOver).toEqual([
      'base.yaml: says nothing of kube-apiserver: its defaults are taken',
      'base.yaml: says nothing of kubelet: its defaults are taken',
    ]);
  });

  test('in the text and in Markdown', () => {
    expect(reviewText(review)).toContain('says nothing of kubelet: its defaults are taken');
    expect(reviewMarkdown(review)).toContain('says nothing of kubelet: its defaults are taken');
  });

  test('is left out where neither side speaks of it', () => {
    expect(reviewGiven(side(base), side(base)).base.passedOver).toEqual([]);
  });
});

describe('a value that its flag does not take', () => {
  test.each<[Component, string, string, readonly string[]]>([
    ['kube-controller-manager', '--leader-elect=ture', 'v1.34.4', ['fatal', 'unread']],
    ['kube-controller-manager', '--profiling=flase', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--profiling=F', 'v1.34.4', []],
    ['kube-controller-manager', '--concurrent-gc-syncs=many', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--horizontal-pod-autoscaler-sync-period=15', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--horizontal-pod-autoscaler-tolerance=0x1p-3', 'v1.34.4', ['unread']],
    ['kube-controller-manager', '--node-monitor-grace-period=20', 'v1.34.4', ['fatal']],
    ['kube-controller-manager', '--port=10252', 'v1.21.14', []],
    ['kube-controller-manager', '--port=10252', 'v1.22.17', ['fatal']],
    ['kube-apiserver', '--insecure-port=8080', 'v1.20.15', ['fatal']],
    ['kube-apiserver', '--insecure-port=0', 'v1.20.15', []],
    ['kube-apiserver', '--version=raw', 'v1.34.4', []],
  ])('%s %s on %s', (component, flag, version, expected) => {
    expect(weights(pod(component, [flag]), version)).toEqual(expected);
  });

  test('in the lists of k3s, where a name alone is true', () => {
    expect(weights('kube-controller-manager-arg: [profiling, concurrent-gc-syncs]', 'v1.34.4')).toEqual(['fatal']);
  });
});

describe("kubeadm's own feature gates", () => {
  test.each([
    ['EtcdLearnerMode', 'v1.31.4', []],
    ['EtcdLearnerMode', 'v1.34.4', ['fatal']],
    ['ControlPlaneKubeletLocalMode', 'v1.30.14', ['unread']],
    ['TypoGate', 'v1.34.4', ['fatal']],
  ])('%s on %s', (name, version, expected) => {
    const api = version === 'v1.30.14' ? 'v1beta3' : 'v1beta4';
    const text = [
      `apiVersion: kubeadm.k8s.io/${api}`,
      'kind: ClusterConfiguration',
      `kubernetesVersion: ${version}`,
      'featureGates:',
      `  ${name}: true`,
    ].join('\n');
    expect(weights(text, version)).toEqual(expected);
  });
});
