import { expect, test } from 'vitest';
import { leaderIn, processesIn } from '../../src/cluster/processes.ts';

const stat = (pid: number, name: string, ticks: number): string =>
  `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 12 0 ${ticks} 1 2 3`;

const output = (...lines: readonly string[]): string => [...lines, 'boot 1f-2e 5085.84', ''].join('\n');

test('a process is its number, and its start in ms since the boot, whatever its name is', () => {
  const said = output(`kubelet ${stat(247, 'kubelet', 500_801)}`, `etcd ${stat(48, 'a) S (b', 7)}`);
  expect(processesIn('worker', ['etcd', 'kubelet'], said)).toEqual([
    { component: 'etcd', node: 'worker', pid: 48, startedMs: 70, clockMs: 5_085_840, boot: '1f-2e' },
    { component: 'kubelet', node: 'worker', pid: 247, startedMs: 5_008_010, clockMs: 5_085_840, boot: '1f-2e' },
  ]);
});

test('what is missing is named, and nothing is made of it', () => {
  expect(() => processesIn('worker', ['kubelet'], output())).toThrow('kubelet is not running on worker');
  expect(() => processesIn('worker', ['kubelet'], output('kubelet '))).toThrow('kubelet on worker is ');
  expect(() => processesIn('worker', [], 'kubelet 1 (kubelet) S')).toThrow('worker does not say when it booted');
});

test('a Lease of kube-system says who leads, and where; others say nothing', () => {
  const metadata = { namespace: 'kube-system', name: 'kube-controller-manager' };
  const spec = { holderIdentity: 'skipbeat-x-control-plane2_1f-2e', leaseTransitions: 3 };
  expect(leaderIn('skipbeat-x', { metadata, spec })).toEqual({
    component: 'kube-controller-manager',
    holder: 'skipbeat-x-control-plane2_1f-2e',
    node: 'control-plane2',
    transitions: 3,
  });
  expect(leaderIn('skipbeat-y', { metadata, spec })).toMatchObject({ node: null, transitions: 3 });
  expect(leaderIn('skipbeat-x', { metadata, spec: {} })).toMatchObject({ holder: null, node: null, transitions: 0 });
  expect(leaderIn('skipbeat-x', { metadata: { ...metadata, namespace: 'default' }, spec })).toBeNull();
  expect(leaderIn('skipbeat-x', { metadata: { ...metadata, name: 'somebody' }, spec })).toBeNull();
});
