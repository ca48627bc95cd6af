import { describe, expect, test } from 'vitest';
import { evidenceOf, runOf } from '../support/fault-runs.ts';
import { withoutNumbers } from '../support/said.ts';

describe('on a cluster with three control planes', () => {
  test('the loss of a leader, of an etcd member and of an API server costs neither a node nor a request', async () => {
    const document = await runOf('ha-faults');
    expect(document.faults.map(({ attested, undone }) => ({ attested, undone }))).toEqual(
      Array.from({ length: 3 }, () => ({ attested: true, undone: true })),
    );
    const [leader, ...none] = document.faults[0]?.targets ?? [];
    expect(none).toEqual([]);
    // What a controller manager is that lost its lease meanwhile differs from run to run.
    for (const [id, node, process] of [
      ['controller-manager-pause-1', leader, 'kube-controller-manager'],
      ['etcd-pause-1', 'control-plane2', 'etcd'],
      ['apiserver-pause-1', 'control-plane2', 'kube-apiserver'],
    ] as const) {
      const proofs = evidenceOf(document, id)
        .split('\n')
        .filter((line) => line.startsWith(`${node}, `));
      expect(proofs.map(withoutNumbers)).toEqual([
        `${node}, start: present (${process} is stopped)`,
        `${node}, end: present (${process} is stopped)`,
      ]);
    }
  });
});
