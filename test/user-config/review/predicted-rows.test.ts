import { describe, expect, test } from 'vitest';
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

describe('heartbeats that are late after a change of status alone, as where status posts keep nodes Ready', () => {
  const posts = (version: string, leaseSeconds: number, graceSeconds = 14) => ({
    configFiles: readConfigText(
      [
        'apiVersion: kubeadm.k8s.io/v1beta4',
        'kind: ClusterConfiguration',
        `kubernetesVersion: ${version}`,
        'controllerManager:',
        '  extraArgs:',
        `  - {name: node-monitor-grace-period, value: ${graceSeconds}s}`,
        '---',
        kubelet('nodeStatusUpdateFrequency: 10s', `nodeLeaseDurationSeconds: ${leaseSeconds}`),
      ].join('\n'),
      'f',
    ),
    kubernetesVersion: version,
  });
  const [some, half] = ['up to 13 % after a change of status', 'up to 50 % after a change of status'];
  test.each([
    ['the candidate alone', posts('v1.34.1', 56), posts('v1.34.1', 64), '0 %', some, 'worse'],
    ['the base alone', posts('v1.34.1', 160), posts('v1.34.1', 160, 21), half, '0 %', 'better'],
    ['both, and nobody knows which more', posts('v1.34.1', 64), posts('v1.34.1', 160), some, half, 'unknown'],
    ['both, of which no more is known', posts('v1.34.1', 100), posts('v1.34.1', 160), half, half, 'unknown'],
    ['both alike', posts('v1.34.1', 64), posts('v1.34.1', 64), some, some, 'same'],
    ['none, for reports are not scattered', posts('v1.33.1', 64), posts('v1.33.1', 160), '0 %', '0 %', 'same'],
  ] as const)('%s', (_, base, candidate, before, after, verdict) => {
    const figure = 'heartbeats of healthy nodes that flap';
    const row = reviewConfigs(base, candidate).predicted.find((each) => each.figure === figure);
    expect(row).toEqual({ figure, base: before, candidate: after, verdict });
  });
});
