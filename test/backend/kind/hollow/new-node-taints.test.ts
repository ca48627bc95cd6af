import { expect, test } from 'vitest';
import { newlyTainted, taintsBudgetMs } from '../../../../src/backend/kind/hollow/new-node-taints.ts';
import type { Observed } from '../../../../src/observe/index.ts';
import { makePlan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';

const taint = 'node.kubernetes.io/not-ready:NoSchedule';
const own = 'skipbeat/hollow:NoSchedule';

const observed = (taints: Readonly<Record<string, readonly string[]>>): Observed => ({
  nodes: new Map(
    Object.entries(taints).map(([node, on]) => [
      node,
      { ready: 'True', reason: 'KubeletReady', heartbeat: null, taints: new Set(on) },
    ]),
  ),
  leases: new Map(),
  otherLeasesSeen: 0,
  endpoints: null,
  pods: new Map(),
  hollowPods: new Map(),
});

test('new nodes are waited for until each has been without the taint that it came with', () => {
  const missing = newlyTainted(['hollow-1', 'hollow-2', 'hollow-3']);
  expect(missing(observed({ 'hollow-1': [own, taint], 'hollow-2': [own, taint] }))).toBe(
    '3 of 3 new nodes are tainted node.kubernetes.io/not-ready:NoSchedule',
  );
  expect(missing(observed({ 'hollow-1': [own], 'hollow-2': [own, taint], 'hollow-3': [own] }))).toBe(
    '1 of 3 new nodes are tainted node.kubernetes.io/not-ready:NoSchedule',
  );
});

test('one that was lost meanwhile, and has it again, is not waited for', () => {
  const missing = newlyTainted(['hollow-1', 'hollow-2']);
  missing(observed({ 'hollow-1': [own], 'hollow-2': [own, taint] }));
  expect(missing(observed({ 'hollow-1': [own, taint], 'hollow-2': [own] }))).toBeNull();
});

const budgetOf = (cluster: string): number =>
  taintsBudgetMs(
    makePlan(checkScenario(`name: a\nprofile: default\n${cluster}phases: [{steady: 10s}]\n`, 'x.yaml').scenario, {
      kubernetesVersion: 'v1.34.4',
    }),
  );

test('the controller’s requests about a thousand nodes take 150 s at 20 a second: a minute and twice as long is waited', () => {
  expect(budgetOf('cluster: {hollow: {nodes: 1000}}\n')).toBe(360_000);
  expect(budgetOf('')).toBe(0);
});
