import type { Plan } from '../../plan/index.ts';
import { checkConfig } from './check.ts';
import type { ModelConfig } from './config.ts';
import { configOfPlan } from './from-plan.ts';

/** The longest wait between two heartbeats of a node. */
const maxHeartbeatUs = ({ settings }: Pick<ModelConfig, 'settings'>): number =>
  Math.max(settings.leaseRenewUs, settings.statusUpdateUs);

/**
 * A config whose phases come later. How long a cluster takes until its load begins is not known to a renewal, so its
 * first fault may meet any phase of the heartbeats; a model that always takes as long meets the same one again and
 * again. Kubelets that joined together stay together.
 */
const startedLater = (config: ModelConfig, byUs: number): ModelConfig => ({
  ...config,
  phases: [{ kind: 'steady', name: 'wait', durationUs: Math.round(byUs) }, ...config.phases],
});

/** The model of a plan that is run again and again. */
export type PlanModel = {
  readonly config: ModelConfig;
  /** The plan says in which phase of the heartbeats its fault comes, as that of a repeat does, or it has no fault. */
  readonly isPlaced: boolean;
  /** The longest wait between two heartbeats: begun up to so much later, a fault meets any phase of them. */
  readonly maxWaitUs: number;
};

/**
 * @param heapBytes what a run may hold
 * @throws SkipbeatError MODEL_INVALID, MODEL_TOO_LARGE, MODEL_FAULT_UNKNOWN, VERSION_UNSUPPORTED (exit 64)
 */
export const modelOfPlan = (plan: Plan, heapBytes?: number): PlanModel => {
  // Of settings that were read back nothing is learned by a prediction.
  const config = { ...configOfPlan(plan), expectedSettings: [] };
  checkConfig(config, heapBytes);
  return {
    config,
    isPlaced: config.startAfter !== undefined || !config.phases.some(({ kind }) => kind === 'fault'),
    maxWaitUs: maxHeartbeatUs(config),
  };
};

/** One run of them. @param waitUs by how much later its phases begin; null: not at all */
export const configOfRun = (config: ModelConfig, seed: number, waitUs: number | null): ModelConfig =>
  waitUs === null ? { ...config, seed } : { ...startedLater(config, waitUs), seed };
