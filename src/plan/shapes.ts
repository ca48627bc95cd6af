// What documents have to hold of a plan, for whoever reads them.
export { hollowNodesShape } from '../scenario/shapes.ts';
export { plannedRepeatShape, planShape, predictionShape } from './types.ts';
