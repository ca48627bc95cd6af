import { describe, expect, test } from 'vitest';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const kubernetesVersion = 'v1.34.4';

const cluster = (...lines: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${kubernetesVersion}`,
    ...lines,
    '---',
    'apiVersion: kubelet.config.k8s.io/v1beta1',
    'kind: KubeletConfiguration',
    '',
  ].join('\n');

const manager = (name: string, value: string): string =>
  cluster(`controllerManager: {extraArgs: [{name: ${name}, value: ${JSON.stringify(value)}}]}`);

const node = (kind: 'Init' | 'Join', name: string, value: string): string =>
  [
    cluster(),
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta4',
    `kind: ${kind}Configuration`,
    ...(kind === 'Join' ? ['discovery: {file: {kubeConfigPath: /etc/kubernetes/discovery.conf}}'] : []),
    `nodeRegistration: {kubeletExtraArgs: [{name: ${name}, value: ${JSON.stringify(value)}}]}`,
  ].join('\n');

const k3s = (...lines: readonly string[]): string =>
  ['kube-controller-manager-arg:', '- node-monitor-grace-period=16s', ...lines, ''].join('\n');

const sideOf = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion });

/** Whether all of a file is read and in a run. */
const isEntire = (text: string): boolean =>
  explain(readConfigText(text, 'f'), kubernetesVersion, { scope: 'clients' }).isWhole;

describe('half of a pair beside what a tool passes by itself is not known to start', () => {
  test.each([
    ['a certificate of the controller manager', manager('tls-cert-file', '/x')],
    ['a key of the controller manager', manager('tls-private-key-file', '/x')],
    ['a certificate of a kubelet', node('Join', 'tls-cert-file', '/x')],
    ['the configuration of credential providers', node('Join', 'image-credential-provider-config', '/x')],
    ['their folder', node('Join', 'image-credential-provider-bin-dir', '/x')],
  ])('%s', (_, text) => {
    expect(isEntire(cluster())).toBe(true);
    expect(outcomeOf(reviewConfigs(sideOf(cluster()), sideOf(text)))).toBe('unknown');
  });
});

describe('flags that exclude those beside them, or need others, are not known to start', () => {
  const api = (name: string): string => cluster(`apiServer: {extraArgs: [{name: ${name}, value: groups}]}`);
  const both = (...names: readonly string[]): string =>
    cluster(`controllerManager: {extraArgs: [${names.map((name) => `{name: ${name}, value: /x}`).join(', ')}]}`);
  const pair = (of: string): readonly string[] => [`cluster-signing${of}-cert-file`, `cluster-signing${of}-key-file`];

  test.each([
    ['files of one signer beside those of kubeadm', both(...pair('-kubelet-serving'))],
    ['claims without an issuer', api('oidc-groups-claim')],
  ])('%s', (_, text) => {
    expect(outcomeOf(reviewConfigs(sideOf(text), sideOf(text)))).toBe('unknown');
  });

  test('files of all signers in the place of those of kubeadm are', () => {
    const text = both(...pair(''));
    expect(outcomeOf(reviewConfigs(sideOf(text), sideOf(text)))).not.toBe('unknown');
  });

  test('nor is a pod with a network of its own that is asked on the machine', () => {
    const probe = 'httpGet: {host: 127.0.0.1, path: /healthz, port: 10257, scheme: HTTPS}';
    const pod = (...lines: readonly string[]): string =>
      [
        ...[
          'apiVersion: v1',
          'kind: Pod',
          'metadata: {name: kube-controller-manager, namespace: kube-system}',
          'spec:',
        ],
        ...lines,
        '  containers:',
        '  - name: kube-controller-manager',
        `    image: registry.k8s.io/kube-controller-manager:${kubernetesVersion}`,
        '    command: [kube-controller-manager, --bind-address=127.0.0.1]',
        `    livenessProbe: {${probe}, initialDelaySeconds: 10, timeoutSeconds: 15, periodSeconds: 10, failureThreshold: 8}`,
      ].join('\n');
    expect(isEntire(pod('  hostNetwork: true'))).toBe(true);
    expect(isEntire(pod())).toBe(false);
  });
});

describe('a component that logs what it reads and writes is slow', () => {
  test.each([
    ['--v of one component', manager('v', '7'), manager('v', '10')],
    ['--vmodule of one component', manager('vmodule', '*=7'), manager('vmodule', '*=10')],
    ['a level among others', manager('vmodule', 'a=1'), manager('vmodule', 'a=1,round_trippers=10,b=2')],
    ['that of a kubelet', node('Join', 'vmodule', 'a=7'), node('Join', 'vmodule', 'round_trippers=10')],
    ['v of k3s', k3s('v: 2'), k3s('v: 10')],
    ['vmodule of k3s', k3s('vmodule: "*=2"'), k3s('vmodule: "*=10"')],
    ['v+ of k3s', k3s('v: 0'), k3s('v+: 10')],
    ['debug of k3s', k3s('debug: false'), k3s('debug: true')],
    [
      'logs that are written every 5 ns',
      `${cluster()}logging: {flushFrequency: 5000000000}`,
      `${cluster()}logging: {flushFrequency: 5}`,
    ],
    ['every ns', `${cluster()}logging: {flushFrequency: 0}`, `${cluster()}logging: {flushFrequency: 1}`],
  ])('%s', (_, usual, slow) => {
    expect(isEntire(usual)).toBe(true);
    expect(isEntire(slow)).toBe(false);
    expect(outcomeOf(reviewConfigs(sideOf(usual), sideOf(slow)))).toBe('unknown');
  });
});

describe("what systemd makes of a kubelet's flags is not known", () => {
  test.each([
    ['node-status-update-frequency', '4s '],
    ['node-status-update-frequency', '"4s"'],
    ['node-status-update-frequency', "'4s'"],
    ['node-status-update-frequency', '4\\s'],
    ['node-status-update-frequency', '4s --register-node=false'],
    ['feature-gates', 'WinDSR=true --register-node=false'],
    ['node-status-update-frequency', '4s\n'],
    ['node-labels', 'a=b\u00a0--register-node=false'],
  ])('--%s=%j', (name, value) => {
    const review = reviewConfigs(sideOf(node('Join', 'v', '2')), sideOf(node('Join', name, value)));
    expect(outcomeOf(review)).toBe('unknown');
    expect(review.candidate.remarks.map(({ weight, text }) => `${weight}: ${text}`)).toContain(
      `unread: what of "${name}" reaches a kubelet is not known: systemd parts its flags at white space and takes quotes off`,
    );
  });

  test('that of a component in a pod is as it stands', () => {
    const review = reviewConfigs(sideOf(cluster()), sideOf(manager('node-monitor-grace-period', '4s ')));
    expect(outcomeOf(review)).toBe('doesNotStart');
  });
});

test.each([
  ['unhealthy-zone-threshold', 'NaN'],
  ['node-eviction-rate', '+Inf'],
  ['kube-api-qps', 'Inf'],
  ['horizontal-pod-autoscaler-tolerance', 'nan'],
])('a controller manager starts with --%s=%s, and does something that nobody knows', (name, value) => {
  expect(outcomeOf(reviewConfigs(sideOf(cluster()), sideOf(manager(name, value))))).toBe('unknown');
});

test('what joined nodes have is not known where the first node alone has flags', () => {
  const first = node('Init', 'node-status-update-frequency', '4s');
  const review = reviewConfigs(sideOf(cluster()), sideOf(first));
  expect(new Set(review.predicted.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  expect(outcomeOf(reviewConfigs(sideOf(first), sideOf(first)))).toBe('unknown');
  expect(isEntire(first)).toBe(false);
  expect(isEntire(node('Join', 'node-status-update-frequency', '4s'))).toBe(true);
});
