export { type Comparison, compareRuns } from './compare.ts';
export { assertComparable, type ConditionName, conditionNames, patchNotes } from './conditions.ts';
export { comparisonMarkdown } from './markdown.ts';
export { compareWithNights, holm, minNights, type NightComparison, type NightVerdict, nightVerdict } from './night.ts';
export { assertTwo, readSide } from './read.ts';
export { compareSelf } from './self.ts';
export { comparisonText, type ReportedComparison, selfText } from './text.ts';
export { defaultTolerance, readTolerance } from './tolerance.ts';
