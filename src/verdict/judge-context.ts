import type { ReadyChange } from '../figures/index.ts';
import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { BlindTime } from './evidence/blind-times.ts';
import type { MeasurementWindow } from './measurement-window.ts';

export type JudgeContext = {
  readonly plan: Plan;
  readonly events: readonly TimelineEvent[];
  readonly window: MeasurementWindow;
  readonly changes: readonly ReadyChange[];
  /** Times in which what figures rest on brought nothing. */
  readonly blindTimes: readonly BlindTime[];
};
