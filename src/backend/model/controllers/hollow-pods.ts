import { hollowPodNames } from '../../../plan/index.ts';
import type { Simulation } from '../engine/simulation.ts';
import { newPod } from './workload.ts';

/**
 * Puts its pods on each hollow node, as they are once kwok has taken them: Ready, though nothing runs of them. They bear what
 * pods of the workload tolerate, and nobody makes them anew.
 */
export const createHollowPods = (simulation: Simulation): void => {
  const { config, hollowPods, nodes, store } = simulation;
  const { hollow } = config;
  if (hollow === undefined) return;
  for (const node of nodes) {
    if (!node.hollow) continue;
    for (const name of hollowPodNames(node.name, hollow)) {
      const pod = {
        ...newPod(simulation, name, `uid-${name}`),
        node,
        ready: true,
        running: true,
        ended: false,
        serving: true,
        volume: null,
      };
      hollowPods.add(pod);
      node.pods.add(pod);
      store.podWritten(pod);
    }
  }
};
