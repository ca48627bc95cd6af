import type { PlannedFaultOf } from '../../../src/plan/index.ts';

export type Settings = Omit<PlannedFaultOf<'netem'>, 'id' | 'kind' | 'targets' | 'occurrences'>;

/** Nothing asked of netem, of what goes out and to everybody. */
export const nothing: Settings = {
  delay: null,
  loss: null,
  duplicate: null,
  corrupt: null,
  rateBitsPerSecond: null,
  slot: null,
  direction: 'to',
  peer: 'all',
  rampSteps: 1,
};

export const delayOf = (delayMs: number, jitterMs = 0): NonNullable<Settings['delay']> => ({
  delayMs,
  jitterMs,
  correlationPercent: 0,
  distribution: null,
  reorder: null,
});

export const chance = (percent: number, correlationPercent = 0) => ({ percent, correlationPercent });

export const planned = (settings: Settings, lengthMs = 600_000): PlannedFaultOf<'netem'> => ({
  ...settings,
  id: 'netem-1',
  kind: 'netem',
  targets: ['worker'],
  occurrences: [{ id: 'netem-1', startMs: 0, endMs: lengthMs }],
});
