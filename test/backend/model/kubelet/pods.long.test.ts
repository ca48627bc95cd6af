import { describe, expect, test } from 'vitest';
import {
  type AskedSettings,
  configOfPlan,
  type ModelFault,
  type ModelPhase,
} from '../../../../src/backend/model/index.ts';
import { makePlan } from '../../../../src/plan/index.ts';
import { checkScenario } from '../../../../src/scenario/index.ts';
import { cluster, fault, pauseOf, recover, steady, us, version } from '../support/clusters.ts';
import { ofType, record } from '../support/runs.ts';

const runs = Array.from({ length: 60 }, (_, index) => index + 1);

const cut: ModelFault = { id: 'cut', kind: 'partition', targets: ['worker'], direction: 'both' };

/** How many pods were to be ended, and those of them that never went, run by run. */
const ended = (minor: number, patch: number, asked: AskedSettings, phases: readonly ModelPhase[]) => {
  const pods = runs.flatMap((seed) => {
    const run = record(cluster(version(minor, patch), asked, { seed, replicas: 2, phases: [steady(30), ...phases] }));
    const changes = ofType(run, 'pod');
    const gone = new Set(changes.flatMap(({ uid, change }) => (change === 'gone' ? [uid] : [])));
    return changes.flatMap(({ uid, change }) => (change === 'deleting' ? [{ seed, uid, gone: gone.has(uid) }] : []));
  });
  return { count: pods.length, stuck: pods.filter((pod) => !pod.gone) };
};

describe('a pod that is deleted while its node is cut off', () => {
  // What else the API server had to say comes behind the deletion, in the same moment.
  test.each([
    [20, 2],
    [30, 0],
    [34, 4],
  ] as const)('ends once the node receives it, on v1.%d.%d', (minor, patch) => {
    const eviction =
      minor === 20
        ? ({ kind: 'pod-eviction-timeout', timeoutUs: us(10) } as const)
        : ({ kind: 'tolerations', seconds: 1 } as const);
    const found = ended(minor, patch, { graceSeconds: 12, eviction }, [fault(25, cut), recover(90)]);
    expect(found.count).toBeGreaterThan(10);
    expect(found.stuck).toEqual([]);
  });
});

test('a kubelet that could not write that a pod has ended writes it later', () => {
  const eviction = { kind: 'tolerations', seconds: 1 } as const;
  const found = ended(34, 4, { graceSeconds: 12, eviction }, [
    fault(40, pauseOf('worker')),
    steady(0.5),
    fault(30, cut),
    recover(90),
  ]);
  expect(found.count).toBeGreaterThan(10);
  expect(found.stuck).toEqual([]);
});

test.each([
  ['v1.28.15', 'literal', 880921120],
  ['v1.31.0', 'equivalent', 1766340120],
] as const)(
  'a kubelet that could not write that a pod is Ready writes it later, on %s',
  (kubernetes, reading, seed) => {
    const failed: string[] = [];
    for (let steadyS = 5; steadyS <= 40; steadyS += 1) {
      const { scenario } = checkScenario(
        `name: a
profile: {name: p, nodeStatusUpdateFrequency: 10s, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 16s, evictionAfter: 60s}
reading: ${reading}
cluster: {kubernetes: ${kubernetes}}
load: {ratePerSecond: 10}
phases: [{steady: ${steadyS}s}, {fault: 47s, inject: [{kind: partition, target: {nodes: [worker2]}, direction: to, by: drop}]}, {recover: {within: 200s}}]
`,
        'a.yaml',
      );
      const run = record({ ...configOfPlan(makePlan(scenario, { kubernetesVersion: kubernetes })), seed });
      const recovered = ofType(run, 'step.ended').find(({ name }) => name === 'recover');
      if (recovered?.outcome !== 'done') failed.push(`${steadyS} s: ${recovered?.detail}`);
    }
    expect(failed).toEqual([]);
  },
);
