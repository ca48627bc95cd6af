import { makePlan, type Plan } from '../../../src/plan/index.ts';
import { checkScenario } from '../../../src/scenario/index.ts';
import type { EventOf, ManagerCounts, TimelineEvent } from '../../../src/timeline/index.ts';

type Storm = {
  readonly nodes: number;
  readonly pods?: number;
  readonly perSecond?: number;
  readonly burst?: number;
  readonly periodS?: number;
  /** Beside kind and target. */
  readonly stands?: string;
};

/** Half of hollow nodes fall silent. */
export const stormPlan = ({ nodes, pods = 0, perSecond = 20, burst = 30, periodS = 5, stands = '' }: Storm): Plan => {
  const yaml = `name: storm
profile:
  name: budget
  userConfig:
    controllerManagerArgs: {kube-api-qps: "${perSecond}", kube-api-burst: "${burst}", node-monitor-period: ${periodS}s}
cluster: {hollow: {nodes: ${nodes}, zones: 1, podsPerNode: ${pods}}}
phases:
  - steady: 10s
  - fault: 150s
    inject: [{kind: kubelet-pause, target: {hollow: {share: 50}}${stands}}]
  - recover: {within: 90s}
`;
  return makePlan(checkScenario(yaml, 'storm.yaml').scenario, { kubernetesVersion: 'v1.34.4' });
};

const manager = (passes: number, startedS: number, answerMs: number): ManagerCounts => ({
  ...{ startedS, leads: true, passes: { count: passes, seconds: passes }, queues: {}, zones: {} },
  nodeUpdates: { count: 100 * passes, seconds: passes },
  requests: [
    {
      ...{ verb: 'PUT', resource: null },
      ...{
        took: { count: passes, seconds: passes * (0.25 + answerMs / 1000) },
        waited: { count: passes, seconds: passes / 4 },
      },
    },
  ],
});

/**
 * A reading of one control plane, of which the controller manager has ended so many passes.
 * @param answerMs the mean of all answers so far
 */
export const reading = (
  moment: EventOf<'controlPlane.counted'>['moment'],
  atMs: number,
  passes: number,
  { startedS = 1, answerMs = 250 }: { readonly startedS?: number; readonly answerMs?: number } = {},
): EventOf<'controlPlane.counted'> => ({
  ...{ atMs, type: 'controlPlane.counted', moment, fromMs: atMs, lost: 0 },
  members: [{ node: 'control-plane', manager: manager(passes, startedS, answerMs), server: null, why: 'not asked' }],
});

/** The same reading, which came to nothing. */
export const failed = (one: EventOf<'controlPlane.counted'>): EventOf<'controlPlane.counted'> => ({
  ...one,
  members: one.members.map((member) => ({ ...member, manager: null, why: 'curl: (28) timed out' })),
});

export const inOrder = (events: readonly TimelineEvent[]): readonly TimelineEvent[] =>
  events.toSorted((one, other) => one.atMs - other.atMs);
