import { faultTraits } from './faults/read-fault.ts';
import type { Scenario } from './types.ts';

/** What a machine with room for a cluster of kind bears, and a scenario may ask of a real cluster at most. */
const max = { workers: 20, replicas: 50, podsPerNode: 50 } as const;

/** Faults that only the model can have, each kind once and with the reason. */
const modelOnlyFaults = (phases: Scenario['phases']): readonly string[] => {
  const kinds = new Set(
    phases.flatMap((phase) => (phase.kind === 'fault' ? phase.inject.map(({ kind }) => kind) : [])),
  );
  return [...kinds].flatMap((kind) => {
    const { modelOnly } = faultTraits(kind);
    return modelOnly === null ? [] : [`${kind}: expected a fault that a real cluster can have, for ${modelOnly}`];
  });
};

/**
 * Why no real cluster of ours can be what a scenario asks for: kind makes a node of every control plane, and each node and
 * pod is a few processes of this machine. Null where one can; the model knows no such limit.
 */
export const beyondRealClusters = ({ cluster, workload, phases }: Scenario): string | null => {
  const asked = {
    'cluster.workers': [cluster.workers, max.workers],
    'workload.replicas': [workload.replicas, max.replicas],
    'cluster.podsPerNode': [cluster.podsPerNode ?? 0, max.podsPerNode],
  } as const;
  const reasons = [
    ...(cluster.topology === 'managed'
      ? ['cluster.topology: expected single or ha, for kind makes a node of every control plane, received managed']
      : []),
    ...(cluster.age === undefined
      ? []
      : [`cluster.age: expected fresh on a real cluster, which is made for the run, received ${cluster.age}`]),
    ...(workload.volume === undefined
      ? []
      : [
          'workload.volume: expected none on a real cluster, for kind has no volumes that are attached to a node, received one',
        ]),
    ...Object.entries(asked).flatMap(([path, [value, limit]]) =>
      value > limit ? [`${path}: expected at most ${limit} on a real cluster, received ${value}`] : [],
    ),
    ...modelOnlyFaults(phases),
  ];
  return reasons.length === 0 ? null : reasons.join('; ');
};
