import type { Plan } from '../plan/index.ts';
import type { Machine, TimelineEvent } from '../timeline/index.ts';
import { ofType } from './measurement-window.ts';

/** What was done, to what and on what: where two runs differ in it, their figures do not compare by themselves. */
export type Conditions = {
  readonly load: Plan['load'];
  readonly workload: Plan['workload'];
  /** As planned. */
  readonly phases: Plan['phases'];
  /** Every flag and field that was passed; what is not here stood at the version's own default. */
  readonly settings: {
    readonly 'kube-controller-manager': Readonly<Record<string, string>>;
    readonly 'kube-apiserver': Readonly<Record<string, string>>;
    readonly kubelet: Readonly<Record<string, string | number | boolean>>;
  };
  /** null where nothing was run, or the record does not say. */
  readonly machine: Machine | null;
};

export const conditionsOf = (plan: Plan, events: readonly TimelineEvent[]): Conditions => ({
  load: plan.load,
  workload: plan.workload,
  phases: plan.phases,
  settings: {
    'kube-controller-manager': plan.profile.controllerManagerArgs,
    'kube-apiserver': plan.profile.apiServerArgs,
    kubelet: plan.profile.kubeletConfiguration,
  },
  machine: ofType(events, 'run.place')[0]?.machine ?? null,
});
