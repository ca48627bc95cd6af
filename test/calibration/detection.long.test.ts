import { expect, test } from 'vitest';
import { simulateMilestones } from '../../src/calibration/simulate.ts';
import { makePlan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { detectionParts } from '../../src/verdict/index.ts';

const planOf = (requestsPerSecond: number) => {
  const yaml = `name: storm
profile: {name: budget, userConfig: {controllerManagerArgs: {kube-api-qps: "${requestsPerSecond}", kube-api-burst: "${requestsPerSecond}"}}}
cluster: {hollow: {nodes: 300, zones: 3}}
phases:
  - steady: 10s
  - fault: 90s
    inject: [{kind: kubelet-pause, target: {hollow: {share: 50}}}]
  - recover: {within: 90s}
`;
  const { scenario } = checkScenario(yaml, 'storm.yaml');
  return makePlan(scenario, { kubernetesVersion: 'v1.34.4' });
};

const simulate = async (requestsPerSecond: number) => {
  const budget = { runs: 3, withinMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
  return (await simulateMilestones(planOf(requestsPerSecond), budget)).map(({ detection }) => detection);
};

test('what nodes of a simulated storm waited for adds up, and with a large budget no pass waits for it', async () => {
  const [narrow, wide] = [await simulate(20), await simulate(2000)];
  for (const nodes of [...narrow, ...wide]) {
    expect(nodes.map(({ which }) => which)).toEqual(['first', 'median', 'last']);
    for (const { lateMs, parts } of nodes) {
      const sum = detectionParts.reduce((all, part) => all + (parts[part] ?? 0), 0);
      expect(sum).toBeCloseTo(lateMs, 3);
    }
  }
  const waited = (all: typeof narrow): number => Math.max(...all.flat().map(({ parts }) => parts.rateLimiter ?? 0));
  expect(waited(narrow)).toBeGreaterThan(1000);
  expect(waited(wide)).toBe(0);
});
