import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { skipbeat } from '../common/invocation.ts';
import { unknownPatchText } from '../common/kubernetes/patches.ts';
import { type BugOf, bugSentence, bugsThatMatter } from '../known-bugs/index.ts';
import { type CompiledProfile, compileProfile, controllerManagerOf, noImpact } from '../profile/index.ts';
import {
  type FaultTiming,
  isHollow,
  phaseNames,
  type Scenario,
  type ScenarioFault,
  targetNodes,
} from '../scenario/index.ts';
import { untilLeasesRunOut } from './cluster/hollow-stops.ts';
import { profileOfPods, workloadWarnings } from './cluster/pods.ts';
import { flapsByItself, flapsOften, hitsOnlyNodeObjects, isFault, mayLoseOthers } from './fault-effects.ts';
import { impactOf, replacedAfterMs } from './impact.ts';
import { unlessSilencesAddUp } from './joined-silences.ts';
import { predict, withOwnNotReady } from './predict.ts';
import type { Occurrence, Plan, PlannedFault, PlannedPhase, Prediction } from './types.ts';
import { warningsOf } from './warnings.ts';

/** Each time that a fault stands: to its own end, to the next time, or to the end of the phase. */
const occurrencesOf = (
  fault: string,
  { afterMs, lastsMs, everyMs, times }: FaultTiming,
  phaseMs: number,
): readonly Occurrence[] =>
  Array.from({ length: times }, (_, index) => {
    const startMs = afterMs + index * (everyMs ?? 0);
    const untilMs = lastsMs === null ? Math.min(phaseMs, startMs + (everyMs ?? phaseMs)) : startMs + lastsMs;
    return { id: index === 0 ? fault : `${fault}.${index + 1}`, startMs, endMs: untilMs };
  });

const planPhases = (scenario: Scenario): readonly PlannedPhase[] => {
  const names = phaseNames(scenario.phases.map(({ kind }) => kind));
  const counts = new Map<string, number>();
  const planFault = ({ target, timing, ...fault }: ScenarioFault, phaseMs: number): PlannedFault => {
    const number = (counts.get(fault.kind) ?? 0) + 1;
    counts.set(fault.kind, number);
    const id = `${fault.kind}-${number}`;
    return {
      ...fault,
      id,
      targets: targetNodes(target, scenario.cluster),
      ...('leader' in target ? { leaderOf: target.leader } : {}),
      occurrences: occurrencesOf(id, timing, phaseMs),
    };
  };
  return scenario.phases.map((phase, index) => {
    const name = names[index] ?? phase.kind;
    if (phase.kind !== 'fault') return { ...phase, name };
    return { ...phase, name, inject: phase.inject.map((fault) => planFault(fault, phase.durationMs)) };
  });
};

/** Bugs of the version that these faults may meet. */
const bugsMet = (
  phases: readonly PlannedPhase[],
  { effective, kubernetesVersion }: CompiledProfile,
): readonly BugOf[] => {
  const faults = phases.filter(isFault).flatMap(({ inject }) => inject);
  return bugsThatMatter({
    kubernetesVersion,
    faults: faults.map(({ kind }) => kind),
    kubeletFaults: faults.filter(({ targets }) => !targets.every(isHollow)).map(({ kind }) => kind),
    evictsByTolerations: effective.eviction.kind === 'tolerations',
  });
};

/** Whether a bug of the version may keep taints and evictions away, or bring them at any time. */
export const mayMissEviction = ({ phases, profile }: Pick<Plan, 'phases' | 'profile'>): boolean =>
  bugsMet(phases, profile).some(({ bug }) => bug.hides === 'eviction');

/** No formula knows when a bug strikes; where one keeps pods away for ever, none knows how long clients are without them. */
const unlessSpoilt = (prediction: Prediction, bugs: readonly BugOf[]): Prediction => ({
  ...prediction,
  ...(bugs.some(({ bug }) => bug.hides === 'eviction') ? { evictionAfterMs: null, taintedAfterMs: null } : {}),
  ...(bugs.some(({ bug }) => bug.keepsPodsAway === true) && prediction.notReadyAfterMs !== null
    ? { lastRefusedAfterUndoMs: null, requestsLost: null }
    : {}),
});

/** Whether somebody removes taints, or sets one that no pod tolerates: what they bring about then comes at times that simulations know and no formula does. */
export const removesTaints = ({ phases }: Pick<Plan, 'phases'>): boolean =>
  phases.filter(isFault).some(({ inject }) => inject.some(({ kind }) => hitsOnlyNodeObjects(kind)));

const unlessTaintsGo = (prediction: Prediction, phases: readonly PlannedPhase[]): Prediction =>
  removesTaints({ phases }) ? { ...prediction, evictionAfterMs: null, taintedAfterMs: null } : prediction;

/** For a fault that may find its nodes NotReady already. */
const unsure = (flap: Prediction['flap']): Prediction['flap'] => (flap === 'certain' ? 'possible' : flap);

/**
 * What rests on it that nodes which no fault silences stay Ready is known by simulation alone where they may not. It begins
 * with the first silenced node, whose own window holds. Of a profile that flaps by itself windows are those of the fault, and
 * hold where no node is lost but by it; there are none where that is seldom so. That no request is lost is true of none.
 */
const unlessOthersFall = (prediction: Prediction, plan: Parameters<typeof mayLoseOthers>[0]): Prediction => {
  if (flapsOften(plan)) {
    const { flap, flapByController } = prediction;
    return {
      ...{ ...prediction, ...noImpact, notReadyAfterMs: null, evictionAfterMs: null },
      flap: unsure(flap),
      ...(flapByController === undefined ? {} : { flapByController: unsure(flapByController) }),
    };
  }
  if (prediction.notReadyAfterMs !== null && mayLoseOthers(plan))
    return { ...prediction, ...noImpact, evictionAfterMs: null };
  return flapsByItself(plan) && prediction.requestsLost?.[1] === 0 ? { ...prediction, requestsLost: null } : prediction;
};

/** With fewer requests a second a pass of the controller waits for its own writes. By simulation: 1 and 2 do so, 5 do not. */
const minRequestsPerSecond = 5;

/** When anything is seen of a controller that has next to no requests to spend is known by simulation alone. */
const unlessStarved = (prediction: Prediction, { effective }: CompiledProfile): Prediction =>
  controllerManagerOf(effective).kubeApiRequestsPerSecond >= minRequestsPerSecond
    ? prediction
    : { ...prediction, ...noImpact, notReadyAfterMs: null, evictionAfterMs: null };

/** Where it is left out what decides who is evicted, nobody knows when anybody is, nor for how long clients are without. */
const unlessLeftOut = (prediction: Prediction, { leftOut = [] }: CompiledProfile): Prediction =>
  leftOut.length === 0
    ? prediction
    : {
        ...prediction,
        evictionAfterMs: null,
        taintedAfterMs: null,
        lastRefusedAfterUndoMs: null,
        requestsLost: null,
      };

/** Pods that stood there before the run have tolerations of their own, and nodes that no plan says. */
const unlessExisting = (prediction: Prediction, { workload }: Scenario): Prediction =>
  workload.existingService === undefined ? prediction : { ...prediction, evictionAfterMs: null };

type Parts = {
  readonly profile: CompiledProfile;
  /** The profile with the pods' own tolerations of unreachable. */
  readonly unreachable: CompiledProfile;
  readonly phases: readonly PlannedPhase[];
  readonly bugs: readonly BugOf[];
};

/** How often some fault stands, in all phases. */
const timesOfFaults = (phases: readonly PlannedPhase[]): number =>
  phases
    .filter(isFault)
    .reduce((sum, { inject }) => sum + inject.reduce((all, { occurrences }) => all + occurrences.length, 0), 0);

/** Of the formulas first; then without what does not hold in this plan. */
const predictionOf = (scenario: Scenario, { profile, unreachable, phases: planned, bugs }: Parts): Prediction => {
  const { cluster, workload } = scenario;
  const phases = untilLeasesRunOut(planned, profile.effective);
  const silenced = predict(unreachable, phases, cluster, workload.replicas);
  // A lease that is run out within the interval before its holder's end is taken over by so much sooner.
  const isSure = phases === planned || predict(unreachable, planned, cluster, workload.replicas).flap === 'certain';
  const byFormula: Prediction = {
    ...silenced,
    ...(isSure ? {} : { flap: unsure(silenced.flap) }),
    // Which of several stops is the first that costs a node depends on where renewals stood.
    ...(isSure || timesOfFaults(planned) === 1 ? {} : { notReadyAfterMs: null, evictionAfterMs: null }),
    ...impactOf(unreachable, phases, scenario),
  };
  const byItself = withOwnNotReady(byFormula, profileOfPods(profile, workload, 'not-ready'), phases, cluster);
  const known = unlessTaintsGo(unlessSpoilt(byItself, bugs), phases);
  const alone = unlessOthersFall(known, { profile, phases, topology: cluster, workload });
  const fed = unlessExisting(unlessLeftOut(unlessStarved(alone, profile), profile), scenario);
  const apart = unlessSilencesAddUp(fed, profile, phases);
  return { ...apart, replacedAfterMs: replacedAfterMs(apart, unreachable, phases, scenario) };
};

const insistOn = (scenario: Scenario, kubernetesVersion: string): void => {
  const asked = scenario.cluster.kubernetes;
  if (kubernetesVersion === asked || kubernetesVersion.startsWith(`${asked}.`)) return;
  throw new SkipbeatError(
    'PLAN_VERSION_MISMATCH',
    `kubernetesVersion: expected the ${asked} that the scenario asks for, received ${kubernetesVersion}`,
    { exitCode: exitCodes.usage, next: skipbeat(`setup --kubernetes ${asked}`) },
  );
};

/**
 * Makes a scenario exact for one Kubernetes version. Pure: the same scenario and version give the same plan.
 * @param kubernetesVersion exact, `v1.34.4`, and of the scenario's minor
 * @throws SkipbeatError PLAN_VERSION_MISMATCH, VERSION_UNSUPPORTED, PROFILE_INEXPRESSIBLE (all exit 64)
 */
export const makePlan = (scenario: Scenario, { kubernetesVersion }: { readonly kubernetesVersion: string }): Plan => {
  insistOn(scenario, kubernetesVersion);
  const { topology, kubernetes: _, ...size } = scenario.cluster;
  const profile = compileProfile(scenario.profile, scenario.reading, kubernetesVersion);
  const phases = planPhases(scenario);
  const unreachable = profileOfPods(profile, scenario.workload, 'unreachable');
  const bugs = bugsMet(phases, profile);
  const unknownPatch = unknownPatchText(kubernetesVersion);
  const prediction = predictionOf(scenario, { profile, unreachable, phases, bugs });
  return {
    schemaVersion: 1,
    scenario: scenario.name,
    title: scenario.title,
    seed: scenario.seed,
    repeats: scenario.repeats,
    kubernetesVersion,
    profile,
    topology: { name: topology, ...size },
    workload: scenario.workload,
    load: scenario.load,
    phases,
    expectations: scenario.expect,
    prediction,
    warnings: [
      ...warningsOf(scenario, phases, profile),
      ...workloadWarnings(scenario.workload, profile),
      ...bugs.map((one) => bugSentence(one, kubernetesVersion)),
      ...(unknownPatch === null ? [] : [unknownPatch]),
    ],
  };
};
