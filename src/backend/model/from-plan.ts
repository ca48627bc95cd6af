import type { Plan, PlannedFault, PlannedPhase } from '../../plan/index.ts';
import { exactVersion } from '../../profile/index.ts';
import type { ModelConfig, ModelFault, ModelPhase } from './engine/config.ts';
import { backgroundPods, heartbeatBits, pressedCores, secondUs } from './engine/constants.ts';
import { controllerDefaults, type ModelSettings } from './engine/settings.ts';

/** As plans have them. */
type PathDelay = { readonly delayMs: number; readonly jitterMs: number };
type NetemSettings = Extract<PlannedFault, { kind: 'netem' }>;

const us = (ms: number): number => Math.round(ms * 1000);

const directions = { to: 'egress', from: 'ingress', both: 'both' } as const;

/** A delay that lies up to its jitter away on either side, as the least of it and what may come on top. */
const spread = ({ delayMs, jitterMs }: PathDelay): { readonly delayUs: number; readonly jitterUs: number } => {
  const leastMs = Math.max(0, delayMs - jitterMs);
  return { delayUs: us(leastMs), jitterUs: us(delayMs + jitterMs - leastMs) };
};

/** The share that is lost over long: at random, or by the Gilbert-Elliott chain's time in each of its states. */
const lossOf = ({ loss, corrupt }: NetemSettings): number => {
  const { p, r, h, k } = loss !== null && 'gemodel' in loss ? loss.gemodel : { p: 0, r: 100, h: 0, k: 100 };
  const bad = p + r === 0 ? 0 : p / (p + r);
  const lost = loss === null ? 0 : 'gemodel' in loss ? bad * (100 - h) + (1 - bad) * (100 - k) : loss.percent;
  // A packet that was changed is not taken.
  const through = (1 - lost / 100) * (1 - (corrupt?.percent ?? 0) / 100);
  return Math.min(0.999, 1 - through);
};

/**
 * What netem does to a heartbeat on its connection. A rate takes as long as a heartbeat is, a slot up to its longest
 * pause. Doubled and reordered packets make no difference to a connection; how jitter is distributed, and whether one
 * loss goes with the next, is left out.
 */
const ofNetem = (netem: NetemSettings) => {
  const { delayUs, jitterUs } = netem.delay === null ? { delayUs: 0, jitterUs: 0 } : spread(netem.delay);
  const sendingUs =
    netem.rateBitsPerSecond === null ? 0 : Math.round((heartbeatBits * secondUs) / netem.rateBitsPerSecond);
  return {
    delayUs: delayUs + sendingUs,
    jitterUs: jitterUs + us(netem.slot?.maxDelayMs ?? 0),
    loss: lossOf(netem),
    direction: directions[netem.direction],
    rampSteps: netem.rampSteps,
  };
};

/** Faults of plans as the model takes them; one entry a kind, with what it takes in µs. */
const ofFault = (fault: PlannedFault): ModelFault => {
  const common = {
    id: fault.id,
    targets: fault.targets,
    leads: fault.leaderOf !== undefined,
    occurrences: fault.occurrences.map(({ id, startMs, endMs }) => ({ id, startUs: us(startMs), endUs: us(endMs) })),
  };
  switch (fault.kind) {
    case 'netem':
      return { ...common, kind: fault.kind, ...ofNetem(fault) };
    case 'latency': {
      const { direction, lossPercent, rampSteps } = fault;
      const loss = Math.min(0.999, lossPercent / 100);
      return { ...common, kind: fault.kind, ...spread(fault), loss, direction: directions[direction], rampSteps };
    }
    case 'partition':
      return {
        ...common,
        kind: fault.kind,
        direction: directions[fault.direction],
        rejects: fault.by === 'reject',
        allTraffic: fault.traffic === 'all',
      };
    case 'apiserver-latency':
    case 'etcd-latency':
      return { ...common, kind: fault.kind, ...spread(fault), rampSteps: fault.rampSteps };
    case 'etcd-disk-latency':
      return { ...common, kind: fault.kind, delayUs: us(fault.delayMs) };
    case 'cpu-pressure':
      return { ...common, kind: fault.kind, loops: fault.loops ?? 2 * pressedCores };
    default:
      return { ...common, kind: fault.kind };
  }
};

const ofPhase = (phase: PlannedPhase): ModelPhase => {
  const { kind, name } = phase;
  if (kind === 'recover') return { kind, name, withinUs: us(phase.withinMs) };
  if (kind === 'steady') return { kind, name, durationUs: us(phase.durationMs) };
  return { kind, name, durationUs: us(phase.durationMs), inject: phase.inject.map(ofFault) };
};

const ofSettings = ({ effective }: Plan['profile']): ModelSettings => ({
  ...controllerDefaults,
  statusUpdateUs: us(effective.nodeStatusUpdateFrequencyMs),
  statusReportUs: us(effective.nodeStatusReportFrequencyMs),
  statusJitter: effective.statusJitter,
  leaseRenewUs: us(effective.leaseRenewIntervalMs),
  leaseJitter: effective.leaseJitter,
  heartbeatTimeoutUs: us(
    effective.withoutLeases === true
      ? effective.nodeStatusUpdateFrequencyMs
      : Math.min(effective.nodeStatusUpdateFrequencyMs, effective.nodeLeaseDurationSeconds * 1000),
  ),
  monitorPeriodUs: us(effective.nodeMonitorPeriodMs),
  graceUs: us(effective.nodeMonitorGracePeriodMs),
  eviction:
    effective.eviction.kind === 'tolerations'
      ? effective.eviction
      : { kind: effective.eviction.kind, timeoutUs: us(effective.eviction.timeoutMs) },
});

const ofRepeat = (repeat: Plan['repeat']): Pick<ModelConfig, 'startAfter'> =>
  repeat === undefined || repeat.heartbeatOf === null || repeat.afterRenewalMs === null
    ? {}
    : { startAfter: { renewalOf: repeat.heartbeatOf, us: us(repeat.afterRenewalMs) } };

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
    ...(plan.load.through === undefined ? {} : { through: plan.load.through }),
  },
  phases: plan.phases.map(ofPhase),
  ...ofRepeat(plan.repeat),
  expectedSettings: plan.profile.expectedSettings,
});
