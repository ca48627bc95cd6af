import type { Plan, PlannedFault, PlannedPhase } from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';
import type { ModelConfig, ModelFault, ModelPhase } from './config.ts';
import { backgroundPods } from './constants.ts';
import type { ModelSettings } from './settings.ts';

const us = (ms: number): number => Math.round(ms * 1000);

/** Faults of plans as the model takes them; one entry a kind, with what it takes in µs. */
const ofFault = (fault: PlannedFault): ModelFault => ({ id: fault.id, kind: fault.kind, targets: fault.targets });

const ofPhase = (phase: PlannedPhase): ModelPhase => {
  const { kind, name } = phase;
  if (kind === 'recover') return { kind, name, withinUs: us(phase.withinMs) };
  if (kind === 'steady') return { kind, name, durationUs: us(phase.durationMs) };
  return { kind, name, durationUs: us(phase.durationMs), inject: phase.inject.map(ofFault) };
};

const ofSettings = ({ effective }: Plan['profile']): ModelSettings => ({
  statusUpdateUs: us(effective.nodeStatusUpdateFrequencyMs),
  statusReportUs: us(effective.nodeStatusReportFrequencyMs),
  statusJitter: effective.statusJitter,
  leaseRenewUs: us(effective.leaseRenewIntervalMs),
  leaseJitter: effective.leaseJitter,
  heartbeatTimeoutUs: us(Math.min(effective.nodeStatusUpdateFrequencyMs, effective.nodeLeaseDurationSeconds * 1000)),
  monitorPeriodUs: us(effective.nodeMonitorPeriodMs),
  graceUs: us(effective.nodeMonitorGracePeriodMs),
  eviction:
    effective.eviction.kind === 'tolerations'
      ? effective.eviction
      : { kind: effective.eviction.kind, timeoutUs: us(effective.eviction.timeoutMs) },
});

/**
 * A plan as the model runs it: a cluster made for the run, as the kind backend would make it.
 * @throws SkipbeatError VERSION_UNSUPPORTED
 */
export const configOfPlan = (plan: Plan): ModelConfig => ({
  version: exactVersion(plan.kubernetesVersion),
  settings: ofSettings(plan.profile),
  seed: plan.seed,
  controlPlanes: plan.topology.controlPlanes,
  workers: plan.topology.workers,
  zones: 1,
  replicas: plan.workload.replicas,
  backgroundPods,
  age: 'fresh',
  load: {
    ratePerSecond: plan.load.ratePerSecond,
    connection: plan.load.connection,
    timeoutUs: us(plan.load.timeoutMs),
  },
  phases: plan.phases.map(ofPhase),
  expectedSettings: plan.profile.expectedSettings,
});
