import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { type CompiledProfile, compileProfile, predictPause, selfFlapShare, zoneState } from '../profile/index.ts';
import { phaseNames, type Scenario, type ScenarioPhase, targetNodes } from '../scenario/index.ts';
import type { Plan, PlannedFault, PlannedPhase, Prediction } from './types.ts';

type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

const planPhases = (scenario: Scenario): readonly PlannedPhase[] => {
  const names = phaseNames(scenario.phases.map(({ kind }) => kind));
  const counts = new Map<string, number>();
  const planFault = ({ kind, target }: Extract<ScenarioPhase, { kind: 'fault' }>['inject'][number]): PlannedFault => {
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    return { id: `${kind}-${number}`, kind, targets: targetNodes(target, scenario.cluster) };
  };
  return scenario.phases.map((phase, index) => {
    const name = names[index] ?? phase.kind;
    return phase.kind === 'fault' ? { ...phase, name, inject: phase.inject.map(planFault) } : { ...phase, name };
  });
};

const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

const pausedIn = (phase: FaultPhase): readonly string[] => [...new Set(phase.inject.flatMap(({ targets }) => targets))];

/** For the first phase with a fault, the others being judged against it too; without one, for the profile alone. */
const predict = (profile: CompiledProfile, phases: readonly PlannedPhase[], nodes: number): Prediction => {
  const first = phases.find(isFault);
  if (first === undefined) {
    const flap = selfFlapShare(profile.effective) > 0 ? 'possible' : 'impossible';
    return { notReadyAfterMs: null, evictionAfterMs: null, flap };
  }
  const disruption = { paused: pausedIn(first).length, nodes };
  return predictPause(profile.effective, profile.kubernetesVersion, first.durationMs, disruption);
};

const disruptionWarning = (phase: FaultPhase, nodes: number): string | null => {
  const paused = pausedIn(phase).length;
  const state = zoneState({ paused, nodes });
  if (state === 'normal') return null;
  return (
    `with ${paused} of ${nodes} nodes silent in phase ${phase.name} the controller may see a ${state} disruption, ` +
    'in which it evicts nobody (from v1.34 on perhaps from one node)'
  );
};

const warningsOf = (phases: readonly PlannedPhase[], nodes: number): readonly string[] => {
  const faults = phases.filter(isFault);
  const hit = new Set(faults.flatMap(pausedIn));
  const everyNode =
    hit.size === nodes ? 'every node is the target of a fault: the load has to enter through one of them' : null;
  return [...new Set([...faults.map((phase) => disruptionWarning(phase, nodes)), everyNode])].filter(
    (warning) => warning !== null,
  );
};

const insistOn = (scenario: Scenario, kubernetesVersion: string): void => {
  const asked = scenario.cluster.kubernetes;
  if (kubernetesVersion === asked || kubernetesVersion.startsWith(`${asked}.`)) return;
  throw new SkipbeatError(
    'PLAN_VERSION_MISMATCH',
    `kubernetesVersion: expected the ${asked} that the scenario asks for, received ${kubernetesVersion}`,
    { exitCode: exitCodes.usage, next: `npm run setup -- --kubernetes ${asked}` },
  );
};

/**
 * Makes a scenario exact for one Kubernetes version. Pure: the same scenario and version give the same plan.
 * @param kubernetesVersion exact, `v1.34.4`, and of the scenario's minor
 * @throws SkipbeatError PLAN_VERSION_MISMATCH, VERSION_UNSUPPORTED, PROFILE_INEXPRESSIBLE (all exit 64)
 */
export const makePlan = (scenario: Scenario, { kubernetesVersion }: { readonly kubernetesVersion: string }): Plan => {
  insistOn(scenario, kubernetesVersion);
  const { topology, controlPlanes, workers, apiServerPort } = scenario.cluster;
  const profile = compileProfile(scenario.profile, scenario.reading, kubernetesVersion);
  const phases = planPhases(scenario);
  const nodes = controlPlanes + workers;
  return {
    schemaVersion: 1,
    scenario: scenario.name,
    title: scenario.title,
    seed: scenario.seed,
    repeats: scenario.repeats,
    kubernetesVersion,
    profile,
    topology: { name: topology, controlPlanes, workers, apiServerPort },
    workload: scenario.workload,
    load: scenario.load,
    phases,
    expectations: scenario.expect,
    prediction: predict(profile, phases, nodes),
    warnings: warningsOf(phases, nodes),
  };
};
