import { expect, test } from 'vitest';
import { modelOfPlan, runModel } from '../../src/backend/model/index.ts';
import { assumedVersion } from '../../src/common/kubernetes/version-range.ts';
import { randomFrom } from '../../src/common/random.ts';
import { makePlan, type Plan } from '../../src/plan/index.ts';
import { flapRange, type Window } from '../../src/profile/index.ts';
import { checkScenario } from '../../src/scenario/index.ts';
import { sampleOf } from '../support/sample.ts';

const [seeds, seconds, workers] = [3, 1800, 6];

type Settings = {
  readonly grace: number;
  readonly period: number;
  readonly kubelet: Readonly<Record<string, string | number>>;
  readonly version: string;
  readonly age: 'old' | 'fresh';
};

const planOf = ({ grace, period, kubelet, version, age }: Settings): Plan => {
  const text = `
name: no-fault
profile:
  name: p
  userConfig:
    controllerManagerArgs: {node-monitor-grace-period: ${grace}s, node-monitor-period: ${period}s}
    kubeletConfiguration: ${JSON.stringify(kubelet)}
cluster: {topology: managed, workers: ${workers}, kubernetes: ${version}, age: ${age}}
workload: {replicas: 1}
load: {ratePerSecond: 0.1}
phases: [{steady: ${seconds}s}]
`;
  return makePlan(checkScenario(text, 'no-fault.yaml').scenario, { kubernetesVersion: assumedVersion(version) });
};

/** How many heartbeats healthy nodes of the model had, and after how many they were NotReady. */
const simulated = (plan: Plan): { readonly heartbeats: number; readonly flaps: number } => {
  const { config } = modelOfPlan(plan, Number.MAX_SAFE_INTEGER);
  let [flaps, heartbeats] = [0, 0];
  for (let seed = 1; seed <= seeds; seed += 1) {
    let counts = false;
    const nothing = (): void => undefined;
    runModel(
      { ...config, seed },
      {
        ...{ pod: nothing, endpoints: nothing, requests: nothing },
        event: (_, { type }) => {
          counts ||= type === 'load.started';
        },
        lease: (_, { role }) => {
          if (counts && role === 'worker') heartbeats += 1;
        },
        node: (_, { role }, before, after) => {
          if (!counts || role !== 'worker' || before === null) return;
          if (after.heartbeatUs !== before.heartbeatUs) heartbeats += 1;
          if (before.ready === 'True' && after.ready !== 'True') flaps += 1;
        },
      },
    );
  }
  return { heartbeats, flaps };
};

/** Four standard deviations of a count whose events come in groups. */
const slack = (count: number): number => 4 * Math.sqrt(3 * Math.max(1, count));

const holds = ([min, max]: Window, units: number, count: number): boolean =>
  count >= min * units - slack(Math.max(count, min * units)) &&
  count <= max * units + slack(Math.max(count, max * units));

const anySettings = (seed: number): Settings => {
  const next = randomFrom(seed);
  const among = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as never;
  const grace = among([4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 21, 25, 30]);
  const kubelet = {
    ...(among([true, true, false]) ? { nodeStatusUpdateFrequency: `${among([1, 2, 3, 4, 5, 7, 10, 15, 20])}s` } : {}),
    ...(among([true, true, false]) ? { nodeStatusReportFrequency: `${among([2, 5, 8, 12, 15, 20, 30, 300])}s` } : {}),
    ...(among([true, true, false]) ? { nodeLeaseDurationSeconds: among([8, 16, 20, 30, 40, 60, 80, 100]) } : {}),
  };
  const version = among(['v1.13', 'v1.20', 'v1.31', 'v1.34', 'v1.37']);
  return { grace, period: among([1, 2, 3, 5, 10]), kubelet, version, age: among(['old', 'fresh'] as const) };
};

test('the share and the rate of heartbeats that make healthy nodes NotReady lie within what is sure of them', () => {
  const seen = { never: 0, sometimes: 0, surely: 0 };
  for (let seed = 0; seed < sampleOf(40, 600); seed += 1) {
    const settings = anySettings(seed);
    const plan = planOf(settings);
    const { share, perSecond } = flapRange(plan.profile.effective, plan.kubernetesVersion);
    seen[share[1] === 0 ? 'never' : share[0] > 0 ? 'surely' : 'sometimes'] += 1;
    const { heartbeats, flaps } = simulated(plan);
    const of = `${JSON.stringify(settings)}: ${flaps} of ${heartbeats}, ${JSON.stringify({ share, perSecond })}`;
    if (share[1] === 0) expect(flaps, of).toBe(0);
    expect(holds(share, heartbeats, flaps), of).toBe(true);
    expect(holds(perSecond, seeds * seconds * workers, flaps), of).toBe(true);
  }
  for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(sampleOf(1, 20));
}, 300_000);
