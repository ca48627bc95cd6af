import { describe, expect, test } from 'vitest';
import { withFields, withFlags } from '../../../src/cluster/change/differences.ts';

const manifest = `apiVersion: v1
kind: Pod
metadata:
  name: kube-controller-manager
  namespace: kube-system
spec:
  containers:
  - command:
    - kube-controller-manager
    - --cluster-name=a-cluster-whose-name-is-so-long-that-a-careless-printer-of-YAML-would-fold-the-line-in-two
    - --node-monitor-period=2s
    - --leader-elect=true
    image: registry.k8s.io/kube-controller-manager:v1.34.4
  hostNetwork: true
status: {}
`;

const commandOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('    - '))
    .map((line) => line.slice(6));

describe('flags of a static pod', () => {
  test('are set, replaced and taken away, and nothing else of the manifest changes', () => {
    const changed = withFlags(manifest, { 'node-monitor-grace-period': '10s', 'node-monitor-period': null });
    expect(changed).toBe(
      manifest
        .replace('    - --node-monitor-period=2s\n', '')
        .replace('    - --leader-elect=true\n', '    - --leader-elect=true\n    - --node-monitor-grace-period=10s\n'),
    );
    expect(commandOf(withFlags(manifest, { 'node-monitor-period': '5s' }))).toEqual([
      'kube-controller-manager',
      expect.stringContaining('--cluster-name='),
      '--leader-elect=true',
      '--node-monitor-period=5s',
    ]);
  });

  test('that are as wanted already leave the text as it was, byte for byte', () => {
    const odd = manifest.replace('hostNetwork: true', 'hostNetwork:   true # by hand');
    expect(withFlags(odd, { 'node-monitor-period': '2s', 'node-monitor-grace-period': null })).toBe(odd);
  });

  test('there and back again is where it began', () => {
    const there = withFlags(manifest, { 'node-monitor-grace-period': '10s' });
    expect(withFlags(there, { 'node-monitor-grace-period': null })).toBe(manifest);
  });

  test('a text that is no manifest is an error, not a guess', () => {
    expect(() => withFlags('kind: Pod\n', { a: 'b' })).toThrow(
      'a static pod manifest: expected what kubeadm writes, found no command of a first container.',
    );
  });
});

describe("the kubelet's configuration", () => {
  const written =
    'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnodeStatusReportFrequency: 0s\nnodeStatusUpdateFrequency: 0s\nstaticPodPath: /etc/kubernetes/manifests\n';

  test('takes the fields of a profile and leaves the others alone', () => {
    expect(
      withFields(written, {
        nodeStatusUpdateFrequency: '4s',
        nodeStatusReportFrequency: '5m',
        nodeLeaseDurationSeconds: 16,
      }),
    ).toBe(
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnodeStatusReportFrequency: 5m\nnodeStatusUpdateFrequency: 4s\nstaticPodPath: /etc/kubernetes/manifests\nnodeLeaseDurationSeconds: 16\n',
    );
  });

  test('that writes 0s for what nobody set is as wanted where nothing is to be set', () => {
    const none = { nodeStatusUpdateFrequency: null, nodeStatusReportFrequency: null, nodeLeaseDurationSeconds: null };
    expect(withFields(written, none)).toBe(written);
  });

  test('loses a field that the next profile does not set', () => {
    const set = withFields(written, { nodeLeaseDurationSeconds: 16 });
    expect(withFields(set, { nodeLeaseDurationSeconds: null })).toBe(written);
  });

  test('of another kind is an error', () => {
    expect(() => withFields('kind: Pod\n', {})).toThrow(
      'the kubelet’s configuration: expected what kubeadm writes, found another kind of document.',
    );
  });
});
