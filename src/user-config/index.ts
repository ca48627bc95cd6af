export { joinGiven, readGivenFile, readGivenText } from './read/read.ts';
export { type Explained, explain, inlineProfile, isLeftOut } from './review/explain.ts';
export type { RunScope } from './review/left-out.ts';
export { outcomeOf, type ReviewOutcome, reviewGiven } from './review/review.ts';
export { reviewMarkdown, reviewText } from './review/review-text.ts';
export { namedVersion } from './review/settings-on.ts';
export { givenSentences } from './review/text.ts';
export type { Given } from './types.ts';
