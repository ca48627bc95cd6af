import { expect, test } from 'vitest';
import {
  besidesText,
  entrancesOf,
  hollowGroups,
  hollowPodNames,
  makePlan,
  nodesText,
  sizeText,
} from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';

const planOf = (phases: string, more = '') =>
  makePlan(
    checkScenario(
      `name: a\nprofile: default\ncluster: {hollow: {nodes: 6, zones: 2}}\nphases: [${phases}]\n${more}`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

const withPods = (podsPerNode: number) =>
  makePlan(
    checkScenario(
      `name: a\nprofile: {evictionAfter: 30s}\ncluster: {hollow: {nodes: 8, podsPerNode: ${podsPerNode}}}\nworkload: {replicas: 2}\nphases: [{fault: 3m, inject: [{kind: kubelet-pause, target: {hollow: {count: 2}}}]}]\n`,
      'x.yaml',
    ).scenario,
    { kubernetesVersion: 'v1.34.4' },
  );

test('with pods on them an eviction is predicted, and no replacement; without them none', () => {
  const { prediction } = withPods(2);
  expect(prediction.evictionAfterMs?.map((ms) => ms / 1000)).toEqual([69.6, 100.1]);
  expect(prediction.replacedAfterMs ?? null).toBeNull();
  expect(withPods(0).prediction.evictionAfterMs).toBeNull();
  expect(hollowPodNames('hollow-7', { nodes: 8, zones: 1, podsPerNode: 2 })).toEqual([
    'hollow-7-pod-1',
    'hollow-7-pod-2',
  ]);
});

const fault = (target: string) => `{fault: 90s, inject: [{kind: kubelet-pause, target: ${target}}]}`;

test('nodes that share their fate are one group: what hits them, over all phases, is the same', () => {
  const plan = planOf(
    `${fault('{hollow: {share: 50}}')}, {recover: {within: 2m}}, ${fault('{hollow: {zone: a}}')}, {fault: 90s, inject: [{kind: latency, delay: 1s, target: {nodes: [worker, hollow-4, hollow-6]}}]}`,
  );
  expect(hollowGroups(plan)).toEqual([
    { name: 'group-1', nodes: ['hollow-1', 'hollow-3'], isRelayed: false },
    { name: 'group-2', nodes: ['hollow-2'], isRelayed: false },
    { name: 'group-3', nodes: ['hollow-4', 'hollow-6'], isRelayed: true },
    { name: 'group-4', nodes: ['hollow-5'], isRelayed: false },
  ]);
});

test('without a fault all of them are one group; without hollow nodes there is none', () => {
  expect(hollowGroups(planOf('{steady: 10s}')).map(({ nodes }) => nodes.length)).toEqual([6]);
  const { topology, phases } = planOf('{steady: 10s}');
  const { hollow: _, ...rest } = topology;
  expect(hollowGroups({ topology: rest, phases })).toEqual([]);
});

test('no load enters through them, though all real nodes are asked', () => {
  const plan = planOf(fault('{hollow: {share: 50}}'), 'load: {through: every}\n');
  expect(entrancesOf(plan)).toEqual(['control-plane', 'worker', 'worker2']);
});

test('kwok has no runtime that it could find down: what a kubelet says of itself is not predicted of them', () => {
  expect(planOf(fault('{hollow: {share: 50}}')).prediction.notReadyByKubelet).toBeNull();
  expect(planOf(fault('{role: worker}')).prediction.notReadyByKubelet).not.toBeNull();
});

test('many are named by their number', () => {
  const names = Array.from({ length: 9 }, (_, index) => `hollow-${index + 1}`);
  expect(nodesText(['worker', ...names])).toBe('worker, 9 hollow nodes (hollow-1 to hollow-9)');
  expect(nodesText(names.slice(0, 2))).toBe('hollow-1, hollow-2');
  expect(besidesText({ hollow: { nodes: 1, zones: 1 } })).toBe(', 1 hollow node');
  expect(besidesText({ hollow: { nodes: 1000, zones: 3 } })).toBe(', 1000 hollow nodes in 3 zones');
  expect(besidesText({ hollow: { nodes: 9, zones: 1, podsPerNode: 1 } })).toBe(', 9 hollow nodes with 1 pod each');
  expect(besidesText({ hollow: { nodes: 9, zones: 2, podsPerNode: 3 } })).toBe(
    ', 9 hollow nodes in 2 zones with 3 pods each',
  );
  expect(besidesText({})).toBe('');
  expect(sizeText({ controlPlanes: 1, workers: 1 })).toBe('1 control plane + 1 worker');
  expect(sizeText({ controlPlanes: 3, workers: 2, zones: 3 })).toBe('3 control planes + 2 workers, 3 zones');
});
