import { nodePort, workloadPath } from '../../cluster/index.ts';
import { entrancesOf, type Plan } from '../../plan/index.ts';
import type { LoadView } from '../phases/context.ts';
import { followLoad } from '../phases/load.ts';
import type { KindRun, RunningCluster } from './context.ts';

/** The nodes through which the load enters, in turn. */
export const loadEntrances = (plan: Plan, { nodes }: RunningCluster): RunningCluster['nodes'] =>
  entrancesOf(plan).map((name) => {
    const found = nodes.find(({ node }) => node === name);
    if (found === undefined) throw new Error(`a cluster without its node ${name}`);
    return found;
  });

/** Starts the load of the run; what it sees is recorded as it ends. */
export const beginLoad = async (run: KindRun, cluster: RunningCluster): Promise<LoadView> => {
  const { plan, recorder } = run;
  const entrances = loadEntrances(plan, cluster);
  recorder.event({
    type: 'load.started',
    target: entrances.map(({ node, address }) => `${node} ${address}:${nodePort}`).join(', ') + cluster.client.text,
    from: cluster.client.from,
    ratePerSecond: plan.load.ratePerSecond,
  });
  const targets = entrances.map(({ node, address }) => ({
    host: address,
    port: nodePort,
    path: workloadPath(plan.workload),
    entrance: node,
  }));
  return followLoad(run, targets, cluster.client.start);
};
