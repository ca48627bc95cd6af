export { fitOf, type WindowCheck, zeroOf } from './calibration.ts';
export { type Chain, type ChainLink, type FaultSpan, faultSpan, linkNames, type Refusals, readChain } from './chain.ts';
export type * from './document.ts';
export { expectedText, figureAt } from './expectations.ts';
export { judge } from './judge.ts';
export { createRequestTally, type RequestTally } from './requests.ts';
export { createRequestSeries, type RequestSeries } from './series.ts';
export { listText, millisecondsText, notSeen, numberText, percentText, secondsText } from './text.ts';
export { checkOf, windowChecks } from './windows.ts';
