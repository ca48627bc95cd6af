import { secondsText } from '../common/duration.ts';
import { exitCodes, SkipbeatError } from '../common/errors.ts';
import { type BugOf, bugSentence, bugsThatMatter } from '../known-bugs/index.ts';
import {
  type CompiledProfile,
  compileProfile,
  exactVersion,
  longestSafePauseMs,
  predictPause,
  selfFlapShare,
  zoneState,
} from '../profile/index.ts';
import { type FaultTiming, phaseNames, type Scenario, type ScenarioFault, targetNodes } from '../scenario/index.ts';
import { courseOf, emptyNodes } from './course.ts';
import { entranceCount } from './entrances.ts';
import { ownNotReady } from './own-not-ready.ts';
import { hitsControlPlane } from './reach.ts';
import { recoveryTerms, sparseLoadMs } from './recovery.ts';
import type { Occurrence, Plan, PlannedFault, PlannedPhase, Prediction } from './types.ts';

type FaultPhase = Extract<PlannedPhase, { kind: 'fault' }>;

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

const isFault = (phase: PlannedPhase): phase is FaultPhase => phase.kind === 'fault';

/** Kinds that keep a node's heartbeats from the API server for as long as they stand. */
const silencing: ReadonlySet<PlannedFault['kind']> = new Set([
  'kubelet-pause',
  'kubelet-stop',
  'node-pause',
  'node-stop',
  'partition',
]);

const silencingIn = (phase: FaultPhase): readonly PlannedFault[] =>
  // A node that is cut off from answers alone goes on being heard, as long as its connections hold.
  phase.inject.filter(
    (fault) => silencing.has(fault.kind) && !(fault.kind === 'partition' && fault.direction === 'from'),
  );

const silencedIn = (phase: FaultPhase): readonly string[] => [
  ...new Set(silencingIn(phase).flatMap(({ targets }) => targets)),
];

type Window = Prediction['evictionAfterMs'];

/** When the first of two things happens, either of which may not; what is over before the other begins stays as it is. */
const both = (one: Window, other: Window): Window =>
  one === null || other === null || one[1] <= other[0]
    ? (one ?? other)
    : [Math.min(one[0], other[0]), Math.max(one[1], other[1])];

/**
 * What a kubelet may say of its own node makes nothing certain, and nothing that it can do is impossible.
 * @param controller what the controller does, who gives a node up for want of heartbeats, and what follows from it
 */
const withOwnNotReady = (
  controller: Prediction,
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
): Prediction => {
  const { notReadyByKubelet, ...own } = ownNotReady(profile, phases);
  const flap = controller.flap === 'impossible' && notReadyByKubelet !== null ? 'possible' : controller.flap;
  const whose = {
    flap,
    notReadyByKubelet,
    ...(notReadyByKubelet === null ? {} : { flapByController: controller.flap }),
  };
  // A controller that a fault hits taints and evicts whenever it is back.
  const first = phases.find(isFault);
  if (controller.flap === 'impossible') {
    return first?.inject.some(hitsJudge) === true ? { ...controller, ...whose } : { ...controller, ...own, ...whose };
  }
  // What the controller does at times that no formula knows may come before anything that a kubelet says.
  const isKnown = controller.notReadyAfterMs !== null;
  return {
    ...controller,
    evictionAfterMs: isKnown ? both(controller.evictionAfterMs, own.evictionAfterMs) : null,
    allReadyAfterUndoMs: controller.allReadyAfterUndoMs ?? null,
    ...whose,
  };
};

/** Kinds after which a node is heard at once: of the others some are heard only after their connection, or their start. */
const freezes: ReadonlySet<PlannedFault['kind']> = new Set(['kubelet-pause', 'node-pause']);

/** No constant of Kubernetes: within this a kubelet is back that was cut off, slowed or started again. */
const returnMs = 10_000;

const sparesJudge: ReadonlySet<PlannedFault['kind']> = new Set(['kubelet-pause', 'kubelet-stop']);

/** Whether a fault hits what gives nodes up, so that no formula says when it does. */
const hitsJudge = (fault: PlannedFault): boolean => hitsControlPlane(fault) && !sparesJudge.has(fault.kind);

const lengthsOf = (faults: readonly PlannedFault[]): readonly number[] =>
  faults.flatMap(({ occurrences }) => occurrences.map(({ startMs, endMs }) => endMs - startMs));

type PausePrediction = Pick<Prediction, 'notReadyAfterMs' | 'evictionAfterMs' | 'flap'>;

/**
 * Whether faults that no formula covers may cost a node, which is so unless all of them together are shorter than what the
 * grace bears.
 */
const flapOfOthers = ({ effective }: CompiledProfile, faults: readonly PlannedFault[]): PausePrediction['flap'] => {
  const others = faults.filter((fault) => !freezes.has(fault.kind) || hitsJudge(fault));
  if (others.length === 0) return 'impossible';
  const standMs = lengthsOf(others).reduce((sum, ms) => sum + ms, returnMs);
  return standMs < longestSafePauseMs(effective) ? 'impossible' : 'possible';
};

const strongest = (flaps: readonly PausePrediction['flap'][]): PausePrediction['flap'] =>
  (['certain', 'possible', 'impossible'] as const).find((flap) => flaps.includes(flap)) ?? 'impossible';

/** What the formulas say of a phase in which nodes are silenced; nothing certain where the judge of nodes is hit, too. */
const predictPhase = (
  profile: CompiledProfile,
  phase: FaultPhase,
  { controlPlanes, workers }: Scenario['cluster'],
  replicas: number,
): PausePrediction => {
  const silenced = silencedIn(phase);
  const disruption = {
    paused: silenced.length,
    nodes: controlPlanes + workers,
    emptyNodes: emptyNodes(silenced, { controlPlanes, workers, replicas }),
  };
  const longestMs = Math.max(...lengthsOf(silencingIn(phase)));
  const formula = predictPause(profile.effective, profile.kubernetesVersion, longestMs, disruption);
  if (!phase.inject.some(hitsJudge)) return formula;
  return { notReadyAfterMs: null, evictionAfterMs: null, flap: formula.flap === 'certain' ? 'possible' : formula.flap };
};

/** Whether what begins first in a phase is a fault that silences nodes: from then on the windows count. */
const beginsSilent = (phase: FaultPhase): boolean => {
  const startOf = (faults: readonly PlannedFault[]): number =>
    Math.min(...faults.flatMap(({ occurrences }) => occurrences.map(({ startMs }) => startMs)));
  return startOf(silencingIn(phase)) <= startOf(phase.inject);
};

/** Over all phases; the windows are those of the first, where it silences nodes, and null where a later one does. */
const predict = (
  profile: CompiledProfile,
  phases: readonly PlannedPhase[],
  cluster: Scenario['cluster'],
  replicas: number,
): PausePrediction => {
  const faulty = phases.filter(isFault);
  const silent = faulty.filter((phase) => silencingIn(phase).length > 0);
  const predicted = silent.map((phase) => predictPhase(profile, phase, cluster, replicas));
  const itself = selfFlapShare(profile.effective) > 0 ? 'possible' : 'impossible';
  const others = flapOfOthers(
    profile,
    faulty.flatMap(({ inject }) => inject),
  );
  const flap = strongest([itself, others, ...predicted.map((one) => one.flap)]);
  const [first] = silent;
  const [own] = predicted;
  const counts = first !== undefined && own !== undefined && first === faulty[0] && beginsSilent(first);
  return counts ? { ...own, flap } : { notReadyAfterMs: null, evictionAfterMs: null, flap };
};

const disruptionWarning = (phase: FaultPhase, nodes: number): string | null => {
  const paused = silencedIn(phase).length;
  const state = zoneState({ paused, nodes });
  if (state === 'normal') return null;
  return (
    `with ${paused} of ${nodes} nodes silent in phase ${phase.name} the controller may see a ${state} disruption, ` +
    'in which it evicts nobody (from v1.34 on perhaps from one node)'
  );
};

/** Recoveries that cannot come in time: they are over only when the cluster has been seen well for longer than they may take. */
const hurriedRecoveries = (
  phases: readonly PlannedPhase[],
  { effective, kubernetesVersion }: CompiledProfile,
): readonly string[] =>
  phases.flatMap((phase, index) => {
    if (phase.kind !== 'recover') return [];
    const { settleMs } = recoveryTerms({
      replicas: 0,
      nodes: [],
      faults: phases.slice(0, index).flatMap((one) => (one.kind === 'fault' ? one.inject : [])),
      undoneMs: 0,
      monitorPeriodMs: effective.nodeMonitorPeriodMs,
      statusPeriodMs: effective.nodeStatusUpdateFrequencyMs * (1 + effective.statusJitter),
      minor: exactVersion(kubernetesVersion).minor,
    });
    return phase.withinMs > settleMs
      ? []
      : [
          `phase ${phase.name} may take ${secondsText(phase.withinMs)}, and cannot come in time: a recovery is over when the cluster has been seen well for ${secondsText(settleMs)} since its nodes were heard again`,
        ];
  });

/** @param entrances in turn, of which each may have an outage of its own */
const sparseLoad = ({ ratePerSecond }: Plan['load'], entrances: number): string | null =>
  (entrances * 1000) / ratePerSecond > sparseLoadMs
    ? `with a request every ${secondsText((entrances * 1000) / ratePerSecond)}${entrances === 1 ? '' : ' through each node'} nothing will be known of what clients felt: an outage may fall between two, which have to be ${secondsText(sparseLoadMs)} apart at the most`
    : null;

/**
 * A process that is stopped answers no probe. Those that kubeadm gives the static pods take 15 s each and are made one
 * after the other; after eight, the kubelet has the container killed, 30 s later at the latest, and starts it anew.
 * @see cmd/kubeadm/app/util/staticpod/utils.go, LivenessProbe
 */
const liveness = { failures: 8, timeoutMs: 15_000 } as const;

const probed: ReadonlySet<PlannedFault['kind']> = new Set([
  'apiserver-pause',
  'etcd-pause',
  'controller-manager-pause',
]);

const endedByProbes = (phases: readonly FaultPhase[]): readonly string[] =>
  phases.flatMap(({ inject }) =>
    inject.flatMap(({ kind, occurrences }) => {
      const longestMs = Math.max(...occurrences.map(({ startMs, endMs }) => endMs - startMs));
      const safeMs = liveness.failures * liveness.timeoutMs;
      return probed.has(kind) && longestMs >= safeMs
        ? [
            `${kind} for ${secondsText(longestMs)} may be ended by the kubelet: from ${secondsText(safeMs)} on, ${liveness.failures} liveness probes of ${secondsText(liveness.timeoutMs)} have failed, and the process is killed and started anew`,
          ]
        : [];
    }),
  );

const warningsOf = (
  { load, cluster }: Scenario,
  phases: readonly PlannedPhase[],
  profile: CompiledProfile,
): readonly string[] => {
  const nodes = cluster.controlPlanes + cluster.workers;
  const faults = phases.filter(isFault);
  const hit = new Set(faults.flatMap(({ inject }) => inject.flatMap(({ targets }) => targets)));
  const everyNode =
    hit.size === nodes && load.through === undefined
      ? 'every node is the target of a fault: the load has to enter through one of them'
      : null;
  const entrances = entranceCount({ load, phases, topology: cluster });
  return [
    ...new Set([
      ...faults.map((phase) => disruptionWarning(phase, nodes)),
      everyNode,
      sparseLoad(load, entrances),
      ...hurriedRecoveries(phases, profile),
      ...endedByProbes(faults),
    ]),
  ].filter((warning) => warning !== null);
};

/** Bugs of the version that these faults may meet. */
const bugsMet = (
  phases: readonly PlannedPhase[],
  { effective, kubernetesVersion }: CompiledProfile,
): readonly BugOf[] =>
  bugsThatMatter({
    kubernetesVersion,
    faults: phases.filter(isFault).flatMap(({ inject }) => inject.map(({ kind }) => kind)),
    evictsByTolerations: effective.eviction.kind === 'tolerations',
  });

/** No formula knows when a bug strikes. */
const unlessSpoilt = (prediction: Prediction, bugs: readonly BugOf[]): Prediction =>
  bugs.some(({ bug }) => bug.hides === 'eviction')
    ? { ...prediction, evictionAfterMs: null, taintedAfterMs: null }
    : prediction;

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
  const bugs = bugsMet(phases, profile);
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
    prediction: unlessSpoilt(
      withOwnNotReady(
        {
          ...predict(profile, phases, scenario.cluster, scenario.workload.replicas),
          ...courseOf(profile, phases, scenario),
        },
        profile,
        phases,
      ),
      bugs,
    ),
    warnings: [...warningsOf(scenario, phases, profile), ...bugs.map((one) => bugSentence(one, kubernetesVersion))],
  };
};
