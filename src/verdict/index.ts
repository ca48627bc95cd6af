export { countsFromUndo, fitOf, judgedWindow, plannedWindows, type WindowCheck, zeroOf } from './calibration.ts';
export { type Chain, type ChainLink, type FaultSpan, faultSpan, linkNames, type Refusals, readChain } from './chain.ts';
export type { Conditions } from './conditions.ts';
export type * from './document.ts';
export { enteredText, severalEntrances } from './entrance.ts';
export { withEvidence } from './evidence.ts';
export { expectedText, figureAt } from './expectations.ts';
export { judge } from './judge.ts';
export type { CutShort, LackingRepeat } from './lacking.ts';
export { withModel } from './model-findings.ts';
export { judgeRepeats, type RepeatedExpectation, type RepeatsDocument } from './repeats.ts';
export { createRequestTally, otherOutcomes, type RequestTally } from './requests.ts';
export { createRequestSeries, type RequestSeries } from './series.ts';
export { type SinceFault, sinceFault } from './since-fault.ts';
export {
  type ChanceEstimate,
  chanceOf,
  type FigureSummary,
  summaryOf,
} from './statistics.ts';
export {
  chanceText,
  listText,
  millisecondsText,
  notSeen,
  numberText,
  observedText,
  percentText,
  secondsText,
} from './text.ts';
export { type RunWatch, watchRun } from './watch.ts';
export { checkOf, windowChecks } from './windows.ts';
