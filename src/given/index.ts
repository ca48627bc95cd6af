export { type Explained, explain, inlineProfile } from './explain.ts';
export { joinGiven, readGivenFile, readGivenText } from './read.ts';
export { reviewGiven } from './review.ts';
export { reviewMarkdown, reviewText } from './review-text.ts';
export { namedVersion } from './settings-on.ts';
export { givenSentences } from './text.ts';
export type { Given } from './types.ts';
