export { type Comparison, compareRuns, powerOfRuns } from './compare.ts';
export { minorOf } from './conditions/cluster-class.ts';
export {
  assertComparable,
  type ConditionName,
  conditionNames,
  differencesFromPlan,
  patchNotes,
} from './conditions/conditions.ts';
export { withoutCopies } from './copies.ts';
export { beganNotes, compareFolders, sealNotes, unsealedNotes } from './folders.ts';
export { identityOf } from './identity.ts';
export { compareWithNights, holm, minNights, type NightComparison, type NightVerdict, nightVerdict } from './night.ts';
export { powerOfRepeats, powerText } from './power.ts';
export { readSide, type Side } from './read.ts';
export { compareSelf } from './self.ts';
export { defaultTolerance, readTolerance } from './statistics/tolerance.ts';
export { unmeasuredHarms } from './text/labels.ts';
export { comparisonMarkdown } from './text/markdown.ts';
export { comparisonText, type ReportedComparison, selfText } from './text/text.ts';
