import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  configOfRun,
  type ModelConfig,
  modelOfPlan,
  recordInto,
  runModel,
} from '../../../../src/backend/model/index.ts';
import { seedOfRepeat } from '../../../../src/common/random.ts';
import { isLoss, readyChanges } from '../../../../src/figures/ready-changes.ts';
import { makePlan, type Plan } from '../../../../src/plan/index.ts';
import { checkScenario, scenarioNames } from '../../../../src/scenario/index.ts';
import type { TimelineEvent } from '../../../../src/timeline/index.ts';

/** The plan of a scenario on one version, whichever the scenario asks for. */
const planOf = (text: string, version: string): Plan =>
  makePlan(checkScenario(text.replace(/kubernetes: v1\.\d+/, `kubernetes: ${version}`), 'a.yaml').scenario, {
    kubernetesVersion: version,
  });

/** Harm that came after what ended an observation too early: a cut that heals slowly, a leader that wakes to old leases. */
const awkward: Readonly<Record<string, string>> = {
  'a cut shorter than the grace': `name: cut
profile: {name: g40, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 40s}
cluster: {kubernetes: v1.34}
load: {ratePerSecond: 10}
phases: [{steady: 20s}, {fault: 33s, inject: [{kind: partition, target: {role: worker}}]}, {recover: {within: 90s}}]
`,
  'kubelets and the controller paused together': `name: together
profile: {name: g20, nodeMonitorPeriod: 5s, nodeMonitorGracePeriod: 20s}
cluster: {kubernetes: v1.34}
load: {ratePerSecond: 10}
phases:
  - steady: 20s
  - fault: 70s
    inject: [{kind: controller-manager-pause}, {kind: kubelet-pause, target: {role: worker}, lasts: 69.9s}]
  - recover: {within: 90s}
`,
};

const folder = fileURLToPath(new URL('../../../../scenarios/', import.meta.url));

/** Every scenario that is shipped, and some that are awkward, by name: its plan on a version. */
export const plansByName: Readonly<Record<string, (version: string) => Plan>> = Object.fromEntries([
  ...scenarioNames().map((name) => [
    name,
    (version: string) => planOf(readFileSync(`${folder}${name}.yaml`, 'utf8'), version),
  ]),
  ...Object.entries(awkward).map(([name, text]) => [name, (version: string) => planOf(text, version)]),
]);

const appendedMs = 120_000;

/** A config with two minutes behind its end in which nothing is done. */
const watchedOn = (config: ModelConfig): ModelConfig => ({
  ...config,
  expectedSettings: [],
  phases: [...config.phases, { kind: 'steady', name: 'after', durationUs: appendedMs * 1000 }],
});

/** Multiples of it, taken without their whole part, cover 0 to 1 evenly. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * What two minutes behind the end of a run bring that the run itself did not count, each in words; null where the run
 * did not recover in time, and so says itself that something is still to come.
 */
export const harmsAfterTheEnd = (plan: Plan, run: number): readonly string[] | null => {
  const { config, maxWaitUs } = modelOfPlan(plan);
  const waitUs = ((run * goldenRatio) % 1) * maxWaitUs;
  const events: TimelineEvent[] = [];
  const refusedMs: number[] = [];
  const sink = recordInto({
    event: (body, atMs = 0) => {
      events.push({ atMs, ...body });
    },
    requests: () => undefined,
  });
  runModel(watchedOn(configOfRun(config, seedOfRepeat(plan.seed, run), waitUs)), {
    ...sink,
    requests: ({ firstSeq, count, stride, ending, dueUs }) => {
      if (ending.outcome !== 'ok') refusedMs.push(dueUs(firstSeq + (count - 1) * stride) / 1000);
    },
  });
  events.sort((a, b) => a.atMs - b.atMs);
  if (events.some((event) => event.type === 'step.ended' && event.outcome === 'timedOut')) return null;
  const endMs = events.find((event) => event.type === 'step.started' && event.name === 'after')?.atMs;
  if (endMs === undefined) throw new Error('a run without an end');
  const after = (atMs: number): string => `${((atMs - endMs) / 1000).toFixed(1)} s after the end`;
  const isOver = (atMs: number): boolean => atMs >= endMs + appendedMs;
  return [
    ...readyChanges(events).flatMap((change) =>
      isLoss(change) && change.atMs > endMs ? [`${change.node} NotReady ${after(change.atMs)}`] : [],
    ),
    ...events.flatMap((event) => {
      if (event.atMs <= endMs || isOver(event.atMs)) return [];
      if (event.type === 'node.taint' && event.change === 'added')
        return [`${event.node} tainted ${after(event.atMs)}`];
      if (event.type === 'pod' && event.change !== 'ready')
        return [`${event.pod} ${event.change} ${after(event.atMs)}`];
      return [];
    }),
    ...refusedMs.filter((atMs) => atMs > endMs && !isOver(atMs)).map((atMs) => `not answered ${after(atMs)}`),
  ];
};
