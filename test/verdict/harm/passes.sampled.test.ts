import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import { figureAt, judge, type RunDocument } from '../../../src/verdict/index.ts';
import { recordOnModel } from '../../calibration/support/seeded-run.ts';
import { sampleOf } from '../../support/sample.ts';
import type { Expected } from './expecting.ts';

// Whatever people expect of whatever happened: a pass leaves out no harm that the record itself shows. What is harm is read
// here from events and requests alone, and which figures speak of it stands here once more.

const faults = [
  '{kind: kubelet-pause, target: {role: worker}}',
  '{kind: kubelet-stop, target: {nodes: [worker2]}}',
  '{kind: node-stop, target: {nodes: [worker2]}}',
  '{kind: node-pause, target: {role: worker}}',
  '{kind: partition, target: {nodes: [worker]}}',
];
const profiles = ['default', 'fast', 'tight-grace', '{name: own, nodeMonitorGracePeriod: 12s, evictionAfter: 0s}'];

type Situation = {
  readonly fault: string;
  readonly profile: string;
  readonly lastsS: number;
  readonly replicas: number;
  readonly through: string;
  readonly timeoutS: number;
  readonly seed: number;
};

const planOf = ({ fault, profile, lastsS, replicas, through, timeoutS, seed }: Situation): Plan => {
  const text = `name: any
profile: ${profile}
cluster: {workers: 3}
workload: {replicas: ${replicas}}
load: {ratePerSecond: 20, through: ${through}, timeout: ${timeoutS}s}
phases: [{steady: 20s}, {fault: ${lastsS}s, inject: [${fault}]}, {recover: {within: 400s}}]
`;
  return { ...makePlan(checkScenario(text, 'any.yaml').scenario, { kubernetesVersion: 'v1.34.4' }), seed };
};

const anyPlan = fc
  .record({
    fault: fc.constantFrom(...faults),
    profile: fc.constantFrom(...profiles),
    lastsS: fc.constantFrom(8, 24, 60, 130),
    replicas: fc.constantFrom(1, 2, 5),
    through: fc.constantFrom('untouched', 'every'),
    timeoutS: fc.constantFrom(1, 20),
    seed: fc.nat({ max: 1000 }),
  })
  .map(planOf);

/** Those that a person would think of first. */
const common = [
  ...['refused', 'timeout', 'reset', 'unreachable'].map((name) => `requests.${name}`),
  'nodes.notReadyTransitions',
  'nodes.notReadyTransitionsBeforeFault',
  'pods.evicted',
  'pods.evictedBeforeFault',
  'pods.unavailableSeconds',
  'requests.latencyMs.max',
];

const figures = [
  ...['ok', 'refused', 'reset', 'timeout', 'unreachable', 'httpError', 'offered'].flatMap((name) => [
    `requests.${name}`,
    `requests.byPhase.fault.${name}`,
    `requests.byPhase.recover.${name}`,
  ]),
  ...['p50', 'p99', 'max', 'mean'].map((name) => `requests.latencyMs.${name}`),
  'nodes.notReadyTransitions',
  'nodes.byNode.worker2.notReadyTransitions',
  'nodes.notReadyByKubelet',
  'nodes.maxNotReady',
  'nodes.notReadyNodeSeconds',
  'nodes.notReadyTransitionsBeforeFault',
  'nodes.unrecovered',
  'pods.evicted',
  'pods.evictedBeforeFault',
  'pods.unavailableSeconds',
  'pods.stuckTerminating',
  ...['firstNotReadyMs', 'lastReadyMs', 'firstRefusedMs', 'lastRefusedMs', 'lastFailedMs', 'firstEvictionMs'].map(
    (name) => `timing.${name}`,
  ),
];

type Choice = { readonly figure: string; readonly kind: 'as it was' | 'a little more' | 'far more' | 'some' | 'any' };

const choiceOf = (figure: fc.Arbitrary<string>): fc.Arbitrary<Choice> =>
  fc.record({
    figure,
    kind: fc.constantFrom('a little more', 'a little more', 'as it was', 'far more', 'some', 'any'),
  });

/** Most of what a person would think of, and some of everything else. */
const anySet = fc
  .tuple(
    fc.tuple(...common.map((figure) => fc.option(choiceOf(fc.constant(figure)), { freq: 8 }))),
    fc.array(choiceOf(fc.constantFrom(...figures)), { maxLength: 3 }),
  )
  .map(([likely, others]) => [...likely.filter((one) => one !== null), ...others]);

/** One that passes although there was harm, for it asks for all of it: what is drawn beside it may never do both. */
const sure: readonly [Plan, Choice[][]] = [
  planOf({
    fault: '{kind: kubelet-pause, target: {role: worker}}',
    profile: 'tight-grace',
    lastsS: 60,
    replicas: 2,
    through: 'untouched',
    timeoutS: 1,
    seed: 1,
  }),
  [common.map((figure) => ({ figure, kind: 'a little more' }))],
];

/** An expectation that holds, if one of that figure can. */
const expectationOf = (measured: RunDocument, { figure, kind }: Choice): Expected => {
  const observed = figureAt(measured, figure) ?? 0;
  const none = { figure, min: null, max: null, equals: null };
  if (kind === 'some') return { ...none, min: 1 };
  if (kind === 'any') return { ...none, min: 0 };
  return {
    ...none,
    max: { 'as it was': observed, 'a little more': observed * 1.05 + 1, 'far more': observed * 50 + 1e5 }[kind],
  };
};

/** The harm of a record since its first fault, each with the names of figures that may speak of it. */
const harmsOf = ({
  plan,
  events,
  requests,
}: Awaited<ReturnType<typeof recordOnModel>>): ReadonlyMap<string, RegExp> => {
  const fromMs = events.find(({ type }) => type === 'fault.injecting')?.atMs ?? Infinity;
  const recoverMs = events.find((one) => one.type === 'step.started' && one.name === 'recover')?.atMs ?? Infinity;
  const found = new Map<string, RegExp>();
  for (const { dueMs, endedMs, outcome } of requests.filter((one) => one.dueMs >= fromMs)) {
    const phase = dueMs < recoverMs ? 'fault' : 'recover';
    if (outcome !== 'ok' && outcome !== 'dropped')
      found.set(`${outcome} in ${phase}`, new RegExp(`^requests\\.(byPhase\\.${phase}\\.)?(${outcome}|ok)$`));
    if (outcome === 'ok' && endedMs - dueMs > 2100) found.set('slow', /^requests\.latencyMs\.max$/);
  }
  for (const one of events) {
    if (one.atMs < fromMs) continue;
    if (one.type === 'node.ready' && one.status !== 'True')
      found.set(
        `loss of ${one.node}`,
        /^nodes\.(byNode\.worker2\.)?(notReadyTransitions|notReadyNodeSeconds|notReadyByKubelet)$/,
      );
    if (one.type === 'pod' && one.change === 'deleting' && one.evicted) found.set('evicted', /^pods\./);
  }
  const counts = events.filter((one) => one.type === 'endpoints');
  const missingMs = counts.reduce((sum, { atMs, ready }, index) => {
    const endMs = counts[index + 1]?.atMs ?? atMs;
    return atMs < fromMs ? sum : sum + Math.max(0, plan.workload.replicas - ready) * (endMs - atMs);
  }, 0);
  if (missingMs > 1500) found.set('missing', /^pods\.unavailableSeconds$/);
  return found;
};

const asksForSome = ({ figure, min, max, equals }: Expected): boolean =>
  max === null && equals === null && min !== null && (min > 0 || figure.startsWith('timing.first'));

test('whatever is expected, a pass leaves out no harm that is on record', async () => {
  const sets = fc.array(anySet, { minLength: 60, maxLength: 60 });
  let passes = 0;
  await fc.assert(
    fc.asyncProperty(anyPlan, sets, async (plan, chosen) => {
      const record = await recordOnModel(plan);
      const harms = harmsOf(record);
      const measured = await judge({ ...plan, expectations: [] }, record.events, record.requests);
      for (const choices of chosen) {
        const expectations = choices.map((choice) => expectationOf(measured, choice));
        const { verdict } = await judge({ ...plan, expectations }, record.events, record.requests);
        if (verdict !== 'pass' || expectations.every(asksForSome)) continue;
        if (harms.size > 0) passes += 1;
        const left = [...harms].filter(([, figures]) => !expectations.some(({ figure }) => figures.test(figure)));
        expect([expectations, left.map(([name]) => name)]).toEqual([expectations, []]);
      }
    }),
    { numRuns: sampleOf(3, 200), endOnFailure: true, examples: [[...sure]] },
  );
  expect(passes).toBeGreaterThan(0);
});
