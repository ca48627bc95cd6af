import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namedVersion, readConfigText, reviewConfigs } from '../../src/user-config/index.ts';

const folder = join(import.meta.dirname, '../fixtures/settings');

/** Files of production, and one change of each that hurts; `verdict`: which figures say so, `unknown`, or `fatal`. */
test.each([
  ['production-oidc', 'https://login', 'http://login', 'unknown'],
  ['production-oidc', 'name: oidc-client-id', 'name: oidc-client', 'fatal'],
  ['production-benchmark', 'value: "Node,RBAC"', 'value: "RBAC"', 'unknown'],
  ['production-benchmark', 'RotateKubeletServerCertificate=true', 'RotateKubeletServerCert=true', 'fatal'],
  ['production-benchmark', 'value: "300s"', 'value: "300"', 'fatal'],
  ['production-endpoint', '10.244.0.0/16', '10.244.0.0/33', 'unknown'],
  ['production-cloud-provider', 'v1.29.6', 'v1.36.0', 'fatal'],
  [
    'production-cloud-provider',
    'cloud-provider: "external"\ncontroller',
    'cloud-provider: "aws"\ncontroller',
    'unknown',
  ],
  ['production-external-etcd', 'https://10.0.0.11:2379', '10.0.0.11:2379', 'unknown'],
  ['kubelet-benchmark', 'streamingConnectionIdleTimeout: 5m', 'streamingConnectionIdleTimeout: 5', 'unknown'],
  ['kubelet-benchmark', 'podPidsLimit: 4096', 'podPidsLimit: 10', 'unknown'],
  [
    'kubelet-benchmark',
    'podPidsLimit: 4096',
    'podPidsLimit: 4096\nnodeStatusUpdateFrequency: 1h',
    'same, better, worse',
  ],
  ['kubelet-reserved', 'memory: 500Mi', 'memory: 500Gi', 'unknown'],
  ['kubelet-reserved', 'memory.available: 100Mi', 'memory.available: 99%', 'unknown'],
  ['kubelet-large-machine', 'memory: 10Gi', 'memory: 20Gi', 'unknown'],
  ['kubelet-large-machine', 'maxPods: 250', 'maxPods: 25', 'unknown'],
  ['kubelet-soft-eviction', '  memory.available: 1m30s\n', '', 'unknown'],
  ['kubelet-image-age', 'imageMaximumGCAge: 168h', 'imageMaximumGCAge: 1m', 'unknown'],
  ['kubelet-tls13', 'VersionTLS13', 'VersionTLS12', 'unknown'],
  [
    'kcm-benchmark',
    '--node-monitor-grace-period=50s',
    '--node-monitor-grace-period=20s',
    'worse, same, better, changed',
  ],
  [
    'kcm-benchmark',
    '--node-monitor-grace-period=50s',
    '--node-monitor-grace-period=45.01s',
    'worse, same, unknown, changed',
  ],
  ['kcm-benchmark', '    - --cluster-cidr=10.244.0.0/16\n', '', 'unknown'],
  ['kcm-benchmark', '--kubeconfig=/etc/kubernetes/controller-manager.conf', '--kubeconfig=/etc/cm.conf', 'unknown'],
  ['apiserver-production', '    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n', '', 'unknown'],
  ['apiserver-production', '    - --etcd-servers=https://127.0.0.1:2379\n', '', 'unknown'],
  ['k3s-production', 'memory.available<200Mi', 'memory.available<90%', 'unknown'],
  ['rke2-benchmark', 'GracefulNodeShutdown=true', 'GracefulNodeShutdwn=true', 'fatal'],
  ['init-production', 'value: "200"', 'value: "5"', 'unknown'],
] as const)('%s with %j as %j: %s', (file, from, to, expected) => {
  const text = readFileSync(join(folder, `${file}.yaml`), 'utf8').replace(/\r\n/g, '\n');
  expect(text).toContain(from);
  const side = (each: string): Parameters<typeof reviewConfigs>[0] => {
    const configFiles = readConfigText(each, 'f');
    return { configFiles, kubernetesVersion: namedVersion(configFiles) ?? 'v1.34.4' };
  };
  const itself = reviewConfigs(side(text), side(text));
  expect(new Set(itself.predicted.map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  const { predicted, candidate } = reviewConfigs(side(text), side(text.replace(from, to)));
  const isFatal = candidate.remarks.some(({ weight }) => weight === 'fatal');
  expect(isFatal).toBe(expected === 'fatal');
  const verdicts = new Set(predicted.map(({ verdict }) => verdict));
  expect([...verdicts].join(', ')).toBe(expected === 'fatal' ? 'unknown' : expected);
});
