import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/settings', `${name}.yaml`), 'utf8');

const review = (base: string, candidate: string, kubernetesVersion = 'v1.34.1') => {
  const side = (text: string, file: string) => ({ configFiles: readConfigText(text, file), kubernetesVersion });
  return reviewConfigs(side(base, 'base'), side(candidate, 'candidate'));
};

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const cluster = (...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', ...lines].join('\n');

const manager = (version: string, ...argv: readonly string[]): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    'metadata: {name: kube-controller-manager, namespace: kube-system}',
    'spec:',
    '  containers:',
    '  - name: kube-controller-manager',
    `    image: registry.k8s.io/kube-controller-manager:${version}`,
    `    command: ${JSON.stringify(argv)}`,
  ].join('\n');

const started = ['kube-controller-manager', '--kubeconfig=/etc/kubernetes/controller-manager.conf'] as const;

const bothWays = (one: string, other: string, version?: string): ReadonlySet<string> =>
  new Set([outcomeOf(review(one, other, version)), outcomeOf(review(other, one, version))]);

describe('what is the same is not doubted', () => {
  test.each([
    ['syncFrequency', '0s', '1m'],
    ['runtimeRequestTimeout', '0', '2m0s'],
    ['streamingConnectionIdleTimeout', '0s', '4h'],
  ])('%s: %s means the default, %s', (field, zero, value) => {
    expect(bothWays(kubelet(`${field}: ${JSON.stringify(zero)}`), kubelet(`${field}: ${value}`))).toEqual(
      new Set(['known']),
    );
  });

  test.each([
    ['an empty proxy and none', 'proxy: {}', 'dns: {}'],
    ['a validity', 'certificateValidityPeriod: 8760h0m0s', 'certificateValidityPeriod: 8760h'],
    ['another validity', 'caCertificateValidityPeriod: 87600h0m0s', 'caCertificateValidityPeriod: 87600h'],
  ])('%s of kubeadm', (_, one, other) => {
    expect(bothWays(cluster(one), cluster(other))).toEqual(new Set(['known']));
  });

  test('but another duration of kubeadm is', () => {
    const [one, other] = [8760, 8761].map((hours) => cluster(`certificateValidityPeriod: ${hours}h`));
    expect(bothWays(one ?? '', other ?? '')).toEqual(new Set(['unknown']));
  });

  test.each([
    ['v1.37.1', 'NodeControllerLeaseCircuitBreaker=true', 'known'],
    ['v1.37.1', 'NodeControllerLeaseCircuitBreaker=false', 'unknown'],
    ['v1.34.1', 'AllAlpha=false', 'known'],
    ['v1.34.1', 'AllBeta=false', 'unknown'],
    ['v1.34.1', 'AllAlpha=true', 'unknown'],
  ])('on %s the gate %s is %s', (version, gate, expected) => {
    const withGate = manager(version, ...started, `--feature-gates=${gate}`);
    expect(bothWays(manager(version, ...started), withGate, version)).toEqual(new Set([expected]));
    expect(bothWays(withGate, withGate, version)).toEqual(new Set([expected]));
  });

  test('nor a gate of a kubelet that is written out', () => {
    expect(bothWays(kubelet(), kubelet('featureGates: {EventedPLEG: false}'))).toEqual(new Set(['known']));
    expect(bothWays(kubelet(), kubelet('featureGates: {EventedPLEG: true}'))).toEqual(new Set(['unknown']));
  });
});

describe('an environment by way of env is not read', () => {
  const text = manager('v1.34.1', 'env', 'HTTP2_READ_IDLE_TIMEOUT_SECONDS=0', ...started);

  test('as one of the container is not', () => {
    const { base, candidate } = review(text, text);
    for (const { remarks } of [base, candidate]) {
      expect(remarks.map((each) => each.text)).toEqual([
        'the variable "HTTP2_READ_IDLE_TIMEOUT_SECONDS" of its environment may change everything',
      ]);
    }
    expect(bothWays(text, text)).toEqual(new Set(['unknown']));
  });

  test('but for what changes nothing', () => {
    const harmless = manager('v1.34.1', 'env', 'NO_PROXY=10.0.0.0/8', ...started);
    expect(bothWays(harmless, harmless)).toEqual(new Set(['known']));
  });
});

describe('components of which neither side speaks', () => {
  test.each([
    ['manifests of one component', manager('v1.34.1', ...started), ['kube-apiserver and kubelet', 'their defaults']],
    ['files of a kubelet', kubelet(), ['kube-controller-manager and kube-apiserver', 'their defaults']],
    ['files of kubeadm, which makes that of a kubelet', cluster(), null],
    ['files of k3s', fixture('k3s-server'), null],
  ])('of %s are named once', (_, text, silent) => {
    const { base, candidate } = review(text, text);
    const sentences = [base, candidate].flatMap(({ passedOver }) =>
      passedOver.filter((each) => /says nothing/.test(each)),
    );
    expect(sentences).toEqual(
      silent === null ? [] : [`candidate: says nothing of ${silent[0]}, nor does the base: ${silent[1]} are taken`],
    );
  });
});

test('without the taint manager it is said who is deleted', () => {
  const text = manager('v1.25.4', ...started, '--enable-taint-manager=false');
  expect(review(text, text, 'v1.25.4').candidate.remarks.map((each) => each.text)).toEqual([
    'with --enable-taint-manager=false all pods of a silent node but those of DaemonSets are deleted, whatever they tolerate, and NoExecute taints evict nobody',
  ]);
});
