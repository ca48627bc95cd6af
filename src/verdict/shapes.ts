// What documents have to hold of a verdict, for whoever reads them.

export { modelledDetectionShape } from './detection/shape.ts';
export { runDocumentShape } from './document.ts';
export { hollowBandShape } from './findings/hollow-band.ts';
export { conditionalMilestoneShape, countCheckShape, windowCheckShape } from './milestones.ts';
export { repeatsDocumentShape } from './repeats-document.ts';
