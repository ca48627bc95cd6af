import {
  defaultGracePeriodMs,
  defaultReadiness,
  hollowGroups,
  type Plan,
  type PlannedFault,
  type PlannedPhase,
  tolerationsOfPods,
} from '../../plan/index.ts';
import { controllerManagerOf, exactVersion, heartbeatTimeoutMs } from '../../profile/index.ts';
import type { ModelConfig, ModelPhase } from './config.ts';
import { backgroundPods } from './engine/constants.ts';
import { controllerSettings, type ModelSettings } from './engine/settings.ts';
import { faultOptions, type ModelFault } from './faults/kinds.ts';
import { us } from './network/fault-options.ts';

const ofFault = (fault: PlannedFault): ModelFault =>
  ({
    id: fault.id,
    kind: fault.kind,
    targets: fault.targets,
    leads: fault.leaderOf !== undefined,
    occurrences: fault.occurrences.map(({ id, startMs, endMs }) => ({ id, startUs: us(startMs), endUs: us(endMs) })),
    ...faultOptions(fault),
    // Which options go with which kind is what the table of kinds says.
  }) as ModelFault;

const ofPhase = (phase: PlannedPhase): ModelPhase => {
  const { kind, name } = phase;
  if (kind === 'recover') return { kind, name, withinUs: us(phase.withinMs) };
  if (kind === 'steady') return { kind, name, durationUs: us(phase.durationMs) };
  return { kind, name, durationUs: us(phase.durationMs), inject: phase.inject.map(ofFault) };
};

const ofSettings = ({ effective }: Plan['profile']): ModelSettings => ({
  ...controllerSettings(controllerManagerOf(effective)),
  statusUpdateUs: us(effective.nodeStatusUpdateFrequencyMs),
  statusReportUs: us(effective.nodeStatusReportFrequencyMs),
  statusJitter: effective.statusJitter,
  leaseRenewUs: us(effective.leaseRenewIntervalMs),
  leaseJitter: effective.leaseJitter,
  leaseDurationUs: us(effective.nodeLeaseDurationSeconds * 1000),
  heartbeatTimeoutUs: us(heartbeatTimeoutMs(effective)),
  monitorPeriodUs: us(effective.nodeMonitorPeriodMs),
  graceUs: us(effective.nodeMonitorGracePeriodMs),
  ...(effective.shutdown === undefined
    ? {}
    : {
        shutdown: {
          gracePeriodUs: us(effective.shutdown.gracePeriodMs),
          criticalPodsUs: us(effective.shutdown.criticalPodsMs),
        },
      }),
  eviction:
    effective.eviction.kind === 'tolerations'
      ? effective.eviction
      : { kind: effective.eviction.kind, timeoutUs: us(effective.eviction.timeoutMs) },
});

const ofRepeat = (repeat: Plan['repeat']): Pick<ModelConfig, 'startAfter'> =>
  repeat === undefined || repeat.heartbeatOf === null || repeat.afterRenewalMs === null
    ? {}
    : { startAfter: { heartbeatOf: repeat.heartbeatOf, us: us(repeat.afterRenewalMs) } };

/** A PodDisruptionBudget is left out: nothing that the model knows asks for it. */
const ofWorkload = ({
  kind,
  terminationGracePeriodMs = defaultGracePeriodMs,
  tolerations = {},
  readiness = defaultReadiness,
  volume,
}: Plan['workload']): Pick<ModelConfig, 'workload'> => {
  const isDefault =
    kind === undefined &&
    terminationGracePeriodMs === defaultGracePeriodMs &&
    Object.keys(tolerations).length === 0 &&
    readiness.periodMs === defaultReadiness.periodMs &&
    volume === undefined;
  if (isDefault) return {};
  return {
    workload: {
      kind: kind ?? 'deployment',
      gracePeriodUs: us(terminationGracePeriodMs),
      readinessPeriodUs: us(readiness.periodMs),
      tolerations: { ...tolerations },
      ...(volume === undefined ? {} : { volume: { attachUs: us(volume.attachMs), detachUs: us(volume.detachMs) } }),
    },
  };
};

const ofRelays = (plan: Plan): Pick<ModelConfig, 'relayedGroups'> => {
  const relayedGroups = hollowGroups(plan).flatMap(({ nodes, isRelayed }) => (isRelayed ? [nodes] : []));
  return relayedGroups.length === 0 ? {} : { relayedGroups };
};

/**
 * A plan as the model runs it: a cluster made for the run, as the kind backend would make it, unless the plan says old.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const configOfPlan = (plan: Plan): ModelConfig => ({
  version: exactVersion(plan.kubernetesVersion),
  settings: ofSettings(plan.profile),
  seed: plan.seed,
  controlPlanes: plan.topology.controlPlanes,
  workers: plan.topology.workers,
  ...(plan.topology.hollow === undefined ? {} : { hollow: plan.topology.hollow }),
  ...ofRelays(plan),
  zones: plan.topology.zones ?? 1,
  replicas: plan.workload.replicas,
  ...ofWorkload({ ...plan.workload, tolerations: tolerationsOfPods(plan.profile, plan.workload) }),
  backgroundPods: {
    controlPlane: backgroundPods.controlPlane + (plan.topology.podsPerNode ?? 0),
    worker: backgroundPods.worker + (plan.topology.podsPerNode ?? 0),
  },
  age: plan.topology.age ?? 'fresh',
  load: {
    ratePerSecond: plan.load.ratePerSecond,
    connection: plan.load.connection,
    timeoutUs: us(plan.load.timeoutMs),
    ...(plan.load.through === undefined ? {} : { through: plan.load.through }),
    ...(plan.load.generators === undefined ? {} : { generators: plan.load.generators }),
  },
  phases: plan.phases.map(ofPhase),
  ...ofRepeat(plan.repeat),
  expectedSettings: plan.profile.expectedSettings,
});
