import { expect, test } from 'vitest';
import { entranceNotes } from '../../../src/compare/conditions/cluster-class.ts';
import { assertComparable } from '../../../src/compare/conditions/conditions.ts';
import type { ClusterClass, NodeGroup } from '../../../src/timeline/index.ts';
import type { RunDocument } from '../../../src/verdict/index.ts';
import { gracePlan, modelRun } from '../runs.ts';

const run = await modelRun(gracePlan('40s', 1, 1));
const machine = { architecture: 'x64', cpus: 4, memoryGib: 16, cpu: 'm7.large' };

const group: NodeGroup = {
  ...{ nodes: 3, role: 'worker', instanceType: 'm7.large', architecture: 'amd64', cpus: '4', memoryGib: 16 },
  ...{ kubelet: 'v1.34.4', osImage: 'Debian GNU/Linux 12', kernel: '6.12.0', runtime: 'containerd://2.1.4' },
};

const known: ClusterClass = {
  ...{ nodes: 3, groups: [group], zones: [{ zone: 'eu/a', nodes: 3 }], cni: 'calico (calico)' },
  ...{ kubeProxyMode: 'iptables', networkReadOn: ['worker'], unknown: [] },
};

/** The same run as one of a real cluster of that class. */
const on = (cluster: ClusterClass | null, backend: 'cluster' | 'kind' = 'cluster'): RunDocument => {
  const { conditions } = run;
  if (conditions === undefined) throw new Error('a run has its conditions on record');
  const own = { ...conditions, machine, ...(cluster === null ? {} : { cluster }) };
  return { ...run, backend, predicted: false, conditions: own };
};

const differences = (base: RunDocument, candidate: RunDocument) =>
  assertComparable([base], [candidate], ['cluster', 'backend']).map(({ condition }) => condition);

test('runs on clusters of one class compare', () => {
  expect(assertComparable([on(known)], [on(known)], [])).toEqual([]);
});

test.each([
  ['names of zones', { ...known, zones: [{ zone: 'us/b', nodes: 3 }] }],
  ['the patch release of a kubelet', { ...known, groups: [{ ...group, kubelet: 'v1.34.1' }] }],
  [
    'patch releases within one side',
    {
      ...known,
      groups: [
        { ...group, nodes: 1, kubelet: 'v1.34.1' },
        { ...group, nodes: 2 },
      ],
    },
  ],
  ['which nodes were asked', { ...known, networkReadOn: ['worker2'] }],
] as const)('%s make no other class', (_, candidate) => {
  expect(assertComparable([on(known)], [on(candidate)], [])).toEqual([]);
});

const base =
  '3 nodes: 3 worker (m7.large, amd64, 4 CPUs, 16 GiB, kubelet v1.34.4, Debian GNU/Linux 12, kernel 6.12.0, containerd://2.1.4); zone of 3 nodes; CNI calico (calico); kube-proxy iptables';

test.each([
  ['nodes', { ...known, nodes: 4, groups: [{ ...group, nodes: 4 }] }, ['3 nodes: 3 worker', '4 nodes: 4 worker']],
  ['instance types', { ...known, groups: [{ ...group, instanceType: 'm7.xlarge' }] }, ['m7.large', 'm7.xlarge']],
  [
    'minors of kubelets',
    { ...known, groups: [{ ...group, kubelet: 'v1.33.4' }] },
    ['kubelet v1.34.4', 'kubelet v1.33.4'],
  ],
  ['kernels', { ...known, groups: [{ ...group, kernel: '5.15.0' }] }, ['kernel 6.12.0', 'kernel 5.15.0']],
  ['zones', { ...known, zones: [{ zone: '', nodes: 3 }] }, ['zone of 3 nodes', 'no zones']],
  ['CNIs', { ...known, cni: 'cilium (cilium-cni)' }, ['CNI calico (calico)', 'CNI cilium (cilium-cni)']],
  ['modes of kube-proxy', { ...known, kubeProxyMode: 'ipvs' }, ['kube-proxy iptables', 'kube-proxy ipvs']],
] as const)('other %s make another class, which is refused unless it is the point', (_, candidate, [from, to]) => {
  expect(() => assertComparable([on(known)], [on(candidate)], [])).toThrow(
    expect.objectContaining({
      ...{ code: 'NOT_COMPARABLE', exitCode: 64 },
      message: `Expected runs that differ in nothing unasked:\n  cluster: base ${base}; candidate ${base.replace(from, to)}`,
    }),
  );
  expect(differences(on(known), on(candidate))).toEqual(['cluster']);
});

test.each([
  ['is not known on both sides', { ...known, kubeProxyMode: null, unknown: ['worker: no curl'] }],
  ['is not on record on either', null],
] as const)('a class that %s is not the same', (_, cluster) => {
  expect(() => assertComparable([on(cluster)], [on(cluster)], [])).toThrow(
    expect.objectContaining({ code: 'NOT_COMPARABLE' }),
  );
  expect(differences(on(cluster), on(cluster))).toEqual(['cluster']);
});

test('runs on clusters of kind compare as before, whatever the record says of their class', () => {
  expect(assertComparable([on(null, 'kind')], [on({ ...known, unknown: ['x'] }, 'kind')], [])).toEqual([]);
});

test('one on a cluster of kind and one on a cluster of that class differ in the backend alone', () => {
  expect(differences(on(known, 'kind'), on(known))).toEqual(['backend']);
  expect(differences(on(null, 'kind'), on(known))).toEqual(['backend', 'cluster']);
});

test('where requests come from is said where the sides differ in it, and have any', () => {
  const bare = { ...on(known), requests: { ...run.requests, offered: 0 } };
  expect(entranceNotes([on(known, 'kind')], [on(known)])).toEqual([
    "requests take another way: those of the base from outside, through the port of a node; those of the candidate from a pod on a worker, through the Service's address in the cluster",
  ]);
  expect(entranceNotes([on(known)], [on(known)])).toEqual([]);
  expect(entranceNotes([on(known, 'kind')], [bare])).toEqual([]);
});
