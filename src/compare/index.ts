export { type Comparison, compareRuns } from './compare.ts';
export { assertComparable, type ConditionName, conditionNames } from './conditions.ts';
export { comparisonMarkdown } from './markdown.ts';
export { assertTwo, readSide } from './read.ts';
export { compareSelf } from './self.ts';
export { comparisonText, type ReportedComparison, selfText } from './text.ts';
export { readTolerance } from './tolerance.ts';
