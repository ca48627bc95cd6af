export type { Expectation, Plan, PlannedFault, PlannedPhase, Prediction } from './types.ts';
