// What documents have to hold of a scenario, for whoever reads them.
export { leaderElectedShape } from './faults/fault-fields.ts';
export { faultOptionFields } from './faults/fault-kinds.ts';
export { hollowNodesShape } from './faults/hollow.ts';
export { loadShape, topologyNameShape } from './types.ts';
export { workloadShape } from './workload.ts';
