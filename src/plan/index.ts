export { makePlan } from './plan.ts';
export type { Expectation, Plan, PlannedFault, PlannedPhase, Prediction } from './types.ts';
export { assumedVersion } from './versions.ts';
