// What documents have to hold of a plan, for whoever reads them.
export { plannedRepeatShape, planShape, predictionShape } from './types.ts';
