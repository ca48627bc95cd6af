import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { containers, fixture, leftovers, makePlace, skipbeat } from './harness.ts';

type Document = {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly faults: readonly {
    readonly id: string;
    readonly targets: readonly string[];
    readonly attested: boolean;
    readonly undone: boolean;
    readonly evidence: readonly string[];
    readonly askedMs: number | null;
    readonly heldMs: Readonly<Record<string, number | null>>;
  }[];
};

const place = makePlace();
afterAll(place.remove);

const runOf = async (scenario: string): Promise<Document> => {
  const out = join(place.folder, scenario);
  const ended = await skipbeat(place, ['run', fixture(scenario), '--cluster', `e2e-${scenario}`, '--out', out]);
  const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Document;
  expect(document.reasons, ended.all).toEqual([]);
  expect(document.verdict).toBe('pass');
  expect(ended.exitCode).toBe(0);
  for (const { id, targets, askedMs, heldMs } of document.faults) {
    expect(Object.keys(heldMs), id).toEqual(targets);
    for (const ms of Object.values(heldMs)) {
      if (askedMs === null) expect(ms, id).toBeNull();
      else expect(Math.abs((ms ?? Number.NaN) - askedMs), id).toBeLessThanOrEqual(Math.max(500, askedMs / 20));
    }
  }
  expect(await containers(`skipbeat-e2e-${scenario}`)).toEqual([]);
  expect(leftovers(place)).toEqual([]);
  return document;
};

const evidenceOf = ({ faults }: Document, id: string): string =>
  faults.find((fault) => fault.id === id)?.evidence.join('\n') ?? 'no such fault';

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
    expect(evidenceOf(document, 'cpu-pressure-1')).toMatch(/2 busy loops, which used \d+ ms of CPU time/);
    expect(evidenceOf(document, 'controller-manager-kill-1')).toMatch(/kube-controller-manager \d+ is gone/);
    expect(evidenceOf(document, 'node-stop-1')).toContain("undo: worker2: the node's container is running");
  });
});

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
