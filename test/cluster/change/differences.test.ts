import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { isStale } from '../../../src/cluster/change/api.ts';
import {
  admittedSeconds,
  changedText,
  managedFiles,
  programsToEnd,
  withFields,
  withFlags,
} from '../../../src/cluster/change/differences.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { loadScenario } from '../../../src/scenario/index.ts';

const planOf = (profile: string, kubernetesVersion: string) => {
  const overrides = [
    { origin: 'test', path: ['profile'], value: profile },
    { origin: 'test', path: ['cluster', 'kubernetes'], value: kubernetesVersion },
  ];
  return makePlan(loadScenario('default', { overrides }).scenario, { kubernetesVersion });
};

const seconds = (unreachable: number | null, notReady = unreachable) => ({
  'node.kubernetes.io/unreachable': unreachable,
  'node.kubernetes.io/not-ready': notReady,
});

describe('what a change of the profile touches', () => {
  test('on a control plane two manifests and the kubelet, on a worker the kubelet alone', () => {
    const plan = planOf('tight-grace', 'v1.34.4');
    expect(managedFiles(plan, 'control-plane').map(({ path }) => path)).toEqual([
      '/var/lib/kubelet/config.yaml',
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      '/etc/kubernetes/manifests/kube-controller-manager.yaml',
    ]);
    expect(managedFiles(plan, 'worker').map(({ path }) => path)).toEqual(['/var/lib/kubelet/config.yaml']);
  });

  test('the default profile takes away what any other has set, each version in its own way', () => {
    const manifest = (flags: readonly string[]): string =>
      `spec:\n  containers:\n  - command:\n${['program', ...flags].map((word) => `    - ${word}\n`).join('')}`;
    const rewritten = (version: string, component: string, flags: readonly string[]): string | undefined =>
      managedFiles(planOf('default', version), 'control-plane')
        .find((file) => file.component === component)
        ?.rewrite(manifest(flags));
    expect(
      rewritten('v1.34.4', 'kube-controller-manager', ['--node-monitor-grace-period=10s', '--node-monitor-period=5s']),
    ).toBe(manifest([]));
    expect(rewritten('v1.34.4', 'kube-apiserver', ['--default-unreachable-toleration-seconds=10', '--a=b'])).toBe(
      manifest(['--a=b']),
    );
    expect(
      rewritten('v1.20.2', 'kube-controller-manager', ['--pod-eviction-timeout=10s', '--enable-taint-manager=false']),
    ).toBe(manifest([]));
  });

  test('an API server takes both leaders with it, a controller manager only itself, a kubelet nobody', () => {
    expect(programsToEnd(new Set(['kube-apiserver', 'kubelet']))).toEqual({
      leaders: ['kube-controller-manager', 'kube-scheduler'],
      api: true,
    });
    expect(programsToEnd(new Set(['kube-controller-manager']))).toEqual({
      leaders: ['kube-controller-manager'],
      api: false,
    });
    expect(programsToEnd(new Set(['kubelet']))).toEqual({ leaders: [], api: false });
  });

  test('pods are admitted with the seconds that are passed, else with 300, by timeout as well', () => {
    expect(admittedSeconds(planOf('tight-grace', 'v1.34.4'))).toEqual(seconds(10));
    expect(admittedSeconds(planOf('default', 'v1.34.4'))).toEqual(seconds(300));
    expect(admittedSeconds(planOf('tight-grace', 'v1.20.2'))).toEqual(seconds(300));
  });

  test('is printed in one line', () => {
    expect(changedText(['kubelet', 'kube-apiserver', 'kube-controller-manager', 'kubelet'], 2)).toBe(
      'controller manager, API server and 2 kubelets',
    );
    expect(changedText(['kubelet'], 1)).toBe('1 kubelet');
  });
});

describe('pods that were admitted with other tolerations', () => {
  const toleration = (tolerationSeconds: number | undefined, key = 'node.kubernetes.io/unreachable') => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  });
  const pod = (kind: string, tolerations: readonly object[]): V1Pod => ({
    metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'x', uid: 'x' }] },
    spec: { containers: [], tolerations: [...tolerations] as never },
  });

  test('are stale where a ReplicaSet makes them anew', () => {
    expect(isStale(pod('ReplicaSet', [toleration(300)]), seconds(10))).toBe(true);
    expect(isStale(pod('ReplicaSet', [toleration(10)]), seconds(10))).toBe(false);
  });

  test('are stale where the two taints are tolerated for other times, or for none at all', () => {
    const both = pod('ReplicaSet', [toleration(30), toleration(60, 'node.kubernetes.io/not-ready')]);
    expect(isStale(both, seconds(30, 60))).toBe(false);
    expect(isStale(both, seconds(30, 300))).toBe(true);
    expect(isStale(both, seconds(null))).toBe(true);
    expect(isStale(pod('ReplicaSet', []), seconds(null))).toBe(false);
  });

  test('are left alone where nobody would, where they tolerate without end, and where the taint is another', () => {
    expect(isStale(pod('Node', [toleration(300)]), seconds(10))).toBe(false);
    expect(isStale(pod('ReplicaSet', [toleration(undefined)]), seconds(10))).toBe(false);
    expect(isStale(pod('ReplicaSet', [toleration(300, 'example.org/other')]), seconds(10))).toBe(false);
  });
});

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
      '--cluster-name=a-cluster-whose-name-is-so-long-that-a-careless-printer-of-YAML-would-fold-the-line-in-two',
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
