import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { BlindTime } from './evidence/blindness.ts';
import type { ReadyChange } from './figures/nodes.ts';
import type { Outline } from './measurement-window.ts';

export type Seen = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly outline: Outline;
  readonly changes: readonly ReadyChange[];
  /** Times in which what figures rest on told nothing. */
  readonly blindTimes: readonly BlindTime[];
};
