import { fileURLToPath } from 'node:url';
import { modelBackend } from '../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../src/common/random.ts';
import { makePlan, type Plan, planRepeats } from '../../src/plan/index.ts';
import { loadScenario } from '../../src/scenario/index.ts';
import type { EventBody, RequestRecord, TimelineEvent } from '../../src/timeline/index.ts';
import { judge, type RunDocument } from '../../src/verdict/index.ts';

const file = fileURLToPath(new URL('../fixtures/scenarios/grace-pause.yaml', import.meta.url));

/** Kubelets silent for 24 s under that grace period, so often: 20 s harms, 40 s does not. */
const graceScenario = (gracePeriod: string, repeats: number, seed: number) => {
  const overrides = [
    { origin: 'test', path: ['profile', 'nodeMonitorGracePeriod'], value: gracePeriod },
    { origin: 'test', path: ['repeats'], value: repeats },
    { origin: 'test', path: ['seed'], value: seed },
  ];
  return loadScenario(file, { overrides });
};

export const gracePlan = (gracePeriod: string, repeats: number, seed: number): Plan =>
  makePlan(graceScenario(gracePeriod, repeats, seed).scenario, { kubernetesVersion: 'v1.34.4' });

/** The scenario of that plan, as a run keeps it. */
export const graceYaml = (gracePeriod: string, repeats: number, seed: number): string =>
  graceScenario(gracePeriod, repeats, seed).resolved;

/** Runs a plan in the model, in memory, and judges it. */
export const modelRun = async (plan: Plan): Promise<RunDocument> => {
  const events: TimelineEvent[] = [];
  const requests: RequestRecord[] = [];
  const event = (body: EventBody, atMs = events.at(-1)?.atMs ?? 0): void => {
    events.push({ atMs, ...body });
  };
  event({ type: 'run.started', scenario: plan.scenario, backend: 'model', predicted: true, startedAt: null });
  const recorder = {
    startNs: 0n,
    nowMs: () => 0,
    event,
    requests: (batch: readonly RequestRecord[]) => void requests.push(...batch),
  };
  await modelBackend().run(plan, recorder, new AbortController().signal);
  event({ type: 'run.ended', outcome: 'completed', reason: null });
  return judge(plan, events, requests);
};

/** All repeats of a plan. */
export const modelRuns = async (plan: Plan): Promise<RunDocument[]> => {
  const runs: RunDocument[] = [];
  for (const own of planRepeats(plan)) runs.push(await modelRun(own));
  return runs;
};

/** Independent seeds of whole sets of runs. */
export const seedOfSet = (set: number): number => seedOfRepeat(20_261_124, set + 1);
