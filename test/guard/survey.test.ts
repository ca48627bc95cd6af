import { expect, test } from 'vitest';
import { surveyedNode } from '../../src/guard/survey/survey.ts';

const node = {
  metadata: {
    name: 'w01',
    uid: 'u1',
    creationTimestamp: '2026-11-24T10:00:00Z',
    labels: { 'topology.kubernetes.io/zone': 'a' },
  },
  spec: {},
  status: {
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    addresses: [
      { type: 'InternalIP', address: '10.0.0.5' },
      { type: 'Hostname', address: 'w01' },
    ],
    nodeInfo: { kubeletVersion: 'v1.34.4', operatingSystem: 'linux', machineID: '0af3', systemUUID: 'Not Settable' },
  },
};

const read = (changes: object, apiServers: readonly string[] = ['10.0.0.2']) =>
  surveyedNode(apiServers).parse({ ...node, ...changes });
const labelled = (labels: Record<string, string>) => read({ metadata: { ...node.metadata, labels } });

test('a Node is read', () => {
  expect(read({})).toEqual({
    ...{ name: 'w01', uid: 'u1', labels: { 'topology.kubernetes.io/zone': 'a' }, controlPlane: null, zone: 'a' },
    ...{
      ready: 'True',
      reason: 'KubeletReady',
      unschedulable: false,
      kubeletVersion: 'v1.34.4',
      os: 'linux',
      taints: [],
    },
    ...{
      addresses: ['10.0.0.5', 'w01'],
      address: '10.0.0.5',
      createdAtMs: Date.UTC(2026, 10, 24, 10),
      // Firmware that knows none says something of another form.
      machine: { id: '0af3', uuid: null },
      isDeleting: false,
    },
  });
});

test('what a Node does not say is null', () => {
  const { metadata } = node;
  expect(surveyedNode([]).parse({ metadata: { ...metadata, labels: undefined } })).toMatchObject({
    ...{ labels: {}, zone: '', ready: null, reason: '', kubeletVersion: null, os: null, address: null },
  });
});

test.each(['control-plane', 'master', 'controlplane', 'etcd'])(
  'a node with the role %s is of the control plane',
  (role) => {
    const key = `node-role.kubernetes.io/${role}`;
    expect(labelled({ [key]: '' }).controlPlane).toBe(`it bears ${key}`);
    expect(read({ spec: { taints: [{ key, effect: 'NoSchedule' }] } }).controlPlane).toBe(`it bears ${key}`);
  },
);

test('a node that MicroK8s calls one is of the control plane, though it has no role', () => {
  const key = 'node.kubernetes.io/microk8s-controlplane';
  expect(labelled({ [key]: 'microk8s-controlplane' }).controlPlane).toBe(`it bears ${key}`);
  expect(labelled({ 'node.kubernetes.io/microk8s-worker': 'microk8s-worker' }).controlPlane).toBeNull();
});

test('of MicroK8s one that did not join as a worker may be, for its older ones do not say so', () => {
  const ofMicroK8s = { 'microk8s.io/cluster': 'true' };
  expect(labelled(ofMicroK8s).controlPlane).toBe(
    'it may be: it bears microk8s.io/cluster, and no node.kubernetes.io/microk8s-worker',
  );
  const worker = { ...ofMicroK8s, 'node.kubernetes.io/microk8s-worker': 'microk8s-worker' };
  expect(labelled(worker).controlPlane).toBeNull();
});

test('a node at whose address an API server answers is of the control plane, whatever it is labelled', () => {
  expect(read({}, ['10.0.0.5']).controlPlane).toBe('an API server answers at 10.0.0.5, its address');
});

test.each([
  ['a status that is none of three', { status: { conditions: [{ type: 'Ready', status: 'Perhaps' }] } }],
  ['a cordon that is no boolean', { spec: { unschedulable: 'true' } }],
  ['labels of another form', { metadata: { ...node.metadata, labels: ['a'] } }],
  ['no UID', { metadata: { ...node.metadata, uid: undefined } }],
] as const)('a Node with %s is no Node', (_, changes) => {
  expect(surveyedNode([]).safeParse({ ...node, ...changes }).success).toBe(false);
});
