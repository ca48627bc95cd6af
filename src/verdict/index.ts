export { type SimulatedDetection, simulatedDetection } from './detection/losses.ts';
export { type DetectionPart, detectionParts, type ModelledDetection, type Part } from './detection/shape.ts';
export type { PassWork } from './detection/split.ts';
export type * from './document.ts';
export { failedOf } from './evidence/abort-conditions.ts';
export { clusterClassText, zoneSizes } from './evidence/cluster-class.ts';
export { hasValidEvidence, withEvidence } from './evidence/evidence.ts';
export type { CutShort, MissingRepeat } from './evidence/missing-repeats.ts';
export { lateRecoveries } from './evidence/recovery.ts';
export { isUnmeasured } from './evidence/unmeasured.ts';
export { type RunWatch, watchRun } from './evidence/watch.ts';
export { lostForGood } from './evidence/watch-gaps.ts';
export { expectedText, figureAt, labelledMoments } from './expectations.ts';
export { createRequestCounters, type RequestCounters } from './figures/counters.ts';
export { enteredText, severalEntrances } from './figures/entrance.ts';
export {
  type CountCurve,
  countAt,
  type HollowCurveName,
  type HollowCurves,
  hollowCurveNames,
  hollowCurves,
  hollowLosses,
} from './figures/hollow-curves.ts';
export { otherOutcomes } from './figures/requests.ts';
export { createRequestSeries, type RequestSeries } from './figures/series.ts';
export { type SinceFault, sinceFault } from './figures/since-fault.ts';
export {
  type ChanceEstimate,
  chanceOf,
  type FigureSummary,
  summaryOf,
} from './figures/statistics.ts';
export { checkOf, fitOf, judgedCounts, judgedWindow, windowChecks, zeroOf } from './findings/calibration.ts';
export type { BandPoint, CurveBand, HollowBand } from './findings/hollow-band.ts';
export {
  countsFromUndo,
  isModelled,
  milestoneLabels,
  milestoneNames,
  milestoneTraitsOf,
  plannedWindows,
} from './findings/milestone-traits.ts';
export {
  type FaultSpan,
  faultSpan,
  type Milestones,
  type Refusals,
  readMilestones,
} from './findings/milestones.ts';
export {
  conditionalMilestones,
  conditionalNames,
  conditionText,
  isSureLoss,
  withModel,
} from './findings/model-findings.ts';
export { type Harm, type HarmedRun, harmsOf, isFailed } from './harm/harms.ts';
export { asksForFailures, asksForHarm, unspoken } from './harm/spoken.ts';
export { failedText } from './harm/unspoken.ts';
export { judge, plannedConditions } from './judge.ts';
export { judgeRepeats } from './repeats.ts';
export type { RepeatedExpectation, RepeatsDocument } from './repeats-document.ts';
export {
  chanceText,
  listText,
  millisecondsText,
  nodeList,
  notSeen,
  numberText,
  observedText,
  percentText,
  secondsText,
  unitText,
} from './text.ts';
