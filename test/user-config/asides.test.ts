import { describe, expect, test } from 'vitest';
import { explain, readGivenText, reviewGiven } from '../../src/user-config/index.ts';

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const cluster = (...lines: readonly string[]): string =>
  ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', ...lines].join('\n');

const apiServer = (...flags: readonly string[]): string =>
  cluster('apiServer:', '  extraArgs:', ...flags.map((flag) => `  - {name: ${flag.replace('=', ', value: "')}"}`));

const joined = (labels: string): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: JoinConfiguration',
    `nodeRegistration: {kubeletExtraArgs: [{name: node-labels, value: "${labels}"}]}`,
  ].join('\n');

const etcd = (args: Readonly<Record<string, string>>): string =>
  cluster(
    'etcd:',
    '  local:',
    '    extraArgs:',
    ...Object.entries(args).map(([name, value]) => `    - {name: ${name}, value: "${value}"}`),
  );

const weightsOf = (text: string, version = 'v1.34.4'): readonly string[] => [
  ...new Set(explain(readGivenText(text, 'f'), version).remarks.map(({ weight }) => weight)),
];

const verdicts = (base: string, candidate: string): ReadonlySet<string> => {
  const side = (text: string) => ({ given: readGivenText(text, 'f'), kubernetesVersion: 'v1.34.4' });
  return new Set(reviewGiven(side(base), side(candidate)).predicted.map(({ verdict }) => verdict));
};

/** A component surely starts with each, and no figure looks at what it does. */
const beside: readonly (readonly [of: string, one: string, other: string, without: string])[] = [
  ['shutdownGracePeriod', kubelet('shutdownGracePeriod: 30s'), kubelet('shutdownGracePeriod: 1m'), kubelet()],
  [
    'shutdownGracePeriodCriticalPods',
    kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 10s'),
    kubelet('shutdownGracePeriod: 30s', 'shutdownGracePeriodCriticalPods: 20s'),
    kubelet('shutdownGracePeriod: 30s'),
  ],
  ['zone', joined('topology.kubernetes.io/zone=a'), joined('topology.kubernetes.io/zone=b'), joined('a=b')],
  [
    'zone of old',
    joined('failure-domain.beta.kubernetes.io/zone=a'),
    joined('failure-domain.beta.kubernetes.io/zone=b'),
    joined('a=b'),
  ],
  [
    'zone of RKE2',
    'node-label: ["topology.kubernetes.io/zone=a"]',
    'node-label: ["topology.kubernetes.io/zone=b"]',
    'node-label: ["a=b"]',
  ],
  ['goaway-chance', apiServer('goaway-chance=0.001'), apiServer('goaway-chance=0.01'), apiServer('goaway-chance=0')],
  [
    'times of etcd',
    etcd({ 'heartbeat-interval': '250', 'election-timeout': '2500' }),
    etcd({ 'heartbeat-interval': '500', 'election-timeout': '5000' }),
    etcd({ 'heartbeat-interval': '100' }),
  ],
];

describe('what acts beside every figure', () => {
  test.each(beside)('%s is named as what no run brings in', (_, one) => {
    expect(weightsOf(one)).toEqual(['notRun']);
  });

  test.each(beside)('%s: the same on both sides is the same', (_, one) => {
    expect(verdicts(one, one)).toEqual(new Set(['same']));
  });

  test.each(beside)('%s: another value, one more or one less is not known', (_, one, other, without) => {
    expect(verdicts(one, other)).toEqual(new Set(['unknown']));
    expect(verdicts(without, one)).toEqual(new Set(['unknown']));
    expect(verdicts(one, without)).toEqual(new Set(['unknown']));
  });

  test('durations are held against each other, not their texts', () => {
    expect(verdicts(kubelet('shutdownGracePeriod: 60s'), kubelet('shutdownGracePeriod: 1m0s'))).toEqual(
      new Set(['same']),
    );
  });
});

/** Each as its component's own validation has it. */
test.each([
  [kubelet('shutdownGracePeriod: 500ms')],
  [kubelet('shutdownGracePeriodCriticalPods: 10s')],
  [kubelet('shutdownGracePeriod: 10s', 'shutdownGracePeriodCriticalPods: 20s')],
  [
    kubelet(
      'shutdownGracePeriod: 10s',
      'shutdownGracePeriodByPodPriority: [{priority: 1, shutdownGracePeriodSeconds: 1}]',
    ),
  ],
  [joined('topology.kubernetes.io/zones=a')],
  [joined('topology.kubernetes.io/zone')],
  [apiServer('goaway-chance=0.05')],
  // Beside the default of 1000 the election would be shorter than five heartbeats.
  [etcd({ 'heartbeat-interval': '250' })],
  [etcd({ 'heartbeat-interval': '0' })],
  [etcd({ 'election-timeout': '60000' })],
  [etcd({ 'heartbeat-interval': '250ms', 'election-timeout': '2500' })],
  [apiServer('enable-admission-plugins=NodeRestriction,EventRateLimit')],
  [
    apiServer(
      'enable-admission-plugins=EventRateLimit,DefaultTolerationSeconds',
      'admission-control-config-file=/etc/kubernetes/admission.yaml',
    ),
  ],
])('a component may not start with it: %s', (text) => {
  expect(weightsOf(text)).toContain('unread');
  expect(verdicts(text, text)).toEqual(new Set(['unknown']));
});

test('periods of shutdown need a gate where it is off by itself', () => {
  expect(weightsOf(kubelet('shutdownGracePeriod: 30s'), 'v1.20.2')).toContain('fatal');
  expect(weightsOf(kubelet('shutdownGracePeriod: 30s'), 'v1.21.0')).not.toContain('fatal');
});

test('kubelets before v1.17 do not know the label of a zone', () => {
  expect(weightsOf('kubelet-arg: ["node-labels=topology.kubernetes.io/zone=a"]', 'v1.16.0')).toContain('unread');
});

test('EventRateLimit with its file limits events alone', () => {
  const text = apiServer(
    'enable-admission-plugins=NodeRestriction,EventRateLimit',
    'admission-control-config-file=/etc/kubernetes/admission.yaml',
  );
  expect(weightsOf(text)).toEqual([]);
  expect(verdicts(text, text)).toEqual(new Set(['same']));
});
