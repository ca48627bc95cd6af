import { expect, test } from 'vitest';
import { settingsFor } from '../../../../src/backend/model/engine/settings.ts';
import type { NodeState } from '../../../../src/backend/model/engine/state.ts';
import { createDeferralConditions } from '../../../../src/backend/model/kubelet/deferral-conditions.ts';
import { notifiedAfterUs } from '../../../../src/backend/model/kubelet/deferred.ts';
import type { WaitingStatus } from '../../../../src/backend/model/kubelet/loops.ts';
import { us, version } from '../support/clusters.ts';
import { createSimulation } from '../support/quiet-simulation.ts';

/** Whether a kubelet's heartbeats may be deferred at 60 s, by what it has of its own Node object, which is Ready, and its last post. */
const mayDefer = (minor: number, own: 'True' | 'False' | null, lastPostUs: number): boolean => {
  const of = version(minor);
  const simulation = createSimulation({ version: of, settings: settingsFor(of), seed: 1 }, [
    { name: 'node-0', zone: '0', heartbeatUs: 0, transitionUs: 0, renewUs: 0, pods: [] },
  ]);
  const node = simulation.nodes[0] as NodeState;
  if (node.object === null) throw new Error('no node');
  // It runs.
  node.incarnation = 1;
  node.own = own === null ? null : { ...node.object, ready: own };
  const status = { dueUs: us(65), askedUs: us(55), lastPostUs, reportUs: us(300), saysReady: () => true };
  const now = (): number => us(60);
  const conditions = createDeferralConditions({ ...simulation, clock: { now } }, false);
  return conditions.mayDefer(node, true, status as unknown as WaitingStatus);
};

test('a kubelet that holds its status against a copy is not deferred while that says NotReady, unless a watch is about to bring Ready', () => {
  const justUs = us(60) - notifiedAfterUs + 1;
  expect(mayDefer(34, 'True', us(50))).toBe(true);
  expect(mayDefer(34, 'False', us(50))).toBe(false);
  expect(mayDefer(34, 'False', justUs)).toBe(true);
  expect(mayDefer(34, 'False', justUs - 1)).toBe(false);
  // One that has begun again and does not know of any post.
  expect(mayDefer(34, null, Number.POSITIVE_INFINITY)).toBe(false);
  expect(mayDefer(34, null, Number.NEGATIVE_INFINITY)).toBe(false);
  // One that asks the API server each time has no copy.
  expect(mayDefer(27, 'False', us(50))).toBe(true);
});
