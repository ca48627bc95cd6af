import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ServicePlace } from '../../../src/guard/index.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { onCluster } from '../../../src/prepare/own-cluster/adapt.ts';
import { onService, withGenerators } from '../../../src/prepare/own-cluster/cluster.ts';
import { planProblems } from '../../../src/run/read/cross-checks.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { controlPlane, survey, workers } from '../../guard/surveys.ts';

// A scenario says nothing of the cluster that somebody has: its plan does, and is no less the plan of that scenario.

const text = stringify({
  ...{ name: 'one', profile: 'default', cluster: { topology: 'single', kubernetes: 'v1.34' } },
  phases: [{ fault: '20s', inject: [{ kind: 'kubelet-pause', target: { nodes: ['worker'] } }] }],
});
const { scenario } = checkScenario(text, 'scenario.yaml');
const place: ServicePlace = {
  ...{ namespace: 'shop', name: 'web', uid: 'u', host: '10.96.0.7', port: 80, portName: '', addressType: 'IPv4' },
  ...{ ready: 3, nodes: [] },
};
const choice = { namespace: 'shop', name: 'web', port: null, path: null };
const there = survey([controlPlane, ...workers(7)], { serverVersion: 'v1.33.4' });
const plan = makePlan(withGenerators(onService(onCluster(scenario, there), place, choice), 3), {
  kubernetesVersion: 'v1.33.4',
});
const saved = JSON.parse(JSON.stringify(plan)) as typeof plan;

test('a plan on a cluster of seven workers, for a Service and three generators, is that of its scenario', () => {
  expect(saved.topology).toMatchObject({ workers: 7 });
  expect(planProblems(saved, text, { isOwnCluster: true })).toEqual([]);
});

test('elsewhere it is another one, and so is one in which a fault was made shorter', () => {
  expect(planProblems(saved, text, { isOwnCluster: false })).not.toEqual([]);
  const [fault] = saved.phases;
  const shorter = { ...saved, phases: [{ ...fault, durationMs: 1000 }] } as typeof plan;
  expect(planProblems(shorter, text, { isOwnCluster: true })).toEqual([
    'plan.json: expected the plan that this skipbeat makes of scenario.yaml, found another phases[0].durationMs; another version of skipbeat made it, or it was edited',
  ]);
});
