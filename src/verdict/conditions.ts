import * as z from 'zod';
import type { Frozen } from '../common/frozen.ts';
import type { Plan } from '../plan/index.ts';
import { planShape } from '../plan/shapes.ts';
import type { TimelineEvent } from '../timeline/index.ts';
import { machineShape } from '../timeline/shapes.ts';
import { ofType } from './measurement-window.ts';

const flags = z.record(z.string(), z.string());

export const conditionsShape = z
  .strictObject({
    load: planShape.shape.load,
    workload: planShape.shape.workload,
    phases: planShape.shape.phases.describe('As planned.'),
    settings: z
      .strictObject({
        'kube-controller-manager': flags,
        'kube-apiserver': flags,
        kubelet: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      })
      .describe("Every flag and field that was passed; what is not here stood at the version's own default."),
    machine: machineShape.nullable().describe('null where nothing was run, or the record does not say.'),
  })
  .meta({
    id: 'Conditions',
    description:
      'What was done, to what and on what: where two runs differ in it, their figures do not compare by themselves.',
  });

export type Conditions = Frozen<z.infer<typeof conditionsShape>>;

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
