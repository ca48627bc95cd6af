import type { Plan } from '../plan/index.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import type { Conditions } from './document.ts';
import { ofType } from './measurement-window.ts';

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
