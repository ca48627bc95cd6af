import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { isStale } from '../../../src/cluster/change/api.ts';
import { admittedSeconds, changedText, managedFiles, programsToEnd } from '../../../src/cluster/change/differences.ts';
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
