import { describe, expect, test } from 'vitest';
import { evidenceOf, runOf } from '../support/fault-runs.ts';

describe('on a cluster with three control planes', () => {
  test('the loss of a leader, of an etcd member and of an API server costs neither a node nor a request', async () => {
    const document = await runOf('ha-faults');
    expect(document.faults.map(({ attested, undone }) => ({ attested, undone }))).toEqual(
      Array.from({ length: 3 }, () => ({ attested: true, undone: true })),
    );
    expect(document.faults[0]?.targets).toHaveLength(1);
    expect(evidenceOf(document, 'controller-manager-pause-1')).toMatch(/kube-controller-manager \d+ is T \(stopped\)/);
    expect(evidenceOf(document, 'etcd-pause-1')).toMatch(/control-plane2, end: present \(etcd \d+ is T \(stopped\)\)/);
  });
});
