export type * from './document.ts';
export { expectedText, figureAt } from './expectations.ts';
export { judge } from './judge.ts';
export { createRequestTally, type RequestTally } from './requests.ts';
export { listText, millisecondsText, notSeen, numberText, percentText, secondsText } from './text.ts';
export { type WindowCheck, windowChecks } from './windows.ts';
