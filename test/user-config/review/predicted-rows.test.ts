import { expect, test } from 'vitest';
import { readConfigText, reviewConfigs } from '../../../src/user-config/index.ts';

const kubelet = (...lines: readonly string[]): string =>
  ['apiVersion: kubelet.config.k8s.io/v1beta1', 'kind: KubeletConfiguration', ...lines].join('\n');

const joins = (seconds: number): string =>
  [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'kubernetesVersion: v1.34.1',
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: JoinConfiguration',
    'discovery: {bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: 10.0.0.1:6443, unsafeSkipCAVerification: true}}',
    'nodeRegistration:',
    '  kubeletExtraArgs:',
    `  - {name: node-status-update-frequency, value: ${seconds}s}`,
  ].join('\n');

const side = (text: string) => ({ configFiles: readConfigText(text, 'f'), kubernetesVersion: 'v1.34.1' });

const answer = 'longest answer that a heartbeat waits for';

test.each([
  [
    'a shorter status period in the file',
    kubelet('nodeStatusReportFrequency: 5m'),
    kubelet('nodeStatusReportFrequency: 5m', 'nodeStatusUpdateFrequency: 2s'),
    '10s',
    '2s',
    'worse',
  ],
  ['one by a flag', joins(10), joins(1), '10s', '1s', 'worse'],
  [
    'a shorter lease',
    kubelet('nodeLeaseDurationSeconds: 40'),
    kubelet('nodeLeaseDurationSeconds: 5'),
    '10s',
    '5s',
    'worse',
  ],
  [
    'a longer status period, up to the lease',
    kubelet('nodeStatusUpdateFrequency: 10s'),
    kubelet('nodeStatusUpdateFrequency: 60s'),
    '10s',
    '40s',
    'better',
  ],
  [
    'a longer lease alone',
    kubelet('nodeLeaseDurationSeconds: 40'),
    kubelet('nodeLeaseDurationSeconds: 80'),
    '10s',
    '10s',
    'same',
  ],
] as const)('%s: how long a heartbeat waits for an answer', (_, base, candidate, before, after, verdict) => {
  const { predicted } = reviewConfigs(side(base), side(candidate));
  expect(predicted.find(({ figure }) => figure === answer)).toEqual({
    figure: answer,
    base: before,
    candidate: after,
    verdict,
  });
});
