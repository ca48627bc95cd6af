import { afterEach, expect, test } from 'vitest';
import { countDetection } from '../../../src/backend/kind/detection-counts.ts';
import type { CommandResult } from '../../../src/common/command.ts';
import { hostExec, type NodeExec } from '../../../src/node/index.ts';
import type { Observed, ObservedNode } from '../../../src/observe/index.ts';
import { createWaits } from '../../../src/observe/waits.ts';
import type { FaultPhase } from '../../../src/plan/index.ts';
import type { EventBody } from '../../../src/timeline/index.ts';

// When readings are made, and what becomes of one that does not come: processes of this machine stand for curl in a node.

const hit = ['worker', 'worker2', 'worker3'];
const phase = {
  inject: [{ id: 'kubelet-pause-1', kind: 'kubelet-pause', targets: hit }],
} as unknown as FaultPhase;

const ready: ObservedNode = { ready: 'True', reason: 'KubeletReady', heartbeat: null, taints: new Set() };

let stop = new AbortController();
afterEach(() => stop.abort());

const begin = (argv: readonly [string, ...string[]]) => {
  stop = new AbortController();
  const nodes = new Map<string, ObservedNode>(hit.map((node) => [node, ready]));
  const observed: Observed = {
    ...{ nodes, leases: new Map(), otherLeasesSeen: 0, endpoints: null, pods: new Map(), hollowPods: new Map() },
  };
  const waits = createWaits(() => observed);
  const events: EventBody[] = [];
  const failures: unknown[] = [];
  const results: CommandResult[] = [];
  const exec: NodeExec = async ({ node, timeoutMs }, signal) => {
    const result = { ...(await hostExec({ argv, timeoutMs }, signal)), node };
    results.push(result);
    return result;
  };
  const run = {
    ...{ exec, options: { clusterName: 'skipbeat-x' }, signal: stop.signal },
    fail: (thrown: unknown) => failures.push(thrown),
    recorder: {
      startNs: 0n,
      nowMs: () => performance.now(),
      event: (body: EventBody) => events.push(body),
      requests: () => undefined,
    },
  };
  const member = { node: 'control-plane', role: 'control-plane', address: '127.0.0.1' };
  const counts = countDetection(run, { observer: { now: () => observed, until: waits.until }, nodes: [member] }, phase);
  return {
    counts,
    failures,
    results,
    /** `first 1: why`, of each reading on record. */
    readings: () =>
      events.map((event) => {
        if (event.type !== 'controlPlane.counted') throw new Error(`expected readings alone, found ${event.type}`);
        return `${event.moment} ${event.lost}: ${event.members.map(({ node, why }) => `${node} ${why}`).join()}`;
      }),
    lose: (node: string) => {
      nodes.set(node, { ...ready, ready: 'Unknown' });
      waits.changed();
    },
  };
};

const silent = 'kube-controller-manager says nothing of itself; kube-apiserver says nothing of itself';

test('the first, the half and all of the nodes that are lost call for a reading each, and the undo then for none', async () => {
  const { counts, readings, lose, failures } = begin(['true']);
  const expected = ['start 0'];
  for (const [node, moment] of [
    ['worker', 'first 1'],
    ['worker2', 'median 2'],
    ['worker3', 'last 3'],
  ] as const) {
    await expect.poll(readings).toHaveLength(expected.length);
    lose(node);
    expected.push(moment);
  }
  await expect.poll(readings).toEqual(expected.map((moment) => `${moment}: control-plane ${silent}`));
  counts.undoing();
  await counts.end();
  expect([readings().length, failures]).toEqual([4, []]);
});

test('where some are lost and not all, there is one as the undo begins, and none where none is', async () => {
  for (const lost of [1, 0]) {
    const { counts, readings, lose } = begin(['true']);
    await expect.poll(readings).toHaveLength(1);
    if (lost === 1) lose('worker');
    await expect.poll(readings).toHaveLength(1 + lost);
    counts.undoing();
    await counts.end();
    const [, ...others] = readings().map((reading) => reading.split(':')[0]);
    expect(others).toEqual(lost === 1 ? ['first 1', 'undoing 1'] : []);
  }
});

test('one that does not come is ended soon after its phase, and is on record as that', async () => {
  const { counts, readings, lose, failures, results } = begin(['sleep', '600']);
  lose('worker');
  counts.undoing();
  await counts.end();
  const late = 'control-plane had not answered 2 s after its phase was over';
  // Both were under way: which is on record first is not known.
  expect(readings().toSorted()).toEqual([`start 0: ${late}`, `undoing 1: ${late}`]);
  expect(results.map(({ ended }) => ended)).toEqual(['cancelled', 'cancelled']);
  expect(failures).toEqual([]);
});

test('where the run is ended meanwhile, nothing is said of what did not come', async () => {
  const { counts, readings, failures } = begin(['sleep', '600']);
  stop.abort(new Error('the run ended'));
  await counts.end();
  expect([readings(), failures]).toEqual([[], []]);
});
