import { exitCodes, SkipbeatError } from '../../common/errors.ts';
import type { Plan, PlannedFault, PlannedPhase } from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';
import type { ModelConfig, ModelFault, ModelPhase } from './config.ts';
import { backgroundPods } from './constants.ts';
import type { ModelSettings } from './settings.ts';

const us = (ms: number): number => Math.round(ms * 1000);

const directions = { to: 'egress', from: 'ingress', both: 'both' } as const;

/**
 * Faults of plans as the model takes them; one entry a kind, with what it takes in µs.
 * @throws SkipbeatError MODEL_FAULT_UNKNOWN (exit 64) for a kind that the model has no meaning for
 */
const ofFault = (fault: PlannedFault): ModelFault => {
  const { id, targets } = fault;
  switch (fault.kind) {
    case 'netem':
      return {
        id,
        targets,
        kind: fault.kind,
        delayUs: us(fault.delay?.delayMs ?? 0),
        jitterUs: us(fault.delay?.jitterMs ?? 0),
        loss: fault.loss !== null && 'percent' in fault.loss ? fault.loss.percent / 100 : 0,
        direction: directions[fault.direction],
      };
    case 'latency':
      return { id, targets, kind: fault.kind, delayUs: us(fault.delayMs), direction: directions[fault.direction] };
    case 'partition':
      return { id, targets, kind: fault.kind, direction: directions[fault.direction] };
    case 'apiserver-latency':
    case 'etcd-latency':
      return { id, targets, kind: fault.kind, delayUs: us(fault.delayMs) };
    case 'cpu-pressure':
      throw new SkipbeatError('MODEL_FAULT_UNKNOWN', 'cpu-pressure: the model has no meaning for it.', {
        exitCode: exitCodes.usage,
        next: 'run it on a real cluster:  --backend kind',
      });
    default:
      return { id, targets, kind: fault.kind };
  }
};

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
