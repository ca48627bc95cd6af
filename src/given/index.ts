export { type Explained, explain, inlineProfile } from './explain.ts';
export { joinGiven, readGivenFile } from './read.ts';
export { reviewGiven } from './review.ts';
export { reviewMarkdown, reviewText } from './review-text.ts';
export { givenSentences } from './text.ts';
export type { Given } from './types.ts';
