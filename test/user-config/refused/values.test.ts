import { describe, expect, test } from 'vitest';
import { outcomeOf, readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const outcome = (base: string, candidate: string, version: string): string => {
  const side = (text: string) => ({
    configFiles: readConfigText(text, 'f'),
    kubernetesVersion: version,
    isAssumed: false,
  });
  return outcomeOf(reviewConfigs(side(base), side(candidate)));
};

const kubeadm = (kind: string, api: string, ...lines: readonly string[]): string =>
  [`apiVersion: kubeadm.k8s.io/${api}`, `kind: ${kind}`, ...lines].join('\n');

const isReported = (text: string): boolean => outcome(text, text, 'v1.34.4') === 'known';

describe('what kubeadm refuses', () => {
  test.each([
    ['apiServer: {certSANs: ["fe80::1%eth0"]}', false],
    ['apiServer: {certSANs: ["fe80::1"]}', true],
    ['controlPlaneEndpoint: "[fe80::1%eth0]:6443"', false],
    ['controlPlaneEndpoint: "[fe80::1]:6443"', true],
    ['controlPlaneEndpoint: "[10.0.0.1]:6443"', false],
    ['etcd: {local: {serverCertSANs: ["fe80::1%eth0"]}}', false],
    ['etcd: {external: {endpoints: ["https://%zz"]}}', false],
    ['etcd: {external: {endpoints: ["https://a:xx"]}}', false],
    ['etcd: {external: {endpoints: ["https://a:70000"]}}', false],
    ['etcd: {external: {endpoints: ["https://[::1"]}}', false],
    ['etcd: {external: {endpoints: ["https://[fe80::1%eth0]:2379"]}}', false],
    [
      'etcd: {external: {endpoints: ["https://[fd00::1]:2379", "https://etcd-0.example.com:2379/", "http://10.0.0.1"]}}',
      true,
    ],
    ['networking: {podSubnet: "fe80::1%eth0/64"}', false],
  ])('of a cluster: %s: known %j', (line, expected) => {
    expect(isReported(kubeadm('ClusterConfiguration', 'v1beta4', 'kubernetesVersion: v1.34.4', line))).toBe(expected);
  });

  const token = 'abcdef.0123456789abcdef';

  test.each([
    ['nodeRegistration: {criSocket: "/run/x%zz"}', false],
    ['nodeRegistration: {criSocket: "unix:///run/x?y"}', false],
    ['nodeRegistration: {criSocket: "unix:///run/containerd/containerd.sock"}', true],
    [`bootstrapTokens: [{token: ${token}, usages: [signing]}]`, false],
    [`bootstrapTokens: [{token: ${token}, usages: [signing, signing]}]`, false],
    [`bootstrapTokens: [{token: ${token}, usages: [signing, authentication]}]`, true],
    ['nodeRegistration: {taints: [{key: a, effect: NoSchedule, timeAdded: "2026-01-01T00:00:00Z"}]}', false],
  ])('of a node: %s: known %j', (line, expected) => {
    const text = kubeadm('InitConfiguration', 'v1beta4', line);
    const [one] = readConfigText(text, 'f').unread;
    expect(one === undefined).toBe(expected);
  });

  test.each([
    ['unix:///var/run/dockershim.sock', 'unknown'],
    ['/run/dockershim.sock', 'unknown'],
    ['/var/run/dockershim.sock', 'known'],
  ])('the socket of docker is that of its exact text alone: %s is %s', (socket, expected) => {
    const text = (criSocket: string): string =>
      [
        kubeadm('ClusterConfiguration', 'v1beta2', 'kubernetesVersion: v1.20.15'),
        kubeadm('InitConfiguration', 'v1beta2', `nodeRegistration: {criSocket: "${criSocket}"}`),
      ].join('\n---\n');
    expect(outcome(text('/var/run/dockershim.sock'), text(socket), 'v1.20.15')).toBe(expected);
  });
});

describe('what a kubelet refuses', () => {
  test.each([
    ['{key: a, effect: NoSchedule}', true],
    ['{key: a, effect: NoSchedule, timeAdded: null}', true],
    ['{key: a, effect: NoSchedule, timeAdded: "2026-01-01T00:00:00Z"}', false],
  ])('the taint %s: known %j', (taint, expected) => {
    const text = `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nregisterWithTaints: [${taint}]`;
    expect(readConfigText(text, 'f').unread.length === 0).toBe(expected);
  });

  test.each([
    ['[{containerPort: 1, name: a}, {containerPort: 2, name: b}]', true],
    ['[{containerPort: 1}, {containerPort: 2}]', true],
    ['[{containerPort: 1, name: a}, {containerPort: 2, name: a}]', false],
    ['[{containerPort: 1, name: "1"}]', false],
    ['[{containerPort: 1, name: a--b}]', false],
  ])('the ports %s: known %j', (ports, expected) => {
    const text = [
      'apiVersion: v1',
      'kind: Pod',
      'metadata: {name: kube-controller-manager, namespace: kube-system}',
      'spec:',
      '  hostNetwork: true',
      '  containers:',
      '  - name: kube-controller-manager',
      '    image: registry.k8s.io/kube-controller-manager:v1.34.4',
      '    command: [kube-controller-manager]',
      `    ports: ${ports}`,
    ].join('\n');
    expect(readConfigText(text, 'f').unread.length === 0).toBe(expected);
  });
});
