import { expect, test } from 'vitest';
import { configOfPlan } from '../../src/backend/model/from-plan.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';

/** Kubelets call themselves NotReady, of an API server with these flags. */
const planOf = (apiServerArgs: Readonly<Record<string, string>>, tolerations?: object): Plan => {
  const userConfig = { controllerManagerArgs: {}, apiServerArgs, kubeletArgs: {}, kubeletConfiguration: {} };
  const overrides = [
    { origin: 'test', path: ['profile'], value: { name: 'own', userConfig } },
    ...(tolerations === undefined ? [] : [{ origin: 'test', path: ['workload', 'tolerations'], value: tolerations }]),
  ];
  return makePlan(loadScenario('long-pause', { overrides }).scenario, { kubernetesVersion: 'v1.34.4' });
};

const both = (seconds: string) => ({
  'default-not-ready-toleration-seconds': seconds,
  'default-unreachable-toleration-seconds': seconds,
});

const evictionOf = (plan: Plan): Plan['prediction']['evictionAfterMs'] => plan.prediction.evictionAfterMs;

test("what follows a kubelet's own NotReady goes by the toleration of not-ready, whatever that of unreachable is", () => {
  expect(evictionOf(planOf(both('10')))).not.toBeNull();
  const other = planOf({ 'default-unreachable-toleration-seconds': '10' });
  expect(evictionOf(other)).toEqual(evictionOf(planOf({})));
  expect(configOfPlan(other).workload?.tolerations).toEqual({ 'not-ready': 300 });
});

test("pods' own tolerations count first", () => {
  const own = planOf({ 'default-unreachable-toleration-seconds': '10' }, { 'not-ready': '10s' });
  expect(evictionOf(own)).toEqual(evictionOf(planOf(both('10'))));
  expect(configOfPlan(own).workload?.tolerations).toEqual({ 'not-ready': 10 });
});

test('where both are the same the model gets none', () => {
  expect(configOfPlan(planOf(both('10'))).workload).toBeUndefined();
});
