import { expect, test } from 'vitest';
import { configOfRun, modelOfPlan } from '../../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../../src/common/random.ts';
import { makePlan } from '../../../src/plan/index.ts';
import { compileProfile, maxBorneAnswerMs, type Profile, type Reading } from '../../../src/profile/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { recommend } from '../../../src/sweep/recommend/recommend.ts';
import { simulateTrial } from '../../../src/sweep/run/trials.ts';

type Settings = Pick<
  Profile,
  'nodeStatusUpdateFrequencyMs' | 'nodeMonitorPeriodMs' | 'nodeMonitorGracePeriodMs' | 'name'
>;

/** In how many of so many runs of the model a node is NotReady while each answer takes so long. */
const lossesWith = (settings: Settings, version: string, reading: Reading, answerMs: number, runs = 30): number => {
  const profile = [
    `profile: {name: own, nodeMonitorPeriod: ${settings.nodeMonitorPeriodMs}ms`,
    `nodeMonitorGracePeriod: ${settings.nodeMonitorGracePeriodMs}ms`,
    `nodeStatusUpdateFrequency: ${settings.nodeStatusUpdateFrequencyMs}ms}`,
  ].join(', ');
  const text = `name: answers
${profile}
reading: ${reading}
cluster: {kubernetes: ${version}, workers: 2}
load: {ratePerSecond: 1}
phases:
  - steady: 60s
  - fault: 600s
    inject: [{kind: apiserver-latency, target: {role: control-plane}, delay: ${answerMs}ms}]
  - recover: {within: 300s}
`;
  const plan = makePlan(checkScenario(text, 'a.yaml').scenario, { kubernetesVersion: version });
  const { config, maxWaitUs } = modelOfPlan(plan);
  return Array.from({ length: runs }, (_, run) =>
    simulateTrial(configOfRun(config, seedOfRepeat(plan.seed, run), ((run + 0.5) / runs) * maxWaitUs)),
  ).filter(({ firstNotReadyMs }) => firstNotReadyMs !== null).length;
};

const settings = (updateMs: number, periodMs: number, graceMs: number): Settings => ({
  name: 'own',
  nodeStatusUpdateFrequencyMs: updateMs,
  nodeMonitorPeriodMs: periodMs,
  nodeMonitorGracePeriodMs: graceMs,
});

const borneMsOf = (own: Settings, version: string, reading: Reading): number => {
  const profile: Profile = { ...own, evictionAfterMs: null, evictionBy: null };
  return maxBorneAnswerMs(compileProfile(profile, reading, version).effective, version);
};

// With answers far beyond 5 s a controller loses its lease, and nobody judges nodes.
test.each([
  ['a renewal in one request', 'v1.34.4', 'equivalent', settings(40_000, 1000, 45_000), 3399],
  ['a renewal in two requests', 'v1.15.2', 'literal', settings(40_000, 1000, 16_000), 2999],
  ['a status alone, in two requests', 'v1.12.10', 'literal', settings(20_000, 1000, 32_000), 5999],
] as const)('%s: no node is lost with answers as long as is said, and some with longer ones', (...of) => {
  const [, version, reading, own, borneMs] = of;
  expect(borneMsOf(own, version, reading)).toBe(borneMs);
  expect(lossesWith(own, version, reading, borneMs - 20)).toBe(0);
  expect(lossesWith(own, version, reading, borneMs + 1000)).toBeGreaterThan(0);
});

test.each([
  ['the lease', 'v1.34.4', settings(10_000, 1000, 14_000)],
  ['the status', 'v1.30.2', settings(5000, 1000, 11_000)],
] as const)('status and lease, of which %s bears more: no node is lost with answers as long as is said', (...of) => {
  const [, version, own] = of;
  const borneMs = borneMsOf(own, version, 'literal');
  expect(borneMs).toBeGreaterThan(2000);
  expect(lossesWith(own, version, 'literal', borneMs - 20)).toBe(0);
});

test.each([
  ['v1.34.4', 'equivalent', settings(10_000, 5000, 50_000), 10_000],
  ['v1.34.4', 'equivalent', settings(4000, 2000, 20_000), 4000],
  ['v1.12.10', 'literal', settings(10_000, 5000, 40_000), 10_000],
] as const)('on %s an answer that takes as long as a kubelet waits for it is not borne: %s, %j', (...of) => {
  const [version, reading, own, timeoutMs] = of;
  expect(borneMsOf(own, version, reading)).toBe(timeoutMs - 1);
});

test('every node is lost with answers that take as long as a kubelet waits for them', () => {
  const own = settings(4000, 2000, 20_000);
  expect(lossesWith(own, 'v1.34.4', 'equivalent', 4000, 3)).toBe(3);
  expect(lossesWith(own, 'v1.34.4', 'equivalent', 3980, 3)).toBe(0);
});

test('settings that wait longer for an answer than their grace lets them are not recommended for it', () => {
  const { front } = recommend('v1.34.4', 1000, {
    maxDetectMs: 60_000,
    survivePauseMs: 3000,
    maxWritesPerMinute: null,
    maxEvictMs: null,
    minAnswerMs: 10_000,
  });
  expect(front.length).toBeGreaterThan(0);
  expect(front.filter(({ surviveMs }) => surviveMs <= 10_000)).toEqual([]);
});
