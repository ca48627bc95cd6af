import { modelBackend } from '../../../src/backend/model/index.ts';
import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { RequestRecord, TimelineEvent } from '../../../src/timeline/index.ts';
import { judge, type RunDocument } from '../../../src/verdict/index.ts';

/** A run of the model by its settings and seed; times in seconds. */
export type SeededRun = {
  readonly version: string;
  readonly update: number;
  readonly period: number;
  readonly grace: number;
  readonly eviction: number;
  readonly reading: 'literal' | 'equivalent';
  readonly steady: number;
  /** A kind of fault and how long it stands. */
  readonly fault: readonly [string, number];
  /** Its target and other options, in YAML. */
  readonly target: string;
  readonly seed: number;
};

const scenarioOf = ({ version, update, period, grace, eviction, reading, steady, fault, target }: SeededRun): string =>
  `name: seeded
profile: {name: p, nodeStatusUpdateFrequency: ${update}s, nodeMonitorPeriod: ${period}s, nodeMonitorGracePeriod: ${grace}s, evictionAfter: ${eviction}s}
reading: ${reading}
cluster: {kubernetes: ${version}}
workload: {replicas: 2}
load: {ratePerSecond: 10, connection: fresh, timeout: 1s}
phases: [{steady: ${steady}s}, {fault: ${fault[1]}s, inject: [{kind: ${fault[0]}, ${target}}]}, {recover: {within: 400s}}]
`;

/** What the model puts on record of a plan. */
export const recordOnModel = async (plan: Plan) => {
  const events: TimelineEvent[] = [
    {
      atMs: 0,
      type: 'run.started',
      scenario: plan.scenario,
      backend: 'model',
      predicted: true,
      startedAt: '2000-01-01T00:00:00Z',
    },
  ];
  const requests: RequestRecord[] = [];
  const recorder = {
    startNs: 0n,
    nowMs: () => 0,
    event: (body: Parameters<Parameters<ReturnType<typeof modelBackend>['run']>[1]['event']>[0], atMs = 0) => {
      events.push({ atMs, ...body });
    },
    requests: (batch: readonly RequestRecord[]) => {
      requests.push(...batch);
    },
  };
  await modelBackend().run(plan, recorder, new AbortController().signal);
  recorder.event({ type: 'run.ended', outcome: 'completed', reason: null }, events.at(-1)?.atMs);
  return { plan, events, requests };
};

/** Runs a plan on the model once, and judges it. */
export const judgeOnModel = async (plan: Plan): Promise<RunDocument> => {
  const { events, requests } = await recordOnModel(plan);
  return judge(plan, events, requests);
};

/** Runs the model once, as `skipbeat run --backend model --seed` does. */
export const recordSeeded = (run: SeededRun) => {
  const { scenario } = checkScenario(scenarioOf(run), 'seeded.yaml');
  return recordOnModel({ ...makePlan(scenario, { kubernetesVersion: run.version }), seed: run.seed });
};

/** The same, judged. */
export const judgeSeeded = async (run: SeededRun): Promise<RunDocument> => {
  const { plan, events, requests } = await recordSeeded(run);
  return judge(plan, events, requests);
};
