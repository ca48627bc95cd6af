import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDuration } from '../../src/common/duration.ts';
import { detectsWithin, recoversWithin } from '../../src/library/fault-answers.ts';
import { type RunDocument, run } from '../../src/library/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'skipbeat-answers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const runOf = async (name: string, yaml: string, seed: number): Promise<RunDocument> => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, `name: ${name}\n${yaml}`);
  const options = { backend: 'model', kubernetes: 'v1.34.4', seed, outFolder: join(folder, name) } as const;
  return (await run(file, options)).document as RunDocument;
};

let slow: RunDocument;
let flapping: RunDocument;

beforeAll(async () => {
  slow = await runOf(
    'slow-then-short',
    `profile: slow
cluster: {workers: 4}
workload: {replicas: 4}
phases:
  - steady: 30s
  - fault: 360s
    inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}]
  - recover: {within: 300s}
  - fault: 1s
    inject: [{kind: kubelet-pause, target: {nodes: [worker3]}}]
  - recover: {within: 300s}
`,
    1,
  );
  flapping = await runOf(
    'flaps',
    `profile: {name: mine, nodeMonitorGracePeriod: 10s, evictionAfter: 300s}
cluster: {topology: single, workers: 6}
workload: {replicas: 12}
phases:
  - steady: 30s
  - fault: 200s
    inject: [{kind: kubelet-pause, target: {nodes: [worker2]}, lasts: 1s}]
  - recover: {within: 300s}
`,
    // worker2 is lost after the pause, and worker4, that no fault hits, before it.
    12,
  );
});

type NodeFigures = RunDocument['nodes']['byNode'][string];
const ready: NodeFigures = {
  notReadyTransitions: 0,
  notReadyByKubelet: 0,
  notReadySeconds: 0,
  firstNotReadyMs: null,
  lastReadyMs: null,
};
const lost = (firstNotReadyMs: number, lastReadyMs: number, notReadyTransitions = 1): NodeFigures => ({
  ...ready,
  notReadyTransitions,
  notReadySeconds: (lastReadyMs - firstNotReadyMs) / 1000,
  firstNotReadyMs,
  lastReadyMs,
});

/** A run of faults as [target, start, end, kind], and of nodes; no step of it shows a node Ready. */
const document = (
  faults: readonly (readonly [target: string, startMs: number, endMs: number, kind?: string])[],
  byNode: Readonly<Record<string, NodeFigures>>,
  nodes: Partial<RunDocument['nodes']> = {},
): RunDocument => {
  const [base] = slow.faults;
  if (base === undefined) throw new Error('the run has faults');
  const figures = Object.values(byNode);
  const moments = (name: 'firstNotReadyMs' | 'lastReadyMs') => figures.flatMap((one) => one[name] ?? []);
  const known = (all: readonly number[], of: (...some: number[]) => number) => (all.length === 0 ? null : of(...all));
  return {
    ...slow,
    faults: faults.map(([target, startMs, endMs, kind = 'kubelet-pause']) => ({
      ...base,
      kind,
      targets: [target],
      startMs,
      endMs,
    })),
    nodes: {
      ...slow.nodes,
      notReadyTransitions: figures.reduce((sum, { notReadyTransitions }) => sum + (notReadyTransitions ?? 0), 0),
      byNode,
      ...nodes,
    },
    timing: {
      ...slow.timing,
      faultStartMs: Math.min(...faults.map(([, startMs]) => startMs)),
      firstNotReadyMs: known(moments('firstNotReadyMs'), Math.min),
      lastReadyMs: known(moments('lastReadyMs'), Math.max),
    },
    steps: [],
  };
};

const lastReady = (found: string) => `the last node was Ready again after ${found}`;

describe('recovery', () => {
  test('of a slow one is not hidden by a later fault that cost nothing', () => {
    const [first] = slow.faults;
    const { worker2, worker3 } = slow.nodes.byNode;
    const undoneMs = Number(first?.endMs);
    const back = formatDuration(Math.round(Number(worker2?.lastReadyMs) - undoneMs));
    const undone = formatDuration(Math.round(undoneMs));
    expect(worker3).toMatchObject(ready);
    expect(recoversWithin(slow, '5s')).toEqual({
      answer: 'no',
      found: `worker2 was Ready again after ${back}, counted from the undo at ${undone} of the run`,
    });
    expect(recoversWithin(slow, '63s')).toEqual({ answer: 'yes', found: lastReady(back) });
  });

  test('counts from the undo of what cost the node, though another fault began before it was Ready', () => {
    const over = document(
      [
        ['worker', 100_000, 200_000],
        ['worker2', 203_000, 204_000],
      ],
      { worker: lost(140_000, 260_000), worker2: ready },
    );
    expect(recoversWithin(over, '59s').answer).toBe('no');
    expect(recoversWithin(over, '60s')).toEqual({ answer: 'yes', found: lastReady('1m') });
    // Lost by the first fault only when the second had begun.
    const late = document(
      [
        ['worker', 100_000, 200_000],
        ['worker2', 203_000, 204_000],
      ],
      { worker: lost(203_500, 260_000), worker2: ready },
    );
    expect(recoversWithin(late, '59s').answer).toBe('no');
  });

  test('of a node that was hit anew counts up to that, and from the next undo', () => {
    const again = document(
      [
        ['worker', 100_000, 200_000],
        ['worker', 250_000, 300_000],
      ],
      { worker: lost(140_000, 310_000) },
    );
    expect(recoversWithin(again, '50s')).toEqual({ answer: 'yes', found: lastReady('50s') });
    expect(recoversWithin(again, '49s')).toEqual({
      answer: 'no',
      found: 'worker was not Ready again when it was hit anew, 50s after the undo at 3m20s of the run',
    });
  });

  test('counts from the last undo of faults that stood together', () => {
    const together = document(
      [
        ['worker', 100_000, 200_000],
        ['worker2', 150_000, 300_000],
      ],
      { worker: lost(140_000, 305_000), worker2: lost(190_000, 310_000) },
    );
    expect(recoversWithin(together, '10s')).toEqual({ answer: 'yes', found: lastReady('10s') });
    expect(recoversWithin(together, '9s')).toEqual({ answer: 'no', found: 'worker2 was Ready again after 10s' });
  });

  test('of a node that was lost by each of several faults is not known beyond its last, unless steps show it', () => {
    const twice = document(
      [
        ['worker', 100_000, 200_000],
        ['worker', 400_000, 500_000],
      ],
      { worker: lost(140_000, 505_000, 2) },
    );
    expect(recoversWithin(twice, '5s')).toEqual({
      answer: 'unknown',
      found:
        'of worker, NotReady several times, only the last return is on record, not that after the undo at 3m20s of the run',
    });
    expect(recoversWithin(twice, '4s')).toEqual({
      answer: 'no',
      found: 'worker was Ready again after 5s, counted from the undo at 8m20s of the run',
    });
    const step = {
      ...{ name: 'recover', kind: 'recover', startMs: 200_000, endMs: 230_000 },
      ...{ outcome: 'done', detail: 'all nodes Ready', maxNotReady: 1 },
    } as const;
    expect(recoversWithin({ ...twice, steps: [step] }, '30s')).toEqual({ answer: 'yes', found: lastReady('30s') });
    expect(recoversWithin({ ...twice, steps: [step] }, '29s').answer).toBe('unknown');
    const quiet = { ...step, name: 'steady', kind: 'steady', startMs: 207_000, maxNotReady: 0 } as const;
    expect(recoversWithin({ ...twice, steps: [step, quiet] }, '7s')).toEqual({ answer: 'yes', found: lastReady('7s') });
  });

  test('of losses before the fault says that they were', () => {
    const before = document([['worker', 100_000, 101_000]], { worker: ready }, { notReadyTransitionsBeforeFault: 7 });
    expect(recoversWithin(before, '0s')).toEqual({
      answer: 'yes',
      found: 'no node was NotReady since the first fault began; before it nodes were 7 times, by no fault',
    });
    const down = document(
      [['worker', 100_000, 101_000]],
      { worker: ready, worker2: { ...ready, lastReadyMs: 111_000 } },
      { notReadyTransitionsBeforeFault: 1 },
    );
    expect(recoversWithin(down, '9s')).toEqual({ answer: 'no', found: 'worker2 was Ready again after 10s' });
  });

  test('is not known where an undo, or a return, is not on record', () => {
    const found = 'it is not on record when the fault ended and the last node was Ready';
    const nodes = { worker: { ...lost(140_000, 1), lastReadyMs: null }, worker2: lost(140_000, 210_000) };
    expect(recoversWithin(document([['worker', 100_000, 200_000]], nodes), '60s')).toEqual({
      answer: 'unknown',
      found,
    });
    const open = slow.faults.map((fault) => ({ ...fault, endMs: null }));
    expect(recoversWithin({ ...slow, faults: open }, '63s')).toEqual({ answer: 'unknown', found });
    const unknown = [{ figure: 'timing.lastReadyMs', why: 'the watch on nodes was blind' }];
    expect(recoversWithin({ ...slow, unknown }, '63s')).toEqual({
      answer: 'unknown',
      found: 'timing.lastReadyMs is not known: the watch on nodes was blind',
    });
  });
});

describe('detection', () => {
  test('is the loss of a node that the fault hit, not the first one of any', () => {
    const { worker2, worker4 } = flapping.nodes.byNode;
    const startMs = Number(flapping.timing.faultStartMs);
    const afterMs = (node?: NodeFigures): number => Math.round(Number(node?.firstNotReadyMs) - startMs);
    expect(worker2?.firstNotReadyMs).not.toBeNull();
    expect(worker4?.firstNotReadyMs).not.toBeNull();
    expect(afterMs(worker4)).toBeLessThan(afterMs(worker2));
    const found = `worker2 was NotReady after ${formatDuration(afterMs(worker2))}, in a run that loses nodes by itself`;
    expect(detectsWithin(flapping, '60s')).toEqual({ answer: 'unknown', found });
    const unnoticed = { ...flapping.nodes.byNode, worker2: ready };
    expect(detectsWithin({ ...flapping, nodes: { ...flapping.nodes, byNode: unnoticed } }, '60s')).toEqual({
      answer: 'no',
      found: expect.stringMatching(
        /^no node that a fault hit became NotReady; .*worker4.* were, after [\d.]+s, and no fault had hit them$/,
      ),
    });
  });

  const faults = [['worker', 100_000, 200_000]] as const;

  test('counts from the first fault to the first loss of a target', () => {
    const nodes = { worker: lost(140_000, 210_000), worker2: ready };
    expect(detectsWithin(document(faults, nodes), '40s')).toEqual({
      answer: 'yes',
      found: 'worker was NotReady after 40s',
    });
    expect(detectsWithin(document(faults, nodes), '39s')).toEqual({
      answer: 'no',
      found: 'worker was NotReady after 40s',
    });
    const itself = { ...nodes, worker2: lost(110_000, 120_000) };
    expect(detectsWithin(document(faults, itself), '40s')).toEqual({
      answer: 'unknown',
      found: 'worker was NotReady after 40s, in a run that loses nodes by itself',
    });
  });

  test('of no loss is none', () => {
    expect(detectsWithin(document(faults, { worker: ready }), '60s')).toEqual({
      answer: 'no',
      found: 'no node became NotReady',
    });
    const one = { worker: ready, worker2: lost(110_000, 120_000) };
    expect(detectsWithin(document(faults, one), '60s')).toEqual({
      answer: 'no',
      found: 'no node that a fault hit became NotReady; worker2 was, after 10s, and no fault had hit it',
    });
  });

  test('may be that of any node where a fault hits the control plane, or is of a kind that nobody knows', () => {
    const nodes = { 'control-plane': ready, worker: ready, worker2: lost(110_000, 120_000) };
    for (const kind of ['etcd-pause', 'node-pause', 'a-kind-to-come']) {
      const answer = { answer: 'yes', found: 'worker2 was NotReady after 10s' };
      expect(detectsWithin(document([['control-plane', 100_000, 200_000, kind]], nodes), '60s')).toEqual(answer);
    }
    // Its kubelet judges nobody.
    for (const kind of ['taints-removed', 'kubelet-pause']) {
      expect(detectsWithin(document([['control-plane', 100_000, 200_000, kind]], nodes), '60s').answer).toBe('no');
    }
  });

  test('is no loss from before the fault that hit the node', () => {
    const both = [...faults, ['worker2', 300_000, 310_000]] as const;
    const early = { worker: ready, worker2: lost(110_000, 120_000) };
    expect(detectsWithin(document(both, early), '60s').answer).toBe('no');
    const often = { worker: ready, worker2: lost(110_000, 350_000, 2) };
    expect(detectsWithin(document(both, often), '5m')).toEqual({
      answer: 'unknown',
      found: 'worker2 was NotReady several times, at first before a fault hit it, and the next time is not on record',
    });
  });

  test('is not known of a node that was NotReady already, or that nobody saw', () => {
    const already = { worker: { ...ready, notReadySeconds: 20, lastReadyMs: 120_000 } };
    expect(detectsWithin(document(faults, already), '60s')).toEqual({
      answer: 'unknown',
      found: 'worker was NotReady already when the fault began',
    });
    expect(detectsWithin(document(faults, { worker2: ready }), '60s')).toEqual({
      answer: 'unknown',
      found: 'worker was not seen',
    });
    const figure = 'nodes.byNode.worker.firstNotReadyMs';
    const blind = { ...document(faults, { worker: ready }), unknown: [{ figure, why: 'the watch was blind' }] };
    expect(detectsWithin(blind, '60s')).toEqual({
      answer: 'unknown',
      found: `${figure} is not known: the watch was blind`,
    });
  });
});
