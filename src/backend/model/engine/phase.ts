import type { ModelConfig } from './config.ts';

/** The longest wait between two heartbeats of a node. */
export const longestHeartbeatUs = ({ settings }: Pick<ModelConfig, 'settings'>): number =>
  Math.max(settings.leaseRenewUs, settings.statusUpdateUs);

/**
 * A config whose phases come later. How long a cluster takes until its load begins is not known to a renewal, so its
 * first fault may meet any phase of the heartbeats; a model that always takes as long meets the same one again and
 * again. Kubelets that joined together stay together.
 */
export const startedLater = (config: ModelConfig, byUs: number): ModelConfig => ({
  ...config,
  phases: [{ kind: 'steady', name: 'wait', durationUs: Math.round(byUs) }, ...config.phases],
});
