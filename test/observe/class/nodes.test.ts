import { expect, test } from 'vitest';
import { clusterNodesOf } from '../../../src/observe/class/nodes.ts';

const info = {
  ...{ architecture: 'amd64', kubeletVersion: 'v1.34.4', osImage: 'Debian GNU/Linux 12' },
  ...{ kernelVersion: '6.12.0', containerRuntimeVersion: 'containerd://2.1.4' },
};

const node = (name: string, labels: Readonly<Record<string, string>> = {}, nodeInfo: Partial<typeof info> = info) => ({
  metadata: { name, labels },
  status: { capacity: { cpu: '4', memory: '16374052Ki' }, nodeInfo },
});

const group = {
  ...{ instanceType: null, architecture: 'amd64', cpus: '4', memoryGib: 16, kubelet: 'v1.34.4' },
  ...{ osImage: 'Debian GNU/Linux 12', kernel: '6.12.0', runtime: 'containerd://2.1.4' },
};

const large = { 'node.kubernetes.io/instance-type': 'm7.large' };
const inZone = (zone: string) => ({ 'topology.kubernetes.io/region': 'eu', 'topology.kubernetes.io/zone': zone });

test('nodes that report the same are one group, and zones are counted', () => {
  const nodes = [
    node('plane', inZone('eu-a')),
    node('w1', { ...large, ...inZone('eu-a') }),
    node('w2', { ...large, ...inZone('eu-b') }),
    node('w3'),
  ];
  expect(clusterNodesOf(nodes, (name) => name === 'plane')).toEqual({
    nodes: 4,
    groups: [
      { nodes: 1, role: 'control-plane', ...group },
      { nodes: 2, role: 'worker', ...group, instanceType: 'm7.large' },
      { nodes: 1, role: 'worker', ...group },
    ],
    zones: [
      { zone: '', nodes: 1 },
      { zone: 'eu/eu-a', nodes: 2 },
      { zone: 'eu/eu-b', nodes: 1 },
    ],
  });
});

test('what a node does not report is null, and no default', () => {
  expect(clusterNodesOf([{ metadata: { name: 'w' }, status: { capacity: { memory: '1e9' } } }], () => false)).toEqual({
    nodes: 1,
    groups: [
      {
        ...{ nodes: 1, role: 'worker', instanceType: null, architecture: null, cpus: null, memoryGib: null },
        ...{ kubelet: null, osImage: null, kernel: null, runtime: null },
      },
    ],
    zones: [{ zone: '', nodes: 1 }],
  });
});

test('what a node calls itself reaches no terminal as it is', () => {
  const { groups } = clusterNodesOf(
    [node('w', {}, { ...info, osImage: '\u001b[31mDebian\u0007\nnew line' })],
    () => false,
  );
  expect(groups.map(({ osImage }) => osImage)).toEqual(['Debian new line']);
});
