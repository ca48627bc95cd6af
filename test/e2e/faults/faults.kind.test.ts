import { describe, expect, test } from 'vitest';
import { evidenceOf, runOf } from '../support/fault-runs.ts';

describe('on a cluster with one control plane', () => {
  test('every fault of a process or a whole node is proved, undone, and survived', async () => {
    const document = await runOf('process-faults');
    expect(document.faults.map(({ id, attested, undone }) => ({ id, attested, undone }))).toEqual(
      [
        'kubelet-stop-1',
        'node-pause-1',
        'apiserver-pause-1',
        'etcd-pause-1',
        'controller-manager-pause-1',
        'cpu-pressure-1',
        'kubelet-pause-1',
        'kubelet-pause-1.2',
        'controller-manager-kill-1',
        'node-stop-1',
      ].map((id) => ({ id, attested: true, undone: true })),
    );
    expect(evidenceOf(document, 'kubelet-stop-1')).toContain('worker2, start: present (kubelet.service is inactive)');
    expect(evidenceOf(document, 'node-pause-1')).toContain("worker2, end: present (the node's container is paused)");
    expect(evidenceOf(document, 'apiserver-pause-1')).toMatch(/present \(kube-apiserver \d+ is T \(stopped\)\)/);
    expect(evidenceOf(document, 'cpu-pressure-1')).toMatch(
      /busy loops used \d+ ms of CPU time; kube-apiserver waited [\d.]+ ms for each ms that it ran, before /,
    );
    expect(evidenceOf(document, 'controller-manager-kill-1')).toMatch(/kube-controller-manager \d+ is gone/);
    expect(evidenceOf(document, 'node-stop-1')).toContain("undo: worker2: the node's container is running");
  });
});
