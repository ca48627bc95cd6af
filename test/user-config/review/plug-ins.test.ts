import { describe, expect, test } from 'vitest';
import { explain, outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const cluster = (version: string, ...flags: readonly (readonly [string, string])[]): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    `kubernetesVersion: ${version}`,
    'apiServer:',
    '  extraArgs:',
    ...flags.map(([name, value]) => `  - {name: ${name}, value: "${value}"}`),
    '',
  ].join('\n');

const said = (text: string, version: string): readonly string[] =>
  explain(readConfigText(text, 'f.yaml'), version)
    .remarks.filter(({ weight }) => weight === 'unread' || weight === 'fatal')
    .map((each) => `${each.weight} ${each.text}`);

const overlap = (by: string): string =>
  `disable-admission-plugins: expected NodeRestriction in one of two lists, received it in enable-admission-plugins too, which ${by}`;

describe('NodeRestriction that is disabled', () => {
  const disabled = ['disable-admission-plugins', 'NodeRestriction'] as const;
  const k3s = 'kube-apiserver-arg: [disable-admission-plugins=NodeRestriction]';

  test('beside the one that kubeadm enables keeps kube-apiserver from starting', () => {
    expect(said(cluster('v1.34.4', disabled), 'v1.34.4')).toEqual([`fatal ${overlap('kubeadm passes')}`]);
    const others = ['disable-admission-plugins', 'PodSecurity,NodeRestriction'] as const;
    expect(said(cluster('v1.34.4', others), 'v1.34.4')).toEqual([`fatal ${overlap('kubeadm passes')}`]);
  });

  test('beside the one that k3s and RKE2 enable, too, which the oldest may not', () => {
    expect(said(k3s, 'v1.34.4')).toEqual([`fatal ${overlap('k3s or RKE2 passes')}`]);
    expect(said(k3s, 'v1.18.20')).toEqual([`unread ${overlap('k3s or RKE2 may pass')}`]);
  });

  test.each(['', 'PodSecurity'])('beside a list of one’s own, here %j, leaves it starting', (list) => {
    expect(said(cluster('v1.34.4', disabled, ['enable-admission-plugins', list]), 'v1.34.4')).toEqual([]);
  });

  test('in a whole command line is what it is', () => {
    const pod = [
      'apiVersion: v1',
      'kind: Pod',
      'metadata: {name: kube-apiserver, namespace: kube-system}',
      'spec:',
      '  containers:',
      '  - name: kube-apiserver',
      '    image: registry.k8s.io/kube-apiserver:v1.34.4',
      '    command:',
      '    - kube-apiserver',
      '    - --etcd-servers=https://127.0.0.1:2379',
      '    - --service-account-issuer=https://kubernetes.default.svc',
      '    - --service-account-signing-key-file=/etc/kubernetes/pki/sa.key',
      '    - --disable-admission-plugins=NodeRestriction',
    ].join('\n');
    expect(said(pod, 'v1.34.4')).toEqual([]);
  });

  test('on both sides of a review makes nothing better', () => {
    const side = (seconds: number) => {
      const args = `controllerManager: {extraArgs: [{name: node-monitor-grace-period, value: ${seconds}s}]}\n`;
      const configFiles = readConfigText(cluster('v1.34.4', disabled) + args, `${seconds}.yaml`);
      return { configFiles, kubernetesVersion: 'v1.34.4' };
    };
    const review = reviewConfigs(side(50), side(60));
    expect(outcomeOf(review)).toBe('doesNotStart');
    expect(new Set(review.predicted.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });
});
