import {
  configOfPlan,
  type Estimate,
  estimateModel,
  type ModelConfig,
  type ModelPhase,
} from '../../backend/model/index.ts';
import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import { seedFor } from '../../common/random.ts';
import { makePlan, type Plan } from '../../plan/index.ts';
import { findProfile, type Profile, predictPause, profileOfUserConfig, userConfigName } from '../../profile/index.ts';
import type { CellKey, DetectionKey, SweepSpec } from '../types.ts';
import type { Job } from './trials.ts';

/** What the profile scenarios share: the steps before and after the pause, the workload and the load. */
const steadyMs = 30_000;
const recoverMs = 90_000;
export const replicas = 2;
export const load = { ratePerSecond: 50, connection: 'fresh', timeoutMs: 1000 } as const;

/** Passes beyond the predicted window after which a dead node that is not NotReady counts as not detected. */
const sparePasses = 20;

/** Every cell of a sweep in its order: by profile, pause, nodes, version. */
export const cellKeys = (spec: SweepSpec): readonly CellKey[] =>
  spec.profiles.flatMap((profile) =>
    spec.pausesMs.flatMap((pauseMs) =>
      spec.nodes.flatMap((nodes) =>
        spec.kubernetesVersions.map((kubernetesVersion) => ({ profile, pauseMs, nodes, kubernetesVersion })),
      ),
    ),
  );

/** Detection does not depend on a pause, so there is one for every profile × nodes × version. */
export const detectionKeys = (spec: SweepSpec): readonly DetectionKey[] =>
  spec.profiles.flatMap((profile) =>
    spec.nodes.flatMap((nodes) =>
      spec.kubernetesVersions.map((kubernetesVersion) => ({ profile, nodes, kubernetesVersion })),
    ),
  );

/** What a profile's name stands for in a sweep. */
const profileOf = (name: string, { userConfig }: Pick<SweepSpec, 'userConfig'>): Profile | null =>
  userConfig !== undefined && name === userConfigName ? profileOfUserConfig(userConfig) : findProfile(name);

/**
 * A profile on a cluster of that size, without phases: what holds there.
 * @throws SkipbeatError SWEEP_INVALID, PROFILE_INEXPRESSIBLE, VERSION_UNSUPPORTED (all exit 64)
 */
export const planOf = (
  { profile, nodes, kubernetesVersion }: DetectionKey,
  spec: Pick<SweepSpec, 'reading' | 'userConfig'>,
): Plan => {
  const found = profileOf(profile, spec);
  if (found === null) {
    throw new SkipbeatError('SWEEP_INVALID', `no profile ${JSON.stringify(profile)}`, { exitCode: exitCodes.usage });
  }
  return makePlan(
    {
      name: 'sweep',
      title: 'sweep',
      profile: found,
      reading: spec.reading,
      cluster: {
        topology: 'single',
        kubernetes: kubernetesVersion,
        controlPlanes: 1,
        workers: nodes - 1,
        apiServerPort: null,
      },
      workload: { replicas },
      load,
      phases: [],
      expect: [],
      seed: 0,
      repeats: 1,
    },
    { kubernetesVersion },
  );
};

const namesBySize = new Map<number, readonly string[]>();

/** One list a size, for a large sweep has it in hundreds of cells. */
const workerNames = (count: number): readonly string[] => {
  const known = namesBySize.get(count);
  if (known !== undefined) return known;
  const names = Array.from({ length: count }, (_, index) => (index === 0 ? 'worker' : `worker${index + 1}`));
  namesBySize.set(count, names);
  return names;
};

/** Steady, all workers' kubelets paused, recovery, as in the profile scenarios. */
const cellPhases = (pauseMs: number, targets: readonly string[]): readonly ModelPhase[] => [
  { kind: 'steady', name: 'steady', durationUs: steadyMs * 1000 },
  {
    kind: 'fault',
    name: 'fault',
    durationUs: Math.round(pauseMs * 1000),
    inject: [{ id: 'kubelet-pause-1', kind: 'kubelet-pause', targets }],
  },
  { kind: 'recover', name: 'recover', withinUs: recoverMs * 1000 },
];

/** From the start of the load to its end, at most. */
export const maxCellMs = (pauseMs: number): number => steadyMs + pauseMs + recoverMs;

/** One worker's kubelet stopped, for longer than it can take to be noticed. */
const detectionPhases = (plan: Plan, nodes: number): readonly ModelPhase[] => {
  const { kubernetesVersion, profile } = plan;
  const forGood = predictPause(profile.effective, kubernetesVersion, Number.POSITIVE_INFINITY, { paused: 1, nodes });
  const withinMs = (forGood.notReadyAfterMs?.[1] ?? 0) + sparePasses * profile.effective.nodeMonitorPeriodMs;
  return [
    {
      kind: 'fault',
      name: 'fault',
      durationUs: Math.round(withinMs * 1000),
      inject: [{ id: 'kubelet-stop-1', kind: 'kubelet-stop', targets: ['worker'] }],
    },
  ];
};

/** A cluster that has run for long, so that the phases of all heartbeats are independent. */
const oldCluster = (plan: Plan, phases: readonly ModelPhase[]): ModelConfig => ({
  ...configOfPlan(plan),
  age: 'old',
  expectedSettings: [],
  phases,
});

const seedsOf = (parts: readonly (string | number)[], repeats: number): readonly number[] =>
  Array.from({ length: repeats }, (_, repeat) => seedFor([...parts, repeat]));

/** The simulations of one cell. */
export const cellJob = (key: CellKey, spec: SweepSpec): Job => {
  const { profile, pauseMs, nodes, kubernetesVersion } = key;
  return {
    kind: 'impact',
    config: oldCluster(planOf(key, spec), cellPhases(pauseMs, workerNames(nodes - 1))),
    seeds: seedsOf([spec.seed, 'pause', profile, spec.reading, kubernetesVersion, nodes, pauseMs], spec.repeats),
  };
};

/** The simulations of a dead node; without load. */
export const detectionJob = (key: DetectionKey, spec: SweepSpec): Job => {
  const { profile, nodes, kubernetesVersion } = key;
  const plan = planOf(key, spec);
  return {
    kind: 'detection',
    config: { ...oldCluster(plan, detectionPhases(plan, nodes)), load: null },
    seeds: seedsOf([spec.seed, 'stop', profile, spec.reading, kubernetesVersion, nodes], spec.repeats),
  };
};

/** What one simulation of a cell takes at most; names no node, so that any size can be asked about. */
export const estimateCell = (key: CellKey, spec: Pick<SweepSpec, 'reading' | 'userConfig'>): Estimate =>
  estimateModel(oldCluster(planOf(key, spec), cellPhases(key.pauseMs, [])));

/** The same for one detection. */
export const estimateDetection = (key: DetectionKey, spec: Pick<SweepSpec, 'reading' | 'userConfig'>): Estimate => {
  const plan = planOf(key, spec);
  return estimateModel(oldCluster(plan, detectionPhases(plan, key.nodes)));
};
