import { expect, test } from 'vitest';
import { makePlan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { judgeOnModel } from '../../calibration/support/seeded-run.ts';

// Scenarios whose runs were passes once, with harm that none of their expectations counts. All run on the model.

const flapping = '{name: mine, nodeMonitorGracePeriod: 10s, evictionAfter: 0s}';
const oneStops = 'fault: 60s, inject: [{kind: kubelet-stop, target: {nodes: [worker2]}}]';
const bothPause = 'fault: 60s, inject: [{kind: kubelet-pause, target: {role: worker}}]';

type Misjudged = readonly [what: string, scenario: string, expectations: string, reason: RegExp];

const cases: readonly Misjudged[] = [
  [
    'a time-out that is asked for excuses refusals',
    'profile: fast\nload: {through: every}\nphases: [{steady: 30s}, {fault: 60s, inject: [{kind: node-stop, target: {role: worker}}]}, {recover: {within: 300s}}]',
    '{figure: nodes.notReadyTransitions, max: 2}, {figure: requests.timeout, min: 1}, {figure: pods.evicted, min: 1}',
    /requests failed \([\d,]+ refused.*: expect requests\.refused/,
  ],
  [
    'that the last one failed at some time says nothing of how many did',
    `profile: tight-grace\nphases: [{steady: 30s}, {${bothPause}}, {recover: {within: 90s}}]`,
    '{figure: nodes.notReadyTransitions, max: 2}, {figure: timing.lastFailedMs, min: 0}, {figure: pods.evicted, max: 2}',
    /requests failed \([\d,]+ refused\)/,
  ],
  [
    'pods are evicted from a node that is lost',
    `profile: default\nworkload: {replicas: 20, tolerations: {unreachable: 5s, not-ready: 5s}}\nphases: [{steady: 30s}, {fault: 120s, inject: [{kind: kubelet-stop, target: {nodes: [worker2]}}]}, {recover: {within: 300s}}]`,
    '{figure: nodes.notReadyTransitions, max: 1}, {figure: requests.refused, max: 0}, {figure: requests.timeout, max: 0}',
    /10 pods were evicted, of which no expectation speaks: expect pods\.evicted/,
  ],
  [
    'requests that hang for the whole outage are answered in the end',
    'profile: default\nload: {through: every, timeout: 30s}\nphases: [{steady: 30s}, {fault: 25s, inject: [{kind: node-pause, target: {role: worker}}]}, {recover: {within: 300s}}]',
    '{figure: nodes.notReadyTransitions, max: 0}, {figure: requests.refused, max: 0}, {figure: requests.timeout, max: 0}',
    /answers took up to 25,\d{3}\.\d ms/,
  ],
  [
    'healthy nodes are lost, and their pods evicted, beside the one that is to be lost',
    // worker2 is Ready as it is stopped, and more nodes are lost after that than a reason names.
    `seed: 3\nprofile: ${flapping}\ncluster: {workers: 6}\nworkload: {replicas: 12}\nphases: [{steady: 300s}, {${oneStops}}, {recover: {within: 300s}}]`,
    '{figure: nodes.notReadyTransitions, min: 1}, {figure: requests.refused, max: 0}, {figure: requests.timeout, max: 0}',
    /nodes went NotReady \(\d+ transitions\), of which no expectation speaks: expect a max of nodes\.notReadyTransitions/,
  ],
  [
    'one answer in each phase is no bound of failures',
    `profile: tight-grace\nphases: [{steady: 30s}, {${bothPause}}, {recover: {within: 90s}}]`,
    '{figure: nodes.notReadyTransitions, max: 2}, {figure: requests.byPhase.fault.ok, min: 1}, {figure: requests.byPhase.recover.ok, min: 1}, {figure: pods.evicted, max: 2}',
    /requests failed \([\d,]+ refused\)/,
  ],
  [
    'that a node stays Ready for so long is no call for harm',
    `profile: tight-grace\nphases: [{steady: 30s}, {${bothPause}}, {recover: {within: 90s}}]`,
    '{figure: nodes.byNode.worker.firstNotReadyMs, min: 40000}',
    /nodes\.byNode\.worker\.firstNotReadyMs holds, and requests failed/,
  ],
  [
    'kept connections alone say nothing of who connects anew',
    'profile: fast\nload: {connection: keep-alive}\nphases: [{steady: 30s}, {fault: 35s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 120s}}]',
    '{figure: requests.refused, max: 0}, {figure: requests.timeout, max: 0}, {figure: nodes.notReadyTransitions, max: 2}, {figure: pods.evicted, max: 2}',
    /requests\.refused is not known: the Service had no ready endpoint/,
  ],
  [
    'how many nodes are NotReady at once says nothing of how often they are',
    `profile: ${flapping}\ncluster: {workers: 5}\nworkload: {replicas: 10}\nphases: [{steady: 600s}, {recover: {within: 300s}}]`,
    '{figure: nodes.maxNotReady, max: 2}, {figure: requests.refused, max: 0}, {figure: pods.evicted, max: 100}',
    /nodes went NotReady \(\d+ transitions\), though no fault hits them/,
  ],
  [
    'evictions that are to happen excuse none from healthy nodes',
    // Pods are evicted before the fault ends, and healthy nodes are late by then.
    'seed: 4\nprofile: fast\ncluster: {workers: 60, podsPerNode: 500, kubernetes: v1.30.14}\nworkload: {replicas: 120}\nphases: [{steady: 28s}, {fault: 120s, inject: [{kind: kubelet-stop, target: {nodes: [worker3, worker4, worker5, worker6, worker7]}}]}, {recover: {within: 600s}}]',
    '{figure: nodes.notReadyTransitions, min: 5}, {figure: requests.refused, max: 0}, {figure: requests.timeout, max: 0}, {figure: pods.evicted, min: 1}',
    /\d+ pods were evicted from nodes that no fault had lost.* expect a max of pods\.evicted/,
  ],
  [
    'that the nodes came back is no call for harm',
    'profile: default\nphases: [{steady: 20s}, {fault: 400s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 180s}}]',
    '{figure: timing.lastReadyMs, min: 0}',
    /timing\.lastReadyMs holds, and requests failed/,
  ],
  [
    'half of the replicas are gone for minutes, and no client notices',
    'profile: default\nworkload: {replicas: 10}\nphases: [{steady: 20s}, {fault: 300s, inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}]}, {recover: {within: 180s}}]',
    '{figure: nodes.notReadyTransitions, max: 1}, {figure: requests.refused, max: 0}, {figure: pods.evicted, max: 0}',
    /replicas were missing for 1,2\d\d(\.\d)? replica-seconds/,
  ],
  [
    'when a first node was lost says nothing of those after it',
    'profile: default\nphases: [{steady: 20s}, {fault: 70s, inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}]}, {recover: {within: 180s}}, {fault: 240s, inject: [{kind: kubelet-pause, target: {role: worker}}]}, {recover: {within: 180s}}]',
    '{figure: timing.firstNotReadyMs, max: 90000}, {figure: requests.refused, max: 15000}, {figure: pods.unavailableSeconds, max: 900}',
    /went NotReady \(3 transitions\)/,
  ],
  [
    'a StatefulSet does not come back',
    'profile: default\nworkload: {replicas: 4, kind: statefulset}\nphases: [{steady: 20s}, {fault: 1200s, inject: [{kind: kubelet-pause, target: {nodes: [worker2]}}]}, {recover: {within: 300s}}]',
    '{figure: nodes.notReadyTransitions, max: 1}, {figure: pods.evicted, max: 2}, {figure: requests.refused, max: 0}',
    /replicas were missing for 2,\d{3}/,
  ],
  [
    'p99 is short because it leaves out who waited',
    'profile: default\nload: {timeout: 30s}\nphases: [{steady: 9s}, {fault: 9s, inject: [{kind: node-pause, target: {role: worker}}]}, {recover: {within: 90s}}, {steady: 1200s}]',
    '{figure: nodes.notReadyTransitions, max: 0}, {figure: requests.timeout, max: 0}, {figure: requests.latencyMs.p99, max: 100}',
    /answers took up to 9,\d{3}\.\d ms/,
  ],
  [
    'settings lose nodes by themselves before and after a fault that does nothing',
    'profile: {name: flappy, nodeStatusUpdateFrequency: 10s, nodeMonitorPeriod: 1s, nodeMonitorGracePeriod: 9s}\nphases: [{steady: 30s}, {fault: 120s, inject: [{kind: apiserver-latency, delay: 1ms}]}, {recover: {within: 300s}}]',
    '{figure: nodes.notReadyTransitions, min: 1}, {figure: nodes.notReadyTransitionsBeforeFault, max: 20}, {figure: requests.refused, max: 3000}, {figure: pods.evicted, max: 0}, {figure: pods.unavailableSeconds, max: 200}',
    /went NotReady \(\d+ transitions\), of which no expectation speaks/,
  ],
];

test.each(cases)('%s: inconclusive', async (_, text, expectations, reason) => {
  const { scenario } = checkScenario(`name: misjudged\n${text}\nexpect: [${expectations}]\n`, 'misjudged.yaml');
  const kubernetesVersion = text.includes('v1.30.14') ? 'v1.30.14' : 'v1.34.4';
  const { verdict, reasons } = await judgeOnModel(makePlan(scenario, { kubernetesVersion }));
  expect(verdict).toBe('inconclusive');
  expect(reasons).toContainEqual(expect.stringMatching(reason));
});
