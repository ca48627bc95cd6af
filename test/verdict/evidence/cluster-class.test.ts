import { expect, test } from 'vitest';
import type { NodeGroup, TimelineEvent } from '../../../src/timeline/index.ts';
import { clusterClassOf, clusterClassText, injectorOf } from '../../../src/verdict/evidence/cluster-class.ts';
import { event } from '../timeline-builder.ts';

const group: NodeGroup = {
  ...{ nodes: 2, role: 'worker', instanceType: 'm7.large', architecture: 'amd64', cpus: '4', memoryGib: 16 },
  ...{ kubelet: 'v1.34.4', osImage: 'Debian GNU/Linux 12', kernel: '6.12.0', runtime: 'containerd://2.1.4' },
};
const zones = [
  { zone: '', nodes: 0 },
  { zone: 'eu/a', nodes: 2 },
];

const place = (groups: readonly NodeGroup[]): TimelineEvent =>
  event(1, { type: 'run.place', target: 'x', versions: {}, cluster: { nodes: 2, groups, zones } });

const network = (
  node: string,
  cni: string | null,
  kubeProxyMode: string | null,
  why: string | null = null,
): TimelineEvent => event(2, { type: 'node.network', node, cni, kubeProxyMode, why });

test('a class is what nodes report, and what those that were asked say of the network', () => {
  const { cluster } = clusterClassOf([place([group]), network('worker', 'kindnet (ptp)', 'iptables')]);
  expect(cluster).toEqual({
    ...{ nodes: 2, groups: [group], zones, cni: 'kindnet (ptp)', kubeProxyMode: 'iptables' },
    ...{ networkReadOn: ['worker'], unknown: [] },
  });
  expect(cluster === undefined ? '' : clusterClassText(cluster)).toBe(
    '2 nodes: 2 worker (m7.large, amd64, 4 CPUs, 16 GiB, kubelet v1.34.4, Debian GNU/Linux 12, kernel 6.12.0, containerd://2.1.4); zone of 2 nodes; CNI kindnet (ptp); kube-proxy iptables',
  );
});

test.each([
  [[2], 'zone of 2 nodes'],
  [[1], 'zone of 1 node'],
  [[1, 2], 'zones of 1, 2 nodes'],
])('of zones of %j nodes it says: %s', (sizes, text) => {
  const { cluster } = clusterClassOf([place([group])]);
  if (cluster === undefined) throw new Error('the record has the nodes');
  const named = sizes.map((nodes, index) => ({ zone: `zone-${index}`, nodes }));
  expect(clusterClassText({ ...cluster, zones: named }).split('; ')[1]).toBe(text);
});

test.each([
  [{ cpus: '1' }, '1 CPU, 16 GiB'],
  [{ cpus: '3920m' }, '3920m CPUs, 16 GiB'],
  [{ cpus: null, memoryGib: null }, 'CPUs ?, GiB ?'],
])('of machines with %j it says: %s', (changes, text) => {
  const { cluster } = clusterClassOf([place([{ ...group, ...changes }])]);
  expect(cluster === undefined ? '' : clusterClassText(cluster)).toContain(`amd64, ${text}, kubelet`);
});

test('a record without the nodes has no class', () => {
  expect(clusterClassOf([event(1, { type: 'run.place', target: 'x', versions: {} })])).toEqual({});
});

test.each([
  ['no node was asked', [], ['CNI: no node was asked', 'kube-proxy: no node was asked']],
  ['one does not say', [network('worker', 'kindnet (ptp)', null, 'no curl')], ['worker: no curl']],
  [
    'two differ',
    [network('worker', 'kindnet (ptp)', 'iptables'), network('worker2', 'kindnet (ptp)', 'ipvs')],
    ['kube-proxy: nodes differ: worker iptables, worker2 ipvs'],
  ],
] as const)('a class is not known where %s, and it is said', (_, events, unknown) => {
  const { cluster } = clusterClassOf([place([group]), ...events]);
  expect([cluster?.kubeProxyMode, cluster?.unknown]).toEqual([null, unknown]);
});

test('what nodes do not report of themselves is named, too', () => {
  const { cluster } = clusterClassOf([place([{ ...group, kernel: null }]), network('worker', 'a (b)', 'iptables')]);
  expect(cluster?.unknown).toEqual(['kernel of 2 worker nodes']);
});

test('what made the faults is on record where agents did not', () => {
  const at = (versions: Record<string, string>) => [event(1, { type: 'run.place', target: 'x', versions })];
  expect(injectorOf(at({ injector: 'chaos-mesh' }))).toEqual({ injector: 'chaos-mesh' });
  expect([injectorOf(at({ kubernetes: 'v1.34.4' })), injectorOf([])]).toEqual([{}, {}]);
});
