import { expect, test } from 'vitest';
import { unbalanced } from '../../../src/backend/kind/workload/workload.ts';
import type { Observed, ObservedNode, ObservedPod } from '../../../src/observe/index.ts';

const node = (...taints: readonly string[]): ObservedNode => ({
  ready: 'True',
  reason: 'KubeletReady',
  heartbeat: null,
  taints: new Set(taints),
});
const pod = (on: string | null, deleting = false): ObservedPod => ({
  name: `on ${on}`,
  ready: true,
  deleting,
  node: on,
});

const observed = (nodes: Record<string, ObservedNode>, ...pods: readonly ObservedPod[]): Observed => ({
  nodes: new Map(Object.entries(nodes)),
  leases: new Map(),
  otherLeasesSeen: 0,
  endpoints: null,
  pods: new Map(pods.map((one, index) => [`uid-${index}`, one])),
  hollowPods: new Map(),
});

const workers = { worker: node(), worker2: node() };
const cluster = { ...workers, 'control-plane': node('node-role.kubernetes.io/control-plane:NoSchedule') };

test('two pods on one of two workers crowd it, one on each do not', () => {
  expect(unbalanced(observed(cluster, pod('worker'), pod('worker')))).toBe(
    'pods are not spread (2 on worker, 0 on worker2)',
  );
  expect(unbalanced(observed(cluster, pod('worker'), pod('worker2')))).toBeNull();
  expect(unbalanced(observed(cluster, pod('worker'), pod('worker2'), pod('worker2')))).toBeNull();
});

test('pods that are ending, and pods without a node, crowd nothing', () => {
  expect(unbalanced(observed(cluster, pod('worker'), pod('worker', true), pod('worker2')))).toBeNull();
  expect(unbalanced(observed(cluster, pod(null), pod(null)))).toBeNull();
});

test('a control plane takes no pods, by the taint of v1.20 as by that of today', () => {
  const old = { ...workers, 'control-plane': node('node-role.kubernetes.io/master:NoSchedule') };
  const four = [pod('worker'), pod('worker'), pod('worker2'), pod('worker2')];
  expect(unbalanced(observed(old, ...four))).toBeNull();
  expect(unbalanced(observed(cluster, ...four))).toBeNull();
});

test('without a worker nothing is unbalanced', () => {
  expect(unbalanced(observed({ 'control-plane': cluster['control-plane'] }, pod('control-plane')))).toBeNull();
});
