import { expect, test } from 'vitest';
import { assumedVersion } from '../../src/common/kubernetes/version-range.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { sampleOf } from '../support/sample.ts';
import { contradictions, simulated } from './support/contradictions.ts';
import { drawsOf, type Random } from './support/draws.ts';

const silences = ['kubelet-pause', 'kubelet-stop', 'node-pause', 'node-stop', 'partition'];
const others = ['netem', 'latency', 'apiserver-pause', 'etcd-pause', 'controller-manager-pause', 'apiserver-latency'];

const optionsOf = (kind: string, { among }: Random): string => {
  if (kind === 'partition')
    return `, direction: ${among(['to', 'both', 'from'])}, by: ${among(['drop', 'drop', 'reject'])}`;
  if (kind === 'netem') return `, loss: {loss: ${among([5, 30, 60, 100])}}`;
  if (kind === 'latency') return `, delay: ${among(['200ms', '3s', '9s', '15s'])}, loss: ${among([0, 0, 20])}`;
  return kind === 'apiserver-latency' ? `, delay: ${among(['200ms', '3s', '9s'])}` : '';
};

/** Intervals of their own for status ticks, status posts, leases and passes, as somebody's files may have them, and one fault. */
const planOf = (seed: number): Plan => {
  const random = drawsOf(seed);
  const { among, integer } = random;
  const version = among(['v1.20', 'v1.31', 'v1.34', 'v1.37']);
  const [period, grace] = [among([1, 2, 3, 5, 7, 10]), integer(8, 60)];
  const kubelet = {
    ...(among([true, true, false]) ? { nodeStatusUpdateFrequency: `${among([1, 2, 3, 5, 10, 15, 20])}s` } : {}),
    ...(among([true, true, false])
      ? { nodeStatusReportFrequency: `${among([1, 2, 5, 8, 12, 20, 30, 60, 300])}s` }
      : {}),
    ...(among([true, true, false]) ? { nodeLeaseDurationSeconds: among([8, 16, 20, 24, 40, 60, 80, 120]) } : {}),
  };
  const kind = among([...silences, ...silences, ...silences, 'kubelet-pause', 'kubelet-pause', ...others]);
  const seconds = integer(2, among([2 * grace + 20, grace + 5, grace + 5]) + 3 * period);
  const worker = among([`role: worker, count: ${integer(1, 2)}`, 'role: worker', 'nodes: [worker2]']);
  const target = /^(apiserver|etcd|controller)/.test(kind) ? 'role: control-plane' : worker;
  const third = Math.floor(seconds / 3);
  const bursts = seconds > 12 && among([true, false, false, false, false, false]);
  const timing = bursts ? `, lasts: ${integer(1, third - 1)}s, every: ${third}s, times: 3` : '';
  const text = `
name: settings-${seed}
profile:
  name: p
  userConfig:
    controllerManagerArgs: {node-monitor-grace-period: ${grace}s, node-monitor-period: ${period}s}
    apiServerArgs: {default-unreachable-toleration-seconds: "${among([0, 1, 5, 30, 300])}"}
    kubeletConfiguration: ${JSON.stringify(kubelet)}
cluster: {topology: single, workers: ${integer(2, 4)}, kubernetes: ${version}}
workload: {replicas: ${integer(1, 4)}}
load: {ratePerSecond: 5, connection: ${among(['fresh', 'fresh', 'keep-alive'])}, timeout: 1s}
seed: ${seed}
phases:
  - steady: ${integer(10, 40)}s
  - fault: ${seconds}s
    inject: [{kind: ${kind}, target: {${target}}${optionsOf(kind, random)}${timing}}]
  - recover: {within: 120s}
`;
  return makePlan(checkScenario(text, 'settings.yaml').scenario, { kubernetesVersion: assumedVersion(version) });
};

test('formulas and simulations never contradict each other, over random intervals of all heartbeats', async () => {
  const said = { certain: 0, possible: 0, impossible: 0 };
  const found: string[] = [];
  for (let seed = 0; seed < sampleOf(16, 600); seed += 1) {
    const plan = planOf(seed);
    said[plan.prediction.flap] += 1;
    for (const one of contradictions(plan, await simulated(plan, 24))) found.push(`${plan.scenario}: ${one}`);
  }
  expect(found).toEqual([]);
  for (const [flap, count] of Object.entries(said)) expect(count, flap).toBeGreaterThan(sampleOf(0, 50));
}, 900_000);
