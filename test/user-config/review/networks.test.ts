import { describe, expect, test } from 'vitest';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const version = 'v1.34.4';

const cluster = (...lines: readonly string[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${version}`,
    ...lines,
    '',
  ].join('\n');

const k3s = (...lines: readonly string[]): string =>
  ['kubelet-arg: [node-status-update-frequency=10s]', ...lines, ''].join('\n');

const shared = (text: string): readonly string[] =>
  explain(readConfigText(text, 'f.yaml'), version)
    .remarks.filter(({ weight }) => weight === 'unread' || weight === 'fatal')
    .map((each) => `${each.origin} ${each.weight} ${each.text}`);

const sentence = (pods: string, services: string): string =>
  `the network of pods ${pods} shares addresses with that of Services, ${services}: whether nodes get a network of their own, and become Ready, is not known`;

describe('networks of pods that share addresses with those of Services', () => {
  test.each([
    [
      "within kubeadm's own default",
      cluster('networking: {podSubnet: 10.100.0.0/16}'),
      '10.100.0.0/16',
      '10.96.0.0/12',
    ],
    ['around it', cluster('networking: {podSubnet: 10.0.0.0/8}'), '10.0.0.0/8', '10.96.0.0/12'],
    [
      'within the one that is said',
      cluster('networking: {podSubnet: 172.20.0.0/16, serviceSubnet: 172.20.0.0/14}'),
      '172.20.0.0/16',
      '172.20.0.0/14',
    ],
    [
      'of the second family',
      cluster('networking: {podSubnet: "10.244.0.0/16,fd00:96::/56", serviceSubnet: "10.96.0.0/16,fd00:96::/112"}'),
      'fd00:96::/56',
      'fd00:96::/112',
    ],
    ["k3s' own default of the other", k3s('cluster-cidr: 10.43.0.0/16'), '10.43.0.0/16', '10.43.0.0/16'],
    ["k3s' own default of pods", k3s('service-cidr: 10.42.0.0/16'), '10.42.0.0/16', '10.42.0.0/16'],
  ])('%s: are named', (_, text, pods, services) => {
    const at = text.startsWith('kubelet-arg') ? '2:15' : '4:25';
    expect(shared(text)).toEqual([`f.yaml:${at} unread ${sentence(pods, services)}`]);
  });

  test('of a manifest', () => {
    const pod = (cidr: string): string =>
      [
        'apiVersion: v1',
        'kind: Pod',
        'metadata: {name: kube-controller-manager, namespace: kube-system}',
        'spec:',
        '  containers:',
        '  - name: kube-controller-manager',
        `    image: registry.k8s.io/kube-controller-manager:${version}`,
        `    command: [kube-controller-manager, --cluster-cidr=${cidr}, --service-cluster-ip-range=10.32.0.0/16]`,
      ].join('\n');
    expect(shared(pod('10.32.0.0/16'))).toEqual([`f.yaml:8:40 unread ${sentence('10.32.0.0/16', '10.32.0.0/16')}`]);
    expect(shared(pod('10.33.0.0/16'))).toEqual([]);
  });

  test.each([
    cluster('networking: {podSubnet: 10.244.0.0/16}'),
    cluster('networking: {podSubnet: 10.100.0.0/16, serviceSubnet: 10.32.0.0/16}'),
    cluster('networking: {podSubnet: 10.112.0.0/12}'),
    cluster('networking: {serviceSubnet: 10.244.0.0/16}'),
    k3s('cluster-cidr: 10.44.0.0/16'),
    k3s('cluster-cidr: 10.43.0.0/16', 'service-cidr: 10.45.0.0/16'),
    k3s('cluster-cidr: "10.42.0.0/16,fd00:42::/56"', 'service-cidr: "10.43.0.0/16,fd00:43::/112"'),
  ])('those that share none are not: %s', (text) => {
    expect(shared(text)).toEqual([]);
  });

  test('a review of two such sides knows nothing', () => {
    const side = (seconds: number) => {
      const args = `controllerManager: {extraArgs: [{name: node-monitor-grace-period, value: ${seconds}s}]}`;
      const text = cluster('networking: {podSubnet: 10.100.0.0/16}', args);
      return { configFiles: readConfigText(text, `${seconds}.yaml`), kubernetesVersion: version };
    };
    expect(outcomeOf(reviewConfigs(side(50), side(60)))).toBe('unknown');
  });
});
