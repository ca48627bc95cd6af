import { awaitRecord } from '../phases/load.ts';
import { runPhases as drivePhases } from '../phases/phases.ts';
import type { KindRun, RunningCluster } from './context.ts';
import { runFaults } from './faults.ts';
import { beginLoad } from './load.ts';

/** Drives the load through all phases. The load ends with the last of them, or with the run. */
export const runPhases = async (run: KindRun, cluster: RunningCluster): Promise<void> => {
  const load = await beginLoad(run, cluster);
  await drivePhases(run, cluster, {
    load,
    countsWrites: true,
    // Nodes of kind and this machine share one wall clock.
    heartbeatOf: (node, { leases }, nowMs) => {
      const renewed = leases.get(node);
      return renewed === undefined ? null : nowMs + Date.parse(renewed) - Date.now();
    },
    fault: async (guarded, phase) => {
      const { phases } = guarded.plan;
      const [before] = phases.slice(0, phases.indexOf(phase)).slice(-1);
      if (before?.kind === 'steady') await awaitRecord(guarded, load);
      return runFaults(guarded, cluster, phase);
    },
  });
};
