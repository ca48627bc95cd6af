import { expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judgeOnModel } from '../../calibration/support/seeded-run.ts';
import { atMost, type Expected } from './expecting.ts';

// Ten of 20 hollow nodes with two pods each are silent for two minutes; their pods tolerate a NoExecute taint for 30 s.

const plan = makePlan(
  checkScenario(
    `name: a
profile: {evictionAfter: 30s}
cluster: {hollow: {nodes: 20, podsPerNode: 2}}
workload: {replicas: 2}
phases: [{steady: 30s}, {fault: 120s, inject: [{kind: kubelet-pause, target: {hollow: {share: 50}}}]}, {recover: {within: 60s}}]
`,
    'x.yaml',
  ).scenario,
  { kubernetesVersion: 'v1.34.4' },
);
const lost: Expected = { figure: 'nodes.notReadyTransitions', min: null, max: null, equals: 10 };
const judgedBy = (...expectations: readonly Expected[]) =>
  judgeOnModel({ ...plan, expectations: [lost, ...expectations] });
const { evicted } = (await judgedBy()).pods;

const verdictOf = async (...expectations: readonly Expected[]) => {
  const { verdict, reasons } = await judgedBy(...expectations);
  return { verdict, reasons };
};

test('their evictions are no want of replicas: pods.evicted alone speaks of them', async () => {
  const unspoken = {
    verdict: 'inconclusive',
    reasons: [
      `nodes.notReadyTransitions holds, and ${evicted} pods were evicted, of which no expectation speaks: expect pods.evicted besides`,
    ],
  };
  expect(evicted).toBeGreaterThan(5);
  expect(await verdictOf()).toEqual(unspoken);
  expect(await verdictOf(atMost('pods.unavailableSeconds', 0))).toEqual(unspoken);
  expect(await verdictOf(atMost('pods.evicted', evicted ?? 0))).toEqual({ verdict: 'pass', reasons: [] });
});

test('more than all pods of the nodes that are hit cannot be evicted, besides the replicas', async () => {
  expect(await verdictOf({ figure: 'pods.evicted', min: null, max: null, equals: evicted })).toEqual({
    verdict: 'pass',
    reasons: [],
  });
  expect(await verdictOf(atMost('pods.evicted', 20))).toEqual({ verdict: 'pass', reasons: [] });
  expect(await verdictOf(atMost('pods.evicted', 40))).toEqual({
    verdict: 'inconclusive',
    reasons: [
      'pods.evicted ≤ 40 holds whatever happens, for the run takes no more than 210.0 s, with 2 replicas and 20 pods of hollow nodes: expect less of it',
    ],
  });
});
