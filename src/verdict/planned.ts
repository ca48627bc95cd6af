import type { Plan } from '../plan/index.ts';
import type { Conditions, RunDocument } from './document.ts';

/** What a plan says of the conditions of its run, without what the run alone knows. */
export type PlannedConditions = Pick<RunDocument, 'profile' | 'topology'> & {
  readonly conditions: Omit<Conditions, 'machine' | 'cluster'>;
};

/** The conditions of a run as its plan has them, which stand in its document as they are here. Pure. */
export const plannedConditions = ({ profile, topology, load, workload, phases }: Plan): PlannedConditions => {
  const { apiServerPort: _, ...place } = topology;
  return {
    profile: { name: profile.name, reading: profile.reading },
    topology: place,
    conditions: {
      load,
      workload,
      phases,
      settings: {
        'kube-controller-manager': profile.controllerManagerArgs,
        'kube-apiserver': profile.apiServerArgs,
        kubelet: profile.kubeletConfiguration,
      },
      ...(profile.notInRun === undefined ? {} : { notInRun: profile.notInRun }),
    },
  };
};
